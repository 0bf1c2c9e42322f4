"""Records of API keys."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from sightline.errors import AlreadyExists, UnknownKey
from sightline.storage.catalog import Catalog
from sightline.storage.records import KeyRecord
from sightline.storage.tables import keys


class KeyRecords:
    """The records of a workspace. Calls from any thread."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def all(self) -> list[KeyRecord]:
        """All by name. Raises Unavailable."""
        with self._catalog.reading() as connection:
            rows = connection.execute(select(keys).order_by(keys.c.name)).mappings()
            return [KeyRecord(**{**row, "scopes": tuple(row["scopes"].split())}) for row in rows]

    def add(self, record: KeyRecord) -> None:
        """Keep a record. Raises AlreadyExists when its name is taken."""
        row = asdict(record) | {"scopes": " ".join(record.scopes)}
        try:
            with self._catalog.writing() as connection:
                connection.execute(insert(keys).values(row))
        except IntegrityError as error:
            raise AlreadyExists(
                f"There is a key {record.name!r} already.",
                hint=f"Choose another name, or revoke it: `sightline keys revoke {record.name}`.",
                param="name",
            ) from error

    def remove(self, name: str) -> None:
        """Forget one. Raises UnknownKey."""
        with self._catalog.writing() as connection:
            if not connection.execute(delete(keys).where(keys.c.name == name)).rowcount:
                raise UnknownKey(
                    f"There is no key {name!r}.", hint="`sightline keys list` has them all."
                )

    def used(self, name: str, at: datetime) -> None:
        """Note when one was used; one that is gone by now stays so."""
        with self._catalog.writing() as connection:
            connection.execute(update(keys).where(keys.c.name == name).values(last_used_at=at))

    def close(self) -> None:
        """Let go of the catalog."""
        self._catalog.close()
