"""What every index keeps to, whatever it is made of."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from index.made import INFO, SOURCE, pages, row
from sightline.assets import Line, Moment, Page, Reading, Row, Tag, Where, Whole
from sightline.errors import (
    Conflict,
    EncoderMismatch,
    IndexBusy,
    InvalidRequest,
    UnknownAsset,
    UnknownIndex,
)
from sightline.geometry import Point
from sightline.index.base import Channel, Index, Indexes
from sightline.index.lance import LanceIndexes
from sightline.index.memory import MemoryIndexes
from sightline.odata.parsing import parse

DOG = Tag("beagle", 0.8, ("hound", "Dog"))
TENT = row(
    "camp/TrailMaster-x4_tent.png",
    description="A green tent under the stars",
    text=["TRAIL 2000", "café"],
    tags=[Tag("mountain tent", 0.9, ("shelter",))],
    taken_at=datetime(2024, 7, 1, 12, tzinfo=UTC),
)
BEAGLE = row("dogs/beagle.jpg", tags=[DOG], taken_at=datetime(2024, 8, 1, 12, tzinfo=UTC))
RECEIPT = row("scans/receipt.png", text=["ACME SHOP", "TOTAL 12.50"], description="A receipt")
SCAN = pages("scans/letter.tiff", 3)
GALLERY = [TENT, BEAGLE, RECEIPT, *SCAN]


def of_memory(folder: Path) -> Indexes:  # noqa: ARG001 - all are made the same way
    return MemoryIndexes()


def of_lance(folder: Path) -> Indexes:
    return LanceIndexes(folder)


def of_lance_with_vector_indexes(folder: Path) -> Indexes:
    return LanceIndexes(folder, exact_rows=0)


KINDS = [of_memory, of_lance, of_lance_with_vector_indexes]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def indexes(request: pytest.FixtureRequest, tmp_path: Path) -> Indexes:
    make: Callable[[Path], Indexes] = request.param
    return make(tmp_path)


@pytest.fixture
def gallery(indexes: Indexes) -> Index:
    """An index of six rows to write to."""
    return filled(indexes)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.__name__)
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index of six rows to look at."""
    make: Callable[[Path], Indexes] = request.param
    return filled(make(tmp_path_factory.mktemp("shown")))


def filled(indexes: Indexes) -> Index:
    """Half of the rows are written after the last time it was optimized."""
    indexes.create(INFO)
    with indexes.writing("shop") as index:
        index.add(GALLERY[:3])
        index.optimize()
        index.add(GALLERY[3:])
    return indexes.open("shop")


def ids(found: object) -> list[str]:
    return [scored.id for scored in found]  # type: ignore[attr-defined]


def keys(index: Index, where: Where) -> set[str]:
    found = index.near("picture", TENT.vector, 100, where)
    return {asset.key for asset in index.assets(ids(found)).values()}


class TestNames:
    def test_indexes_are_listed_by_name_and_say_what_they_are(self, indexes: Indexes):
        for name in ("b", "a"):
            indexes.create(replace(INFO, name=name))
        assert indexes.names() == ["a", "b"]
        assert [index.info for index in indexes] == [
            replace(INFO, name="a"),
            replace(INFO, name="b"),
        ]
        assert indexes.open("a").count() == 0

    @pytest.mark.parametrize(
        "name",
        ["a", "A.b-c_1", "7", "9f0a3f0e-0c59-4b65-9d3c-0b6b1f5c2d11", "a" * 128, "a.lance", "x.."],
    )
    def test_good_names(self, indexes: Indexes, name: str):
        indexes.create(replace(INFO, name=name))
        assert indexes.names() == [name]
        indexes.delete(name)
        assert indexes.names() == []

    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "a\\b",
            ".hidden",
            "-a",
            "a" * 129,
            "a b",
            "é",
            "a\n",
            "a\0",
        ],
    )
    def test_bad_names(self, indexes: Indexes, name: str):
        for use in (indexes.open, indexes.delete, lambda n: indexes.create(replace(INFO, name=n))):
            with pytest.raises(InvalidRequest, match="name of an index"):
                use(name)
        with pytest.raises(InvalidRequest), indexes.writing(name):
            pass

    def test_a_name_is_taken_once(self, indexes: Indexes):
        indexes.create(INFO)
        with pytest.raises(Conflict, match="already"):
            indexes.create(INFO)

    def test_an_unknown_name(self, indexes: Indexes):
        for use in (indexes.open, indexes.delete):
            with pytest.raises(UnknownIndex, match="'none'"):
                use("none")
        with pytest.raises(UnknownIndex), indexes.writing("none"):
            pass

    def test_a_deleted_index_leaves_nothing_to_one_of_the_same_name(
        self, indexes: Indexes, gallery: Index
    ):
        assert gallery.count() == 6
        indexes.delete("shop")
        with pytest.raises(UnknownIndex):
            indexes.open("shop")
        other = replace(INFO, text_encoder=replace(INFO.text_encoder, version="3"))
        again = indexes.create(other)
        assert again.info == other
        assert again.count() == 0
        assert again.near("picture", TENT.vector, 5) == []
        assert again.matching("tent", 5) == []


class TestRows:
    def test_what_was_stored_comes_back(self, shown: Index):
        assert shown.count() == 6
        stored = shown.assets([one.asset.id for one in GALLERY])
        assert stored == {one.asset.id: one.asset for one in GALLERY}
        assert [shown.thumbnail(one.asset.id) for one in GALLERY] == [
            one.thumbnail for one in GALLERY
        ]
        assert shown.thumbnails([TENT.asset.id, "none"]) == {TENT.asset.id: TENT.thumbnail}

    def test_vectors_come_back_where_there_are_any(self, shown: Index):
        everything = [one.asset.id for one in GALLERY]
        for channel, vector_of in CHANNELS.items():
            found = shown.vectors(channel, [*everything, "none"])
            assert found.keys() == {one.asset.id for one in GALLERY if vector_of(one) is not None}
            for one in GALLERY:
                if one.asset.id in found:
                    np.testing.assert_array_equal(found[one.asset.id], vector_of(one))

    def test_unknown_ids_are_left_out_or_refused(self, shown: Index):
        assert shown.assets(["none"]) == {}
        assert shown.assets([]) == {}
        assert shown.vectors("picture", []) == {}
        assert shown.thumbnails([]) == {}
        with pytest.raises(UnknownAsset, match="'none'"):
            shown.thumbnail("none")

    def test_odd_values_come_back(self, indexes: Indexes):
        index = indexes.create(INFO)
        crooked = (Point(0.12345, 1.0), Point(0.0, 0.99999), Point(1.0, 0.5), Point(0.3, 0.3))
        odd = row("dir with 'quote'/é 👍 %_\\.jpg", description='"; DROP TABLE x; --\n\0\t\u2028')
        odd = replace(
            odd,
            asset=replace(
                odd.asset,
                place=Moment(1.2345678901234567),
                reading=Reading((Line("", crooked, 1.0), Line("'\\n\n", crooked, 0.0))),
                tags=(Tag("it's", 0.123456789, ()), Tag("", 1.0, ("", "a,b"))),
                taken_at=datetime(1, 1, 1, tzinfo=UTC),
                indexed_at=datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
                size=2**40,
            ),
        )
        nothing_read = replace(odd, asset=replace(odd.asset, id="2", reading=Reading()))
        index.add([odd, nothing_read])
        assert index.assets([odd.asset.id])[odd.asset.id] == odd.asset
        assert index.assets(["2"])["2"].reading == Reading()

    def test_half_a_character_harms_nothing(self, indexes: Indexes):
        index = indexes.create(INFO)
        half = "\udcff"
        index.add([row("a.jpg", description=f"tent {half}", tags=[Tag(half, 0.5)], text=[half])])
        assert [one.id for one in index.matching(f"tent {half}", 5)] == [row("a.jpg").asset.id]
        assert index.near("picture", TENT.vector, 5, Where(key_prefix=half)) == []
        assert index.assets([half]) == {}
        with pytest.raises(InvalidRequest):
            indexes.open(half)

    def test_times_are_kept_in_utc(self, indexes: Indexes):
        index = indexes.create(INFO)
        noon = datetime(2024, 7, 1, 12)  # noqa: DTZ001 - cameras write times without a zone
        tokyo = noon.replace(tzinfo=timezone(timedelta(hours=9)))
        index.add([row("a", taken_at=noon), row("b", taken_at=tokyo)])
        first, second = index.browse(0, 2)
        assert first.taken_at == datetime(2024, 7, 1, 12, tzinfo=UTC)
        assert second.taken_at == datetime(2024, 7, 1, 3, tzinfo=UTC)

    def test_browsing_is_by_key_then_by_place(self, indexes: Indexes):
        index = indexes.create(INFO)
        letter = pages("b", 11)
        clip = [row("d", place=Moment(seconds)) for seconds in (10.0, 2.5, 0.0)]
        index.add([*clip, *reversed(letter), row("c"), row("a"), row("c", source="other")])
        shown = [(asset.key, asset.source, asset.place) for asset in index.browse(0, 100)]
        assert shown == [
            ("a", SOURCE, Whole()),
            *(("b", SOURCE, Page(number, 11)) for number in range(1, 12)),
            ("c", SOURCE, Whole()),
            ("c", "other", Whole()),
            *(("d", SOURCE, Moment(seconds)) for seconds in (0.0, 2.5, 10.0)),
        ]
        assert [index.browse(n, 1)[0].place for n in (1, 11)] == [Page(1, 11), Page(11, 11)]
        assert index.browse(17, 5) == index.browse(0, 0) == []

    def test_a_vector_of_another_encoder_is_refused(self, indexes: Indexes):
        index = indexes.create(INFO)
        wrong = replace(TENT, vector=TENT.vector[:8])
        with pytest.raises(EncoderMismatch, match=r"16 numbers.*shape \(8,\)"):
            index.add([wrong])
        with pytest.raises(EncoderMismatch):
            index.replace(SOURCE, [TENT.asset.key], [replace(TENT, concept=TENT.vector)])
        with pytest.raises(ValueError, match="no numbers"):
            index.add([replace(TENT, vector=TENT.vector * np.float32("nan"))])
        with pytest.raises(EncoderMismatch):
            index.near("concept", TENT.vector, 3)
        assert index.count() == 0


CHANNELS: dict[Channel, Callable[[Row], object]] = {
    "picture": lambda one: one.vector,
    "concept": lambda one: one.concept,
    "description": lambda one: one.description_vector,
}


class TestWriting:
    def test_a_file_is_stored_with_all_its_stills(self, shown: Index):
        stored = shown.stored(SOURCE)
        assert stored.keys() == {one.asset.key for one in GALLERY}
        letter = stored["scans/letter.tiff"]
        assert letter.ids == tuple(sorted(page.asset.id for page in SCAN))
        tent = stored[TENT.asset.key]
        assert (tent.etag, tent.size, tent.sha256) == ('"1"', 1001, TENT.asset.sha256)
        assert (tent.description, tent.pipeline) == (TENT.asset.description, "pipeline 1")
        assert shown.stored("folder:/elsewhere") == {}

    def test_replacing_a_file_leaves_the_others(self, indexes: Indexes, gallery: Index):
        new = row(TENT.asset.key, description="a blue kayak", version=2)
        with indexes.writing("shop") as index:
            index.replace(SOURCE, [TENT.asset.key], [new])
        assert gallery.count() == 6
        assert gallery.assets([new.asset.id])[new.asset.id] == new.asset
        assert gallery.thumbnail(new.asset.id) == new.thumbnail
        assert ids(gallery.matching("kayak", 5)) == [new.asset.id]
        assert gallery.matching("stars", 5) == []
        best, *_ = gallery.near("picture", new.vector, 1)
        assert (best.id, round(best.score, 4)) == (new.asset.id, 1.0)
        assert gallery.stored(SOURCE)[TENT.asset.key].etag == '"2"'

    @pytest.mark.parametrize("count", [1, 2, 3, 5])
    def test_a_file_may_get_fewer_or_more_stills(
        self, indexes: Indexes, gallery: Index, count: int
    ):
        letter = pages("scans/letter.tiff", count, version=2)
        tent = row(TENT.asset.key, version=2)
        with indexes.writing("shop") as index:
            index.replace(SOURCE, {"scans/letter.tiff", TENT.asset.key}, [tent, *letter])
        assert gallery.count() == 3 + count
        stored = gallery.stored(SOURCE)
        assert stored["scans/letter.tiff"].ids == tuple(sorted(one.asset.id for one in letter))
        assert {stored[one].etag for one in ("scans/letter.tiff", TENT.asset.key)} == {'"2"'}
        assert stored[BEAGLE.asset.key].etag == '"1"'

    def test_replacing_by_nothing_removes(self, indexes: Indexes, gallery: Index):
        with indexes.writing("shop") as index:
            index.replace(SOURCE, [TENT.asset.key, "scans/letter.tiff", "never there"], [])
            index.replace(SOURCE, [], [])
        assert {asset.key for asset in gallery.browse(0, 10)} == {
            BEAGLE.asset.key,
            RECEIPT.asset.key,
        }
        assert gallery.matching("tent", 5) == []

    def test_single_stills_are_removed(self, indexes: Indexes, gallery: Index):
        with indexes.writing("shop") as index:
            index.remove([SCAN[1].asset.id, BEAGLE.asset.id, "never there"])
            index.remove([])
        assert gallery.count() == 4
        stored = gallery.stored(SOURCE, ["scans/letter.tiff", BEAGLE.asset.key])
        assert stored.keys() == {"scans/letter.tiff"}
        assert len(stored["scans/letter.tiff"].ids) == 2
        assert SCAN[1].asset.id not in ids(gallery.near("picture", SCAN[1].vector, 10))

    def test_what_the_source_said_before_a_change_is_kept(self, indexes: Indexes, gallery: Index):
        changed = replace(TENT, source_description="")
        with indexes.writing("shop") as index:
            index.replace(SOURCE, [TENT.asset.key], [changed])
        said = {key: file.source_description for key, file in gallery.stored(SOURCE).items()}
        assert said.pop(TENT.asset.key) == ""
        assert set(said.values()) == {None}

    def test_files_of_the_same_key_in_other_sources_are_not_touched(self, indexes: Indexes):
        index = indexes.create(INFO)
        index.add([row("a.jpg"), row("a.jpg", source="other")])
        index.replace("other", ["a.jpg"], [])
        assert index.stored(SOURCE).keys() == {"a.jpg"}
        assert index.stored("other") == {}

    def test_keys_may_hold_anything(self, indexes: Indexes):
        index = indexes.create(INFO)
        odd = ["it's", "a'; --", "100%", "_", "back\\slash", "\\'", "👍", " ", "new\nline", '"']
        index.add([row(key) for key in [*odd, "plain"]])
        index.replace(SOURCE, odd[:5], [row(key, version=2) for key in odd[:5]])
        index.replace(SOURCE, odd[5:], [])
        assert {file.key: file.etag for file in index.stored(SOURCE).values()} == {
            **dict.fromkeys(odd[:5], '"2"'),
            "plain": '"1"',
        }

    def test_there_is_one_writer_and_readers_go_on(self, indexes: Indexes, gallery: Index):
        with indexes.writing("shop") as index:
            for other in (indexes.writing("shop"), indexes.writing("shop")):
                with pytest.raises(IndexBusy, match=r"'shop' is being written to.*stop it"), other:
                    pass
            with pytest.raises(IndexBusy):
                indexes.delete("shop")
            index.add([row("new.jpg")])
            assert gallery.count() == 7
        with indexes.writing("shop"):
            pass
        indexes.delete("shop")

    def test_the_right_to_write_is_given_back_after_an_error(self, indexes: Indexes):
        indexes.create(INFO)
        with pytest.raises(ZeroDivisionError), indexes.writing("shop"):
            _ = 1 / 0
        with indexes.writing("shop") as index:
            index.add([TENT])
        assert indexes.open("shop").count() == 1

    def test_readers_see_each_write_whole(self, indexes: Indexes):
        indexes.create(INFO)
        seen: list[int] = []
        done = threading.Event()

        def read():
            while not done.is_set():
                index = indexes.open("shop")
                found = index.near("picture", TENT.vector, 1000)
                assert index.assets(ids(found)).keys() == set(ids(found))
                seen.append(len(found))

        reader = threading.Thread(target=read)
        reader.start()
        with indexes.writing("shop") as index:
            for number in range(8):
                index.add([row(f"{number}/{n}.jpg") for n in range(5)])
            index.optimize()
        done.set()
        reader.join()
        assert indexes.open("shop").count() == 40
        assert seen == sorted(seen)
        assert not {count % 5 for count in seen} - {0}


class TestNear:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_the_closest_come_first_with_their_cosine(self, shown: Index, channel: Channel):
        having = [one for one in GALLERY if CHANNELS[channel](one) is not None]
        wanted = CHANNELS[channel](having[0])
        cosines = {one.asset.id: float(np.dot(CHANNELS[channel](one), wanted)) for one in having}
        found = shown.near(channel, wanted, 10)
        assert ids(found) == sorted(cosines, key=lambda one: -cosines[one])
        for one in found:
            assert one.score == pytest.approx(cosines[one.id], abs=1e-5)
        assert shown.near(channel, wanted, 1) == found[:1]
        assert ids(shown.near(channel, wanted * 7, 10)) == ids(found)

    @pytest.mark.parametrize("k", [7, 10_000, 2**40, 2**70])
    def test_more_than_there_is(self, shown: Index, k: int):
        assert len(shown.near("picture", TENT.vector, k)) == 6
        assert len(shown.matching("tent receipt letter", k)) == 5
        assert len(shown.browse(0, k)) == 6
        assert shown.browse(k, k) == []

    def test_nothing_asked_for(self, shown: Index):
        for k in (0, -1):
            assert shown.near("picture", TENT.vector, k) == shown.matching("tent", k) == []
            assert shown.browse(0, k) == []
        assert shown.near("picture", np.zeros(16, np.float32), 5) == []

    def test_equal_pictures_come_in_one_order(self, indexes: Indexes):
        index = indexes.create(INFO)
        twins = [replace(row(f"{n}.jpg"), vector=TENT.vector) for n in range(6)]
        index.add(twins[:3])
        index.optimize()
        index.add(twins[3:])
        assert ids(index.near("picture", TENT.vector, 6)) == sorted(one.asset.id for one in twins)


UNSPACED = ["餐厅", "收据", "อาหาร", "영수증", "合計", "Café", "ＡＣＭＥ"]
HOSTILE = [
    *("", " \t\n", '"', "'", '"tent', "tent AND", "tent OR NOT (", "+tent -star", "te*t t?nt"),
    *("tent~2 ^9", "field:value", "[a TO b]", "{}", "\\", "\\u0000 \0", "%s ${x} {{x}}", "👍👍"),
    *("\ud7ff\uffff", "; DROP TABLE shop; --", "a" * 100_000, "tent " * 20_000),
    " ".join(f"word{n}" for n in range(20_000)),
]


class TestMatching:
    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("tent", [TENT]),
            ("TENT beneath moonlight?", [TENT]),
            ("cafe", [TENT]),  # read on the picture, with its accent
            ("shelter", [TENT]),  # a broader name of its tag
            ("trailmaster", []),  # in the file's name, but as two words
            ("master x 4", [TENT]),
            ("beagle", [BEAGLE]),
            ("dog", [BEAGLE]),
            ("12.50", [RECEIPT]),
            ("letter", SCAN),
            ("jpg png", []),  # endings are no words
            ("kayak", []),
        ],
    )
    def test_words_in_any_text_of_the_picture(self, shown: Index, words: str, found: list[Row]):
        assert set(ids(shown.matching(words, 10))) == {one.asset.id for one in found}

    def test_rarer_words_and_more_of_them_weigh_more(self, indexes: Indexes):
        index = indexes.create(INFO)
        index.add([row(f"{n}.jpg", description="a red car") for n in range(5)])
        index.add(
            [row("x.jpg", description="a red kayak"), row("y.jpg", description="a blue kayak")]
        )
        found = index.matching("red kayak", 10)
        names = [index.assets([one.id])[one.id].key for one in found]
        assert names[0] == "x.jpg"
        assert set(names) == {"x.jpg", "y.jpg", *(f"{n}.jpg" for n in range(5))}
        assert all(one.score > 0 for one in found)
        assert len(index.matching("red kayak", 3)) == 3
        assert index.matching("red", 0) == []

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("green stars", [TENT]),
            ("the green of the stars", [TENT]),
            ("green receipt", []),
            ("acme total", [RECEIPT]),
            ("green kayak", []),
            ("the", []),
        ],
    )
    def test_every_word_can_be_asked_for(self, shown: Index, words: str, found: list[Row]):
        assert ids(shown.matching(words, 10, every=True)) == [one.asset.id for one in found]

    @pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12])
    def test_words_are_data_whatever_they_hold(self, shown: Index, words: str):
        found = ids(shown.matching(words, 5))
        assert ("tent" not in words) or TENT.asset.id in found

    @pytest.mark.parametrize("words", UNSPACED)
    def test_words_of_scripts_without_spaces_are_found(self, indexes: Indexes, words: str):
        index = indexes.create(INFO)
        text = [
            "上海市浦东新区餐厅收据",
            "ร้านอาหาร",
            "이것은 영수증입니다",
            "合計1,200円",
            "cafe",
            "acme",
        ]
        bill = row("a.png", text=text)
        index.add([bill, row("b.png", text=["東京の京都", "นา", "餐 厅"])])
        assert ids(index.matching(words, 5)) == [bill.asset.id]


class TestWhere:
    @pytest.mark.parametrize(
        ("where", "found"),
        [
            (Where(), GALLERY),
            (Where(source=SOURCE), GALLERY),
            (Where(source="folder:/other"), []),
            (Where(key_prefix="scans/"), [RECEIPT, *SCAN]),
            (Where(key_prefix="scans/receipt.png"), [RECEIPT]),
            (Where(key_prefix=""), GALLERY),
            (Where(tag="beagle"), [BEAGLE]),
            (Where(tag="DOG"), [BEAGLE]),
            (Where(tag="do"), []),
            (Where(described=True), [TENT, RECEIPT]),
            (Where(described=False), [BEAGLE, *SCAN]),
            (Where(described=False, key_prefix="scans/"), SCAN),
            (Where(taken_from=datetime(2024, 7, 1, 12, tzinfo=UTC)), [TENT, BEAGLE]),
            (Where(taken_from=datetime(2024, 7, 1, 12, 0, 0, 1, tzinfo=UTC)), [BEAGLE]),
            (Where(taken_until=datetime(2024, 7, 1, 12, tzinfo=UTC)), [TENT]),
            (Where(taken_from=datetime(2024, 7, 2, tzinfo=UTC), tag="shelter"), []),
            (Where(key_prefix="dogs", tag="hound", source=SOURCE), [BEAGLE]),
        ],
        ids=lambda value: str(value) if isinstance(value, Where) else "",
    )
    def test_what_fits(self, shown: Index, where: Where, found: list[Row]):
        assert keys(shown, where) == {one.asset.key for one in found}
        assert {asset.key for asset in shown.browse(0, 100, where)} == keys(shown, where)
        assert shown.count(where) == len(found)

    @pytest.mark.parametrize(
        ("filter", "found"),
        [
            ("true", GALLERY),
            ("key eq 'dogs/beagle.jpg'", [BEAGLE]),
            (f"id eq '{TENT.asset.id}' or 'dogs/beagle.jpg' eq key", [TENT, BEAGLE]),
            (f"source eq '{SOURCE}' and key gt 'scans/'", [RECEIPT, *SCAN]),
            ("search.in(key, 'scans/receipt.png, dogs/beagle.jpg')", [RECEIPT, BEAGLE]),
            ("search.in(description, 'A receipt|none', '|')", [RECEIPT]),
            ("text eq 'ACME SHOP\nTOTAL 12.50'", [RECEIPT]),
            ("text eq '' and tags/any()", [BEAGLE]),
            ("tags/any(t: t eq 'dog')", [BEAGLE]),
            ("tags/any(t: t eq 'Dog')", []),
            ("tags/any(t: search.in(t, 'hound, shelter'))", [TENT, BEAGLE]),
            ("tags/all(t: t ne 'hound')", [TENT, RECEIPT, *SCAN]),
            ("not tags/any()", [RECEIPT, *SCAN]),
            ("taken_at ge 2024-07-01T14:00:00+02:00", [TENT, BEAGLE]),
            ("taken_at gt 2024-07-01T12:00:00.0000Z", [BEAGLE]),
            ("not (taken_at gt 2024-07-01T12:00:00Z)", [TENT, RECEIPT, *SCAN]),
            ("taken_at ne 2024-07-01T12:00:00Z and taken_at ne null", [BEAGLE]),
            ("taken_at eq null", [RECEIPT, *SCAN]),
            ("indexed_at eq 2026-05-06T07:08:09.123456Z", GALLERY),
            ("width eq 640 and 480 eq height and size eq 1001", GALLERY),
            ("width gt 640.5 or height lt 1e2 or size eq 10000000000", []),
            ("width lt INF and width gt -1e30 and width ne NaN", GALLERY),
            ("media_type ne 'image/jpeg'", []),
            ("tags/any() and (taken_at gt 2024-08-01T00:00:00Z or text ne '')", [TENT, BEAGLE]),
            ("key eq 'scans/receipt.png' or tags/any() and text eq ''", [RECEIPT, BEAGLE]),
            ("not (tags/any() or not (text eq ''))", SCAN),
        ],
    )
    def test_what_fits_an_odata_filter(self, shown: Index, filter: str, found: list[Row]):
        assert keys(shown, Where(filter=parse(filter))) == {one.asset.key for one in found}

    def test_an_odata_filter_holds_besides_the_rest(self, shown: Index):
        dogs_or_receipts = parse("tags/any(t: t eq 'dog') or key eq 'scans/receipt.png'")
        only = Where(key_prefix="scans/", filter=dogs_or_receipts)
        assert keys(shown, only) == {RECEIPT.asset.key}

    @pytest.mark.parametrize(
        "filter", ["colour eq 'red'", "width eq 'wide'", "tags eq 'dog'", "taken_at gt 2024"]
    )
    def test_an_odata_filter_that_does_not_fit_is_refused(self, shown: Index, filter: str):
        with pytest.raises(InvalidRequest, match="expected a") as raised:
            shown.fitting(Where(filter=parse(filter)))
        assert raised.value.param == "filter"

    def test_all_that_fit_come_in_the_order_of_browsing(self, shown: Index):
        assert shown.fitting() == [asset.id for asset in shown.browse(0, 100)]
        only = Where(key_prefix="scans/")
        assert shown.fitting(only) == [one.asset.id for one in (*SCAN, RECEIPT)]
        assert shown.browse(2, 2, only) == [SCAN[2].asset, RECEIPT.asset]
        assert shown.browse(4, 2, only) == []

    def test_a_filter_comes_before_the_ranking(self, shown: Index):
        only = Where(key_prefix="scans/letter")
        best = shown.near("picture", TENT.vector, 2, only)
        assert len(best) == 2
        assert set(ids(best)) <= {page.asset.id for page in SCAN}
        assert ids(shown.matching("tent receipt letter", 1, only))[0] in {
            page.asset.id for page in SCAN
        }
        assert shown.matching("tent", 5, only) == []

    @pytest.mark.parametrize(
        "text",
        ["'", "''", "\\", "\\'", "%", "_", "' OR '1'='1", "*", "?", "👍", "é", '"', "--", "`"],
    )
    def test_values_are_data_whatever_they_hold(self, indexes: Indexes, text: str):
        index = indexes.create(INFO)
        tagged = row(f"{text}/a.jpg", source=text, tags=[Tag(text, 0.5)])
        index.add([tagged, row("plain.jpg", tags=[DOG])])
        written = text.replace("'", "''")
        for where in (
            Where(source=text),
            Where(key_prefix=f"{text}/"),
            Where(tag=text),
            Where(filter=parse(f"source eq '{written}'")),
            Where(filter=parse(f"tags/any(t: t eq '{written.casefold()}')")),
            Where(filter=parse(f"search.in(source, '{written}', '|')")),
        ):
            assert keys(index, where) == {tagged.asset.key}
            assert index.matching("plain", 5, where) == []


WORDS = ["kayak", "tent", "lamp", "boat", "42"]
ROWS = some.builds(
    row,
    some.sampled_from(["a.jpg", "b.jpg", "c/d.jpg", "c/e%.jpg"]),
    source=some.sampled_from([SOURCE, "it's"]),
    place=some.sampled_from([Whole(), Page(1, 2), Page(2, 2), Moment(1.5)]),
    description=some.lists(some.sampled_from(WORDS), max_size=4).map(" ".join),
    text=some.lists(some.sampled_from(WORDS), max_size=2),
    tags=some.lists(some.sampled_from([DOG, Tag("boat", 0.5)]), max_size=2),
    taken_at=some.none() | some.datetimes(timezones=some.just(UTC)),
    version=some.integers(1, 3),
)
WHERES = some.builds(
    Where,
    source=some.none() | some.sampled_from([SOURCE, "it's"]),
    key_prefix=some.none() | some.sampled_from(["c/", "c/e%", "x"]),
    tag=some.none() | some.sampled_from(["dog", "boat"]),
    taken_from=some.none() | some.datetimes(timezones=some.just(UTC)),
)


def apply(index: Index, step: list[Row] | str) -> None:
    """Rows replace the files they are of; a word is upkeep or a removal."""
    match step:
        case "optimize":
            index.optimize()
        case "remove":
            index.replace(SOURCE, ["a.jpg", "c/d.jpg"], [])
        case list():
            stills = {one.asset.id: one for one in step}.values()
            for source in sorted({one.asset.source for one in stills}):
                rows = [one for one in stills if one.asset.source == source]
                index.replace(source, {one.asset.key for one in rows}, in_files(rows))


def in_files(rows: list[Row]) -> list[Row]:
    """The rows with what belongs to a whole file the same in all its stills."""
    first: dict[str, Row] = {}
    for one in rows:
        first.setdefault(one.asset.key, one)
    return [
        replace(
            one,
            asset=replace(
                one.asset,
                **{
                    name: getattr(first[one.asset.key].asset, name)
                    for name in ("etag", "size", "sha256", "description")
                },
            ),
        )
        for one in rows
    ]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Indexes, Indexes]]:
    folder = tmp_path_factory.mktemp("pairs")
    return iter(lambda: (MemoryIndexes(), LanceIndexes(folder)), None)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=some.lists(
        some.lists(ROWS, min_size=1, max_size=6) | some.sampled_from(["optimize", "remove"]),
        min_size=1,
        max_size=6,
    ),
    wheres=some.lists(WHERES, min_size=1, max_size=3),
    words=some.lists(some.sampled_from(WORDS), min_size=1, max_size=3),
)
def test_the_index_on_disk_answers_like_the_one_in_memory(
    pairs: Iterator[tuple[Indexes, Indexes]],
    steps: list[list[Row] | str],
    wheres: list[Where],
    words: list[str],
):
    made, kept = next(pairs)
    if "shop" in kept.names():
        kept.delete("shop")
    memory, disk = made.create(INFO), kept.create(INFO)
    for step in steps:
        apply(memory, step)
        apply(disk, step)
    assert disk.count() == memory.count()
    assert disk.browse(0, 100) == memory.browse(0, 100)
    assert disk.browse(2, 3) == memory.browse(2, 3)
    for source in (SOURCE, "it's"):
        assert disk.stored(source) == memory.stored(source)
    everything = [asset.id for asset in memory.browse(0, 100)]
    assert disk.thumbnails(everything) == memory.thumbnails(everything)
    for where in (None, *wheres):
        for channel, vector_of in CHANNELS.items():
            there, here = (
                one.near(channel, np.asarray(vector_of(TENT)), 4, where) for one in (disk, memory)
            )
            assert ids(there) == ids(here)
            assert [one.score for one in there] == pytest.approx(
                [one.score for one in here], abs=1e-5
            )
        found = memory.matching(" ".join(words), 100, where)
        assert set(ids(disk.matching(" ".join(words), 100, where))) == set(ids(found))
