"""Records of deployments and probes in the catalog."""

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from sightline.errors import Conflict, UnknownDeployment
from sightline.storage.catalog import STEPS, Catalog
from sightline.storage.deployments import DeploymentRecords
from sightline.storage.records import CATALOG_FILE, Probe, ProbeFinding
from sightline.storage.tables import metadata

SETTINGS = {"name": "gpt", "base_url": "http://127.0.0.1:1/v1", "model": "tiny", "sees": False}
FINDINGS = (
    ProbeFinding(capability="sees", state="no", found="refused", value=False, error="no: images"),
    ProbeFinding(capability="tools", state="accepted", found="not called"),
)


@pytest.fixture
def records(catalog: Catalog) -> DeploymentRecords:
    return DeploymentRecords(catalog)


def probe(target: str = "tiny") -> Probe:
    return Probe(target=target, findings=FINDINGS, probed_at=datetime(2026, 1, 2, tzinfo=UTC))


def test_what_is_kept_is_what_is_found(records: DeploymentRecords):
    for name in ("b", "a"):
        records.add(name, SETTINGS | {"name": name})
    records.keep("a", probe())
    records.keep("of the settings", probe("huge"))
    kept, probes = records.look()
    assert [(one.name, dict(one.settings)) for one in kept] == [
        ("a", SETTINGS | {"name": "a"}),
        ("b", SETTINGS | {"name": "b"}),
    ]
    assert kept[0].created_at.tzinfo is UTC
    assert probes == {"a": probe(), "of the settings": probe("huge")}
    assert probe().values == {"sees": False}


def test_a_name_is_taken_once(records: DeploymentRecords):
    records.add("gpt", SETTINGS)
    with pytest.raises(Conflict, match="'gpt' already"):
        records.add("gpt", SETTINGS | {"model": "other"})
    assert records.look()[0][0].settings["model"] == "tiny"


def test_of_processes_that_add_the_same_name_at_once_one_does(tmp_path: Path, catalog: Catalog):
    code = (
        "import sys, pathlib\n"
        "from sightline.errors import Conflict\n"
        "from sightline.storage.catalog import Catalog\n"
        "from sightline.storage.deployments import DeploymentRecords\n"
        "records = DeploymentRecords(Catalog.of(pathlib.Path(sys.argv[1])))\n"
        "sys.stdin.readline()\n"
        "try: records.add('gpt', {}); print('added')\n"
        "except Conflict as error: print(error.code)\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    said = [process.communicate("go\n", timeout=60)[0].strip() for process in running]
    assert sorted(said) == ["added", "conflict", "conflict"]
    assert len(DeploymentRecords(catalog).look()[0]) == 1


def test_a_probe_takes_the_place_of_the_one_before(records: DeploymentRecords):
    records.keep("gpt", probe("first"))
    records.keep("gpt", probe("second"))
    assert records.look()[1]["gpt"].target == "second"


def test_one_that_is_removed_takes_its_probe_along(records: DeploymentRecords):
    records.add("gpt", SETTINGS)
    records.keep("gpt", probe())
    records.remove("gpt")
    assert records.look() == ([], {})
    with pytest.raises(UnknownDeployment):
        records.remove("gpt")


def test_a_catalog_of_the_step_before_keeps_its_rows(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / CATALOG_FILE}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS))
        command.upgrade(config, "0003")
        connection.execute(text("INSERT INTO uploads VALUES ('u', '2026-01-01 00:00:00.0')"))
    engine.dispose()

    catalog = Catalog.of(tmp_path)
    DeploymentRecords(catalog).add("gpt", SETTINGS)
    with catalog.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    catalog.close()
    with sqlite3.connect(tmp_path / CATALOG_FILE) as raw:
        assert raw.execute("SELECT count(*) FROM uploads").fetchone() == (1,)
    raw.close()
