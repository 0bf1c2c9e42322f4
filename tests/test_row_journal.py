"""The journal: what it keeps, what it cuts away, and which journals it refuses."""

import os
from pathlib import Path

import pytest

from sightline.errors import Conflict, Unavailable
from sightline.field_rows import FieldRow
from sightline.row_journal import Journal, journal_of

ASKED = {"index": "shop", "schema": "1234", "deployment": "extractive"}


def row(asset: str, **fields: object) -> FieldRow:
    return FieldRow(
        key=f"{asset}.jpg",
        asset=asset,
        mark="m",
        status="complete",
        values={"name": "größer\n\ud83d"},
        **fields,  # type: ignore[arg-type]
    )


def test_rows_come_back(tmp_path: Path):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
        journal.add(row("b", warnings=("one", "two")))
        journal.add(row("a", error="made again"))
    with Journal(table, ASKED) as journal:
        assert journal.rows == {
            "a": row("a", error="made again"),
            "b": row("b", warnings=("one", "two")),
        }


def test_a_row_is_with_the_system_as_soon_as_it_is_added(tmp_path: Path):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
        assert journal_of(table).read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("lost", [1, 5, 60])
def test_a_line_that_broke_off_is_cut_away(tmp_path: Path, lost: int):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
        journal.add(row("b"))
    path = journal_of(table)
    os.truncate(path, path.stat().st_size - lost)
    with Journal(table, ASKED) as journal:
        assert list(journal.rows) == ["a"]
        journal.add(row("c"))
    with Journal(table, ASKED) as journal:
        assert list(journal.rows) == ["a", "c"]


def test_one_that_broke_off_in_its_first_line_begins_anew(tmp_path: Path):
    table = tmp_path / "rows.csv"
    journal_of(table).write_bytes(b'{"form": "sight')
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
    with Journal(table, ASKED) as journal:
        assert list(journal.rows) == ["a"]


def test_a_table_of_another_run_is_refused_and_kept(tmp_path: Path):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
    other = ASKED | {"schema": "5678", "deployment": "qwen"}
    with (
        pytest.raises(Conflict, match="another schema, deployment") as refused,
        Journal(table, other),
    ):
        pass
    assert "--force" in str(refused.value)
    with Journal(table, ASKED) as journal:
        assert list(journal.rows) == ["a"]
    with Journal(table, other, anew=True) as journal:
        assert journal.rows == {}


def test_a_file_that_no_run_made_is_not_written_over(tmp_path: Path):
    table = tmp_path / "rows.csv"
    table.write_text("dear,diary\n")
    for _ in range(2):
        with pytest.raises(Conflict, match="has no journal beside it"), Journal(table, ASKED):
            pass
    with Journal(table, ASKED, anew=True):
        pass


@pytest.mark.parametrize("line", [b"[1]\n", b"dear diary\n", b'{"form": "x"}\n', b'"text"\n'])
def test_a_file_that_is_no_journal_is_refused(tmp_path: Path, line: bytes):
    table = tmp_path / "rows.csv"
    journal_of(table).write_bytes(line)
    with pytest.raises(Conflict, match=r"line 1 of .*journal"), Journal(table, ASKED):
        pass
    assert journal_of(table).read_bytes() == line


def test_a_damaged_row_in_the_middle_is_not_skipped(tmp_path: Path):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED) as journal:
        journal.add(row("a"))
    with journal_of(table).open("ab") as file:
        file.write(b'{"key": "b.jpg"}\n')
    with pytest.raises(Conflict, match="line 3 of"), Journal(table, ASKED):
        pass


def test_one_process_at_a_time(tmp_path: Path):
    table = tmp_path / "rows.csv"
    with Journal(table, ASKED):
        with pytest.raises(Conflict, match="Another run is writing"), Journal(table, ASKED):
            pass
        with pytest.raises(Conflict, match="Another run"), Journal(table, ASKED, anew=True):
            pass


def test_a_place_that_cannot_be_written_to(tmp_path: Path):
    journal_of(tmp_path / "rows.csv").mkdir()
    with pytest.raises(Unavailable, match="Cannot write"), Journal(tmp_path / "rows.csv", ASKED):
        pass
