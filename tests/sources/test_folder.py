import json
import os
from pathlib import Path

import pytest

from sightline.errors import UnreadableSource
from sightline.sources.folder import Folder


def test_a_folder_lists_its_pictures_below_with_their_descriptions(tmp_path: Path):
    (tmp_path / "tents").mkdir()
    (tmp_path / "tents" / "x200.jpg").write_bytes(b"1")
    (tmp_path / "B.PNG").write_bytes(b"22")
    metadata = [{"image_blob_path": "tents/x200.jpg", "description": "two-person tent"}]
    (tmp_path / "metadata.json").write_text(json.dumps(metadata))

    listing = Folder(tmp_path).listing()

    assert [(item.key, item.size, item.description) for item in listing.items] == [
        ("B.PNG", 2, None),
        ("tents/x200.jpg", 1, "two-person tent"),
    ]
    assert not listing.problems


def test_what_is_not_a_picture_is_said_and_hidden_files_are_passed_over(tmp_path: Path):
    for name in ("a.jpg", "notes.txt", ".hidden.jpg", "clip.MP4"):
        (tmp_path / name).write_bytes(b"x")

    listing = Folder(tmp_path).listing()

    assert [item.key for item in listing.items] == ["a.jpg", "clip.MP4"]
    assert [(p.key, p.code) for p in listing.problems] == [("notes.txt", "not_a_picture")]


def test_an_etag_changes_with_the_file(tmp_path: Path):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(b"x")
    before = Folder(tmp_path).listing().items[0].etag
    picture.write_bytes(b"yz")
    assert Folder(tmp_path).listing().items[0].etag != before


def test_reading_a_file_that_went_away_says_so(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    folder = Folder(tmp_path)
    (item,) = folder.listing().items
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(UnreadableSource, match=r"'a\.jpg' cannot be read: No such file"):
        folder.read(item)


@pytest.mark.parametrize(("name", "found"), [("gone", "nothing"), ("file", "a file")])
def test_a_source_that_is_no_folder_is_refused(tmp_path: Path, name: str, found: str):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(UnreadableSource, match=f"found {found}"):
        Folder(tmp_path / name)


def test_a_name_that_is_not_unicode_is_reported_and_the_others_go_on(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"x")
    listing = Folder(tmp_path).listing()
    assert [item.key for item in listing.items] == ["a.jpg"]
    assert [(p.code, p.key) for p in listing.problems] == [("name_not_unicode", "caf\ufffd.jpg")]


def test_names_with_blanks_percent_signs_and_other_alphabets(tmp_path: Path):
    names = ["green tent.jpg", "50%25.jpg", "größe.jpg", "絵.png", "..a.jpg".lstrip(".")]
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    assert {item.key for item in Folder(tmp_path).listing().items} == set(names)


def test_an_empty_and_a_huge_file_fail_alone_and_are_not_read(tmp_path: Path):
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "huge.jpg").write_bytes(b"x" * 3000)
    folder = Folder(tmp_path, largest=2000)
    empty, huge = folder.listing().items
    with pytest.raises(UnreadableSource, match=r"'empty\.jpg' is empty \(0 bytes\)"):
        folder.read(empty)
    with pytest.raises(UnreadableSource, match=r"'huge\.jpg': expected at most 0.0 MiB"):
        folder.read(huge)
