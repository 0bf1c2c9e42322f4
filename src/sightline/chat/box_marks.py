"""Boxes and points that models write with marks of their own between the words. Pure.

Servers that skip special tokens take the marks of Qwen2-VL and InternVL away and leave the words
and the numbers; both forms are read. A box without a name of its own has the one before it.
"""

import re
from collections.abc import Iterator

from sightline.chat.drawn import Corner, Drawing, Drawn, clean, named, pairs

_NUMBER = r"[-+]?\d+(?:\.\d+)?"
_CORNER = rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)"
_CORNERS = re.compile(rf"{_CORNER}(?:\s*,\s*{_CORNER})*")
_LIST = rf"\[\s*{_NUMBER}(?:\s*,\s*{_NUMBER})+\s*\]"
_LISTS = re.compile(_LIST)
_NUMBERS = re.compile(_NUMBER)
_EMPTY = re.compile(r"\[\s*\]")
_BOX, _QUAD = 4, 8
_CORNERS_OF_BOX = 2


def qwen2_vl(text: str) -> Drawing:
    """`<|object_ref_start|>man<|object_ref_end|><|box_start|>(x1,y1),(x2,y2)<|box_end|>`."""
    things: list[Drawn] = []
    refused: list[str] = []
    cut = False
    for label, match, before, rest in _named(text, _CORNERS):
        corners = pairs(_floats(match.group()))
        opened = _OPENS.search(before)
        expected = _QUAD // 2 if opened and "quad" in opened.group() else _CORNERS_OF_BOX
        if rest is not None and (
            _GOES_ON.match(rest) or (len(corners) < expected and not rest.strip())
        ):
            cut = True
        elif len(corners) >= expected:
            things.append(Drawn(label=label, corners=corners))
        elif opened:
            refused.append(f"{named(label)}: expected {expected} corners, got {match.group()}")
        cut = cut or (rest is not None and bool(_BEGUN.search(rest)))
    return _drawing(text, things, refused, cut=cut)


def internvl(text: str) -> Drawing:
    """`<ref>the man</ref><box>[[x1, y1, x2, y2]]</box>`; eight numbers are four corners."""
    things: list[Drawn] = []
    refused: list[str] = []
    cut = False
    for label, match, _, rest in _named(text, _LISTS):
        numbers = _floats(match.group())
        if len(numbers) in {_BOX, _QUAD}:
            things.append(Drawn(label=label, corners=pairs(numbers)))
        else:
            refused.append(f"{named(label)}: expected 4 numbers, got {match.group()}")
        cut = rest is not None and bool(_BEGUN.search(rest))
    return _drawing(text, things, refused, cut=cut)


_REF = re.compile(r"(?:<ref>|<\|object_ref_start\|>)([^<]*)(?:</ref>|<\|object_ref_end\|>)")
_MARK = re.compile(r"<\|[^<>|]{0,40}\|>|</?(?:ref|box|quad|s|pad|sep|poly)>")
_OPENS = re.compile(r"(?:<box>|<quad>|<\|box_start\|>|<\|quad_start\|>)\s*$")
_GOES_ON = re.compile(r"\s*,\s*(?:\([-+\d\s.,]*)?$")
_BEGUN = re.compile(
    r"<\|(?:box|quad|object_ref)_start\|>|<(?:ref|box|quad)>|<\|?\w*$|[(\[][-+\d\s.,]*$"
)


def _named(
    text: str, pattern: re.Pattern[str]
) -> Iterator[tuple[str, re.Match[str], str, str | None]]:
    """Each match with its label, what stands before it and, for the last, what follows it."""
    label, end = "", 0
    matches = list(pattern.finditer(text))
    for match in matches:
        before = text[end : match.start()]
        label, end = _label(before) or label, match.end()
        yield label, match, before, text[end:] if match is matches[-1] else None


def _label(before: str) -> str:
    """The name between marks, else the last words before the numbers."""
    if names := _REF.findall(before):
        return clean(names[-1])
    words = _MARK.sub(" ", before).rstrip(" \t\r\n,.;:-*[]")
    last = re.split(r"[\n;:]", words)[-1].lstrip(" \t,.-*[]")
    return clean(re.sub(r"^and\b", "", last))


_TOKENS = re.compile(r"((?:<loc\d{4}>\s*)+)(?:<seg\d{3}>\s*)*([^<;\n]*)")
_TOKEN = re.compile(r"<loc_?(\d+)>")


def paligemma(text: str) -> Drawing:
    """`<loc0205><loc0102><loc0922><loc0307> man ; …`: y before x, 1024 steps."""
    things: list[Drawn] = []
    refused: list[str] = []
    cut = False
    end = 0
    for match in _TOKENS.finditer(text):
        numbers, label, end = _tokens(match.group(1)), clean(match.group(2)), match.end()
        whole = len(numbers) // _BOX * _BOX
        for at in range(0, whole, _BOX):
            top, left, bottom, right = numbers[at : at + _BOX]
            things.append(Drawn(label=label, corners=((left, top), (right, bottom))))
        if whole < len(numbers) and not text[end:].strip() and not label:
            cut = True
        elif whole < len(numbers):
            refused.append(f"{named(label)}: expected 4 tokens, got {match.group(1).strip()}")
    return _drawing(text, things, refused, cut=cut or "<loc" in text[end:])


_RUN = re.compile(r"(?:<loc_\d+>\s*)+")


def florence_2(text: str) -> Drawing:
    """`man<loc_100><loc_200><loc_300><loc_900>`: x before y, 1000 steps.

    Four tokens are a box, eight may be two boxes of one name or one box with four corners, more
    may be a polygon. They are boxes when each four begin at the top left of where they end, which
    cannot be with the corners of one box, where the second half leads back. A box with four
    corners that breaks off after its second looks like a whole box.
    """
    things: list[Drawn] = []
    refused: list[str] = []
    cut = False
    label, end = "", 0
    for match in _RUN.finditer(text):
        before, numbers = text[end : match.start()], _tokens(match.group())
        label, end = clean(_MARK.sub(" ", before)) or label, match.end()
        found, left = _boxes_or_polygon(numbers, polygon=before.rstrip().endswith("<poly>"))
        things += [Drawn(label=label, corners=corners) for corners in found]
        if left and not text[end:].strip():
            cut = True
        elif left:
            refused.append(f"{named(label)}: expected 4 tokens, got {match.group().strip()}")
    # A name comes before its tokens: one without tokens has lost them.
    cut = cut or (end > 0 and bool(_MARK.sub(" ", text[end:]).strip()))
    return _drawing(text, things, refused, cut=cut)


def _boxes_or_polygon(
    numbers: list[float], *, polygon: bool
) -> tuple[list[tuple[Corner, ...]], int]:
    """The corners of each thing, and how many numbers are left over."""
    count, even = len(numbers), len(numbers) % 2 == 0
    fours = [numbers[at : at + _BOX] for at in range(0, count // _BOX * _BOX, _BOX)]
    boxes = all(left < right and top < bottom for left, top, right, bottom in fours)
    if polygon and even and count > _BOX:
        return [pairs(numbers)], 0
    if count == _BOX or boxes:
        return [pairs(four) for four in fours], count % _BOX
    if even and count >= _QUAD:
        return [pairs(numbers)], 0
    return [], count


_POINTS = re.compile(r"<points?\s([^<>]*)>(?:([^<>]*)</points?>)?")
_ATTRIBUTE = re.compile(r"""\b([a-z]{1,3})(\d{0,6})\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def molmo(text: str) -> Drawing:
    """`<point x="20.0" y="55.0" alt="man">man</point>`, `<points x1="…" y1="…" …>`: percent."""
    things: list[Drawn] = []
    refused: list[str] = []
    end = 0
    for match in _POINTS.finditer(text):
        end = match.end()
        alt, places = "", dict[str, dict[str, float]]()
        for name, number, one, other in _ATTRIBUTE.findall(match.group(1)):
            value = one or other
            if name == "alt":
                alt = value
            elif name in {"x", "y"} and _NUMBERS.fullmatch(value.strip()):
                places.setdefault(number, {})[name] = float(value)
        label = clean(alt or match.group(2) or "")
        whole = [place for place in places.values() if {"x", "y"} <= place.keys()]
        things += [Drawn(label=label, corners=((at["x"], at["y"]),)) for at in whole]
        if not places or len(whole) < len(places):
            refused.append(f"{named(label)}: expected x and y, got {clean(match.group(1))}")
    return _drawing(text, things, refused, cut=bool(re.search(r"<po\w*(?:\s[^<>]*)?$", text[end:])))


def _tokens(text: str) -> list[float]:
    return [float(number) for number in _TOKEN.findall(text)]


def _floats(text: str) -> list[float]:
    return [float(number) for number in _NUMBERS.findall(text)]


def _drawing(text: str, things: list[Drawn], refused: list[str], *, cut: bool) -> Drawing:
    none = not things and not refused and bool(_EMPTY.search(text))
    return Drawing(things=tuple(things), refused=tuple(refused), none=none, cut=cut)
