"""One picture to its analysis, on the shipped fakes."""

import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from sightline.assets import Still, Tag
from sightline.bridge import Pool
from sightline.chat.base import ChatModel
from sightline.chat.fake import ScriptedChat
from sightline.errors import BrokenModel, InvalidRequest, UpstreamUnreadable
from sightline.events import TextDelta
from sightline.everyday_things import EVERYDAY
from sightline.geometry import Box, bounds
from sightline.image_analysis import FEATURES, Analysis, Engines, Feature, Wanted, analyse
from sightline.regions import Region
from sightline.vision.base import Detector, PhraseUse
from sightline.vision.fake import COLOURS, FakeDetector, FakePictureEncoder, FakeReader
from wire.standin import END


def shown(*parts: tuple[str, Box], size: tuple[int, int] = (100, 50)) -> Still:
    """A white picture with boxes of colour; the original was twice as large."""
    width, height = size
    pixels = np.full((height, width, 3), 255, np.uint8)
    for colour, box in parts:
        rows = slice(int(box.top * height), int(box.bottom * height))
        pixels[rows, int(box.left * width) : int(box.right * width)] = COLOURS[colour]
    return Still(pixels=pixels, width=2 * width, height=2 * height)


def box(left: float, top: float, right: float, bottom: float) -> Box:
    return Box(left=left, top=top, right=right, bottom=bottom)


TENT = shown(("red", box(0.6, 0.2, 0.9, 0.8)))


@dataclass
class Finder:
    """A detector that finds what it was given, whatever it is asked; `asked` keeps that."""

    regions: list[Region]
    phrases: PhraseUse = "heeded"
    name: str = "finder"
    asked: list[tuple[str, ...]] = field(default_factory=list)

    async def detect(self, _picture: Any, phrases: Any = ()) -> list[Region]:  # noqa: ANN401
        self.asked.append(tuple(phrases))
        return self.regions


def region(label: str, place: Box, score: float, *broader: str) -> Region:
    return Region(label=label, polygon=place.polygon, score=score, source="finder", broader=broader)


@pytest.fixture
async def engines() -> AsyncIterator[Engines]:
    """Colours as things, "SALE 49" as text, nobody who sees."""
    pool = Pool(2)
    yield with_detectors(
        Engines(
            encoder=FakePictureEncoder,
            read=FakeReader(["SALE 49"]).read,
            detectors=lambda _: {},
            teller=lambda: None,
            pool=pool,
        ),
        FakeDetector(),
    )
    pool.close()


def with_detectors(engines: Engines, *detectors: Detector) -> Engines:
    opened = {str(n): (lambda one=one: one) for n, one in enumerate(detectors)}
    return replace(engines, detectors=lambda _: opened)


def with_teller(engines: Engines, teller: ChatModel) -> Engines:
    return replace(engines, teller=lambda: teller)


def told(*sentences: str) -> ScriptedChat:
    return ScriptedChat("eyes", [*map(TextDelta, sentences), END])


async def of(still: Still, engines: Engines, *features: Feature, **wanted: Any) -> Analysis:  # noqa: ANN401
    return await analyse(still, Wanted(features=frozenset(features), **wanted), engines)


async def test_only_what_is_asked_for_is_there(engines: Engines):
    found = await of(TENT, engines, "read")
    assert found == Analysis(width=200, height=100, reading=found.reading)
    assert [line.text for line in found.reading.lines] == ["SALE 49"]


async def test_things_are_where_they_are(engines: Engines):
    found = await of(TENT, engines, "objects")
    (white, red) = found.things
    assert (white.label, red.label) == ("white", "red")
    assert bounds(red.polygon) == box(0.6, 0.2, 0.9, 0.8)


async def test_tags_are_those_of_the_whole_and_of_its_things_with_their_kinds(engines: Engines):
    found = await of(TENT, engines, "tags")
    assert [tag.name for tag in found.tags] == ["white", "colour", "red"]
    assert found.tags[0] == Tag("white", pytest.approx(0.82))
    assert found.tags[2] == Tag("red", pytest.approx(0.18))


async def test_one_tag_has_the_surest_confidence_and_kinds_have_no_less(engines: Engines):
    everywhere = box(0, 0, 1, 1)
    things = [
        region("tabby", everywhere, 0.5, "cat", "entity"),
        region("Cat", everywhere, 0.95),
        region("ski", everywhere, 0.3, "runner"),
    ]
    found = await of(TENT, with_detectors(engines, Finder(things)), "tags")
    assert found.tags[0] == Tag("cat", 0.95)
    names = [tag.name for tag in found.tags]
    assert "entity" not in names  # says nothing
    assert "runner" not in names  # mostly means something else
    assert names.count("cat") == 1


async def test_who_needs_words_is_given_the_tags_and_everyday_names(engines: Engines):
    needing = Finder([region("person", box(0, 0, 0.5, 1), 0.9)], phrases="needed")
    heeding = Finder([])
    found = await of(TENT, with_detectors(engines, needing, heeding), "objects")
    assert needing.asked == [("white", *EVERYDAY)]
    assert heeding.asked == [()]
    assert [thing.label for thing in found.things] == ["person"]


async def test_people_are_told_once_whatever_they_are_called(engines: Engines):
    left, right = box(0, 0, 0.4, 1), box(0.6, 0, 1, 1)
    asked = Finder([region("person", left, 0.8), region("dog", right, 0.9)])
    other = Finder(
        [region("woman", box(0, 0, 0.4, 0.9), 0.7), region("groom", right, 0.4, "person")]
    )
    found = await of(TENT, with_detectors(engines, asked, other, FakeDetector()), "people")
    assert asked.asked == [("person",)]
    assert [(one.label, one.score) for one in found.people] == [("person", 0.8), ("person", 0.4)]


async def test_nobody_there_is_an_answer_of_who_looks_for_people(engines: Engines):
    assert (await of(TENT, with_detectors(engines, Finder([])), "people")).people == ()


class Trained(FakeDetector):
    """One with classes of its own, people among them."""

    finds_people = True


async def test_a_detector_of_its_own_classes_may_say_that_it_finds_people(engines: Engines):
    assert (await of(TENT, with_detectors(engines, Trained()), "people")).people == ()
    with pytest.raises(InvalidRequest, match="no configured detector looks for people") as raised:
        await of(TENT, engines, "people", "read")
    assert raised.value.param == "features"
    assert "open_vocabulary" in str(raised.value)


async def test_a_part_is_used_and_told_once(engines: Engines):
    part = Trained(names={"red": "person"}, missing="its answer broke off.")
    found = await of(TENT, with_detectors(engines, FakeDetector(), part), "objects", "people")
    assert {thing.label for thing in found.things} == {"white", "red", "person"}
    assert [one.label for one in found.people] == ["person"]
    assert found.failures == ("The detector '1' found only a part: its answer broke off.",)


async def test_captions_are_of_the_whole_and_of_the_surest_things(engines: Engines):
    places = [box(n / 20, 0, (n + 1) / 20, 1) for n in range(20)]
    things = [region(f"thing {n}", place, 1 - n / 100) for n, place in enumerate(places)]
    things += [region("speck", box(0.5, 0, 0.501, 0.1), 1.0), region("twin", places[0], 0.99)]
    teller = told("a row of things")
    seeing = with_teller(with_detectors(engines, Finder(things)), teller)
    found = await of(TENT, seeing, "caption", "denseCaptions", gender_neutral=True)
    assert found.caption == found.dense[0]
    assert (found.caption.text, found.caption.box) == ("a row of things", box(0, 0, 1, 1))
    assert [caption.box for caption in found.dense[1:]] == places[:9]
    assert len(teller.prompts) == 10  # the whole is asked about once
    assert all("male or female" in prompt.question for prompt in teller.prompts)


async def test_without_a_model_that_sees_captions_are_refused(engines: Engines):
    with pytest.raises(InvalidRequest, match="caption and denseCaptions cannot") as raised:
        await of(TENT, engines, "denseCaptions", "caption", "tags")
    assert raised.value.param == "features"
    assert "caption_deployment" in str(raised.value)


async def test_crops_hold_the_things(engines: Engines):
    found = await of(
        TENT,
        with_detectors(engines, Finder([region("tent", box(0.6, 0.2, 0.9, 0.8), 1)])),
        "smartCrops",
        aspect_ratios=(1.0, 1.8),
    )
    square, wide = found.crops
    assert (square.aspect_ratio, wide.aspect_ratio) == (1.0, 1.8)
    assert square.box == box(0.5, 0, 1, 1)
    assert wide.box.right == pytest.approx(1)


async def test_without_things_crops_hold_the_text_and_nobody_asked_to_see_that(engines: Engines):
    blind = with_detectors(engines)
    found = await of(TENT, blind, "smartCrops")
    (crop,) = found.crops
    assert crop.aspect_ratio == 1.8  # the widest that can be asked for; the picture is wider
    assert crop.box.left == pytest.approx(0.05)
    assert found.reading is None


async def test_without_any_detector_objects_are_refused(engines: Engines):
    with pytest.raises(InvalidRequest, match="no detector is configured"):
        await of(TENT, with_detectors(engines), "objects")


@pytest.mark.parametrize("feature", ["tags", "objects", "smartCrops"])
async def test_a_detector_that_fails_fails_the_feature(engines: Engines, feature: Feature):
    broken = FakeDetector(fails=BrokenModel("The model 'x' is broken."))
    with pytest.raises(BrokenModel):
        await of(TENT, with_detectors(engines, FakeDetector(), broken), feature)


async def test_a_model_that_does_not_tell_fails_the_captions(engines: Engines):
    with pytest.raises(UpstreamUnreadable):
        await of(TENT, with_teller(engines, told("")), "caption")


def test_the_features_are_those_of_the_service():
    assert FEATURES == (
        "tags",
        "caption",
        "denseCaptions",
        "objects",
        "read",
        "smartCrops",
        "people",
    )


async def test_the_teller_is_looked_up_beside_the_event_loop(engines: Engines):
    """Whoever opens an engine meanwhile holds the lock that looking it up waits for."""
    threads: list[str] = []

    def teller() -> None:
        threads.append(threading.current_thread().name)

    await of(TENT, replace(engines, teller=teller), "tags")
    assert [name.startswith("sightline") for name in threads] == [True]
