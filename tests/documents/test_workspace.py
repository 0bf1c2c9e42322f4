"""Indexes of documents and of pictures share the names of a workspace."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from documents.made import CAMPING, TENT, ids, upload
from sightline.documents.base import Documents, VectorQuery
from sightline.documents.schema import definition_of
from sightline.errors import Conflict, InvalidRequest, Refused, UnknownIndex
from sightline.settings import Settings
from sightline.workspace import Workspace
from standin_engines import ENGINES


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    made = Workspace(Settings(workspace=tmp_path, **ENGINES))
    yield made
    await made.close()


def opened(workspace: Workspace, name: str) -> Documents:
    return workspace.open_documents(name, url_of="/i/{}".format, thumbnail_of="/t/{}".format)


def test_a_name_means_one_index(workspace: Workspace):
    workspace.documents.create(definition_of(CAMPING))
    with pytest.raises(Conflict, match="camping"), workspace.writing("camping"):
        pass
    assert workspace.indexes.names() == []

    with workspace.writing("photos"):
        pass
    with pytest.raises(Conflict, match="photos"):
        workspace.documents.create(definition_of({**CAMPING, "name": "photos"}))
    assert workspace.documents.names() == ["camping"]


def test_either_kind_opens_as_documents(workspace: Workspace):
    upload(workspace.documents.create(definition_of(CAMPING)), [TENT])
    assert ids(opened(workspace, "camping")) == ["tent"]

    with workspace.writing("photos") as index:
        size = index.info.encoder.dimension
    photos = opened(workspace, "photos")
    assert photos.count() == 0
    assert photos.size() > 0
    assert photos.definition.field("image_vector").dimensions == size
    with pytest.raises(Refused):
        upload(photos, [TENT])
    with pytest.raises(UnknownIndex, match="'none'"):
        opened(workspace, "none")


def test_texts_are_compared_where_an_encoder_fits(workspace: Workspace):
    size = workspace.text_encoder.identity.dimension
    fields = [
        CAMPING["fields"][0],
        {"name": "meaning", "type": "Collection(Edm.Single)", "dimensions": size},
        {"name": "other", "type": "Collection(Edm.Single)", "dimensions": 5},
    ]
    notes = workspace.documents.create(definition_of({"name": "notes", "fields": fields}))
    texts = {"a": "a red dog", "b": "blue water"}
    vectors = workspace.text_encoder.encode(list(texts.values()))
    upload(
        notes,
        [{"id": key, "meaning": row.tolist()} for key, row in zip(texts, vectors, strict=True)],
    )
    for key, text in texts.items():
        near = VectorQuery(fields=("meaning",), text=text, k=1)
        assert ids(notes, vectors=(near,)) == [key]
    with pytest.raises(InvalidRequest, match="'other' have 5 dimensions; the text encoder"):
        ids(notes, vectors=(VectorQuery(fields=("other",), text="a"),))
