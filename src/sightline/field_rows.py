"""Rows of an extraction, and the events of a run that makes them. Values only."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sightline.assets import Asset
from sightline.row_schema import MISSING, RowSchema

Status = Literal["complete", "partial", "incomplete", "invalid", "failed"]
"""Every field has a value; some have none; a required one has none; a value does not fit the schema
and was left out; nothing could be made of the picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """What was extracted from one picture.

    `mark` stands for all that is known of the picture: with another mark the row is made anew.
    `values` holds the fields that were found and fit. `error` says what is missing, does not fit or
    failed; `warnings` what else must be known.
    """

    key: str
    asset: str
    mark: str
    status: Status
    values: Mapping[str, Any] = field(default_factory=dict)
    error: str = ""
    warnings: tuple[str, ...] = ()


def row_of(
    asset: Asset, schema: RowSchema, values: Mapping[str, Any], warnings: Sequence[str] = ()
) -> FieldRow:
    """The row of these values: each is kept as it came or left out, never changed into another."""
    problems = schema.problems(values)
    names = {each.name for each in schema.fields}
    unknown = [name for name in values if name not in names]
    remarks = [
        *warnings,
        *(f"left out, because the schema has no such field: {u}" for u in unknown),
    ]
    kept = {
        name: values[name]
        for name in (each.name for each in schema.fields)
        if values.get(name) is not None and name not in problems
    }
    status: Status = "complete" if len(kept) == len(names) else "partial"
    if problems:
        status = "incomplete" if set(problems.values()) == {MISSING} else "invalid"
    return FieldRow(
        key=asset.key,
        asset=asset.id,
        mark=mark_of(asset),
        status=status,
        values=kept,
        error=told(problems),
        warnings=tuple(dict.fromkeys(remarks)),
    )


def told(problems: Mapping[str, str]) -> str:
    """What does not fit a schema, in one line."""
    missing = [name for name, why in problems.items() if why == MISSING]
    others = [f"{name}: {why}" if name else why for name, why in problems.items() if why != MISSING]
    return "; ".join([*([f"{MISSING}: {', '.join(missing)}"] if missing else []), *others])


def failed_row(asset: Asset, error: str) -> FieldRow:
    """The row of a picture of which nothing could be made."""
    return FieldRow(
        key=asset.key, asset=asset.id, mark=mark_of(asset), status="failed", error=error
    )


def mark_of(asset: Asset) -> str:
    """16 hexadecimal digits that change with the picture and with what is known of it."""
    known = [
        asset.sha256,
        asset.description,
        None if asset.reading is None else asset.reading.text,
        [tag.name for tag in asset.tags],
    ]
    return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Chosen:
    """First event: how many pictures there are."""

    total: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An earlier run made this row, and nothing has changed since."""

    row: FieldRow


@dataclass(frozen=True, slots=True)
class Extracted:
    """A row was made, and is in the journal."""

    row: FieldRow


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing could be made of a picture; the others go on. The row says why."""

    row: FieldRow


@dataclass(frozen=True, slots=True)
class Gone:
    """The picture left the index while the run went on."""

    asset: str


ExtractionEvent = Chosen | Kept | Extracted | Failed | Gone


@dataclass(slots=True)
class Tally:
    """The fold over the events of a run."""

    total: int = 0
    kept: int = 0
    gone: int = 0
    rows: dict[Status, int] = field(default_factory=dict)
    troubled: list[FieldRow] = field(default_factory=list)

    def count(self, event: ExtractionEvent) -> None:
        """Take one event in."""
        match event:
            case Chosen():
                self.total = event.total
            case Gone():
                self.gone += 1
            case Kept() | Extracted() | Failed():
                self.kept += isinstance(event, Kept)
                self.rows[event.row.status] = self.rows.get(event.row.status, 0) + 1
                if event.row.status not in {"complete", "partial"}:
                    self.troubled.append(event.row)

    @property
    def done(self) -> int:
        """Pictures that are dealt with."""
        return self.gone + sum(self.rows.values())
