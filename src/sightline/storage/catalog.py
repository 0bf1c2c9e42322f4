"""The catalog: the records of a workspace that are not indexes, in one database.

SQLite beside the indexes today; every statement is portable, so that a PostgreSQL address can take
its place when several servers share one workspace. Opening it brings its schema up to date.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from sightline.errors import Unavailable
from sightline.storage.migrations import HEAD
from sightline.storage.records import CATALOG_FILE

STEPS = Path(__file__).parent / "migrations"

PATIENCE = 30
"""Seconds to wait for another process that writes; no transaction of ours takes as many
milliseconds, so only a stopped machine gets there."""


class Catalog:
    """An open database. Any number of threads and processes may have it open."""

    def __init__(self, url: str | URL) -> None:
        """Connect, and bring the schema up to date. Raises Unavailable."""
        self._url = make_url(url)
        self._lite = self._url.get_backend_name() == "sqlite"
        self._engine = create_engine(
            self._url, connect_args={"timeout": PATIENCE} if self._lite else {}
        )
        if self._lite:
            _transactions_of_our_own(self._engine)
        self._for_writing = self._engine.execution_options(begin="IMMEDIATE")
        try:
            with self._alone():
                self._prepare()
        except BaseException:
            self.close()
            raise

    @classmethod
    def of(cls, workspace: Path) -> "Catalog":
        """The catalog of a workspace folder; made when missing. Raises Unavailable."""
        try:
            workspace.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"The folder {str(workspace)!r} cannot be made: {error.strerror}.",
                hint="Choose another workspace, or make the folder writable.",
            ) from error
        return cls(URL.create("sqlite", database=str(workspace / CATALOG_FILE)))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent look. Raises Unavailable."""
        with self._faults(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction, committed at the end of the block. Raises Unavailable.

        It is a writer from its first statement on: what it reads stays true until it ends.
        """
        with self._faults(), self._for_writing.begin() as connection:
            yield connection

    def clear(self) -> None:
        """Write the file anew: no byte of what was deleted stays in it or in its log.

        Raises Unavailable when somebody else reads or writes all the while.
        """
        if not self._lite:
            return
        with self._faults():
            # On the bare connection: it cannot be done inside a transaction.
            raw = self._engine.raw_connection()
            try:
                raw.cursor().execute("VACUUM")
                checkpoint = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
                waited_in_vain, *_ = checkpoint.fetchone()
            finally:
                raw.close()
        if waited_in_vain:
            raise Unavailable(
                f"What was deleted from {self._place} is still in its log: it is being read.",
                hint="Do it again when nothing else uses the workspace.",
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    def _prepare(self) -> None:
        if self._lite:
            with self._faults():
                # On the bare connection: inside a transaction the mode cannot change.
                raw = self._engine.raw_connection()
                raw.cursor().execute("PRAGMA journal_mode=WAL")
                raw.close()
        with self.writing() as connection:
            if _version(connection) != HEAD:
                self._upgrade(connection)

    def _upgrade(self, connection: Connection) -> None:
        from alembic import command  # noqa: PLC0415 (half a second, and seldom needed)
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise Unavailable(
                f"The catalog {self._place} has a schema that this version does not know: {error}.",
                hint="It was made by a newer Sightline; install that one.",
            ) from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one process at a time prepares a file: changing the journal mode does not wait."""
        if not self._lite or not self._url.database:
            yield
            return
        try:
            file = os.open(f"{self._url.database}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        except OSError as error:
            raise Unavailable(f"{self._place} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except (DBAPIError, sqlite3.Error) as error:
            why = error.orig if isinstance(error, DBAPIError) else error
            raise Unavailable(
                f"The catalog {self._place} cannot be used: {why}.",
                hint="Is the disk full, or the file damaged or not writable?",
            ) from error

    @property
    def _place(self) -> str:
        return self._url.render_as_string(hide_password=True)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(
        text("SELECT version_num FROM alembic_version")
    ).scalar()
    return version


def _transactions_of_our_own(engine: Engine) -> None:
    """Transactions begin when SQLAlchemy says so, and a writing one takes the right to it at once.

    Python's driver begins them late, and only for some statements.
    """

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: object) -> None:  # noqa: ANN401 (a DBAPI connection)
        raw.isolation_level = None
        raw.execute("PRAGMA foreign_keys=ON")
        raw.execute("PRAGMA synchronous=NORMAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")
