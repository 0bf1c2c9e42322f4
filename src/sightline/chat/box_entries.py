"""Entries of JSON that draw boxes, polygons and points, by the names that models give them. Pure.

An entry is an object with a box in it. Entries stand alone, in a list, or in lists within an object
(`{"objects": [ … ]}`); a bare list of four numbers is a box without a label.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sightline.chat.drawn import (
    Corner,
    Drawing,
    Drawn,
    are_numbers,
    clean,
    is_share,
    named,
    pairs,
)
from sightline.chat.json_in_words import json_values
from sightline.untrusted import shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a dialect calls things: the fields that hold boxes or polygons, and points.

    `y_first` are the fields with y before x. `flat` says that the edges may stand in the entry
    itself, and `bare_y_first` that bare lists have y before x.
    """

    boxes: tuple[str, ...]
    points: tuple[str, ...] = ()
    y_first: tuple[str, ...] = ()
    flat: bool = False
    bare_y_first: bool = False


QWEN = Names(boxes=("bbox_2d", "bbox", "box"), points=("point_2d", "point"))
GEMINI = Names(boxes=("box_2d",), points=("point",), y_first=("box_2d", "point"), bare_y_first=True)
MOONDREAM = Names(boxes=(), points=(), flat=True)
GENERIC = Names(
    boxes=("box", "bbox", "bounding_box", "boundingBox", "polygon", "bbox_2d", "box_2d"),
    points=("point_2d",),
    y_first=("box_2d",),
    flat=True,
)

_LABELS = ("label", "text_content", "name", "object", "class", "category", "text", "phrase")
_SCORES = ("score", "confidence", "probability")
_EDGES = (
    ("x_min", "y_min", "x_max", "y_max"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x1", "y1", "x2", "y2"),
    ("x0", "y0", "x1", "y1"),
    ("left", "top", "right", "bottom"),
)
_SIZES = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))
_POINT, _BOX, _TRIANGLE = 2, 4, 6


def drawing(text: str, names: Names) -> Drawing:
    """What the JSON of a text draws."""
    found = json_values(text)
    entries = _Entries(names)
    for value in found.values:
        entries.take(value, outermost=True)
    refused = (*entries.refused, *found.broken)
    if entries.things or entries.refused:
        refused = (*refused, *entries.boxless)
    none = entries.none and not (entries.things or refused or entries.boxless)
    return Drawing(things=tuple(entries.things), refused=refused, none=none, cut=found.cut)


@dataclass(slots=True)
class _Entries:
    names: Names
    things: list[Drawn] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    boxless: list[str] = field(default_factory=list)
    none: bool = False

    def take(self, value: object, *, outermost: bool = False) -> None:
        if value == []:
            self.none = True
        elif isinstance(value, list) and are_numbers(value):
            # Other numbers in brackets are footnotes and years in the prose around the JSON.
            if not outermost or len(value) == _BOX:
                self._draw("", value, 1.0, y_first=self.names.bare_y_first, is_point=False)
        elif isinstance(value, list):
            for item in value:
                self.take(item)
        elif isinstance(value, dict):
            self._entry(value)
        else:
            self.boxless.append(f"expected a box, got {_short(value)}")

    def _entry(self, entry: dict[str, object]) -> None:
        names, label = self.names, _label(entry)
        for key in (*names.boxes, *names.points):
            if key in entry:
                self._draw(
                    label,
                    entry[key],
                    self._score(entry, label),
                    y_first=key in names.y_first,
                    is_point=key in names.points,
                )
                return
        if names.flat and (corners := _edges(entry) or _place(entry)):
            self._add(label, corners, self._score(entry, label))
            return
        nested = [v for v in entry.values() if isinstance(v, dict | list) and not are_numbers(v)]
        for value in nested:
            self.take(value)
        if not nested:
            self.boxless.append(f"{named(label)}: expected a box, got {_short(entry)}")

    def _score(self, entry: dict[str, object], label: str) -> float:
        for key in _SCORES:
            value = entry.get(key)
            if isinstance(value, float):
                if is_share(value):
                    return value
                self.refused.append(
                    f"the score of {named(label)}: expected 0..1, got {value:g}; it counts as 1"
                )
        return 1.0

    def _draw(
        self, label: str, value: object, score: float, *, y_first: bool, is_point: bool
    ) -> None:
        if value == []:
            self.none = True
            return
        if isinstance(value, list) and all(_is_whole(item) for item in value):
            for item in value:
                self._draw(label, item, score, y_first=y_first, is_point=is_point)
            return
        corners = _corners(value)
        if len(corners) == 1 and not is_point:
            corners = ()
        if not corners or (is_point and len(corners) != 1):
            expected = "2 numbers" if is_point else "4 numbers or a polygon"
            self.refused.append(f"{named(label)}: expected {expected}, got {_short(value)}")
            return
        self._add(label, tuple((y, x) if y_first else (x, y) for x, y in corners), score)

    def _add(self, label: str, corners: tuple[Corner, ...], score: float) -> None:
        self.things.append(Drawn(label=label, corners=corners, score=score))


def _is_whole(value: object) -> bool:
    """Whether it is four numbers: in a list of such, each is a box."""
    return isinstance(value, list) and are_numbers(value) and len(value) == _BOX


def _corners(value: object) -> tuple[Corner, ...]:
    """One corner of a point, two of a box, more of a polygon; none when it is none of them."""
    if isinstance(value, dict):
        return _edges(value) or _place(value)
    if not isinstance(value, list):
        return ()
    if are_numbers(value):
        return pairs(value) if len(value) in {_POINT, _BOX} or _is_polygon(value) else ()
    numbers: list[float] = []
    for item in value:
        corner = _place(item) if isinstance(item, dict) else pairs(item) if _is_pair(item) else ()
        if not corner:
            return ()
        numbers += corner[0]
    return pairs(numbers) if len(numbers) == _BOX or _is_polygon(numbers) else ()


def _is_polygon(numbers: list[float]) -> bool:
    return len(numbers) >= _TRIANGLE and len(numbers) % 2 == 0


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and are_numbers(value) and len(value) == _POINT


def _edges(box: Mapping[str, object]) -> tuple[Corner, ...]:
    for keys in _EDGES:
        if numbers := _numbers(box, keys):
            return pairs(numbers)
    for keys in _SIZES:
        if numbers := _numbers(box, keys):
            left, top, width, height = numbers
            return ((left, top), (left + width, top + height))
    return ()


def _place(point: Mapping[str, object]) -> tuple[Corner, ...]:
    return pairs(_numbers(point, ("x", "y")))


def _numbers(values: Mapping[str, object], keys: tuple[str, ...]) -> list[float]:
    numbers = [value for key in keys if isinstance(value := values.get(key), float)]
    return numbers if len(numbers) == len(keys) else []


def _label(entry: Mapping[str, object]) -> str:
    labels = (entry.get(key) for key in _LABELS)
    return next((clean(label) for label in labels if isinstance(label, str)), "")


def _short(value: object) -> str:
    return shortened(clean(str(value)), 80)
