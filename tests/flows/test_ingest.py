"""Image to index, on fakes: what is done, what is skipped, what a failure costs."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sightline.errors import EncoderMismatch, UnreadableSource, WouldWipe
from sightline.index.base import IndexInfo
from sightline.index.memory import MemoryIndex, MemoryIndexes
from sightline.ingest import ingest
from sightline.ingestion import Added, Failed, IngestEvent, Listed, Removed, Skipped, Tally, Updated
from sightline.row_desk import Engines
from sightline.sources.folder import Folder
from sightline.vision.fake import FakePictureEncoder, FakeReader, FakeTextEncoder


class Studio:
    """A folder of pictures, an index in memory and fakes for engines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text_encoder = FakeTextEncoder()
        self.encoder = FakePictureEncoder(text_encoder=text_encoder)
        self.reader = FakeReader(["TOTAL 39.90"])
        self.engines = Engines(encoder=self.encoder, text_encoder=text_encoder, reader=self.reader)
        self.index: MemoryIndex = MemoryIndexes().create(
            IndexInfo(
                name="shop",
                encoder=self.encoder.identity,
                text_encoder=text_encoder.identity,
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )

    def paint(self, name: str, colour: str = "red") -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (64, 48), colour).save(path)

    def describe(self, **descriptions: str) -> None:
        entries = [
            {"image_blob_path": f"{k}.png", "description": v} for k, v in descriptions.items()
        ]
        (self.folder / "metadata.json").write_text(json.dumps(entries))

    def run(self, *, force: bool = False, engines: Engines | None = None) -> list[IngestEvent]:
        source = Folder(self.folder)
        return list(ingest(source, self.index, engines or self.engines, force=force))

    def tally(self) -> Tally:
        tally = Tally()
        for event in self.run():
            tally.count(event)
        return tally

    def encoded(self) -> int:
        return sum(len(call) for call in self.encoder.calls)

    def descriptions(self) -> dict[str, str]:
        return {asset.key: asset.description for asset in self.index.browse(0, 100)}


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


def test_a_folder_becomes_rows_with_everything_a_search_needs(studio: Studio):
    studio.paint("tents/green.png", "green")
    studio.describe(**{"tents/green": "a green tent"})

    assert studio.run()[:2] == [Listed(1, 0), Added("tents/green.png", 1)]

    (asset,) = studio.index.browse(0, 10)
    assert (asset.key, asset.description, asset.width, asset.height) == (
        "tents/green.png",
        "a green tent",
        64,
        48,
    )
    assert asset.reading is not None
    assert asset.reading.text == "TOTAL 39.90"
    assert [tag.name for tag in asset.tags] == ["green"]
    assert Path(asset.location) == studio.folder / "tents/green.png"
    assert studio.index.thumbnail(asset.id).startswith(b"\xff\xd8")


def test_a_second_run_encodes_and_reads_nothing(studio: Studio):
    for n in range(5):
        studio.paint(f"{n}.png")
    studio.run()
    encoded, read = studio.encoded(), len(studio.reader.calls)

    assert studio.run() == [Listed(5, 5), *(Skipped(f"{n}.png") for n in range(5))]
    assert (studio.encoded(), len(studio.reader.calls)) == (encoded, read)


def test_a_changed_picture_is_updated_and_a_deleted_one_removed(studio: Studio):
    studio.paint("a.png", "red")
    studio.paint("b.png", "blue")
    studio.run()
    studio.paint("a.png", "green")
    (studio.folder / "b.png").unlink()

    events = studio.run()

    assert Updated("a.png", "content or pipeline changed") in events
    assert Removed("b.png") in events
    (asset,) = studio.index.browse(0, 10)
    assert [tag.name for tag in asset.tags] == ["green"]


def test_a_new_description_is_written_without_looking_at_the_picture_again(studio: Studio):
    studio.paint("a.png")
    studio.describe(a="a tent")
    studio.run()
    encoded = studio.encoded()
    studio.describe(a="a red tent for two")

    assert Updated("a.png", "description") in studio.run()
    assert studio.descriptions() == {"a.png": "a red tent for two"}
    assert studio.encoded() == encoded
    assert Skipped("a.png") in studio.run()


def test_a_touched_file_with_the_same_content_is_not_encoded_again(studio: Studio):
    studio.paint("a.png")
    studio.run()
    encoded = studio.encoded()
    studio.paint("a.png")  # the same bytes, another time

    assert Skipped("a.png") in studio.run()
    assert studio.encoded() == encoded


def test_a_broken_file_fails_alone_and_is_tried_again(studio: Studio):
    studio.paint("good.png")
    (studio.folder / "bad.jpg").write_bytes(b"this is not a picture")

    first = studio.tally()
    assert (first.added, [failed.key for failed in first.failed]) == (1, ["bad.jpg"])
    assert first.failed[0].code == "unreadable_image"

    studio.paint("bad.jpg")
    assert studio.tally().added == 1
    assert studio.index.count() == 2


def test_a_picture_that_broke_keeps_its_old_row_and_says_so(studio: Studio):
    studio.paint("a.png")
    studio.run()
    (studio.folder / "a.png").write_bytes(b"\x89PNG broken")

    assert any(isinstance(event, Failed) for event in studio.run())
    assert studio.index.count() == 1


def test_two_names_for_one_content_are_two_rows_and_a_note(studio: Studio):
    studio.paint("a.png")
    studio.paint("b.png")
    assert studio.tally().notes == {"b.png": "same content as 'a.png'"}
    assert studio.index.count() == 2


def test_an_empty_folder_is_an_error_that_says_what_is_expected(studio: Studio):
    with pytest.raises(UnreadableSource, match="Expected pictures"):
        studio.run()


def test_a_source_that_lists_nothing_does_not_empty_the_index(studio: Studio):
    studio.paint("a.png")
    studio.run()
    (studio.folder / "a.png").unlink()

    with pytest.raises(WouldWipe, match="--force"):
        studio.run()
    assert studio.index.count() == 1
    assert Removed("a.png") in studio.run(force=True)
    assert studio.index.count() == 0


def test_a_broken_metadata_file_does_not_wipe_descriptions(studio: Studio):
    studio.paint("a.png")
    studio.describe(a="a tent")
    studio.run()
    (studio.folder / "metadata.json").write_text("[{")

    tally = studio.tally()
    assert [problem.code for problem in tally.noticed] == ["unreadable_metadata"]
    assert studio.descriptions() == {"a.png": "a tent"}


def test_pages_and_frames_become_stills_of_one_file(studio: Studio):
    pages = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
    pages[0].save(studio.folder / "form.tiff", save_all=True, append_images=pages[1:])
    assert Added("form.tiff", 3) in studio.run()
    assert studio.index.count() == 3


def test_pictures_indexed_without_text_are_read_when_text_is_asked_for(studio: Studio):
    studio.paint("a.png")
    without = Engines(encoder=studio.encoder, text_encoder=studio.engines.text_encoder, reader=None)
    studio.run(engines=without)
    assert Updated("a.png", "content or pipeline changed") in studio.run()
    assert studio.index.browse(0, 1)[0].reading is not None
    assert Skipped("a.png") in studio.run(engines=without)  # what was read serves as well


def test_an_index_of_another_encoder_is_refused_with_the_command_to_run(studio: Studio):
    studio.paint("a.png")
    newer = FakePictureEncoder(text_encoder=studio.engines.text_encoder, version="2")
    engines = Engines(encoder=newer, text_encoder=studio.engines.text_encoder, reader=None)
    with pytest.raises(EncoderMismatch, match="sightline index delete shop"):
        studio.run(engines=engines)


def test_a_commit_that_never_happened_is_not_reported(studio: Studio):
    studio.paint("a.png")
    events = ingest(Folder(studio.folder), studio.index, studio.engines)
    assert next(events) == Listed(1, 1)
    events.close()  # stopped before the first commit
    assert studio.index.count() == 0
    assert studio.tally().added == 1


def test_a_link_that_leads_nowhere_keeps_its_row_and_says_so(
    studio: Studio, tmp_path_factory: pytest.TempPathFactory
):
    elsewhere = tmp_path_factory.mktemp("disk") / "a.png"
    Image.new("RGB", (8, 8), "red").save(elsewhere)
    (studio.folder / "a.png").symlink_to(elsewhere)
    studio.paint("b.png")
    studio.run()
    elsewhere.unlink()  # as when the disk is not mounted

    tally = studio.tally()
    assert (tally.removed, studio.index.count()) == (0, 2)
    assert "the link leads nowhere" in tally.noticed[0].message


def test_a_link_to_a_folder_is_not_followed_and_a_loop_harms_nothing(studio: Studio):
    studio.paint("a.png")
    (studio.folder / "self").symlink_to(studio.folder)
    (studio.folder / "loop.png").symlink_to(studio.folder / "loop.png")

    tally = studio.tally()
    assert (tally.added, {p.key for p in tally.noticed}) == (1, {"self", "loop.png"})


def test_after_a_rename_no_note_speaks_of_the_old_name(studio: Studio):
    studio.paint("old.png")
    studio.run()
    (studio.folder / "old.png").rename(studio.folder / "new.png")
    assert studio.tally().notes == {}


def test_what_was_cut_is_said_of_an_updated_file_too(studio: Studio):
    def pages(count: int) -> None:
        drawn = [Image.new("RGB", (9, 9), (n, 0, 0)) for n in range(count)]
        drawn[0].save(studio.folder / "a.tiff", save_all=True, append_images=drawn[1:])

    pages(2)
    studio.run()
    pages(30)
    assert "20 of 30 pages" in studio.tally().notes["a.tiff"]


def test_an_engine_that_fails_on_one_picture_costs_that_picture(studio: Studio):
    studio.paint("good.png", "green")
    studio.paint("bad.png", "red")

    def lines(picture: np.ndarray) -> list[str]:
        if picture[0, 0, 0] > 200:
            raise RuntimeError("out of resources")
        return ["fine"]

    engines = replace(studio.engines, reader=FakeReader(lines))
    events = studio.run(engines=engines)
    assert Failed("bad.png", "engine_failed", "RuntimeError: out of resources") in events
    assert Added("good.png", 1) in events
