"""`metadata*.json`: descriptions of the pictures of a source.

The rules are those of the retired service (image data from a blob container): a JSON array of
`{"image_blob_path": "tents/x200.jpg", "description": "…"}`, several files allowed, at most 10,000
entries in each; the file's name starts with lower-case `metadata` and holds no blank.
`image_path`, which the official samples used, is accepted too. A file that breaks the rules is
reported with its place and gives no description; the pictures are indexed all the same.
"""

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from sightline.errors import UnreadableMetadata
from sightline.sources.base import SourceProblem
from sightline.untrusted import storable

MAX_ENTRIES = 10_000
WITHOUT_PICTURE = "description_without_picture"
"""The code of a problem: a description of a picture that is not there."""

MAX_BYTES = 32 * 1024 * 1024
PATH_FIELDS = ("image_blob_path", "image_path")


@dataclass(frozen=True, kw_only=True)
class Descriptions:
    """What the metadata files of a source say.

    `complete` is False when a file could not be read: a picture without a description here may
    have one there, so what an index already knows must not be wiped.
    """

    by_path: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[SourceProblem, ...] = ()
    complete: bool = True

    def of(self, key: str) -> str | None:
        """The description of a picture, None when no file speaks of it."""
        return next((self.by_path[path] for path in _spellings(key) if path in self.by_path), None)

    def without_picture(self, keys: Iterable[str]) -> list[SourceProblem]:
        """Descriptions whose picture is not in the source."""
        there = {path for key in keys for path in _spellings(key)}
        return [
            SourceProblem(
                path,
                WITHOUT_PICTURE,
                f"A metadata file describes {path!r}, but the source has no such picture.",
            )
            for path in self.by_path
            if path not in there
        ]


def is_metadata_name(name: str) -> bool:
    """Whether a file at the top of a source is a metadata file by the rules."""
    return name.startswith("metadata") and name.endswith(".json") and " " not in name


def read_descriptions(files: Iterable[tuple[str, bytes | UnreadableMetadata]]) -> Descriptions:
    """The descriptions of all metadata files, given as (name, content), in order of name.

    Content may be the error of an attempt to read the file. Where two entries describe one
    picture differently the first is kept and the other reported.
    """
    by_path: dict[str, str] = {}
    problems: list[SourceProblem] = []
    complete = True
    for name, content in files:
        try:
            if isinstance(content, UnreadableMetadata):
                raise content
            entries = _entries(name, content)
        except UnreadableMetadata as error:
            problems.append(SourceProblem(name, error.code, str(error)))
            complete = False
            continue
        for row, entry in enumerate(entries, start=1):
            try:
                path, description = _entry(name, row, entry)
            except UnreadableMetadata as error:
                problems.append(SourceProblem(name, error.code, str(error)))
                continue
            if by_path.setdefault(path, description) != description:
                problems.append(
                    SourceProblem(
                        name,
                        "described_twice",
                        f"{name}, entry {row}: {path!r} is described already, in other words; "
                        "the first description was kept.",
                    )
                )
    return Descriptions(by_path=by_path, problems=tuple(problems), complete=complete)


def too_large(name: str, size: int) -> UnreadableMetadata:
    """The error for a metadata file above `MAX_BYTES`."""
    return UnreadableMetadata(
        f"{name}: expected at most {MAX_BYTES // 2**20} MiB, got {size / 2**20:.1f} MiB.",
        hint="Split it into several files whose names start with 'metadata'.",
    )


def _entries(name: str, content: bytes) -> list[Any]:
    if len(content) > MAX_BYTES:
        raise too_large(name, len(content))
    try:
        entries = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        raise UnreadableMetadata(
            f"{name}, row {row}, column {column}: expected UTF-8, got byte "
            f"{content[error.start]:#04x}.",
            hint="Save the file as UTF-8.",
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableMetadata(
            f"{name}, row {error.lineno}, column {error.colno}: expected JSON, but {error.msg}."
        ) from error
    except (RecursionError, ValueError) as error:  # too many levels, a number of 5,000 digits
        raise UnreadableMetadata(f"{name}: expected a flat array of objects: {error}.") from error
    if not isinstance(entries, list):
        raise UnreadableMetadata(
            f"{name}: expected an array of objects, got {_kind(entries)}.",
            hint='The form is [{"image_blob_path": "a.jpg", "description": "…"}].',
        )
    if len(entries) > MAX_ENTRIES:
        raise UnreadableMetadata(
            f"{name}: expected at most {MAX_ENTRIES:,} entries, got {len(entries):,}.",
            hint="Split it into several files whose names start with 'metadata'.",
        )
    return entries


def _entry(name: str, row: int, entry: object) -> tuple[str, str]:
    if not isinstance(entry, dict):
        raise UnreadableMetadata(f"{name}, entry {row}: expected an object, got {_kind(entry)}.")
    path_field = next((field for field in PATH_FIELDS if field in entry), PATH_FIELDS[0])
    path = entry.get(path_field)
    if not isinstance(path, str) or not path.strip():
        raise UnreadableMetadata(
            f"{name}, entry {row}, field {path_field!r}: expected the path of a picture, "
            f"got {_kind(path)}."
        )
    comparable = _comparable(path)
    if ".." in comparable.split("/"):
        raise UnreadableMetadata(
            f"{name}, entry {row}, field {path_field!r}: expected a path inside the source, "
            f"got {path!r}."
        )
    description = entry.get("description")
    if description is not None and not isinstance(description, str):
        raise UnreadableMetadata(
            f"{name}, entry {row}, field 'description': expected a string, "
            f"got {_kind(description)}."
        )
    return storable(comparable), storable(description or "").strip()


def _comparable(path: str) -> str:
    """One spelling for one path: forward slashes, no leading './', composed Unicode."""
    plain = unicodedata.normalize("NFC", path.replace("\\", "/"))
    return plain.removeprefix("./").lstrip("/")


def _spellings(key: str) -> tuple[str, str]:
    """How a metadata file may write a key: as it is, or as the path of a URL."""
    plain = _comparable(key)
    return plain, quote(plain)


def _kind(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case str():
            return "a string" if value.strip() else "an empty string"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case _:
            return "an object"
