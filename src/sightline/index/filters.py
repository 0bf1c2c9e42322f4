"""A `Where` as a condition: SQL for a table, a predicate for values in memory."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from sightline.assets import Asset, Where
from sightline.index.words import plain, tag_names

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def sql_of(where: Where | None) -> str | None:
    """The condition as SQL; None when nothing is filtered. Values are data, whatever they hold."""
    if where is None:
        return None
    parts: list[str] = []
    if where.source is not None:
        parts.append(f"source = {quoted(where.source)}")
    if where.key_prefix:
        parts.append(f"starts_with(key, {quoted(where.key_prefix)})")
    if where.tag is not None:
        parts.append(f"array_has(tag_names, {quoted(where.tag.casefold())})")
    if where.taken_from is not None:
        parts.append(f"taken_at >= {_moment(where.taken_from)}")
    if where.taken_until is not None:
        parts.append(f"taken_at <= {_moment(where.taken_until)}")
    return " AND ".join(parts) or None


def fits(asset: Asset, where: Where | None) -> bool:
    """Whether the condition holds for an asset."""
    if where is None:
        return True
    taken = None if asset.taken_at is None else utc(asset.taken_at)
    return (
        (where.source is None or asset.source == where.source)
        and (not where.key_prefix or asset.key.startswith(where.key_prefix))
        and (where.tag is None or where.tag.casefold() in tag_names(asset))
        and (where.taken_from is None or (taken is not None and taken >= utc(where.taken_from)))
        and (where.taken_until is None or (taken is not None and taken <= utc(where.taken_until)))
    )


def one_of(column: str, values: Collection[str]) -> str:
    """A condition: the column holds one of the values (at least one)."""
    return f"{column} IN ({', '.join(quoted(value) for value in values)})"


def quoted(text: str) -> str:
    """A text as an SQL literal: only the quote itself has a meaning inside one."""
    return "'" + plain(text).replace("'", "''") + "'"


def utc(time: datetime) -> datetime:
    """A time as indexes store it: UTC; one without a zone counts as UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _moment(time: datetime) -> str:
    return f"to_timestamp_micros({(utc(time) - _EPOCH) // _MICROSECOND})"
