"""Uploads: records, names, what is taken and what is refused."""

import hashlib
from pathlib import Path

import pytest

from sightline.errors import NotFound, UnreadableSource
from sightline.sources.upload import UploadSource
from sightline.storage.blobs import Blobs
from sightline.storage.catalog import Catalog
from sightline.storage.intake import Intake, UploadLimits
from sightline.storage.records import Arrived
from sightline.storage.uploads import Uploads, plain_name

GIF = b"GIF89a" + b"\0" * 20
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


class Desk:
    """An upload, its records and its files."""

    def __init__(self, catalog: Catalog, folder: Path) -> None:
        self.folder = folder
        self.uploads = Uploads(catalog)
        self.blobs = Blobs(folder)
        self.id = self.uploads.create().id

    def send(self, *files: tuple[str, bytes], limits: UploadLimits = UploadLimits()) -> Intake:  # noqa: B008
        intake = Intake(self.id, self.uploads, self.blobs, limits)
        for name, content in files:
            intake.begin(name)
            for at in range(0, len(content), 7):  # in small pieces, as from a slow network
                intake.write(content[at : at + 7])
            intake.end()
        return intake

    def on_disk(self) -> int:
        return sum(path.is_file() for path in self.folder.rglob("*"))


@pytest.fixture
def desk(catalog: Catalog, tmp_path: Path) -> Desk:
    return Desk(catalog, tmp_path / "uploads")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("tent.jpg", "tent.jpg"),
        ("Größe 38 – été.png", "Größe 38 – été.png"),
        ("../../etc/passwd", "etc/passwd"),
        ("/abs/olute.jpg", "abs/olute.jpg"),
        ("C:\\Users\\me\\a.jpg", "C:/Users/me/a.jpg"),
        ("album/./x/../a.jpg", "album/x/a.jpg"),
        ("%2e%2e%2fa%00.jpg", "%2e%2e%2fa%00.jpg"),  # nobody decodes it, so it means nothing
        ("nul\0and\nnewline\u202e.jpg", "nul_and_newline_.jpg"),
        ("", "file"),
        ("../..", "file"),
        ("猫" * 5000 + ".jpeg", "猫" * 233 + "….jpeg"),
        ("x" * 5000, "x" * 238 + "…"),
    ],
)
def test_names_become_keys(name: str, key: str):
    assert plain_name(name) == key


def test_pictures_are_kept_and_the_rest_is_refused_with_its_reason(desk: Desk):
    taken = desk.send(
        ("a.gif", GIF),
        ("report.pdf", b"%PDF-1.7 ..."),
        ("really a png.txt", PNG),
        ("empty.jpg", b""),
        ("page.jpg", b"<html><script>"),
    )
    assert [(f.key, f.state, f.media_type) for f in taken.files] == [
        ("a.gif", "Uploaded", "image/gif"),
        ("report.pdf", "Failed", None),
        ("really a png.txt", "Uploaded", "image/png"),
        ("empty.jpg", "Failed", None),
        ("page.jpg", "Failed", None),
    ]
    said = [file.message or "" for file in taken.files]
    assert "PDF" in said[1]
    assert "empty file" in said[3]
    assert "HTML" in said[4]
    upload = desk.uploads.get(desk.id)
    assert (upload.uploaded, upload.failed, upload.size) == (2, 3, len(GIF) + len(PNG))
    assert desk.on_disk() == 2


def test_limits_on_a_file_on_all_and_on_their_number(desk: Desk):
    limits = UploadLimits(file_bytes=100, total_bytes=150, files=4)
    big, good = GIF + b"x" * 90, GIF + b"y" * 70
    taken = desk.send(
        ("big.gif", big), ("a.gif", good), ("b.gif", good + b"z"), ("c.gif", GIF), limits=limits
    )
    assert [(f.state, f.code) for f in taken.files] == [
        ("Failed", "file_too_large"),
        ("Uploaded", None),
        ("Failed", "upload_too_large"),
        ("Uploaded", None),
    ]
    more = desk.send(("d.gif", GIF), ("e.gif", GIF), limits=limits)
    assert (more.files, more.left_out) == ([], 2)
    assert desk.on_disk() == 2


def test_sending_again_changes_nothing_and_another_content_gets_another_name(desk: Desk):
    (first,) = desk.send(("a.gif", GIF)).files
    (again,) = desk.send(("a.gif", GIF)).files
    (other, third) = desk.send(("a.gif", GIF + b"!"), ("a.gif", GIF + b"?")).files
    assert again == first
    assert (other.key, third.key) == ("a (2).gif", "a (3).gif")


def test_a_refused_file_makes_way_for_a_good_one(desk: Desk):
    (refused,) = desk.send(("a.gif", b"%PDF")).files
    (good,) = desk.send(("a.gif", GIF)).files
    assert (good.id, good.key, good.state, good.code) == (refused.id, "a.gif", "Uploaded", None)


def test_a_file_that_breaks_off_leaves_nothing(desk: Desk):
    intake = Intake(desk.id, desk.uploads, desk.blobs)
    intake.begin("a.gif")
    intake.write(GIF)
    assert desk.on_disk() == 1
    intake.drop()
    assert desk.on_disk() == 0
    assert desk.uploads.files(desk.id) == []


def test_descriptions_are_set_all_or_none(desk: Desk):
    one, two = desk.send(("a.gif", GIF), ("b.png", PNG)).files
    desk.uploads.describe(desk.id, {one.id: "A tent", two.id: "A shoe"})
    with pytest.raises(NotFound):
        desk.uploads.describe(desk.id, {one.id: "changed", "file_0": "?"})
    assert [f.description for f in desk.uploads.files(desk.id)] == ["A tent", "A shoe"]


def test_an_upload_is_a_source(desk: Desk):
    named, _, foreign = desk.send(("b.gif", GIF), ("a/ü%20.png", PNG), ("x.pdf", b"%PDF")).files
    desk.uploads.describe(desk.id, {named.id: "A tent"})
    source = UploadSource(desk.id, desk.uploads, desk.blobs)
    listing = source.listing()
    assert source.uri == f"upload:{desk.id}"
    assert [(i.key, i.description) for i in listing.items] == [
        ("a/ü%20.png", None),
        ("b.gif", "A tent"),
    ]
    assert [source.read(item) for item in listing.items] == [PNG, GIF]
    assert listing.items[1].etag == hashlib.sha256(GIF).hexdigest()
    assert [(p.key, p.code) for p in listing.problems] == [(foreign.key, "unreadable_image")]
    Path(listing.items[0].location).unlink()
    with pytest.raises(UnreadableSource, match=r"a/ü%20\.png"):
        source.read(listing.items[0])


def test_a_deleted_upload_is_unknown_everywhere(desk: Desk):
    desk.send(("a.gif", GIF))
    desk.uploads.delete(desk.id)
    desk.blobs.delete(desk.id)
    assert desk.on_disk() == 0
    for ask in (desk.uploads.get, desk.uploads.files, desk.uploads.delete):
        with pytest.raises(NotFound):
            ask(desk.id)
    with pytest.raises(NotFound):
        desk.uploads.add(desk.id, Arrived(name="late.gif", size=1))
    with pytest.raises(NotFound):
        UploadSource(desk.id, desk.uploads, desk.blobs)
