"""What engines found on pictures, by the picture's content, the engine and what it was asked.

A memory, not a record: it holds `MOST` findings and lets go of the oldest. It is written into the
workspace's catalog, or only held by the process.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

from sqlalchemy import delete, func, insert, select

from sightline.assets import Pixels
from sightline.storage.catalog import Catalog
from sightline.storage.tables import findings

MOST = 20_000
"""Findings that are kept: some kilobytes each."""

MOST_HELD = 1_000
"""The same of a process that holds them."""

_AT_ONCE = 20  # a part in so many is let go of together, so that it is done seldom


class Findings:
    """The memory of one workspace. Calls from any thread."""

    def __init__(self, catalog: Catalog, *, most: int = MOST) -> None:
        self._catalog = catalog
        self._most = most

    def get(self, picture: str, engine: str, options: str) -> str | None:
        """What was kept under these; None when nothing was. Raises Unavailable."""
        query = select(findings.c.found).where(
            findings.c.picture == picture,
            findings.c.engine == engine,
            findings.c.options == options,
        )
        with self._catalog.reading() as connection:
            found: str | None = connection.execute(query).scalar()
            return found

    def keep(self, picture: str, engine: str, options: str, found: str) -> None:
        """Keep what was found, in place of what is there. Raises Unavailable."""
        key = {"picture": picture, "engine": engine, "options": options}
        with self._catalog.writing() as connection:
            connection.execute(
                delete(findings).where(*(findings.c[name] == value for name, value in key.items()))
            )
            connection.execute(
                insert(findings).values(**key, found=found, kept_at=datetime.now(UTC))
            )
            count: int = connection.execute(select(func.count()).select_from(findings)).scalar_one()
            if count > self._most:
                oldest = (
                    select(findings.c.kept_at)
                    .order_by(findings.c.kept_at)
                    .offset(count - self._most + self._most // _AT_ONCE)
                    .limit(1)
                )
                before = connection.execute(oldest).scalar_one()
                connection.execute(delete(findings).where(findings.c.kept_at < before))

    def forget(self) -> int:
        """Let go of all, and clear the catalog's files of them; how many. Raises Unavailable."""
        with self._catalog.writing() as connection:
            count = connection.execute(delete(findings)).rowcount
        self._catalog.clear()
        return count

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()


class HeldFindings:
    """The same for one process: nothing is written anywhere. Calls from any thread."""

    def __init__(self, *, most: int = MOST_HELD) -> None:
        self._most = most
        self._lock = Lock()
        self._found: dict[tuple[str, str, str], str] = {}

    def get(self, picture: str, engine: str, options: str) -> str | None:
        """What was kept under these; None when nothing was."""
        with self._lock:
            return self._found.get((picture, engine, options))

    def keep(self, picture: str, engine: str, options: str, found: str) -> None:
        """Keep what was found, in place of what is there."""
        key = (picture, engine, options)
        with self._lock:
            self._found.pop(key, None)
            self._found[key] = found
            if len(self._found) > self._most:
                del self._found[next(iter(self._found))]

    def close(self) -> None:
        """Let go of all."""
        self._found.clear()


def picture_mark(picture: Pixels) -> str:
    """What tells the content of a picture from any other: SHA-256 of its shape and pixels."""
    mark = sha256(str(picture.shape).encode())
    mark.update(picture.tobytes())
    return mark.hexdigest()


def options_mark(options: Sequence[str]) -> str:
    """The same for what an engine was asked, in this order; empty for nothing."""
    return sha256(json.dumps(list(options)).encode()).hexdigest() if options else ""
