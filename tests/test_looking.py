"""Every detector is asked; what one cannot do costs nothing of what the others found."""

from collections.abc import Iterator

import numpy as np
import pytest

from sightline.assets import Pixels
from sightline.bridge import Pool
from sightline.errors import MissingModel, UpstreamEmpty
from sightline.looking import Detectors, Sight, look
from sightline.regions import Region
from sightline.vision.fake import COLOURS, FakeDetector


class Named(FakeDetector):
    """The shipped fake under a name of its own, as sure as it is told."""

    def __init__(self, name: str, *, share: float = 1.0, **more: object) -> None:
        super().__init__(**more)
        self._name = name
        self._share = share

    @property
    def name(self) -> str:
        return self._name

    async def detect(self, picture: Pixels, phrases: tuple[str, ...] = ()) -> list[Region]:
        found = await super().detect(picture, phrases)
        return [
            Region(
                label=region.label,
                polygon=region.polygon,
                score=region.score * self._share,
                source=self._name,
            )
            for region in found
        ]


class Stumbles(FakeDetector):
    """Fails in a way that nobody meant."""

    async def detect(self, picture: Pixels, phrases: tuple[str, ...] = ()) -> list[Region]:  # noqa: ARG002
        raise ZeroDivisionError("a mistake of ours")


@pytest.fixture
def pool() -> Iterator[Pool]:
    opened = Pool(2)
    yield opened
    opened.close()


@pytest.fixture
def flag() -> Pixels:
    """Red above blue, twice as much red."""
    picture = np.empty((60, 40, 3), np.uint8)
    picture[:40], picture[40:] = COLOURS["red"], COLOURS["blue"]
    return picture


def opened(**detectors: FakeDetector) -> Detectors:
    return {name: (lambda one=one: one) for name, one in detectors.items()}


def labels(sight: Sight) -> list[str]:
    return [region.label for region in sight.regions]


async def test_what_several_find_is_merged_and_keeps_who_was_surest(pool: Pool, flag: Pixels):
    sure, unsure = Named("sure"), Named("unsure", share=0.5)
    asked = Named("asked", phrases="needed", share=0.9)
    sight = await look(opened(a=unsure, b=sure, c=asked), flag, ["the blue sea"], pool)
    assert [(region.label, region.source) for region in sight.regions] == [
        ("red", "sure"),
        ("blue", "sure"),
    ]
    assert (sight.looked, sight.failed) == (("a", "b", "c"), ())
    assert asked.calls == [("the blue sea",)]
    without = await look(opened(a=unsure, c=asked), flag, ["the blue sea"], pool)
    assert [(region.label, region.source) for region in without.regions] == [
        ("red", "unsure"),
        ("blue", "asked"),
    ]


async def test_one_that_fails_is_named_and_the_others_still_find(pool: Pool, flag: Pixels):
    fails = FakeDetector(fails=UpstreamEmpty("Nothing came.", hint="Ask again."))
    sight = await look(opened(vlm=fails, colours=FakeDetector()), flag, [], pool)
    assert labels(sight) == ["red", "blue"]
    assert sight.looked == ("colours",)
    assert sight.failed == ("The detector 'vlm' failed: Nothing came. Ask again.",)


async def test_one_that_found_only_a_part_is_named_and_its_part_is_used(pool: Pool, flag: Pixels):
    part = FakeDetector(missing="its answer broke off.")
    sight = await look(opened(vlm=part), flag, [], pool)
    assert labels(sight) == ["red", "blue"]
    assert (sight.looked, sight.failed) == (("vlm",), ())
    assert sight.incomplete == ("The detector 'vlm' found only a part: its answer broke off.",)


async def test_one_that_stumbles_is_logged_and_the_others_still_find(
    pool: Pool, flag: Pixels, caplog: pytest.LogCaptureFixture
):
    sight = await look(opened(odd=Stumbles(), colours=FakeDetector()), flag, [], pool)
    assert labels(sight) == ["red", "blue"]
    assert sight.looked == ("colours",)
    assert sight.failed == ("The detector 'odd' failed; the log says why.",)
    assert "a mistake of ours" not in sight.failed[0]
    (record,) = [one for one in caplog.records if one.levelname == "ERROR"]
    assert record.getMessage() == "the detector 'odd' failed"
    assert "ZeroDivisionError: a mistake of ours" in caplog.text
    caplog.clear()


async def test_one_that_cannot_be_opened_is_named(pool: Pool, flag: Pixels):
    def missing() -> FakeDetector:
        raise MissingModel("The model is not here.", hint="Fetch it.")

    sight = await look({"big": missing, **opened(colours=FakeDetector())}, flag, [], pool)
    assert labels(sight) == ["red", "blue"]
    assert sight.failed == ("The detector 'big' failed: The model is not here. Fetch it.",)


async def test_one_that_cannot_be_opened_for_no_reason_of_ours_is_logged(
    pool: Pool, flag: Pixels, caplog: pytest.LogCaptureFixture
):
    def broken() -> FakeDetector:
        raise AttributeError("has no open")

    sight = await look({**opened(colours=FakeDetector()), "odd": broken}, flag, [], pool)
    assert labels(sight) == ["red", "blue"]
    assert sight.failed == ("The detector 'odd' failed; the log says why.",)
    assert "has no open" in caplog.text
    caplog.clear()


async def test_only_those_that_use_phrases_as_asked_look(pool: Pool, flag: Pixels):
    three = {use: FakeDetector(phrases=use) for use in ("ignored", "heeded", "needed")}
    before = await look(opened(**three), flag, [], pool, uses=("ignored",))
    assert before.looked == ("ignored",)
    after = await look(opened(**three), flag, ["blue"], pool, uses=("heeded", "needed"))
    assert after.looked == ("heeded", "needed")
    assert labels(after) == ["blue"]
    assert [len(one.calls) for one in three.values()] == [1, 1, 1]


async def test_one_that_needs_phrases_is_left_alone_without_them(pool: Pool, flag: Pixels):
    needs, heeds = FakeDetector(phrases="needed"), FakeDetector(phrases="heeded")
    sight = await look(opened(needs=needs, heeds=heeds), flag, [], pool)
    assert sight.looked == ("heeds",)
    assert (needs.calls, heeds.calls) == ([], [()])
    assert sight.failed == ()


async def test_without_detectors_nothing_is_seen(pool: Pool, flag: Pixels):
    assert await look({}, flag, ["red"], pool) == Sight()


async def test_two_looks_together_are_one(pool: Pool, flag: Pixels):
    first = await look(opened(a=Named("a", share=0.4)), flag, [], pool)
    failing = FakeDetector(fails=UpstreamEmpty("Nothing came."))
    part = FakeDetector(missing="its answer broke off.")
    second = await look(opened(b=Named("b"), c=failing, d=part), flag, [], pool)
    both = first | second
    assert [(region.label, region.source) for region in both.regions] == [
        ("red", "b"),
        ("blue", "b"),
    ]
    assert both.looked == ("a", "b", "d")
    assert (both.failed, both.incomplete) == (second.failed, second.incomplete)
    assert (len(both.failed), len(both.incomplete)) == (1, 1)
    assert first | Sight() == first
