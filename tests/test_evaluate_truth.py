"""Truth files: what is taken, and what the message says of what is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sightline.errors import UnreadableMetadata
from sightline.evaluation import truth

IMAGE_QUERY = {
    "id": "milk-1",
    "set": "grocery",
    "query_image": "rag/queries/milk.jpg",
    "relevant": ["rag/images/shop/milk.jpg"],
}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    for name in ("rag/queries/milk.jpg", "rag/images/shop/milk.jpg", "rag/images/shop/juice.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def write(dataset: Path, name: str, content: Any) -> None:  # noqa: ANN401 - any JSON
    path = dataset / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


def test_queries_are_read_with_keys_of_the_indexed_folder(dataset: Path):
    coarse = ["rag/images/shop/milk.jpg", "rag/images/shop/juice.jpg"]
    text = {"id": "t", "text": "milk", "relevant": [coarse[0]], "needs": "picture", "set": "x"}
    content = {
        "image_queries": [IMAGE_QUERY, {**IMAGE_QUERY, "relevant_coarse": coarse}],
        "text_queries": [text],
    }
    write(dataset, "rag/queries.json", content)
    plain, both = truth.image_queries(dataset)
    assert plain.picture == dataset / "rag/queries/milk.jpg"
    assert plain.relevant == {"shop/milk.jpg"}
    assert plain.relevant_coarse == frozenset()
    assert both.relevant_coarse == {"shop/milk.jpg", "shop/juice.jpg"}
    (query,) = truth.text_queries(dataset)
    assert (query.text, query.needs, query.relevant) == ("milk", "picture", {"shop/milk.jpg"})


def test_a_folder_may_have_one_kind_of_queries_only(dataset: Path):
    write(dataset, "rag/queries.json", {"image_queries": [IMAGE_QUERY]})
    assert truth.text_queries(dataset) == []


def test_other_truth_files_are_read(dataset: Path):
    image = "rag/queries/milk.jpg"
    lines = [{"text": "MILK", "x": 1}, {"text": "3.5 %"}]
    write(dataset, "ocr/truth.json", [{"image": image, "kind": "label", "lines": lines}])
    write(dataset, "bad/truth.json", [{"file": image, "kind": "empty", "expected": "reject"}])
    asked = {"id": "q", "needs": "ocr", "question": "Fat?", "must": [["3.5", "3,5"]]}
    write(dataset, "chat/questions.json", [{**asked, "image": image}, {**asked, "video": image}])
    (label,) = truth.picture_texts(dataset)
    assert (label.lines, label.fields) == (("MILK", "3.5 %"), {})
    (odd,) = truth.odd_files(dataset)
    assert odd.expected == "reject"
    about_picture, about_video = truth.questions(dataset)
    assert about_picture.must == (("3.5", "3,5"),)
    assert about_video.picture is None


def with_field(field: str, value: object) -> dict[str, object]:
    return {"image_queries": [IMAGE_QUERY, {**IMAGE_QUERY, field: value}]}


IN_SECOND = r"rag/queries\.json, image_queries, entry 2 \(milk-1\): "


@pytest.mark.parametrize(
    ("name", "content", "read", "message"),
    [
        ("rag/queries.json", "{", truth.image_queries, r"queries\.json is not JSON"),
        ("rag/queries.json", [], truth.image_queries, r"expected an object, got a list"),
        (
            "rag/queries.json",
            {"image_queries": {}},
            truth.image_queries,
            r"image_queries: expected a list, got an object",
        ),
        (
            "rag/queries.json",
            {"image_queries": ["milk"]},
            truth.image_queries,
            r"entry 1: expected an object, got a text",
        ),
        (
            "rag/queries.json",
            with_field("set", 5),
            truth.image_queries,
            IN_SECOND + "expected some text in 'set', got 5",
        ),
        (
            "rag/queries.json",
            with_field("query_image", "rag/queries/none.jpg"),
            truth.image_queries,
            IN_SECOND + "expected a file below .* in 'query_image', got 'rag/queries/none.jpg'",
        ),
        (
            "rag/queries.json",
            with_field("relevant", []),
            truth.image_queries,
            IN_SECOND + "expected at least one picture in 'relevant'",
        ),
        (
            "rag/queries.json",
            with_field("relevant", ["rag/queries/milk.jpg"]),
            truth.image_queries,
            IN_SECOND + "expected pictures in rag/images/ in 'relevant', got 'rag/queries/milk",
        ),
        (
            "rag/queries.json",
            with_field("relevant", "rag/images/shop/milk.jpg"),
            truth.image_queries,
            IN_SECOND + "expected a list of texts in 'relevant'",
        ),
        (
            "chat/questions.json",
            [{"id": "q", "needs": "ocr", "question": "?", "must": ["4"]}],
            truth.questions,
            r"questions\.json, entry 1 \(q\): expected a list of texts in 'must', got '4'",
        ),
        (
            "bad/truth.json",
            [{"file": "rag/queries/milk.jpg", "kind": "x", "expected": "maybe"}],
            truth.odd_files,
            "expected one of 'accept', 'reject' and 'either' in 'expected', got 'maybe'",
        ),
        (
            "ocr/truth.json",
            [{"image": "rag/queries/milk.jpg", "kind": "x", "lines": ["MILK"]}],
            truth.picture_texts,
            "expected a list of objects with a 'text' in 'lines'",
        ),
        (
            "ocr/truth.json",
            [{"image": "rag/queries/milk.jpg", "kind": "x", "fields": {"total": 5}}],
            truth.picture_texts,
            "expected a list of texts in 'fields'",
        ),
    ],
)
def test_the_message_names_file_entry_and_field(
    dataset: Path, name: str, content: object, read: Callable[[Path], object], message: str
):
    write(dataset, name, content)
    with pytest.raises(UnreadableMetadata, match=message):
        read(dataset)


def test_a_missing_file_is_named(dataset: Path):
    with pytest.raises(UnreadableMetadata, match=r"bad/truth\.json cannot be read"):
        truth.odd_files(dataset)
