"""Records of API keys in the catalog."""

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from sightline.errors import AlreadyExists, UnknownKey
from sightline.storage.catalog import STEPS, Catalog
from sightline.storage.keys import KeyRecords
from sightline.storage.records import CATALOG_FILE, KeyRecord
from sightline.storage.tables import metadata

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def records(catalog: Catalog) -> KeyRecords:
    return KeyRecords(catalog)


def key(name: str, sha256: str = "") -> KeyRecord:
    return KeyRecord(
        name=name,
        sha256=sha256 or name * 8,
        scopes=("read", "chat"),
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )


def test_what_is_kept_is_what_is_found(records: KeyRecords):
    for name in ("b", "a"):
        records.add(key(name))
    assert records.all() == [key("a"), key("b")]


def test_a_name_is_taken_once(records: KeyRecords):
    records.add(key("laptop"))
    with pytest.raises(AlreadyExists, match="'laptop' already"):
        records.add(key("laptop", "another"))
    assert records.all() == [key("laptop")]


def test_one_that_is_removed_is_gone(records: KeyRecords):
    records.add(key("laptop"))
    records.remove("laptop")
    assert records.all() == []
    with pytest.raises(UnknownKey, match="'laptop'"):
        records.remove("laptop")


def test_when_it_was_used_is_noted(records: KeyRecords):
    records.add(key("laptop"))
    records.used("laptop", NOON)
    records.used("gone", NOON)
    assert [one.last_used_at for one in records.all()] == [NOON]


def test_one_expires_at_its_moment():
    assert not key("a").expired(NOON + timedelta(hours=23))
    assert key("a").expired(NOON + timedelta(days=1))


def test_a_catalog_of_the_step_before_keeps_its_rows(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / CATALOG_FILE}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS))
        command.upgrade(config, "0006")
        connection.execute(text("INSERT INTO uploads VALUES ('u', '2026-01-01 00:00:00.0')"))
    engine.dispose()

    catalog = Catalog.of(tmp_path)
    KeyRecords(catalog).add(key("laptop"))
    with catalog.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    catalog.close()
    with sqlite3.connect(tmp_path / CATALOG_FILE) as raw:
        assert raw.execute("SELECT count(*) FROM uploads").fetchone() == (1,)
    raw.close()
