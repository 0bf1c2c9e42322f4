"""What was found on pictures: kept under picture, engine and question, and let go when old."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from sightline.errors import Unavailable
from sightline.storage.catalog import STEPS, Catalog
from sightline.storage.findings import Findings, HeldFindings, options_mark, picture_mark
from sightline.storage.records import CATALOG_FILE
from sightline.storage.tables import metadata
from sightline.storage.uploads import Uploads

DOG, CAT = "d" * 64, "c" * 64


@pytest.fixture
def findings(catalog: Catalog) -> Findings:
    return Findings(catalog)


def count(catalog: Catalog) -> int:
    with catalog.reading() as connection:
        counted: int = connection.execute(text("SELECT count(*) FROM findings")).scalar_one()
        return counted


def test_what_is_kept_is_found_again(findings: Findings):
    assert findings.get(DOG, "one", "") is None
    findings.keep(DOG, "one", "", '["dog 🐕 狗"]')
    assert findings.get(DOG, "one", "") == '["dog 🐕 狗"]'


def test_nothing_found_is_a_finding(findings: Findings):
    findings.keep(DOG, "one", "", "[]")
    assert findings.get(DOG, "one", "") == "[]"


def test_another_picture_engine_or_question_is_another(findings: Findings):
    findings.keep(DOG, "one", "", "a dog")
    for key in ((CAT, "one", ""), (DOG, "two", ""), (DOG, "one", options_mark(["dog"]))):
        assert findings.get(*key) is None
        findings.keep(*key, found=str(key))
    assert findings.get(DOG, "one", "") == "a dog"
    assert findings.get(DOG, "two", "") == str((DOG, "two", ""))


def test_the_same_is_kept_once(findings: Findings, catalog: Catalog):
    findings.keep(DOG, "one", "", "before")
    findings.keep(DOG, "one", "", "after")
    assert findings.get(DOG, "one", "") == "after"
    assert count(catalog) == 1


@pytest.mark.parametrize("most", [1, 5, 40])
def test_the_oldest_are_let_go_of_and_the_newest_stay(catalog: Catalog, most: int):
    findings = Findings(catalog, most=most)
    for number in range(3 * most):
        findings.keep(f"{number:064}", "one", "", str(number))
        assert min(number + 1, most - most // 20) <= count(catalog) <= most
        assert findings.get(f"{number:064}", "one", "") == str(number)
    left = [n for n in range(3 * most) if findings.get(f"{n:064}", "one", "") is not None]
    assert left == list(range(3 * most - len(left), 3 * most))


def test_what_is_kept_again_is_new_again(catalog: Catalog):
    findings = Findings(catalog, most=3)
    for picture in ("a", "b", "c", "a", "d"):
        findings.keep(picture, "one", "", picture)
    assert [findings.get(picture, "one", "") for picture in "abcd"] == ["a", None, "c", "d"]


def everything_in(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_what_is_forgotten_is_in_no_file_any_more(tmp_path: Path):
    served = Findings(Catalog.of(tmp_path), most=30)  # a server that goes on
    for number in range(40):
        served.keep(f"{number:064}", "one", "", f"SECRET-{number} " * 400)
        served.keep(f"{number:064}", "one", "", f"SECRET-{number} again" * 300)
    with sqlite3.connect(tmp_path / CATALOG_FILE) as raw:  # as most builds of SQLite delete
        raw.execute("PRAGMA secure_delete=OFF")
        raw.execute("DELETE FROM findings WHERE rowid % 2")
    raw.close()
    assert b"SECRET-" in everything_in(tmp_path)
    catalog = Catalog.of(tmp_path)
    upload = Uploads(catalog).create().id
    kept = count(catalog)
    assert Findings(catalog).forget() == kept > 10
    assert b"SECRET-" not in everything_in(tmp_path)
    assert Findings(catalog).forget() == 0
    assert Uploads(catalog).get(upload).id == upload
    assert served.get(f"{39:064}", "one", "") is None
    served.keep(DOG, "one", "", "a dog")
    assert Findings(catalog).get(DOG, "one", "") == "a dog"
    catalog.close()
    served.close()


def test_what_cannot_be_cleared_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sightline.storage.catalog.PATIENCE", 0.1)
    catalog = Catalog.of(tmp_path)
    findings = Findings(catalog)
    findings.keep(DOG, "one", "", "a dog")
    other = Catalog.of(tmp_path)
    with other.reading() as connection:
        connection.execute(text("SELECT count(*) FROM findings")).scalar_one()
        with pytest.raises(Unavailable, match="still in its log"):
            findings.forget()
    other.close()
    assert findings.forget() == 0  # forgotten before, and now cleared
    assert b"a dog" not in everything_in(tmp_path)
    catalog.close()


def test_what_a_process_holds_is_kept_and_let_go_of_in_the_same_way():
    held = HeldFindings(most=3)
    for picture in ("a", "b", "c", "a", "d"):
        held.keep(picture, "one", "", picture)
    assert [held.get(picture, "one", "") for picture in "abcd"] == ["a", None, "c", "d"]
    assert held.get("a", "two", "") is None


def test_it_survives_the_process(tmp_path: Path):
    first = Findings(Catalog.of(tmp_path))
    first.keep(DOG, "one", "", "a dog")
    first.close()
    second = Findings(Catalog.of(tmp_path))
    assert second.get(DOG, "one", "") == "a dog"
    second.close()


def test_several_threads_keep_and_find(findings: Findings, catalog: Catalog):
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            for step in range(20):
                findings.keep(DOG, "one", "", "the same of all")
                findings.keep(f"{number}-{step}", "one", "", f"{number}-{step}")
                if findings.get(f"{number}-{step}", "one", "") != f"{number}-{step}":
                    wrong.append((number, step))
        except Exception as error:  # noqa: BLE001 (shown by the assertion)
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert count(catalog) == 81


def test_several_processes_share_one_memory(tmp_path: Path):
    code = (
        "import sys, pathlib; from sightline.storage.catalog import Catalog;"
        "from sightline.storage.findings import Findings;"
        "findings = Findings(Catalog.of(pathlib.Path(sys.argv[1])), most=25);"
        "[findings.keep(f'{sys.argv[2]}-{n}', 'one', '', 'found') for n in range(20)]"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(number)], stderr=subprocess.PIPE
        )
        for number in range(3)
    ]
    assert [process.communicate(timeout=60)[1] for process in running] == [b""] * 3
    catalog = Catalog.of(tmp_path)
    assert 20 <= count(catalog) <= 25
    catalog.close()


def test_a_damaged_memory_says_so(tmp_path: Path, findings: Findings, catalog: Catalog):
    with catalog.writing() as connection:
        connection.execute(text("DROP TABLE findings"))
    with pytest.raises(Unavailable, match="no such table"):
        findings.get(DOG, "one", "")
    with pytest.raises(Unavailable, match=str(tmp_path)):
        findings.keep(DOG, "one", "", "a dog")


def test_a_catalog_of_the_step_before_is_upgraded_and_keeps_its_rows(tmp_path: Path):
    engine = create_engine(f"sqlite:///{tmp_path / CATALOG_FILE}")
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(STEPS))
        command.upgrade(config, "0002")
        connection.execute(text("INSERT INTO uploads VALUES ('upload_1', '2026-01-01 00:00:00.0')"))
    engine.dispose()

    catalog = Catalog.of(tmp_path)
    assert Uploads(catalog).get("upload_1").id == "upload_1"
    findings = Findings(catalog)
    findings.keep(DOG, "one", "", "a dog")
    assert findings.get(DOG, "one", "") == "a dog"
    with catalog.writing() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    catalog.close()


def test_a_picture_is_marked_by_its_shape_and_its_pixels():
    picture = np.arange(2 * 6 * 3, dtype=np.uint8).reshape(2, 6, 3)
    changed = picture.copy()
    changed[1, 5, 2] += 1
    marks = {
        picture_mark(each)
        for each in (picture, changed, picture.reshape(6, 2, 3), picture.reshape(4, 3, 3))
    }
    assert len(marks) == 4
    assert all(len(mark) == 64 for mark in marks)
    assert picture_mark(np.asfortranarray(picture)) == picture_mark(picture)
    assert picture_mark(np.tile(picture, (1, 2, 1))[:, :6]) == picture_mark(picture)


def test_questions_are_marked_by_their_words():
    assert options_mark([]) == ""
    asked = [[""], ["a"], ["a", "b"], ["ab"], ["b", "a"], ["a\0b"], ["a", ""], ["\ud83d"], ["狗"]]
    marks = [options_mark(each) for each in asked]
    assert len(set(marks)) == len(asked)
    assert all(len(mark) == 64 for mark in marks)
