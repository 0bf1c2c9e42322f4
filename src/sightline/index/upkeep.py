"""What a table needs to stay small, fast and on the disk: made, optimized, flushed."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from sightline.index.base import IndexInfo
from sightline.index.engine import FTS, BTree, DBConnection, IvfRq, IvfSq, Table
from sightline.index.rows import VECTOR_COLUMNS, schema_of

_WORDS: Final = FTS(base_tokenizer="simple", language="English", stem=True, remove_stop_words=True)
_VECTORS: Final = IvfRq(distance_type="cosine", num_bits=5)
_ODD_VECTORS: Final = IvfSq(distance_type="cosine")
"""For dimensions that are no multiple of 8, which the better one does not take."""
_MOST_SEGMENTS: Final = 32
_CLOCK_GRAIN: Final = 1_000_000_000


def create_table(connection: DBConnection, name: str, info: IndexInfo) -> None:
    """Make an empty table with its indexes of words and ids; both see later rows at once."""
    table = connection.create_table(name, schema=schema_of(info))
    table.create_index("words", config=_WORDS)
    table.create_index("id", config=BTree())


def optimize(table: Table, *, exact_rows: int, keep: timedelta) -> None:
    """Compact the files, bring every index up to date, remove versions older than `keep`.

    A channel of more than `exact_rows` vectors gets an index. Each call appends a segment to it,
    and a search asks every segment (0.2 ms each), so one of many segments is built anew. The
    caller is the only writer: files that no version knows were left by a killed one.
    """
    for index in table.list_indices():
        column = index.columns[0]
        if column in VECTOR_COLUMNS.values() and not table.count_rows(f"{column} IS NOT NULL"):
            table.drop_index(index.name)  # the engine cannot update it when its last vector went
    indexes = {index.columns[0]: index for index in table.list_indices()}
    for column in VECTOR_COLUMNS.values():
        if column in indexes:
            due = indexes[column].num_segments > _MOST_SEGMENTS
        else:
            due = table.count_rows(f"{column} IS NOT NULL") > exact_rows
        if due:
            even = table.schema.field(column).type.list_size % 8 == 0
            table.create_index(column, config=_VECTORS if even else _ODD_VECTORS)
    table.optimize(cleanup_older_than=keep, delete_unverified=True)


def flush(folder: Path, since: int = 0) -> None:
    """Make files that changed since a time (ns since the epoch) survive a power cut.

    The engine renames its files into place without asking the disk to keep them: after a power
    cut the newest version of a table could name files that are empty. Costs 20 to 50 ms a commit.
    """
    since -= _CLOCK_GRAIN
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)  # noqa: PTH118 - there are thousands of them
            if os.stat(path).st_mtime_ns >= since:  # noqa: PTH116
                sync(path)
        if os.stat(place).st_mtime_ns >= since:  # noqa: PTH116
            sync(place)


def sync(path: str | Path) -> None:
    """Ask the disk to keep a file, or the names in a folder."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
