"""Assets changed by hand, and what a later ingestion of their source does to the change."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from sightline.assets import Asset, Page
from sightline.changing import UPKEEP_AFTER, describe, named, remove
from sightline.errors import EncoderMismatch, IndexBusy, InvalidRequest, UnknownAsset
from sightline.index.base import Index, Indexes, IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.index.memory import MemoryIndexes
from sightline.ingest import ingest
from sightline.ingestion import Tally
from sightline.row_desk import Engines
from sightline.sources.folder import Folder
from sightline.vision.base import Identity
from sightline.vision.fake import FakePictureEncoder, FakeReader, FakeTextEncoder


class Shop:
    """A folder with a tent, a shoe and a form of three pages, and an index of it."""

    def __init__(self, folder: Path, indexes: Indexes) -> None:
        self.folder = folder
        self.indexes = indexes
        self.words = FakeTextEncoder()
        self.encoder = FakePictureEncoder(text_encoder=self.words)
        indexes.create(
            IndexInfo(
                name="shop",
                encoder=self.encoder.identity,
                text_encoder=self.words.identity,
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
        pages = [Image.new("RGB", (40, 40), colour) for colour in ("red", "green", "blue")]
        pages[0].save(folder / "form.tiff", save_all=True, append_images=pages[1:])
        Image.new("RGB", (64, 48), "red").save(folder / "tent.png")
        Image.new("RGB", (64, 48), "blue").save(folder / "shoe.png")
        self.say({"tent.png": "a tent"})
        self.sync()

    @property
    def index(self) -> Index:
        return self.indexes.open("shop")

    def say(self, descriptions: dict[str, str]) -> None:
        entries = [
            {"image_blob_path": key, "description": text} for key, text in descriptions.items()
        ]
        (self.folder / "metadata.json").write_text(json.dumps(entries))

    def sync(self) -> Tally:
        engines = Engines(
            encoder=self.encoder, text_encoder=self.words, reader=FakeReader(["TOTAL 39.90"])
        )
        tally = Tally()
        with self.indexes.writing("shop") as index:
            for event in ingest(Folder(self.folder), index, engines):
                tally.count(event)
        return tally

    def asset(self, key: str) -> Asset:
        return next(asset for asset in self.index.browse(0, 100) if asset.key == key)

    def describe(self, key: str, text: str) -> Asset:
        return describe(self.indexes, "shop", self.words, self.asset(key).id, text)

    def found(self, words: str) -> list[str]:
        ids = [one.id for one in self.index.matching(words, 10)]
        assets = self.index.assets(ids)
        return [assets[id_].key for id_ in ids]


@pytest.fixture(params=[MemoryIndexes, LanceIndexes], ids=["memory", "disk"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Shop:
    (tmp_path / "pictures").mkdir()
    made: Indexes = (
        MemoryIndexes() if request.param is MemoryIndexes else LanceIndexes(tmp_path / "indexes")
    )
    return Shop(tmp_path / "pictures", made)


def test_a_new_description_is_found_at_once_and_the_old_one_no_longer(shop: Shop):
    before = shop.asset("tent.png")
    changed = shop.describe("tent.png", "  a yellow dinghy ")
    assert changed.description == "a yellow dinghy"
    assert (shop.found("dinghy"), shop.found("tent")) == (["tent.png"], ["tent.png"])  # its name
    (meaning,) = shop.words.encode(["a yellow dinghy"])
    nearest, *_ = shop.index.near("description", meaning, 1)
    assert (nearest.id, round(nearest.score, 4)) == (before.id, 1.0)
    assert (changed.reading, changed.tags, changed.sha256, changed.indexed_at) == (
        before.reading,
        before.tags,
        before.sha256,
        before.indexed_at,
    )
    assert shop.index.thumbnail(before.id).startswith(b"\xff\xd8")


def test_a_description_is_taken_away(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    changed = shop.describe("tent.png", " ")
    assert changed.description == ""
    assert shop.found("dinghy") == []
    assert shop.index.vectors("description", [changed.id]) == {}


def test_all_pages_of_a_file_share_its_description(shop: Shop):
    shop.describe("form.tiff", "an order form")
    assert shop.found("order") == ["form.tiff"] * 3


def test_a_sync_leaves_a_change_alone(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    shop.describe("shoe.png", "a slipper")
    tally = shop.sync()
    assert (tally.skipped, tally.updated, tally.undescribed, tally.notes) == (3, 0, 1, {})
    assert shop.asset("tent.png").description == "a dinghy"
    assert shop.asset("shoe.png").description == "a slipper"


def test_new_words_of_the_source_take_the_place_of_a_change_and_say_so(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    shop.describe("shoe.png", "a slipper")
    shop.say({"tent.png": "a tent for six"})
    tally = shop.sync()
    assert shop.asset("tent.png").description == "a tent for six"
    assert shop.asset("shoe.png").description == "a slipper"
    assert tally.notes.keys() == {"tent.png"}
    assert "'a dinghy'" in tally.notes["tent.png"]

    shop.say({"tent.png": "a tent"})  # what it said before the change: nothing stands against it
    assert shop.sync().notes == {}
    assert shop.asset("tent.png").description == "a tent"


def test_a_description_that_the_source_drops_goes_even_where_it_was_changed(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    shop.say({})
    assert shop.sync().notes.keys() == {"tent.png"}
    assert shop.asset("tent.png").description == ""


def test_a_description_that_was_taken_away_stays_away(shop: Shop):
    shop.describe("tent.png", "")
    assert shop.sync().updated == 0
    assert shop.asset("tent.png").description == ""


def test_a_source_that_says_the_same_as_the_change_has_its_description_back(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    shop.say({"tent.png": "a dinghy"})
    assert shop.sync().notes == {}
    shop.say({"tent.png": "a tent"})
    assert shop.sync().notes == {}
    assert shop.asset("tent.png").description == "a tent"


def test_the_sources_own_words_typed_again_are_no_change(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    shop.describe("tent.png", "a tent")
    shop.say({"tent.png": "a tent for six"})
    assert shop.sync().notes == {}
    assert shop.asset("tent.png").description == "a tent for six"


def test_a_change_survives_a_new_picture_and_a_metadata_file_that_breaks(shop: Shop):
    shop.describe("tent.png", "a dinghy")
    Image.new("RGB", (64, 48), "green").save(shop.folder / "tent.png")
    (shop.folder / "metadata.json").write_text("[{")
    assert shop.sync().updated == 1
    assert shop.asset("tent.png").description == "a dinghy"
    shop.say({"tent.png": "a tent"})
    shop.sync()
    assert shop.asset("tent.png").description == "a dinghy"


def test_one_page_is_removed_and_its_file_and_the_others_stay(shop: Shop):
    page = shop.asset("form.tiff")
    assert remove(shop.indexes, "shop", page.id) == page
    assert page.id not in shop.index.assets([page.id])
    assert len([one for one in shop.index.browse(0, 10) if one.key == "form.tiff"]) == 2
    assert (shop.folder / "form.tiff").exists()
    with pytest.raises(UnknownAsset):
        shop.index.thumbnail(page.id)
    with pytest.raises(UnknownAsset):
        remove(shop.indexes, "shop", page.id)
    shop.describe("form.tiff", "an order form")
    assert shop.found("order") == ["form.tiff"] * 2


def test_a_removed_picture_comes_back_with_the_next_sync(shop: Shop):
    tent = shop.asset("tent.png")
    remove(shop.indexes, "shop", tent.id)
    assert shop.found("tent") == []
    tally = shop.sync()
    assert (tally.added, tally.skipped) == (1, 2)
    assert shop.asset("tent.png").id == tent.id


def test_nothing_is_changed_while_somebody_writes(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sightline.changing.PATIENCE", 0.05)
    with shop.indexes.writing("shop"):
        with pytest.raises(IndexBusy):
            shop.describe("tent.png", "a dinghy")
        with pytest.raises(IndexBusy):
            remove(shop.indexes, "shop", shop.asset("tent.png").id)
    assert shop.asset("tent.png").description == "a tent"


def test_words_of_another_encoder_are_not_written(shop: Shop):
    class Other(FakeTextEncoder):
        @property
        def identity(self) -> Identity:
            return Identity(name="other", version="1", dimension=8)

    with pytest.raises(EncoderMismatch):
        describe(shop.indexes, "shop", Other(), shop.asset("tent.png").id, "a dinghy")


def test_a_picture_is_named_by_its_id_or_key(shop: Shop, tmp_path: Path):
    tent = shop.asset("tent.png")
    assert named(shop.index, tent.id) == named(shop.index, "tent.png") == tent
    assert named(shop.index, "form.tiff").place == Page(1, 3)
    with pytest.raises(UnknownAsset):
        named(shop.index, "it's not there.png")
    other = tmp_path / "other"
    other.mkdir()
    (shop.folder / "tent.png").rename(other / "tent.png")
    shop.folder = other
    shop.sync()
    with pytest.raises(InvalidRequest, match="2 sources have a"):
        named(shop.index, "tent.png")


def test_many_changes_do_not_pile_up(shop: Shop):
    for number in range(UPKEEP_AFTER + 1):
        shop.describe("tent.png", f"dinghy number {number}")
    assert shop.index.untidy < UPKEEP_AFTER
    assert shop.found(f"{UPKEEP_AFTER}") == ["tent.png"]
