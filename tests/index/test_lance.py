"""What only an index on disk can do or suffer: processes, kills, damage, size."""

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from index.made import INFO, SOURCE, direction, pages, row
from sightline.assets import Asset, Row, Where
from sightline.errors import BrokenIndex, IndexBusy, UnknownIndex
from sightline.index.base import Index
from sightline.index.engine import connect
from sightline.index.lance import LanceIndexes
from sightline.index.rows import SOURCE_DESCRIPTION, schema_of

CROWD = [row(f"crowd/{number:03}.jpg", description=f"visitor {number}") for number in range(300)]

WRITER = """
import sys
from pathlib import Path
from index.made import INFO, SOURCE, pages, row
from sightline.index.lance import LanceIndexes

indexes = LanceIndexes(Path(sys.argv[1]), exact_rows=50)
with indexes.writing("shop") as index:
    print("ready", flush=True)
    for number in range(index.count(), 100_000):
        match sys.argv[2]:
            case "hold":
                sys.stdin.read()
            case "add":
                index.add([row(f"{number}/{n}.jpg") for n in range(7)])
            case "replace":
                letter = pages("letter", 2 + number % 2, version=number % 250)
                index.replace(SOURCE, ["letter"], letter)
            case "optimize":
                index.add([row(f"{number}/{n}.jpg") for n in range(7)])
                index.optimize()
"""


def start(folder: Path, task: str) -> subprocess.Popen[str]:
    """A process that holds the index for writing, and has begun its task."""
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), task],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"
    return writer


def kill(writer: subprocess.Popen[str]) -> None:
    writer.send_signal(signal.SIGKILL)
    assert writer.wait() == -signal.SIGKILL
    for pipe in (writer.stdin, writer.stdout):
        assert pipe is not None
        pipe.close()


def everything(index: Index) -> list[Asset]:
    return index.browse(0, 1_000_000)


@pytest.fixture
def shop(tmp_path: Path) -> LanceIndexes:
    indexes = LanceIndexes(tmp_path)
    indexes.create(INFO)
    return indexes


class TestProcesses:
    def test_another_process_that_writes_is_named_and_its_death_frees_the_index(
        self, shop: LanceIndexes, tmp_path: Path
    ):
        writer = start(tmp_path, "hold")
        try:
            for _ in range(2):
                with pytest.raises(IndexBusy, match=f"process {writer.pid}"), shop.writing("shop"):
                    pass
            with pytest.raises(IndexBusy):
                shop.open("shop").add([CROWD[0]])
            with pytest.raises(IndexBusy):
                shop.delete("shop")
            assert shop.open("shop").count() == 0
        finally:
            kill(writer)
        with shop.writing("shop") as index:
            index.add([CROWD[0]])

    def test_what_others_write_make_and_delete_is_seen(self, shop: LanceIndexes, tmp_path: Path):
        others = LanceIndexes(tmp_path)
        index = shop.open("shop")
        others.open("shop").add(CROWD[:5])
        assert index.count() == 5
        assert len(index.near("picture", CROWD[0].vector, 10)) == 5
        assert len(index.browse(0, 10)) == len(index.browse(0, 10, Where(described=True))) == 5
        others.open("shop").add(CROWD[5:7])
        assert len(index.near("picture", CROWD[0].vector, 10)) == 7
        assert len(index.browse(0, 10)) == len(index.browse(0, 10, Where(described=True))) == 7

        others.delete("shop")
        assert shop.names() == []
        with pytest.raises(UnknownIndex):
            index.count()
        with pytest.raises(UnknownIndex):
            shop.open("shop")

        others.create(replace(INFO, encoder=replace(INFO.encoder, version="9")))
        assert shop.open("shop").info.encoder.version == "9"
        assert shop.open("shop").near("picture", CROWD[0].vector, 10) == []

    @pytest.mark.parametrize("task", ["add", "replace", "optimize"])
    def test_killed_at_any_moment(self, shop: LanceIndexes, tmp_path: Path, task: str):
        killed_while_writing(shop, tmp_path, task, pause=random.uniform(0.05, 0.4))

    @pytest.mark.torture
    @pytest.mark.parametrize("task", ["add", "replace", "optimize"])
    def test_killed_many_times(self, shop: LanceIndexes, tmp_path: Path, task: str):
        for _ in range(25):
            killed_while_writing(shop, tmp_path, task, pause=random.uniform(0, 0.6))


def killed_while_writing(indexes: LanceIndexes, folder: Path, task: str, pause: float) -> None:
    """A commit is there whole or not at all, and the next writer goes on from there."""
    writer = start(folder, task)
    time.sleep(pause)
    kill(writer)
    survived = everything(indexes.open("shop"))
    if task == "replace":
        assert len({asset.sha256 for asset in survived}) <= 1
        assert len(survived) in {0, *(place.count for place in (a.place for a in survived))}  # type: ignore[union-attr]
    else:
        per_commit: dict[str, int] = {}
        for asset in survived:
            folder_name = asset.key.split("/")[0]
            per_commit[folder_name] = per_commit.get(folder_name, 0) + 1
        assert set(per_commit.values()) <= {7}
    with indexes.writing("shop") as index:
        index.add([row("after.jpg", version=7)])
        index.optimize()
        index.replace(SOURCE, ["after.jpg"], [])
        assert everything(index) == survived


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Index:
    indexes = LanceIndexes(tmp_path_factory.mktemp("crowd"), exact_rows=100)
    index = indexes.create(INFO)
    index.add(CROWD[:250])
    index.optimize()
    index.add(CROWD[250:])
    return index


class TestManyRows:
    """Beyond `exact_rows` a channel gets an index, here with 300 rows."""

    def test_it_finds_nearly_all_that_an_exact_search_finds(self, crowd: Index):
        right = total = 0
        chance = np.random.default_rng(1)
        for _ in range(30):
            wanted = direction(chance, 16)
            cosines = {one.asset.id: float(one.vector @ wanted) for one in CROWD}
            best = set(sorted(cosines, key=lambda one: -cosines[one])[:10])
            found = crowd.near("picture", wanted, 10)
            assert [one.score for one in found] == pytest.approx(
                [cosines[one.id] for one in found], abs=1e-5
            )
            right += len(best & {one.id for one in found})
            total += 10
        assert right / total >= 0.98

    @pytest.mark.parametrize("one", [CROWD[3], CROWD[299]], ids=["indexed", "written since"])
    def test_each_row_finds_itself_also_behind_a_filter(self, crowd: Index, one: Row):
        for where in (None, Where(key_prefix=one.asset.key)):
            assert crowd.near("picture", one.vector, 1, where)[0].id == one.asset.id
            assert one.description_vector is not None
            assert crowd.near("description", one.description_vector, 1, where)[0].id == one.asset.id
        number = one.asset.description.split()[1]
        assert crowd.matching(number, 3)[0].id == one.asset.id

    def test_rows_without_a_concept_are_never_near(self, crowd: Index):
        having = {one.asset.id for one in CROWD if one.concept is not None}
        wanted = next(one.concept for one in CROWD if one.concept is not None)
        assert {one.id for one in crowd.near("concept", wanted, 1000)} <= having

    def test_it_works_in_silence(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
        index = LanceIndexes(tmp_path, exact_rows=100).create(INFO)
        index.add(CROWD[:250])
        index.optimize()
        index.add(CROWD[250:251])
        index.optimize()
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("dimension", [7, 12])
    def test_odd_dimensions(self, tmp_path: Path, dimension: int):
        indexes = LanceIndexes(tmp_path, exact_rows=100)
        index = indexes.create(replace(INFO, encoder=replace(INFO.encoder, dimension=dimension)))
        rows = [replace(one, vector=one.vector[:dimension]) for one in CROWD]
        index.add(rows)
        index.optimize()
        assert index.near("picture", rows[7].vector, 1)[0].id == rows[7].asset.id

    def test_equal_pictures(self, tmp_path: Path):
        index = LanceIndexes(tmp_path, exact_rows=100).create(INFO)
        index.add([replace(one, vector=CROWD[0].vector) for one in CROWD])
        index.optimize()
        assert len(index.near("picture", CROWD[0].vector, 20)) == 20

    @pytest.mark.torture
    def test_many_small_ingests_do_not_slow_it_down(self, tmp_path: Path):
        index = LanceIndexes(tmp_path, exact_rows=100).create(INFO)
        index.add(CROWD[:200])
        for one in CROWD[200:]:
            index.add([one])
            index.optimize()
        began = time.perf_counter()
        for one in CROWD:
            assert index.near("picture", one.vector, 1)[0].id == one.asset.id
        assert (time.perf_counter() - began) / len(CROWD) < 0.1


class TestDisk:
    def test_old_versions_and_what_a_killed_writer_left_go(self, tmp_path: Path):
        indexes = LanceIndexes(tmp_path, keep=timedelta(milliseconds=1))
        index = indexes.create(INFO)
        index.add(CROWD)
        index.optimize()
        orphan = tmp_path / "shop.lance" / "data" / f"{'0' * 40}.lance"
        orphan.write_bytes(b"half a file")
        size = bytes_in(tmp_path)
        for version in range(2, 12):
            index.replace(
                SOURCE, {one.asset.key for one in CROWD}, [again(one, version) for one in CROWD]
            )
            index.optimize()
        assert index.count() == 300
        assert not orphan.exists()
        assert bytes_in(tmp_path) < 3 * size

    def test_searching_reads_no_thumbnails(self, tmp_path: Path):
        index = LanceIndexes(tmp_path, exact_rows=100).create(INFO)
        chance = np.random.default_rng(0)
        index.add([replace(one, thumbnail=chance.bytes(100_000)) for one in CROWD])
        index.optimize()
        before = bytes_read()
        index.near("picture", CROWD[0].vector, 10)
        index.near("picture", CROWD[0].vector, 10, Where(key_prefix="crowd/1"))
        index.matching("visitor", 10)
        index.assets([one.asset.id for one in CROWD[:20]])
        assert bytes_read() - before < 5_000_000 < 300 * 100_000
        assert len(index.thumbnail(CROWD[0].asset.id)) == 100_000

    def test_each_write_asks_the_disk_to_keep_every_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        kept: set[str] = set()
        fsync = os.fsync

        def noting(file: int) -> None:
            kept.add(str(Path(f"/proc/self/fd/{file}").readlink()))
            fsync(file)

        monkeypatch.setattr(os, "fsync", noting)
        index = LanceIndexes(tmp_path).create(INFO)
        writes = [
            lambda: index.add(CROWD[:9]),
            lambda: index.replace(SOURCE, [CROWD[0].asset.key], [again(CROWD[0], 2)]),
            lambda: index.replace(SOURCE, [CROWD[0].asset.key], []),
            index.optimize,
        ]
        assert {path.name for path in tmp_path.rglob("*.manifest")} <= {Path(k).name for k in kept}
        for write in writes:
            before = set(tmp_path.rglob("*"))
            kept.clear()
            write()
            new = {path for path in tmp_path.rglob("*") if path not in before}
            assert new
            assert {str(path) for path in new} <= kept
            assert {str(path.parent) for path in new} <= kept

    def test_an_index_being_made_or_removed_is_not_listed_and_later_swept(
        self, shop: LanceIndexes, tmp_path: Path
    ):
        gone, old, new = (tmp_path / f".{name}.lance" for name in ("gone-1", "new-1", "new-2"))
        for folder in (gone, old, new):
            folder.mkdir()
        os.utime(old, (0, 0))
        assert shop.names() == ["shop"]
        shop.create(replace(INFO, name="other"))
        assert [folder.exists() for folder in (gone, old, new)] == [False, False, True]

    def test_the_folder_holds_nothing_else(self, shop: LanceIndexes, tmp_path: Path):
        shop.delete("shop")
        assert list(tmp_path.iterdir()) == []


def again(one: Row, version: int) -> Row:
    return replace(one, asset=replace(one.asset, etag=f'"{version}"'))


def bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


class TestDamage:
    def test_a_table_that_does_not_say_what_it_is(self, tmp_path: Path):
        connection = connect(tmp_path)
        connection.create_table("stranger", pa.table({"a": [1]}))
        future = schema_of(INFO)
        about = future.metadata[b"sightline"].replace(b'"format": 1', b'"format": 2')
        connection.create_table("future", schema=future.with_metadata({"sightline": about}))
        connection.create_table("odd", schema=future.with_metadata({"sightline": b"[]"}))
        indexes = LanceIndexes(tmp_path)
        assert indexes.names() == ["future", "odd", "stranger"]
        for name, why in [
            ("stranger", "does not say what it is"),
            ("future", "format 2, this version reads 1"),
            ("odd", "does not say what it is"),
        ]:
            with pytest.raises(BrokenIndex, match=why) as refused:
                indexes.open(name)
            assert str(tmp_path / f"{name}.lance") in str(refused.value)
            assert f"sightline index delete {name}" in str(refused.value)
            indexes.delete(name)

    def test_a_folder_without_a_table(self, tmp_path: Path):
        (tmp_path / "empty.lance").mkdir()
        with pytest.raises(BrokenIndex, match=r"empty\.lance"):
            LanceIndexes(tmp_path).open("empty")

    @pytest.mark.parametrize("part", ["data", "_indices", "_versions", "_deletions"])
    @pytest.mark.parametrize("damage", ["cut", "emptied", "garbled", "removed"])
    def test_damaged_files_are_an_error_of_ours(self, tmp_path: Path, part: str, damage: str):
        index = LanceIndexes(tmp_path, exact_rows=100).create(INFO)
        index.add(CROWD[:200])
        index.optimize()
        index.add(CROWD[200:])
        index.replace(SOURCE, [CROWD[0].asset.key], [])
        for path in (tmp_path / "shop.lance" / part).rglob("*"):
            if path.is_file():
                hurt(path, damage)
        with pytest.raises(BrokenIndex, match=r"shop\.lance"):
            use(LanceIndexes(tmp_path, exact_rows=100))


def hurt(path: Path, damage: str) -> None:
    data = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "emptied":
            path.write_bytes(b"")
        case "garbled":
            path.write_bytes(np.random.default_rng(0).bytes(len(data)))
        case "removed":
            path.unlink()


def use(indexes: LanceIndexes) -> None:
    index = indexes.open("shop")
    index.count()
    index.near("picture", CROWD[1].vector, 5)
    index.matching("visitor 7", 5)
    index.assets([CROWD[1].asset.id])
    index.thumbnail(CROWD[1].asset.id)
    index.stored(SOURCE)
    index.replace(SOURCE, [CROWD[1].asset.key], [CROWD[1]])
    index.optimize()


class TestWords:
    """What the engine's word index adds to the contract: English endings and stop words."""

    @pytest.mark.parametrize(
        ("words", "found"),
        [("tent", True), ("TENTS", True), ("camping", True), ("the of a with", False)],
    )
    def test_english(self, shop: LanceIndexes, words: str, found: bool):
        index = shop.open("shop")
        index.add([row("a.jpg", description="The tents of a family with a camp fire")])
        assert bool(index.matching(words, 5)) is found

    def test_long_documents(self, shop: LanceIndexes):
        index = shop.open("shop")
        page = [f"line {number} of the report" for number in range(5_000)]
        index.add([row("long.tiff", text=page), pages("other.tiff", 1)[0]])
        index.optimize()
        assert [one.id for one in index.matching("4999", 5)] == [row("long.tiff").asset.id]
        long = index.assets([row("long.tiff").asset.id])[row("long.tiff").asset.id]
        assert long.reading is not None
        assert long.reading.text == "\n".join(page)


class TestUpkeep:
    def test_descriptions_that_all_go_away_do_not_break_the_index(self, tmp_path: Path):
        indexes = LanceIndexes(tmp_path, exact_rows=100)
        indexes.create(INFO)
        with indexes.writing("shop") as index:
            index.add(CROWD)
            index.optimize()
            bare = [
                replace(one, asset=replace(one.asset, description=""), description_vector=None)
                for one in CROWD
            ]
            index.replace(SOURCE, [one.asset.key for one in CROWD], bare)
            index.optimize()
            late = row("late.jpg", description="a late visitor")
            index.add([late])
            index.optimize()
            assert late.description_vector is not None
            found = index.near("description", late.description_vector, 5)
            assert [one.id for one in found] == [late.asset.id]

    def test_an_index_knows_that_its_upkeep_was_missed(self, shop: LanceIndexes):
        with shop.writing("shop") as index:
            assert index.untidy == 0
            index.add(CROWD[:3])
            assert index.untidy == 1
        assert shop.open("shop").untidy  # as after a kill: the next ingest sees to it
        with shop.writing("shop") as index:
            index.optimize()
        assert shop.open("shop").untidy == 0


def test_a_table_gets_a_column_for_changed_descriptions_when_there_is_one(
    shop: LanceIndexes, tmp_path: Path
):
    first, second = CROWD[:2]
    shop.open("shop").add([first])
    index = shop.open("shop")
    index.add([second])
    assert SOURCE_DESCRIPTION.name not in connect(tmp_path).open_table("shop").schema.names
    assert [file.source_description for file in index.stored(SOURCE).values()] == [None, None]
    index.replace(SOURCE, [first.asset.key], [replace(first, source_description="as it was")])
    stored = LanceIndexes(tmp_path).open("shop").stored(SOURCE)
    assert stored[first.asset.key].source_description == "as it was"
    assert stored[second.asset.key].source_description is None
    assert index.assets([first.asset.id])[first.asset.id] == first.asset
