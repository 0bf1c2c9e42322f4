"""Values as literals of SQL: whatever they hold, they stay data."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

from sightline.index.words import plain

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def one_of(column: str, values: Collection[str]) -> str:
    """A condition: the column holds one of the values (at least one)."""
    return f"{column} IN ({', '.join(quoted(value) for value in values)})"


def quoted(text: str) -> str:
    """A text as an SQL literal: only the quote itself has a meaning inside one."""
    return "'" + plain(text).replace("'", "''") + "'"


def utc(time: datetime) -> datetime:
    """A time as indexes store it: UTC; one without a zone counts as UTC."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def moment_literal(time: datetime) -> str:
    """A time as an SQL literal."""
    return f"to_timestamp_micros({(utc(time) - _EPOCH) // _MICROSECOND})"
