"""The truth files of a labelled folder, read and checked: their form is in `docs/evaluation.md`.

Every problem is an UnreadableMetadata that names the file, the entry and the field.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sightline.errors import UnreadableMetadata
from sightline.geometry import Box, upright

IMAGES = "rag/images"
"""The folder that is indexed; right answers lie in it."""

Verdict = Literal["accept", "reject", "either"]

_VERDICTS: tuple[Verdict, ...] = ("accept", "reject", "either")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageQuery:
    """A picture to ask with; `relevant` are keys below the indexed folder.

    `relevant_coarse`: also the same kind of thing; empty when nothing is said about that.
    """

    id: str
    set: str
    picture: Path
    relevant: frozenset[str]
    relevant_coarse: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextQuery:
    """Words to ask with; `needs` says what can answer: the picture, its description, or both."""

    id: str
    text: str
    relevant: frozenset[str]
    needs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureText:
    """The text on a picture: its lines, and values that a form or receipt names."""

    picture: Path
    kind: str
    lines: tuple[str, ...]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueBox:
    """A thing and where it is on the upright picture."""

    label: str
    box: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureBoxes:
    """The things on a picture; `complete` when every thing of the set's labels has its box."""

    picture: Path
    set: str
    boxes: tuple[TrueBox, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question about a picture or a video; right when each group of `must` is in the answer."""

    id: str
    picture: Path | None
    video: Path | None
    needs: str
    question: str
    must: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentQuery:
    """A description, and when it is true of a video; no interval: it never is."""

    id: str
    video: Path
    text: str
    intervals: tuple[tuple[float, float], ...]

    def holds(self, seconds: float, wider: float) -> bool:
        """Whether that second lies in an interval, each made wider by so much at both ends."""
        return any(start - wider <= seconds <= end + wider for start, end in self.intervals)


@dataclass(frozen=True, slots=True, kw_only=True)
class OddFile:
    """A broken or odd file and what should become of it."""

    file: Path
    kind: str
    expected: Verdict


def image_queries(dataset: Path) -> list[ImageQuery]:
    """From `rag/queries.json`."""
    return [
        ImageQuery(
            id=entry.text("id"),
            set=entry.text("set"),
            picture=entry.file("query_image"),
            relevant=entry.keys("relevant"),
            relevant_coarse=entry.keys("relevant_coarse", needed=False),
        )
        for entry in _entries(dataset, "rag/queries.json", "image_queries")
    ]


def text_queries(dataset: Path) -> list[TextQuery]:
    """From `rag/queries.json`."""
    return [
        TextQuery(
            id=entry.text("id"),
            text=entry.text("text"),
            relevant=entry.keys("relevant"),
            needs=entry.text("needs"),
        )
        for entry in _entries(dataset, "rag/queries.json", "text_queries")
    ]


def picture_texts(dataset: Path) -> list[PictureText]:
    """From `ocr/truth.json`."""
    return [
        PictureText(
            picture=entry.file("image"),
            kind=entry.text("kind"),
            lines=entry.lines(),
            fields=entry.fields(),
        )
        for entry in _entries(dataset, "ocr/truth.json")
    ]


def picture_boxes(dataset: Path) -> list[PictureBoxes]:
    """From `grounding/truth.json`."""
    return [
        PictureBoxes(
            picture=entry.file("image"),
            set=entry.text("set"),
            boxes=entry.boxes(),
            complete=entry.flag("labels_complete"),
        )
        for entry in _entries(dataset, "grounding/truth.json")
    ]


def questions(dataset: Path) -> list[Question]:
    """From `chat/questions.json`."""
    return [
        Question(
            id=entry.text("id"),
            picture=entry.file("image") if "image" in entry.values else None,
            video=entry.file("video") if "video" in entry.values else None,
            needs=entry.text("needs"),
            question=entry.text("question"),
            must=entry.groups("must"),
        )
        for entry in _entries(dataset, "chat/questions.json")
    ]


def moment_queries(dataset: Path) -> list[MomentQuery]:
    """From `video/truth.json`."""
    return [
        MomentQuery(
            id=query.text("id"),
            video=entry.file("video"),
            text=query.text("text"),
            intervals=query.intervals(),
        )
        for entry in _entries(dataset, "video/truth.json")
        for query in entry.parts("queries")
    ]


def odd_files(dataset: Path) -> list[OddFile]:
    """From `bad/truth.json`."""
    return [
        OddFile(
            file=entry.file("file"), kind=entry.text("kind"), expected=entry.verdict("expected")
        )
        for entry in _entries(dataset, "bad/truth.json")
    ]


@dataclass(frozen=True, slots=True)
class _Entry:
    """One object of a truth file; each method takes a field of it, checked."""

    dataset: Path
    where: str
    values: dict[str, Any]

    def text(self, field: str) -> str:
        value = self.values.get(field)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field, "some text", value)
        return value

    def file(self, field: str) -> Path:
        name = self.text(field)
        path = self.dataset / name
        if not path.is_file():
            raise self.wrong(field, f"a file below {str(self.dataset)!r}", name)
        return path

    def keys(self, field: str, *, needed: bool = True) -> frozenset[str]:
        names = self.strings(field) if needed or field in self.values else ()
        if needed and not names:
            raise self.wrong(field, "at least one picture", names)
        for name in names:
            if not name.startswith(f"{IMAGES}/") or not (self.dataset / name).is_file():
                raise self.wrong(field, f"pictures in {IMAGES}/", name)
        return frozenset(name.removeprefix(f"{IMAGES}/") for name in names)

    def strings(self, field: str) -> tuple[str, ...]:
        return self._strings(field, self.values.get(field))

    def groups(self, field: str) -> tuple[tuple[str, ...], ...]:
        groups = self.values.get(field)
        if not isinstance(groups, list) or not groups:
            raise self.wrong(field, "a list of groups", groups)
        return tuple(self._strings(field, group) for group in groups)

    def lines(self) -> tuple[str, ...]:
        lines = self.values.get("lines", [])
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise self.wrong("lines", "a list of objects with a 'text'", lines)
        return self._strings("lines", [line.get("text") for line in lines])

    def fields(self) -> dict[str, str]:
        fields = self.values.get("fields", {})
        if not isinstance(fields, dict):
            raise self.wrong("fields", "an object of names and values", fields)
        return dict(zip(fields, self._strings("fields", list(fields.values())), strict=True))

    def number(self, values: dict[str, Any], field: str) -> float:
        value = values.get(field)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(field, "a number", value)
        return float(value)

    def parts(self, field: str) -> list["_Entry"]:
        parts = self.values.get(field)
        if not isinstance(parts, list):
            raise self.wrong(field, "a list of objects", parts)
        return list(_objects(self.dataset, f"{self.where}, {field}", parts))

    def intervals(self) -> tuple[tuple[float, float], ...]:
        given = self.values.get("intervals")
        intervals: list[tuple[float, float]] = []
        for pair in given if isinstance(given, list) else [None]:
            match pair:
                case [int() | float() as start, int() | float() as end] if start <= end:
                    intervals.append((float(start), float(end)))
                case _:
                    raise self.wrong("intervals", "a list of pairs of seconds", given)
        return tuple(intervals)

    def flag(self, field: str) -> bool:
        """False when it is missing."""
        value = self.values.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false", value)
        return value

    def boxes(self) -> tuple[TrueBox, ...]:
        """Pixels of the picture as it is stored, turned upright and to 0..1."""
        boxes = self.values.get("boxes")
        if not isinstance(boxes, list) or not all(isinstance(box, dict) for box in boxes):
            raise self.wrong("boxes", "a list of objects", boxes)
        width, height = self.number(self.values, "width"), self.number(self.values, "height")
        orientation = self.values.get("exif_orientation", 1)
        if orientation not in range(1, 9):
            raise self.wrong("exif_orientation", "a number from 1 to 8", orientation)
        found = []
        for box in boxes:
            x, y, w, h = (self.number(box, side) for side in "xywh")
            if not (w > 0 and h > 0 and width > 0 and height > 0):
                raise self.wrong("boxes", "boxes and pictures with a size", box)
            if not (-w < x < width and -h < y < height):
                raise self.wrong("boxes", "boxes on the picture", box)
            stored = Box(
                left=x / width, top=y / height, right=(x + w) / width, bottom=(y + h) / height
            )
            label = _Entry(self.dataset, f"{self.where}, boxes", box).text("label")
            found.append(TrueBox(label=label, box=upright(stored, orientation)))
        return tuple(found)

    def verdict(self, field: str) -> Verdict:
        value = self.text(field)
        for verdict in _VERDICTS:
            if value == verdict:
                return verdict
        raise self.wrong(field, "one of 'accept', 'reject' and 'either'", value)

    def wrong(self, field: str, expected: str, got: object) -> UnreadableMetadata:
        shown = repr(got)
        return UnreadableMetadata(
            f"{self.where}: expected {expected} in {field!r}, "
            f"got {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '…'}."
        )

    def _strings(self, field: str, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(field, "a list of texts", value)
        return tuple(value)


_SHOWN = 80


def _entries(dataset: Path, name: str, part: str | None = None) -> Iterator[_Entry]:
    """The objects of the list in a file, or of its list `part` (which may be missing)."""
    path = dataset / name
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UnreadableMetadata(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise UnreadableMetadata(f"{path} is not JSON: {error}.") from error
    if part is not None:
        if not isinstance(content, dict):
            raise UnreadableMetadata(f"{path}: expected an object, got {_kind(content)}.")
        content, name = content.get(part, []), f"{name}, {part}"
    if not isinstance(content, list):
        raise UnreadableMetadata(f"{dataset / name}: expected a list, got {_kind(content)}.")
    return _objects(dataset, name, content)


def _objects(dataset: Path, name: str, content: Sequence[object]) -> Iterator[_Entry]:
    for number, values in enumerate(content, start=1):
        where = f"{name}, entry {number}"
        if not isinstance(values, dict):
            raise UnreadableMetadata(f"{where}: expected an object, got {_kind(values)}.")
        called = (
            values.get("id") or values.get("image") or values.get("file") or values.get("video")
        )
        yield _Entry(dataset, f"{where} ({called})" if called else where, values)


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", type(None): "null"}
    return kinds.get(type(value), repr(value))
