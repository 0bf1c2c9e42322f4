"""Licence plates: what the reader reads on a vehicle and what is written like a plate.

OpenCV had a cascade that found plates; version 5 has no cascades any more. Reading comes first
here: a plate that cannot be read is of no use, and one that can is found where its letters are.
"""

import math
import re
from collections.abc import Sequence

from sightline.assets import Line, Reading
from sightline.geometry import bounds, shared
from sightline.regions import Region

SOURCE = "plates"

_PLATE = re.compile(r"[A-Z0-9]{1,4}(?:[ .·:•-]{0,2}[A-Z0-9]{1,5}){0,3}")
_NOT_PLATE = re.compile(
    r"(?:BUS|TAXI|UNIT|LINE|FLEET|ROUTE|TEL|FAX|GST|VAT|TAX|EUR|USD|GBP)[^A-Z].*"
    r"|(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)[A-Z]{0,6}[ .-]{0,2}(?:19|20)\d\d"
)
"""What else is written on vehicles in capitals and digits."""

_LETTERS = range(4, 11)  # of a plate, without its signs
_WORD = re.compile("[A-Z]{6}")  # no plate has as many letters in a row
_LONG = 2.0, 7.5  # width of the text over its height
_ON_VEHICLE = 0.9  # share of the text that lies on it


def plates(vehicles: Sequence[Region], reading: Reading, *, aspect: float) -> list[Region]:
    """The lines of a reading that are plates of these vehicles; `text` is the number.

    `aspect`: width over height of the picture.
    """
    return [
        Region(
            label="license plate",
            polygon=line.polygon,
            score=line.confidence,
            source=SOURCE,
            words=("licence plate", "number plate", "registration plate", "plate"),
            text=line.text,
        )
        for line in reading.lines
        if _is_plate(line, aspect) and any(_lies_on(line, vehicle) for vehicle in vehicles)
    ]


def _is_plate(line: Line, aspect: float) -> bool:
    text = line.text.strip()
    letters = re.sub(r"[^A-Z0-9]", "", text)
    mixed = any(c.isdigit() for c in letters) and any(c.isalpha() for c in letters)
    if not (mixed and len(letters) in _LETTERS and _PLATE.fullmatch(text)):
        return False
    if _WORD.search(letters) or _NOT_PLATE.fullmatch(text):
        return False
    return _LONG[0] <= _elongation(line, aspect) <= _LONG[1]


def _elongation(line: Line, aspect: float) -> float:
    """Length over height of a line's polygon on the picture."""
    corner, right, _, left = ((at.x * aspect, at.y) for at in line.polygon[:4])
    return math.dist(corner, right) / max(math.dist(corner, left), 1e-6)


def _lies_on(line: Line, vehicle: Region) -> bool:
    text = bounds(line.polygon)
    return shared(text, bounds(vehicle.polygon)) >= _ON_VEHICLE * text.area
