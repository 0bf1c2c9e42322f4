"""API keys: how they are made, what each opens, and whose a key is.

Keys are random, 256 bits of them, so a plain SHA-256 keeps them safe: there is nothing to guess.
Records are looked up in the catalog again and again, so that a key that was made or revoked is so
in a server that runs, whichever process did it.
"""

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from sightline.audit import AuditLog
from sightline.errors import InvalidRequest, Unavailable
from sightline.storage.records import CATALOG_FILE, KeyRecord

if TYPE_CHECKING:
    from sightline.storage.keys import KeyRecords

log = logging.getLogger("sightline.access")

Scope = Literal["read", "chat", "ingest", "admin"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
"""`read`: look at indexes and pictures, search. `chat`: ask the models. `ingest`: bring pictures
in, change what is said of them, take them out. `admin`: everything."""

LONGEST_LIFE: Final = 3650
"""Days."""

LOOK_AGAIN: Final = 1.0
"""Seconds for which the records are known; a key that is not known is looked up at once."""

NOTE_AGAIN: Final = timedelta(minutes=1)
"""How exactly it is known when a key was last used."""

PREFIX: Final = "sl_"
"""How every key begins, for programs that look for secrets where none should be."""


class Access:
    """The keys of a workspace. Calls from any thread."""

    def __init__(self, workspace: Path, audit: AuditLog) -> None:
        self._workspace = workspace
        self._audit = audit
        self._looking = RLock()
        self._looked = -LOOK_AGAIN
        self._known: list[KeyRecord] = []
        self._noted: dict[str, datetime] = {}

    def create(
        self, name: str, scopes: Collection[str], *, days: int | None = None, by: str
    ) -> tuple[KeyRecord, str]:
        """A new key and its record; the key itself is nowhere but in what is returned.

        `days`: how long it is good for, for ever if None. `by`: who wants it. Raises
        InvalidRequest, and AlreadyExists for a name that is taken.
        """
        check_new(name, scopes, days)
        key = PREFIX + secrets.token_urlsafe(32)
        now = datetime.now(UTC)
        record = KeyRecord(
            name=name,
            sha256=_sha256(key),
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            created_at=now,
            expires_at=None if days is None else now + timedelta(days=days),
        )
        self._records.add(record)
        self.look()
        self._audit.write("key_created", by, key=name, scopes=record.scopes, days=days)
        return record, key

    def revoke(self, name: str, *, by: str) -> None:
        """Make a key worthless: here at once, in servers that run a second later.

        Raises UnknownKey.
        """
        self._records.remove(name)
        self.look()
        self._audit.write("key_revoked", by, key=name)

    def all(self) -> list[KeyRecord]:
        """All records by name, those of expired keys among them. Raises Unavailable."""
        self.look()
        return list(self._known)

    @property
    def possible(self) -> bool:
        """Whether there is a key that opens anything. Raises Unavailable."""
        return any(not record.expired(datetime.now(UTC)) for record in self.all())

    @property
    def stale(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self._looked >= LOOK_AGAIN

    def look(self, *, now: bool = True) -> None:
        """Learn the records anew; with `now` False only if it is time. Raises Unavailable."""
        with self._looking:
            if not (now or self.stale):
                return
            # A workspace without a catalog has no keys, and gets none by looking.
            there = "_opened" in self.__dict__ or (self._workspace / CATALOG_FILE).exists()
            self._known = self._records.all() if there else []
            self._looked = time.monotonic()

    def holder(self, key: str) -> KeyRecord | None:
        """Whose key it is, among the records that are known; None for nobody's."""
        return self.bearer(_sha256(key))

    def bearer(self, sha256: str) -> KeyRecord | None:
        """The same by the hash of a key."""
        now = datetime.now(UTC)
        # All are compared, each in constant time: how long it takes tells nothing of any hash.
        fitting = [one for one in self._known if hmac.compare_digest(one.sha256, sha256)]
        return next((one for one in fitting if not one.expired(now)), None)

    def unnoted(self, record: KeyRecord) -> bool:
        """Whether it is time to note that a key was used."""
        last = self._noted.get(record.sha256) or record.last_used_at
        return last is None or datetime.now(UTC) - last >= NOTE_AGAIN

    def note(self, record: KeyRecord) -> None:
        """Note that a key was used; a catalog that cannot be written keeps nobody out."""
        now = datetime.now(UTC)
        self._noted[record.sha256] = now
        try:
            self._records.used(record.name, now)
        except Unavailable as error:
            log.warning("when %r was used cannot be noted: %s", record.name, error)

    def close(self) -> None:
        """Let go of the catalog."""
        with self._looking:
            if "_opened" in self.__dict__:
                self._opened.close()
                del self._opened

    @property
    def _records(self) -> "KeyRecords":
        with self._looking:
            return self._opened

    @cached_property
    def _opened(self) -> "KeyRecords":
        from sightline.storage.catalog import Catalog  # noqa: PLC0415 (heavy)
        from sightline.storage.keys import KeyRecords  # noqa: PLC0415

        return KeyRecords(Catalog.of(self._workspace))


def check_new(name: str, scopes: Collection[str], days: int | None) -> None:
    """Raises InvalidRequest for what no key can have."""
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,63}", name, re.ASCII):
        raise InvalidRequest(
            f"name: expected letters, digits, `_`, `.` and `-`, at most 64, got {name[:80]!r}.",
            param="name",
        )
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        got = ", ".join(map(repr, unknown)) or "none"
        raise InvalidRequest(
            f"scopes: expected some of {', '.join(SCOPES)}, got {got}.", param="scopes"
        )
    if days is not None and not 1 <= days <= LONGEST_LIFE:
        raise InvalidRequest(
            f"expires_days: expected 1 to {LONGEST_LIFE} days, got {days}.", param="expires_days"
        )


def key_json(record: KeyRecord) -> dict[str, Any]:
    """What may be shown of a key: all but the hash of it."""

    def written(at: datetime | None) -> str | None:
        return at.isoformat(timespec="seconds") if at else None

    return {
        "name": record.name,
        "scopes": list(record.scopes),
        "created_at": written(record.created_at),
        "last_used_at": written(record.last_used_at),
        "expires_at": written(record.expires_at),
        "expired": record.expired(datetime.now(UTC)),
    }


def _sha256(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()
