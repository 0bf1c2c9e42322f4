"""The table of an extraction as a file: CSV, or JSON lines. It appears whole or not at all."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sightline.errors import InvalidRequest, Unavailable
from sightline.field_rows import FieldRow
from sightline.row_schema import RowSchema

ENDINGS: Final = (".csv", ".jsonl")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def check_ending(path: Path) -> None:
    """Raises InvalidRequest for a file that is no kind of table, or has no folder."""
    if path.suffix.lower() not in ENDINGS:
        raise InvalidRequest(
            f"Expected a file that ends in {' or '.join(ENDINGS)} to write rows to, got {path}.",
            param="out",
        )
    if not path.absolute().parent.is_dir():
        raise InvalidRequest(
            f"Expected a folder to write {path.name} into, got {path.parent}, which is none.",
            param="out",
        )


def write_table(
    path: Path, schema: RowSchema, rows: Iterable[FieldRow], *, spreadsheet: bool = False
) -> int:
    """Write the rows, in their order. How many cells a spreadsheet would take for formulas.

    With `spreadsheet` such cells of a CSV begin with an apostrophe. Raises Unavailable.
    """
    formulas = 0

    def text(value: str) -> str:
        nonlocal formulas
        if not value.startswith(_FORMULA):
            return value
        formulas += 1
        return f"'{value}" if spreadsheet else value

    if path.suffix.lower() == ".csv":
        _replace(path, _csv_lines(schema, rows, text))
    else:
        _replace(
            path, (json.dumps(row_json(schema, row), ensure_ascii=False) + "\n" for row in rows)
        )
    return formulas


def row_json(schema: RowSchema, row: FieldRow) -> dict[str, Any]:
    """A row with every field of the schema, null where nothing was found."""
    return {
        "key": row.key,
        "asset": row.asset,
        **{field.name: row.values.get(field.name) for field in schema.fields},
        "status": row.status,
        "error": row.error,
        "warnings": list(row.warnings),
    }


def _csv_lines(
    schema: RowSchema, rows: Iterable[FieldRow], text: Callable[[str], str]
) -> Iterator[str]:
    names = [field.name for field in schema.fields]
    yield _csv_line(["key", "asset", *map(text, names), "status", "error", "warnings"])
    for row in rows:
        cells = (_cell(row.values.get(name), text) for name in names)
        about = text(row.error), text("; ".join(row.warnings))
        yield _csv_line([text(row.key), row.asset, *cells, row.status, *about])


def _csv_line(cells: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: object, text: Callable[[str], str]) -> str:
    """Text as it is, null as nothing, and all else as JSON."""
    if value is None:
        return ""
    return text(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _replace(path: Path, lines: Iterable[str]) -> None:
    aside = path.with_name(f".{path.name}.writing")
    try:
        with aside.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise Unavailable(
            f"Cannot write {path}: {error.strerror or error}.",
            hint="The rows are in the journal beside it: run it again when there is room.",
        ) from error
