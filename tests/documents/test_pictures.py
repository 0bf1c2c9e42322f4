"""A picture index seen as an index of documents."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from documents.made import ids
from index.made import INFO, row
from sightline.assets import Row, Tag
from sightline.documents.base import Action, Documents, Query, VectorQuery
from sightline.documents.mapping import profile_of
from sightline.documents.pictures import PictureDocuments
from sightline.documents.schema import definition_of, json_of
from sightline.documents.vectorizing import Vectorizer
from sightline.errors import InvalidRequest, Refused, UnknownDocument
from sightline.index.base import Index, Indexes
from sightline.index.lance import LanceIndexes
from sightline.index.memory import MemoryIndexes
from sightline.media.stills import stills
from sightline.vision.fake import FakePictureEncoder, FakeTextEncoder
from sources.ingesting import picture

TENT = row(
    "camp/green-tent.png",
    description="A green tent under the stars",
    text=["TRAIL 2000", "four persons"],
    tags=[Tag("mountain tent", 0.9, ("Shelter",))],
    taken_at=datetime(2024, 7, 1, 12, tzinfo=UTC),
)
DOG = row("dogs/beagle.jpg", tags=[Tag("beagle", 0.8, ("dog",))])
RECEIPT = row("scans/receipt.png", text=["TOTAL 12.50"], description="A receipt for a tent")
ROWS = [TENT, DOG, RECEIPT]
LINKS: dict[str, Any] = {
    "url_of": lambda asset: f"/images/{asset}",
    "thumbnail_of": lambda asset: f"/thumbnails/{asset}",
    "size": lambda: 4711,
}


def no_encoder(*_: object) -> Any:  # noqa: ANN401 - it gives nothing
    pytest.fail("an encoder was asked for")


def filled(indexes: Indexes) -> Index:
    indexes.create(INFO)
    with indexes.writing("shop") as index:
        index.add(ROWS)
    return indexes.open("shop")


@pytest.fixture(params=[LanceIndexes, lambda _: MemoryIndexes()], ids=["lance", "memory"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Documents:
    make: Callable[[Path], Indexes] = request.param
    return PictureDocuments(filled(make(tmp_path)), no_encoder, **LINKS)


def test_a_picture_is_a_document(shop: Documents):
    assert shop.get(TENT.asset.id) == {
        "id": TENT.asset.id,
        "key": "camp/green-tent.png",
        "name": "green-tent.png",
        "source": "folder:/photos",
        "url": f"/images/{TENT.asset.id}",
        "thumbnail_url": f"/thumbnails/{TENT.asset.id}",
        "description": "A green tent under the stars",
        "text": "TRAIL 2000\nfour persons",
        "tags": ["mountain tent", "shelter"],
        "media_type": "image/jpeg",
        "width": 640,
        "height": 480,
        "size": 1001,
        "taken_at": "2024-07-01T12:00:00Z",
        "indexed_at": "2026-05-06T07:08:09.123456Z",
    }
    assert shop.get(DOG.asset.id, ["taken_at", "text"]) == {"taken_at": None, "text": ""}
    assert (shop.count(), shop.size()) == (3, 4711)
    with pytest.raises(UnknownDocument, match="'none'"):
        shop.get("none")


def test_vectors_are_shown_when_they_are_named(shop: Documents):
    names = ["image_vector", "description_vector"]
    found = shop.get(TENT.asset.id, names)
    assert found["image_vector"] == pytest.approx(TENT.vector.tolist())
    assert len(found["description_vector"]) == 8
    assert shop.get(DOG.asset.id, names)["description_vector"] is None
    assert "image_vector" not in shop.search(Query(select=("*",))).found[0].document


def test_the_definition_says_which_encoders_made_the_vectors(shop: Documents):
    definition = shop.definition
    profiles = {field.name: field.profile for field in definition.vectors}
    assert profiles == {
        "image_vector": "sightline-eyes-1-16",
        "concept_vector": "sightline-words-2-8",
        "description_vector": "sightline-words-2-8",
    }
    assert [field.dimensions for field in definition.vectors] == [16, 8, 8]
    assert definition_of(json_of(definition)) == definition
    odd = replace(INFO.encoder, name="hf/Model_x", version="1.0")
    assert profile_of(odd) == "sightline-hf-Model-x-1-0-16"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [TENT, DOG, RECEIPT]),
        ({"skip": 1, "top": 1}, [DOG]),
        ({"words": "stars"}, [TENT]),
        ({"words": "green receipt tent", "every_word": True}, []),
        ({"words": "the stars and the tent", "every_word": True}, [TENT]),
        ({"words": "beagle stars", "order": (("key", True),)}, [DOG, TENT]),
        ({"filter": "tags/any(t: t eq 'shelter')"}, [TENT]),
        ({"filter": "taken_at lt 2025-01-01T00:00:00Z"}, [TENT]),
        ({"filter": "taken_at eq null", "order": (("key", True),)}, [RECEIPT, DOG]),
        ({"filter": "width gt 640"}, []),
        ({"words": "tent", "filter": "not tags/any()"}, [RECEIPT]),
    ],
)
def test_searches_without_vectors(shop: Documents, query: dict[str, Any], found: list[Row]):
    assert ids(shop, **query) == [one.asset.id for one in found]


def test_the_total_counts_what_the_page_leaves_out(shop: Documents):
    together = ("name", "text", "tags", "description")
    results = shop.search(Query(words="tent", search_fields=together, top=1, count=True))
    assert (len(results.found), results.total) == (1, 2)
    assert shop.search(Query(filter="width eq 640", top=0, count=True)).total == 3


def test_the_nearest_pictures_and_fusion(shop: Documents):
    near = VectorQuery(fields=("image_vector",), vector=DOG.vector, k=2)
    results = shop.search(Query(vectors=(near,), count=True))
    assert ids(results)[0] == DOG.asset.id
    assert results.found[0].score == pytest.approx(1.0, abs=1e-5)
    assert results.total == 2

    both = shop.search(Query(words="beagle", vectors=(near,), filter="key ge 'd'", count=True))
    assert ids(both)[0] == DOG.asset.id
    assert both.found[0].score == pytest.approx(2 / 60)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"words": "a", "search_fields": ("text",)}, "together; got only text"),
        ({"search_fields": ("media_type",)}, "not searchable"),
        ({"filter": "url eq 'a'"}, "url"),
        ({"order": (("tags", True),)}, "not sortable"),
        ({"select": ("vector",)}, "no field 'vector'"),
        (
            {"vectors": (VectorQuery(fields=("image_vector",), text="a tent"),)},
            "concept_vector .* and description_vector",
        ),
        (
            {"vectors": (VectorQuery(fields=("concept_vector",), picture=b"x"),)},
            "Pictures are compared with image_vector",
        ),
        ({"vectors": (VectorQuery(fields=("image_vector",), vector=DOG.vector[:5]),)}, "has 5"),
    ],
)
def test_what_does_not_fit_is_refused(shop: Documents, query: dict[str, Any], words: str):
    with pytest.raises(InvalidRequest, match=words):
        shop.search(Query(**query))


def test_documents_cannot_be_written(shop: Documents):
    with pytest.raises(Refused, match="sightline ingest FOLDER --index shop"):
        shop.write([Action("upload", {"id": "a"})])


class TestVectorizing:
    """Texts and pictures that are asked with become vectors by the encoders of the workspace."""

    def test_a_text_and_a_picture(self, tmp_path: Path):
        words, eyes = FakeTextEncoder(), FakePictureEncoder()
        (meant,) = words.encode(["a green tent"])
        red = stills(picture("red")).stills[0].pixels
        seen = eyes.encode([red])[0].vector
        indexes = LanceIndexes(tmp_path)
        indexes.create(replace(INFO, encoder=eyes.identity, text_encoder=words.identity))
        with indexes.writing("shop") as index:
            index.add([replace(TENT, vector=seen, concept=meant, description_vector=meant)])

        vectorize = Vectorizer(lambda: eyes, lambda: words, max_side=64)
        shop = PictureDocuments(indexes.open("shop"), vectorize, **LINKS)
        for near in (
            VectorQuery(fields=("concept_vector",), text="a green tent"),
            VectorQuery(fields=("description_vector",), text="a green tent"),
            VectorQuery(fields=("image_vector",), picture=picture("red")),
        ):
            (found,) = shop.search(Query(vectors=(near,))).found
            assert found.score == pytest.approx(1.0, abs=1e-5)

    def test_vectors_of_another_encoder_are_not_compared(self, tmp_path: Path):
        words = FakeTextEncoder(version="9")
        info = replace(INFO, text_encoder=FakeTextEncoder().identity)
        index = LanceIndexes(tmp_path).create(info)
        vectorize = Vectorizer(no_encoder, lambda: words, max_side=64)
        shop = PictureDocuments(index, vectorize, **LINKS)
        near = VectorQuery(fields=("concept_vector",), text="a tent")
        with pytest.raises(InvalidRequest, match="made by sightline-fake-words-1-256"):
            shop.search(Query(vectors=(near,)))
