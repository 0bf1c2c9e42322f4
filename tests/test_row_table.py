"""Tables as files: what stands in a cell, and what a spreadsheet would make of it."""

import csv
import json
from pathlib import Path

import pytest

from sightline.errors import InvalidRequest, Unavailable
from sightline.field_rows import FieldRow
from sightline.row_schema import row_schema
from sightline.row_table import check_ending, write_table

SCHEMA = row_schema(
    {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "total": {"type": "number"},
            "paid": {"type": "boolean"},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
)


def row(**values: object) -> FieldRow:
    return FieldRow(
        key="a/b, c.jpg",
        asset="4711",
        mark="m",
        status="partial",
        values=values,
        warnings=("said once", "said twice"),
    )


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_commas_quotes_and_line_ends_come_back_as_they_were(tmp_path: Path):
    text = 'A "big", red\r\ntent\nof 4 – größer'
    table = tmp_path / "rows.csv"
    assert (
        write_table(table, SCHEMA, [row(name=text, total=12.5, paid=False, tags=["a", "b,c"])]) == 0
    )
    head, line = cells(table)
    assert head == ["key", "asset", "name", "total", "paid", "tags", "status", "error", "warnings"]
    assert line[:6] == ["a/b, c.jpg", "4711", text, "12.5", "false", '["a", "b,c"]']
    assert line[6:] == ["partial", "", "said once; said twice"]
    assert table.read_bytes().count(b"\r\n") == 3  # two ends of rows, one within a cell


def test_null_is_an_empty_cell_and_null_in_json_lines(tmp_path: Path):
    write_table(tmp_path / "rows.csv", SCHEMA, [row(total=0)])
    assert cells(tmp_path / "rows.csv")[1][2:6] == ["", "0", "", ""]
    write_table(tmp_path / "rows.jsonl", SCHEMA, [row(total=0)])
    found = json.loads((tmp_path / "rows.jsonl").read_text())
    assert (found["name"], found["total"], found["warnings"]) == (
        None,
        0,
        ["said once", "said twice"],
    )


FORMULAS = ["=1+1", "+46 8 123", "-5 °C", "@SUM(A1)", "\t=1"]


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_are_data_and_are_counted(tmp_path: Path, text: str):
    table = tmp_path / "rows.csv"
    assert write_table(table, SCHEMA, [row(name=text, total=-5)]) == 1
    assert cells(table)[1][2:4] == [text, "-5"]


@pytest.mark.parametrize("text", FORMULAS)
def test_for_a_spreadsheet_they_begin_with_an_apostrophe(tmp_path: Path, text: str):
    table = tmp_path / "rows.csv"
    assert write_table(table, SCHEMA, [row(name=text, total=-5)], spreadsheet=True) == 1
    assert cells(table)[1][2:4] == [f"'{text}", "-5"]  # a number is no text


def test_a_table_appears_whole_or_not_at_all(tmp_path: Path):
    table = tmp_path / "rows.csv"
    write_table(table, SCHEMA, [row(name="before")])
    before = table.read_bytes()
    (tmp_path / ".rows.csv.writing").mkdir()  # the file cannot be made
    with pytest.raises(Unavailable, match=r"Cannot write .*rows\.csv"):
        write_table(table, SCHEMA, [row(name="after")])
    assert table.read_bytes() == before


def test_files_that_are_no_tables(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"ends in \.csv or \.jsonl"):
        check_ending(tmp_path / "rows.xlsx")
    with pytest.raises(InvalidRequest, match=r"Expected a folder to write rows\.csv into"):
        check_ending(tmp_path / "nowhere" / "rows.csv")
    check_ending(tmp_path / "ROWS.CSV")
