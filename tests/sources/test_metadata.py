import json

import pytest

from sightline.errors import UnreadableMetadata
from sightline.sources.metadata import (
    MAX_BYTES,
    MAX_ENTRIES,
    Descriptions,
    is_metadata_name,
    read_descriptions,
    too_large,
)


def described(*entries: object, name: str = "metadata.json") -> Descriptions:
    return read_descriptions([(name, json.dumps(list(entries)).encode())])


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("metadata.json", True),
        ("metadata-tents.json", True),
        ("metadata1.json", True),
        ("Metadata.json", False),  # upper case
        ("metadata 1.json", False),  # a blank
        ("my-metadata.json", False),  # does not start with it
        ("metadata.txt", False),
    ],
)
def test_which_files_are_metadata(name: str, counts: bool):
    assert is_metadata_name(name) is counts


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("tents/x200.jpg", "tents/x200.jpg"),
        ("./tents/x200.jpg", "tents/x200.jpg"),
        ("/tents/x200.jpg", "tents/x200.jpg"),
        ("tents\\x200.jpg", "tents/x200.jpg"),
        ("green%20tent.jpg", "green tent.jpg"),  # written as in a URL
        ("50%25 off.jpg", "50%25 off.jpg"),  # a name that really holds a percent sign
        ("u\u0308ber.jpg", "über.jpg"),  # decomposed, as some file systems list names
    ],
)
def test_a_description_finds_its_picture_in_every_usual_spelling(path: str, key: str):
    assert described({"image_blob_path": path, "description": "found"}).of(key) == "found"


def test_the_samples_spelling_of_the_path_is_accepted():
    assert described({"image_path": "a.jpg", "description": "a tent"}).of("a.jpg") == "a tent"


def test_a_byte_order_mark_is_no_mistake():
    content = '[{"image_blob_path": "a.jpg", "description": "é"}]'.encode("utf-8-sig")
    assert read_descriptions([("metadata.json", content)]).of("a.jpg") == "é"


def test_half_a_surrogate_pair_becomes_a_question_mark():
    content = b'[{"image_blob_path": "a.jpg", "description": "tent \\ud83c"}]'
    assert read_descriptions([("metadata.json", content)]).of("a.jpg") == "tent ?"


@pytest.mark.parametrize("description", [None, "", "  "])
def test_an_empty_description_is_allowed(description: str | None):
    found = described({"image_blob_path": "a.jpg", "description": description})
    assert found.of("a.jpg") == ""
    assert not found.problems


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'[{"image_blob_path": "a.jpg",}]', "row 1, column"),
        (b'[\n {"image_blob_path": "a.jpg"\n', "row 3, column 1"),
        (b'[\n"\xff"]', "row 2, column 2: expected UTF-8, got byte 0xff"),
        (b'{"image_blob_path": "a.jpg"}', "expected an array of objects, got an object"),
        (b'"a.jpg"', "expected an array of objects, got a string"),
        (b"", "row 1, column 1: expected JSON"),
        (b"[" * 100_000, "expected"),
    ],
)
def test_a_broken_file_is_reported_with_its_place(content: bytes, message: str):
    found = read_descriptions([("metadata.json", content)])
    assert [problem.code for problem in found.problems] == ["unreadable_metadata"]
    assert "metadata.json" in found.problems[0].message
    assert message in found.problems[0].message
    assert not found.complete


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("a.jpg", "entry 2: expected an object, got a string"),
        ({"description": "x"}, "entry 2, field 'image_blob_path': expected the path"),
        (
            {"image_blob_path": 7},
            "field 'image_blob_path': expected the path of a picture, got a n",
        ),
        ({"image_path": " "}, "field 'image_path': expected the path of a picture, got an empty"),
        ({"image_blob_path": "../a.jpg"}, "expected a path inside the source, got '../a.jpg'"),
        (
            {"image_blob_path": "a.jpg", "description": ["x"]},
            "field 'description': expected a string, got an array",
        ),
    ],
)
def test_a_broken_entry_is_reported_and_the_others_count(entry: object, message: str):
    good = {"image_blob_path": "good.jpg", "description": "kept"}
    found = described(good, entry)
    assert found.of("good.jpg") == "kept"
    assert message in found.problems[0].message
    assert found.complete


def test_more_than_ten_thousand_entries_are_refused_with_what_to_do():
    entries = [{"image_blob_path": f"{n}.jpg", "description": ""} for n in range(MAX_ENTRIES + 1)]
    (problem,) = described(*entries).problems
    assert "at most 10,000 entries, got 10,001. Split it" in problem.message


def test_a_file_that_is_too_large_is_refused_unread():
    found = read_descriptions([("metadata.json", too_large("metadata.json", MAX_BYTES + 1))])
    assert "at most 32 MiB" in found.problems[0].message
    assert isinstance(too_large("m", 1), UnreadableMetadata)


def test_two_descriptions_of_one_picture_keep_the_first_and_say_so():
    first = b'[{"image_blob_path": "a.jpg", "description": "one"}]'
    second = b'[{"image_blob_path": "./a.jpg", "description": "two"}]'
    found = read_descriptions([("metadata-1.json", first), ("metadata-2.json", second)])
    assert found.of("a.jpg") == "one"
    assert found.problems[0].code == "described_twice"
    assert "metadata-2.json, entry 1" in found.problems[0].message


def test_descriptions_without_a_picture_are_listed():
    found = described({"image_blob_path": "gone.jpg", "description": "x"})
    (problem,) = found.without_picture(["here.jpg"])
    assert (problem.key, problem.code) == ("gone.jpg", "description_without_picture")
