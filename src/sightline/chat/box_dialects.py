"""What a vision-language model wrote about boxes becomes regions. Pure: text in, regions out.

| dialect | writes | numbers |
| --- | --- | --- |
| `qwen2-vl` | marks around `(x1,y1),(x2,y2)` | 0–1000 |
| `qwen2.5-vl` | JSON `bbox_2d`, `point_2d` | pixels of the picture as its server resized it |
| `qwen3-vl` | the same | 0–1000 |
| `gemini` | JSON `box_2d`, `point`, y before x | 0–1000 |
| `paligemma` | `<loc0205>…`, y before x | 0–1023 of 1024 |
| `florence-2` | `<loc_205>…`, boxes, quads, polygons | 0–999 of 1000 |
| `internvl` | `<ref>…</ref><box>[[…]]</box>` | 0–1000 |
| `molmo` | `<point x=… y=…>`, points only | percent |
| `moondream` | JSON `x_min` …, points `x`, `y` | 0–1 |
| `json` | JSON `box`, `bbox`, `bounding_box`, `polygon` | decided by the rule below |

`json`, and `bbox_2d` under `auto`, can mean three scales, and all numbers of a text mean the same.
They are 0–1 when one thing lies wholly within 0..1 (in other numbers it would be a speck in the
corner); pixels when some are above 1000 and all lie on the picture; 0–1000 else. So pixels of a
picture smaller than 1000 are misread by this rule: name the dialect where that can be.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NoReturn, get_args

from sightline.chat.box_entries import GEMINI, GENERIC, MOONDREAM, QWEN, Names, drawing
from sightline.chat.box_marks import florence_2, internvl, molmo, paligemma, qwen2_vl
from sightline.chat.drawn import Drawing, Drawn, fits, placed
from sightline.errors import InvalidRequest, UpstreamUnreadable
from sightline.regions import Region
from sightline.untrusted import one_line

Dialect = Literal[
    "auto",
    "qwen2-vl",
    "qwen2.5-vl",
    "qwen3-vl",
    "gemini",
    "paligemma",
    "florence-2",
    "internvl",
    "molmo",
    "moondream",
    "json",
]
"""How a model writes boxes; `auto` recognises it from the text."""

DIALECTS: tuple[str, ...] = get_args(Dialect)

LONGEST = 200_000
"""Characters of a text that are read; boxes for a thousand things need fewer."""

CELL = 28
"""Pixels along the side of what Qwen2.5-VL reads as one token."""

_LEAST_PIXELS, _MOST_PIXELS = 4 * CELL**2, 16_384 * CELL**2
_LONGEST_TO_SHORTEST = 200

Scale = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What a text said. Polygons are 0..1 of the picture that was sent, in the order written.

    A region's score is 1.0 where the model gives none, and its label empty where the model gives
    none. A thing written twice is one region. Where the model said a point, the polygon is a mark
    around it (`drawn.POINT_SIDE`), no outline, and the region's `source` ends in ":point".
    `refused` says what was left out or set right and why. `cut` says that the text broke off, so
    that there may be more things than these.

    No region and nothing refused is an answer: the model wrote an empty list.
    """

    regions: tuple[Region, ...]
    refused: tuple[str, ...] = ()
    cut: bool = False


def read_boxes(text: str, dialect: str, *, width: int, height: int, source: str) -> Boxes:
    """The boxes that a model wrote about a picture that was sent with `width` × `height` pixels.

    Corners outside the picture refuse their box; up to 1 % outside they are clipped. Raises
    UpstreamUnreadable when the text holds neither boxes nor an empty list, InvalidRequest for an
    unknown dialect or a size that no picture has.
    """
    if dialect not in DIALECTS:
        raise InvalidRequest(
            f"Expected a dialect ({', '.join(DIALECTS)}), got {dialect!r}.", param="boxes"
        )
    if min(width, height) < 1:
        raise InvalidRequest(f"Expected the size of a picture, got {width} × {height}.")
    if len(text) > LONGEST:
        raise UpstreamUnreadable(
            f"Expected boxes in at most {LONGEST:,} characters, got {len(text):,}."
        )
    spoken = _recognised(text) if dialect == "auto" else dialect
    drawn = _READERS[spoken](text)
    if not (drawn.things or drawn.refused or (drawn.none and not drawn.cut)):
        _unreadable(text, dialect, drawn)
    scale = _scale(spoken, drawn.things, (width, height), guess=dialect == "auto")
    regions: dict[tuple[str, object], Region] = {}
    refused = list(drawn.refused)
    for thing in drawn.things:
        polygon = placed(thing, scale)
        if isinstance(polygon, str):
            refused.append(polygon)
            continue
        regions.setdefault(
            (thing.label.casefold(), polygon),
            Region(
                label=thing.label,
                polygon=polygon,
                score=thing.score,
                source=f"{source}:point" if thing.is_point else source,
            ),
        )
    return Boxes(regions=tuple(regions.values()), refused=tuple(refused), cut=drawn.cut)


def resized_by_qwen(width: int, height: int, *, most_pixels: int = _MOST_PIXELS) -> tuple[int, int]:
    """The width and height that a server of Qwen2.5-VL gives a picture: multiples of 28.

    `most_pixels` is the server's limit, 16,384 cells unless it was set. Raises InvalidRequest for
    a picture with a side more than 200 times as long as the other, which such servers refuse.
    """
    if max(width, height) > _LONGEST_TO_SHORTEST * min(width, height):
        raise InvalidRequest(
            f"Expected sides of at most {_LONGEST_TO_SHORTEST} to 1, got {width} × {height}."
        )
    wide, high = (max(CELL, round(side / CELL) * CELL) for side in (width, height))
    if wide * high > most_pixels:
        shrink = math.sqrt(width * height / most_pixels)
        wide, high = (
            max(CELL, math.floor(side / shrink / CELL) * CELL) for side in (width, height)
        )
    elif wide * high < _LEAST_PIXELS:
        grow = math.sqrt(_LEAST_PIXELS / (width * height))
        wide, high = (math.ceil(side * grow / CELL) * CELL for side in (width, height))
    return wide, high


def _entries(names: Names) -> Callable[[str], Drawing]:
    return lambda text: drawing(text, names)


_READERS: dict[str, Callable[[str], Drawing]] = {
    "qwen2-vl": qwen2_vl,
    "qwen2.5-vl": _entries(QWEN),
    "qwen3-vl": _entries(QWEN),
    "gemini": _entries(GEMINI),
    "paligemma": paligemma,
    "florence-2": florence_2,
    "internvl": internvl,
    "molmo": molmo,
    "moondream": _entries(MOONDREAM),
    "json": _entries(GENERIC),
}

_SCALES: dict[str, Scale] = {"paligemma": (1024, 1024), "molmo": (100, 100), "moondream": (1, 1)}
_ONE: Scale = (1, 1)
_THOUSAND: Scale = (1000, 1000)

_SIGNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("florence-2", re.compile(r"<loc_\d+>")),
    ("paligemma", re.compile(r"<loc\d{4}>")),
    ("molmo", re.compile(r"<points?\s+x\d*\s*=")),
    ("qwen2-vl", re.compile(r"<\|box_start\|>|<box>\s*\(")),
    ("internvl", re.compile(r"<box>\s*\[")),
    ("qwen3-vl", re.compile(r'"(?:bbox_2d|point_2d)"')),
    ("gemini", re.compile(r'"box_2d"')),
    ("moondream", re.compile(r'"points"\s*:\s*\[\s*\{\s*"[xy]"')),
    ("json", re.compile(r'\{\s*"')),
    ("internvl", re.compile(r"\w\[\[")),
    ("json", re.compile(r"\[\s*[\[\]\d]")),
    ("qwen2-vl", re.compile(r"\(\s*[\d.]+\s*,\s*[\d.]+\s*\)\s*,\s*\(")),
)
"""What shows a dialect, the surest sign first."""


def _recognised(text: str) -> str:
    return next((dialect for dialect, sign in _SIGNS if sign.search(text)), "json")


def _scale(spoken: str, things: Sequence[Drawn], size: tuple[int, int], *, guess: bool) -> Scale:
    if spoken == "json":
        return _guessed(things, size)
    if spoken == "qwen3-vl" and guess:
        return _guessed(things, resized_by_qwen(*size))
    if spoken == "qwen2.5-vl":
        return resized_by_qwen(*size)
    return _SCALES.get(spoken, _THOUSAND)


def _guessed(things: Sequence[Drawn], pixels: Scale) -> Scale:
    """The rule at the top of this module."""
    if any(fits(thing, _ONE) and any(map(any, thing.corners)) for thing in things):
        return _ONE
    if all(fits(thing, _THOUSAND) for thing in things):
        return _THOUSAND
    return pixels if all(fits(thing, pixels) for thing in things) else _THOUSAND


def _unreadable(text: str, dialect: str, drawn: Drawing) -> NoReturn:
    form = "in a known dialect" if dialect == "auto" else f"as {dialect} writes them"
    got = repr(one_line(text[:1_000], 160)) if text.strip() else "nothing"
    broke_off = ", which broke off before the first box was complete" if drawn.cut else ""
    raise UpstreamUnreadable(
        f"Expected boxes {form}, or an empty list, got {got}{broke_off}.",
        hint="Set `boxes` of the deployment to the dialect that its model writes.",
    )
