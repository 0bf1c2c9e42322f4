"""The catalog's file: how it comes to be, who may open it, and what damage looks like."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from sightline.errors import Unavailable
from sightline.storage.catalog import STEPS, Catalog
from sightline.storage.ingestions import Ingestions
from sightline.storage.migrations import HEAD
from sightline.storage.records import CATALOG_FILE
from sightline.storage.sources import Sources
from sightline.storage.tables import metadata
from sightline.storage.uploads import Uploads


def test_a_new_catalog_has_the_tables_that_the_code_speaks_of(catalog: Catalog):
    with catalog.writing() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []


def test_the_last_step_is_the_one_that_the_code_expects():
    config = Config()
    config.set_main_option("script_location", str(STEPS))
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_an_empty_file_is_brought_up_to_date(tmp_path: Path):
    (tmp_path / CATALOG_FILE).touch()
    catalog = Catalog.of(tmp_path)
    assert Uploads(catalog).get(Uploads(catalog).create().id).uploaded == 0
    catalog.close()


def test_opening_again_changes_nothing_and_loads_no_alembic(tmp_path: Path, catalog: Catalog):
    made = Uploads(catalog).create()
    code = (
        "import sys, pathlib; from sightline.storage.catalog import Catalog;"
        "from sightline.storage.uploads import Uploads;"
        "print(Uploads(Catalog.of(pathlib.Path(sys.argv[1]))).get(sys.argv[2]).id);"
        "print('alembic' in sys.modules)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), made.id],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == [made.id, "False"]


def test_three_processes_open_a_new_catalog_at_once(tmp_path: Path):
    code = (
        "import sys, pathlib; from sightline.storage.catalog import Catalog;"
        "from sightline.storage.uploads import Uploads;"
        "catalog = Catalog.of(pathlib.Path(sys.argv[1]));"
        "[Uploads(catalog).create() for _ in range(20)]"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    assert [process.communicate(timeout=60)[1] for process in running] == [b""] * 3
    catalog = Catalog.of(tmp_path)
    with catalog.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM uploads")) == 60
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    catalog.close()


def test_a_workspace_with_percent_signs_and_blanks_in_its_path(tmp_path: Path):
    folder = tmp_path / "100 % %d Bilder? #1"
    Catalog.of(folder).close()
    assert (folder / CATALOG_FILE).exists()


def test_what_fails_in_the_middle_leaves_nothing(catalog: Catalog):
    def half() -> None:
        with catalog.writing() as connection:
            connection.execute(text("INSERT INTO uploads VALUES ('u', '2026-01-01 00:00:00.0')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    with catalog.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM uploads")) == 0


def test_a_file_that_is_no_database_is_an_error_that_says_so(tmp_path: Path):
    (tmp_path / CATALOG_FILE).write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        Catalog.of(tmp_path)


def test_a_catalog_of_a_newer_version_is_not_touched(tmp_path: Path, catalog: Catalog):
    catalog.close()
    with sqlite3.connect(tmp_path / CATALOG_FILE) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(Unavailable, match="newer Sightline"):
        Catalog.of(tmp_path)


def test_a_catalog_of_the_first_step_keeps_its_rows(tmp_path: Path):
    url = f"sqlite:///{tmp_path / CATALOG_FILE}"
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS))
        command.upgrade(config, "0001")
        now = "2026-01-01 00:00:00.0"
        counts = {"total": 9, "opened": 8, "added": 7, "updated": 0, "skipped": 1, "removed": 0}
        ingestion = counts | {
            "id": "ingestion_1", "index_name": "shop", "source_kind": "folder", "source": "/p",
            "read_text": True, "force": False, "state": "Succeeded", "stage": "done",
            "failed": 1, "noticed": 0, "attempts": 1, "cancel_requested": False,
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        names = ", ".join(ingestion)
        marks = ", ".join(f":{name}" for name in ingestion)
        connection.execute(text(f"INSERT INTO ingestions ({names}) VALUES ({marks})"), ingestion)
        connection.execute(
            text(
                "INSERT INTO ingestion_remarks (ingestion, kind, key, code, message) "
                "VALUES ('ingestion_1', 'failure', 'x.jpg', 'unreadable_image', 'bad')"
            )
        )
    engine.dispose()

    catalog = Catalog.of(tmp_path)
    kept = Ingestions(catalog).get("ingestion_1")
    assert (kept.progress.added, kept.progress.undescribed) == (7, 0)
    assert (kept.source_id, kept.asked_by) == (None, None)
    (remark,), total = Ingestions(catalog).remarks("ingestion_1", "failure", 0, 9)
    assert (remark.key, total) == ("x.jpg", 1)
    assert Sources(catalog).all() == []
    with catalog.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    catalog.close()
