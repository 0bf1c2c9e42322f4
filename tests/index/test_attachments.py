"""Attached indexes as files: what is kept, and what a broken file says."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sightline.documents.mapping import Mapping
from sightline.errors import BrokenIndex, Conflict, InvalidRequest, UnknownIndex
from sightline.index.attachments import Attachment, Attachments
from sightline.vision.base import Identity

TENTS = Attachment(
    name="catalogue",
    service="acme",
    index="tents-v",
    encoder="",
    picture=Identity(name="lite0", version="1", dimension=1280),
    words=Identity(name="minilm", version="1", dimension=384),
    mapping=Mapping(key="id", content=("description", "note"), image_vector="image_vector"),
    attached_at=datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
)


@pytest.fixture
def attachments(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "attached")


def test_an_attachment_comes_back_as_it_was(attachments: Attachments, tmp_path: Path):
    assert attachments.names() == []
    attachments.add(TENTS)
    attachments.add(replace(TENTS, name="a"))
    again = Attachments(tmp_path / "attached")
    assert again.names() == ["a", "catalogue"]
    assert again.get("catalogue") == TENTS
    again.remove("a")
    assert again.names() == ["catalogue"]
    assert [again.has(name) for name in ("catalogue", "a", "acme:tents")] == [True, False, False]


def test_a_name_is_taken_once(attachments: Attachments):
    attachments.add(TENTS)
    with pytest.raises(Conflict):
        attachments.add(TENTS)


def test_what_is_not_attached_is_unknown(attachments: Attachments):
    for use in (attachments.get, attachments.remove):
        with pytest.raises(UnknownIndex):
            use("catalogue")
        with pytest.raises(InvalidRequest):
            use("../catalogue")


@pytest.mark.parametrize("content", ["", "[]", '{"name": "catalogue"}', '{"mapping": 3}'])
def test_a_file_that_says_something_else_is_told_by_its_place(
    attachments: Attachments, tmp_path: Path, content: str
):
    attachments.add(TENTS)
    (tmp_path / "attached" / "catalogue.json").write_text(content)
    with pytest.raises(BrokenIndex, match=r"catalogue\.json"):
        attachments.get("catalogue")
