"""One picture to everything that is asked about it: tags, things, people, text, captions, crops.

What several features need is looked for once. A feature that nothing here can give is refused, and
one whose engine fails fails the whole: an empty list always means that somebody looked.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np

from sightline.assets import Pixels, Reading, Still, Tag
from sightline.bridge import Pool
from sightline.chat.base import ChatModel
from sightline.chat.captions import caption
from sightline.cropping import Crop, Mark, crop, usual_ratio
from sightline.errors import InvalidRequest
from sightline.everyday_things import EVERYDAY, PERSON
from sightline.geometry import Box, bounds, overlap, pixel_box
from sightline.looking import Detectors, Sight, seen
from sightline.regions import SAME_THING, Region, merged
from sightline.synonyms import AMBIGUOUS, TOO_GENERAL, key, same_as
from sightline.vision.base import Detector, PictureEncoder, finds_people

Feature = Literal["tags", "caption", "denseCaptions", "objects", "read", "smartCrops", "people"]
FEATURES: tuple[Feature, ...] = get_args(Feature)

MOST_CAPTIONS = 10
"""Dense captions of one picture, that of the whole among them."""

LEAST_CAPTIONED = 0.01
"""The share of the picture that a thing must cover to get a caption of its own."""

_WHOLE = Box(left=0.0, top=0.0, right=1.0, bottom=1.0)
_NEED_THINGS: frozenset[Feature] = frozenset({"tags", "denseCaptions", "objects", "smartCrops"})
_CAPTIONS: frozenset[Feature] = frozenset({"caption", "denseCaptions"})
_PEOPLE = same_as(key(PERSON)) | {key(PERSON)}
_SAYS_LITTLE = {key(name) for name in TOO_GENERAL} | AMBIGUOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked. No `aspect_ratios` means one crop in a ratio that suits the picture."""

    features: frozenset[Feature]
    gender_neutral: bool = False
    aspect_ratios: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence about a part of the picture. Models do not say how sure they are of it."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What was found; None is what was not asked for. Sizes are those of the upright original.

    Things and people come surest first, and so do tags. The first of `dense` is about the whole.
    `failures` say which detector found only a part, and why; what was found stands.
    """

    width: int
    height: int
    tags: tuple[Tag, ...] | None = None
    caption: Caption | None = None
    dense: tuple[Caption, ...] | None = None
    things: tuple[Region, ...] | None = None
    reading: Reading | None = None
    crops: tuple[Crop, ...] | None = None
    people: tuple[Region, ...] | None = None
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What analysing needs, opened when it is first needed.

    `teller` is the deployment that sees and writes captions, None when there is none. `detectors`
    are the configured ones, those that ask the teller among them.
    """

    encoder: Callable[[], PictureEncoder]
    read: Callable[[Pixels], Reading]
    detectors: Callable[[ChatModel | None], Detectors]
    teller: Callable[[], ChatModel | None]
    pool: Pool


async def analyse(still: Still, wanted: Wanted, engines: Engines) -> Analysis:
    """Everything that is wanted of one picture.

    Raises InvalidRequest about `features` for what no engine here can do, and whatever an engine
    raises that fails.
    """
    asked, picture, run = wanted.features, still.pixels, engines.pool.run
    teller = await run(engines.teller) if asked - {"read"} else None
    detectors: dict[str, Detector] = {}
    if asked & (_NEED_THINGS | {"people"}):
        for name, opened in engines.detectors(teller).items():
            detectors[name] = await run(opened)
    _refuse(asked, teller, detectors.values())

    tags: tuple[Tag, ...] = ()
    everything = people = Sight()
    if asked & _NEED_THINGS:
        tags = await run(_tags, engines.encoder, picture)
        everything = await _things(detectors, picture, tags)
    if "people" in asked:
        people = await _people(detectors, picture)
    things = everything.regions
    reading: Reading | None = None
    if "read" in asked or ("smartCrops" in asked and not things):
        reading = await run(engines.read, picture)
    captions: tuple[Caption, ...] = ()
    if teller is not None and asked & _CAPTIONS:
        boxes = [_WHOLE, *(_captioned(things) if "denseCaptions" in asked else ())]
        captions = tuple([await _caption(teller, picture, box, wanted, run) for box in boxes])

    crops = await run(_crops, still, wanted.aspect_ratios, things, reading)
    return Analysis(
        width=still.width,
        height=still.height,
        tags=_named(tags, things) if "tags" in asked else None,
        caption=captions[0] if "caption" in asked else None,
        dense=captions if "denseCaptions" in asked else None,
        things=things if "objects" in asked else None,
        reading=reading if "read" in asked else None,
        crops=crops if "smartCrops" in asked else None,
        people=people.regions if "people" in asked else None,
        failures=tuple(dict.fromkeys((*everything.incomplete, *people.incomplete))),
    )


def _refuse(
    asked: frozenset[Feature], teller: ChatModel | None, detectors: Collection[Detector]
) -> None:
    """Refuse before any work what nothing here can give."""
    if teller is None and (captions := sorted(asked & _CAPTIONS)):
        raise InvalidRequest(
            f"features: no deployment here sees pictures, so {' and '.join(captions)} cannot be "
            "written.",
            hint="Set `caption_deployment` to a deployment that takes pictures.",
            param="features",
        )
    if "people" in asked and not any(map(finds_people, detectors)):
        raise InvalidRequest(
            "features: no configured detector looks for people.",
            hint="Set `open_vocabulary` to a model of `sightline models list`, or `boxes` of a "
            "deployment that sees.",
            param="features",
        )
    if "objects" in asked and not detectors:
        raise InvalidRequest(
            "features: no detector is configured, so objects cannot be looked for.",
            hint="Leave `embedded` in the setting `detectors`.",
            param="features",
        )


async def _things(detectors: Mapping[str, Detector], picture: Pixels, tags: Sequence[Tag]) -> Sight:
    """What every detector finds: unasked where it can, else by the tags and everyday names."""
    names = tuple(dict.fromkeys([*(tag.name for tag in tags), *EVERYDAY]))
    sight = Sight()
    for name, detector in detectors.items():
        asked = names if detector.phrases == "needed" else ()
        sight |= seen(name, await detector.detect(picture, asked))
    return sight


async def _people(detectors: Mapping[str, Detector], picture: Pixels) -> Sight:
    """The people that those detectors see which look for people, each once."""
    sight = Sight()
    for name, detector in detectors.items():
        if finds_people(detector):
            asked = () if detector.phrases == "ignored" else (PERSON,)
            sight |= seen(name, await detector.detect(picture, asked))
    people = [replace(region, label=PERSON) for region in sight.regions if _is_person(region)]
    return replace(sight, regions=tuple(merged(people)))


def _is_person(region: Region) -> bool:
    return any(key(name) in _PEOPLE for name in (region.label, *region.broader))


def _tags(encoder: Callable[[], PictureEncoder], picture: Pixels) -> tuple[Tag, ...]:
    (encoded,) = encoder().encode([picture])
    return encoded.tags


def _named(tags: Sequence[Tag], things: Sequence[Region]) -> tuple[Tag, ...]:
    """Names of what the picture shows as a whole and of the things on it, each once, with kinds.

    What is a tabby with some probability is a cat with no less.
    """
    sure: dict[str, float] = {}
    seen = [(region.label, region.broader, region.score) for region in things]
    seen += [(tag.name, tag.broader, tag.probability) for tag in tags]
    for label, broader, share in seen:
        for name in (label, *(kind for kind in broader if key(kind) not in _SAYS_LITTLE)):
            sure[name.casefold()] = max(share, sure.get(name.casefold(), 0.0))
    ordered = sorted(sure.items(), key=lambda pair: -pair[1])
    return tuple(Tag(name, share) for name, share in ordered)


def _captioned(things: Sequence[Region]) -> list[Box]:
    """The places of the surest things that are not too small, each place once."""
    boxes = [_WHOLE]
    for box in (bounds(region.polygon) for region in things):
        apart = all(overlap(box, other) <= SAME_THING for other in boxes)
        if box.area >= LEAST_CAPTIONED and apart:
            boxes.append(box)
    return boxes[1:MOST_CAPTIONS]


async def _caption(
    teller: ChatModel,
    picture: Pixels,
    box: Box,
    wanted: Wanted,
    run: Callable[..., Awaitable[Any]],
) -> Caption:
    said = await caption(teller, _cut(picture, box), run, gender_neutral=wanted.gender_neutral)
    return Caption(said, box)


def _cut(picture: Pixels, box: Box) -> Pixels:
    height, width = picture.shape[:2]
    left, top, wide, high = pixel_box(box, width, height)
    return np.ascontiguousarray(picture[top : top + high, left : left + wide])


def _crops(
    still: Still,
    aspect_ratios: Sequence[float],
    things: Sequence[Region],
    reading: Reading | None,
) -> tuple[Crop, ...]:
    """One for each ratio, around the things; where there are none, around what is written."""
    marks = [Mark(bounds(region.polygon), region.score) for region in things]
    if not marks and reading is not None:
        marks = [Mark(bounds(line.polygon), line.confidence) for line in reading.lines]
    size = (still.width, still.height)
    return tuple(crop(ratio, *size, marks) for ratio in aspect_ratios or (usual_ratio(*size),))
