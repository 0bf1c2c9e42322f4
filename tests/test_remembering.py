"""A second question about a picture asks no engine again; what cannot be kept costs no answer."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from sightline.assets import Pixels, Reading
from sightline.errors import BrokenModel, Unavailable, UpstreamEmpty
from sightline.regions import Region
from sightline.remembering import RememberingDetector, RememberingReader
from sightline.storage.catalog import Catalog
from sightline.storage.findings import Findings
from sightline.storage.records import CATALOG_FILE
from sightline.vision.base import Detector, Incomplete, PhraseUse, Reader
from sightline.vision.fake import COLOURS, FakeDetector, FakeReader


def plain(colour: str) -> np.ndarray:
    return np.full((40, 60, 3), COLOURS[colour], dtype=np.uint8)


@pytest.fixture
def findings(tmp_path: Path) -> Iterator[Findings]:
    opened = Findings(Catalog.of(tmp_path / "workspace"))
    yield opened
    opened.close()


def remembering(
    behind: FakeDetector, memory: Callable[[], Findings], run: Callable = asyncio.to_thread
) -> Detector:
    return RememberingDetector(behind, memory, run)


def labels(found: list) -> list[str]:
    return [region.label for region in found]


# Readers


def test_the_same_picture_is_read_once(findings: Findings):
    behind = FakeReader(["SALE 49", "紧急出口"])
    reader: Reader = RememberingReader(behind, lambda: findings)
    first = reader.read(plain("white"))
    assert first == behind.read(plain("white"))
    again = reader.read(plain("white").copy())
    assert again.text == first.text
    for line, before in zip(again.lines, first.lines, strict=True):
        assert line.polygon == before.polygon
        assert line.confidence == pytest.approx(before.confidence, abs=1e-5)
    assert len(behind.calls) == 2  # one of them ours
    assert reader.name == behind.name


def test_a_picture_without_text_is_not_read_again(findings: Findings):
    behind = FakeReader()
    reader = RememberingReader(behind, lambda: findings)
    assert reader.read(plain("white")) == reader.read(plain("white"))
    assert len(behind.calls) == 1


def test_another_picture_is_read_as_well(findings: Findings):
    behind = FakeReader(lambda pixels: ["night"] if pixels.mean() < 50 else ["day"])
    reader = RememberingReader(behind, lambda: findings)
    read = [reader.read(plain(colour)).text for colour in ("black", "white", "black")]
    assert read == ["night", "day", "night"]
    assert len(behind.calls) == 2


def test_what_one_reader_read_is_not_what_another_reads(findings: Findings):
    class Other(FakeReader):
        @property
        def name(self) -> str:
            return "another-reader"

    RememberingReader(FakeReader(["one"]), lambda: findings).read(plain("red"))
    assert RememberingReader(Other(["two"]), lambda: findings).read(plain("red")).text == "two"


def test_another_runtime_reads_anew(findings: Findings):
    class On(FakeReader):
        def __init__(self, runtime: str) -> None:
            super().__init__([runtime])
            self.runtime = runtime

    for runtime in ("onnxruntime 1.30", "onnxruntime 1.31", "openvino 2026.4", "onnxruntime 1.30"):
        reader = RememberingReader(On(runtime), lambda: findings)
        assert reader.read(plain("red")).text == runtime
        assert reader.runtime == runtime
    assert reader._reader.calls == []


# Detectors


async def test_a_detector_looks_once(findings: Findings):
    behind = FakeDetector()
    detector = remembering(behind, lambda: findings)
    first = await detector.detect(plain("red"))
    assert await detector.detect(plain("red").copy()) == first
    assert behind.calls == [()]
    assert labels(await detector.detect(plain("blue"))) == ["blue"]
    assert behind.calls == [(), ()]
    assert (detector.name, detector.phrases) == (behind.name, behind.phrases)


async def test_a_detector_that_ignores_phrases_is_not_asked_again_for_others(findings: Findings):
    behind = FakeDetector()
    detector = remembering(behind, lambda: findings)
    for phrases in ((), ("red",), ("a dog", "a cat")):
        assert labels(await detector.detect(plain("red"), phrases)) == ["red"]
    assert len(behind.calls) == 1


@pytest.mark.parametrize("use", ["heeded", "needed"])
async def test_a_detector_that_uses_phrases_is_asked_for_each_set(
    findings: Findings, use: PhraseUse
):
    behind = FakeDetector(phrases=use)
    detector = remembering(behind, lambda: findings)
    assert labels(await detector.detect(plain("red"), ["red", "blue"])) == ["red"]
    assert labels(await detector.detect(plain("red"), ["blue"])) == []
    assert labels(await detector.detect(plain("red"), ["blue"])) == []
    assert labels(await detector.detect(plain("red"), ["blue", "red", "blue"])) == ["red"]
    assert labels(await detector.detect(plain("red"))) == []
    assert behind.calls == [("red", "blue"), ("blue",), ()]


async def test_words_with_half_a_sign_are_asked_and_remembered(findings: Findings):
    behind = FakeDetector(phrases="heeded")
    detector = remembering(behind, lambda: findings)
    for _ in range(2):
        assert labels(await detector.detect(plain("red"), ["red \ud83d"])) == ["red"]
    assert len(behind.calls) == 1


async def test_a_failure_is_not_remembered(findings: Findings):
    behind = FakeDetector(fails=UpstreamEmpty("nothing came"))
    detector = remembering(behind, lambda: findings)
    for _ in range(2):
        with pytest.raises(UpstreamEmpty):
            await detector.detect(plain("red"))
    behind.fails = None
    assert labels(await detector.detect(plain("red"))) == ["red"]
    assert len(behind.calls) == 3


async def test_a_part_is_not_remembered(findings: Findings):
    behind = FakeDetector(missing="its answer broke off.")
    detector = remembering(behind, lambda: findings)
    for _ in range(2):
        found = await detector.detect(plain("red"))
        assert isinstance(found, Incomplete)
        assert labels(found.regions) == ["red"]
        assert found.why == "its answer broke off."
    behind.missing = ""
    for _ in range(2):
        assert labels(await detector.detect(plain("red"))) == ["red"]
    assert len(behind.calls) == 3


async def test_what_was_remembered_outlives_the_workspace(tmp_path: Path):
    for asked in (1, 0):
        findings = Findings(Catalog.of(tmp_path))
        behind = FakeDetector()
        detector = remembering(behind, lambda findings=findings: findings)
        found = await detector.detect(plain("red"))
        assert len(behind.calls) == asked
        assert found == await FakeDetector().detect(plain("red"))
        findings.close()


async def test_several_tasks_get_the_same(findings: Findings):
    detector = remembering(FakeDetector(), lambda: findings)
    together = await asyncio.gather(*(detector.detect(plain("red")) for _ in range(8)))
    assert all(found == together[0] for found in together)


# Several at once


class Slow(FakeReader):
    """Reads when it may; fails once when it is told to."""

    def __init__(self) -> None:
        super().__init__(["SALE"])
        self.began, self.may = threading.Event(), threading.Event()
        self.fails = False

    def read(self, picture: Pixels) -> Reading:
        found = super().read(picture)
        self.began.set()
        assert self.may.wait(10)
        if self.fails:
            self.fails = False
            raise BrokenModel("no")
        return found


def test_threads_that_read_one_picture_at_once_wait_for_one_reading(findings: Findings):
    behind = Slow()
    reader = RememberingReader(behind, lambda: findings)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(reader.read, plain("red"))
        assert behind.began.wait(10)
        others = [pool.submit(reader.read, plain("red")) for _ in range(2)]
        other = pool.submit(reader.read, plain("blue"))
        while len(behind.calls) < 2:  # another picture waits for nothing
            assert not other.done()
        behind.may.set()
        assert {each.result().text for each in (first, *others, other)} == {"SALE"}
    assert len(behind.calls) == 2


def test_a_reading_that_fails_is_tried_again_by_who_comes_later(findings: Findings):
    behind = Slow()
    behind.fails = True
    behind.may.set()
    reader = RememberingReader(behind, lambda: findings)
    with pytest.raises(BrokenModel):
        reader.read(plain("red"))
    assert reader.read(plain("red")).text == "SALE"


class Patient(FakeDetector):
    """Looks when it may, and knows whether it was stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may = asyncio.Event(), asyncio.Event()
        self.stopped = 0

    async def detect(self, picture: Pixels, phrases: Sequence[str] = ()) -> list[Region]:
        self.began.set()
        try:
            await self.may.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return await super().detect(picture, phrases)


async def at_once(run: object, *args: object) -> object:
    return run(*args)


async def asking(detector: Detector, count: int) -> list[asyncio.Task]:
    tasks = [asyncio.create_task(detector.detect(plain("red"))) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def test_who_asks_while_it_looks_waits_for_the_same(findings: Findings):
    behind = Patient()
    tasks = await asking(remembering(behind, lambda: findings, at_once), 3)
    await behind.began.wait()
    behind.may.set()
    assert [labels(found) for found in await asyncio.gather(*tasks)] == [["red"]] * 3
    assert len(behind.calls) == 1


async def test_who_leaves_takes_nothing_from_who_waits(findings: Findings):
    behind = Patient()
    first, *others = await asking(remembering(behind, lambda: findings, at_once), 3)
    await behind.began.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert behind.stopped == 0
    behind.may.set()
    assert [labels(found) for found in await asyncio.gather(*others)] == [["red"]] * 2
    assert len(behind.calls) == 1


async def test_when_all_have_left_the_work_ends_and_the_next_begins_anew(findings: Findings):
    behind = Patient()
    detector = remembering(behind, lambda: findings, at_once)
    tasks = await asking(detector, 3)
    await behind.began.wait()
    for task in tasks:
        task.cancel()
    (later,) = await asking(detector, 1)
    gone = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(error, asyncio.CancelledError) for error in gone)
    assert behind.stopped == 1
    behind.may.set()
    assert labels(await later) == ["red"]


async def test_a_failure_is_told_to_who_waits_and_tried_again_by_who_comes_later(
    findings: Findings,
):
    behind = Patient()
    behind.fails = UpstreamEmpty("nothing came")
    detector = remembering(behind, lambda: findings, at_once)
    tasks = await asking(detector, 2)
    behind.may.set()
    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(error) for error in errors] == [UpstreamEmpty] * 2
    assert len(behind.calls) == 1
    behind.fails = None
    assert labels(await detector.detect(plain("red"))) == ["red"]


# What cannot be remembered


def folder_is_a_file(folder: Path) -> None:
    folder.write_text("not a folder")


def catalog_is_a_folder(folder: Path) -> None:
    (folder / CATALOG_FILE).mkdir(parents=True)


def catalog_is_no_database(folder: Path) -> None:
    folder.mkdir()
    (folder / CATALOG_FILE).write_bytes(b"not a database, but long enough to be looked at" * 100)


def nobody_may_write(folder: Path) -> None:
    if not Path("/proc/version").exists():
        pytest.skip("needs a folder that not even root may write to")
    folder.symlink_to("/proc")


BROKEN = [folder_is_a_file, catalog_is_a_folder, catalog_is_no_database, nobody_may_write]


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
async def test_a_memory_that_cannot_be_opened_is_a_warning_only(
    tmp_path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
):
    damage(tmp_path / "workspace")

    def memory() -> Findings:
        return Findings(Catalog.of(tmp_path / "workspace"))

    with pytest.raises(Unavailable):
        memory()
    assert RememberingReader(FakeReader(["SALE"]), memory).read(plain("red")).text == "SALE"
    assert labels(await remembering(FakeDetector(), memory).detect(plain("red"))) == ["red"]
    warned = [record for record in caplog.records if record.name == "sightline.remembering"]
    assert [record.levelno for record in warned] == [logging.WARNING] * 4
    assert "cannot be looked up" in caplog.text
    assert "cannot be kept" in caplog.text


async def test_what_was_written_by_somebody_else_is_looked_for_again(
    tmp_path: Path, findings: Findings, caplog: pytest.LogCaptureFixture
):
    behind = FakeDetector()
    detector = remembering(behind, lambda: findings)
    reader = RememberingReader(FakeReader(["SALE"]), lambda: findings)
    for odd in ("not JSON", '[["dog"]]', "7", '[["dog", [1, 2, 3], 1, "x", [], [], "", []]]'):
        await detector.detect(plain("red"))
        reader.read(plain("red"))
        other = Catalog.of(tmp_path / "workspace")
        with other.writing() as connection:
            connection.execute(text("UPDATE findings SET found = :odd"), {"odd": odd})
        other.close()
        caplog.clear()
        assert labels(await detector.detect(plain("red"))) == ["red"], odd
        assert reader.read(plain("red")).text == "SALE", odd
        assert "cannot be understood" in caplog.text
        assert labels(await detector.detect(plain("red"))) == ["red"]
