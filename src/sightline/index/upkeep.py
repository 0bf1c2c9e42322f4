"""What a table needs to stay small, fast and on the disk: made, optimized, flushed."""

import os
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from sightline.index.engine import FTS, BTree, DBConnection, IvfRq, IvfSq, Table

_WORDS: Final = FTS(base_tokenizer="simple", language="English", stem=True, remove_stop_words=True)
_VECTORS: Final = IvfRq(distance_type="cosine", num_bits=5)
_ODD_VECTORS: Final = IvfSq(distance_type="cosine")
"""For dimensions that are no multiple of 8, which the better one does not take."""
_MOST_SEGMENTS: Final = 32
_CLOCK_GRAIN: Final = 1_000_000_000


def create_table(
    connection: DBConnection, name: str, schema: pa.Schema, *, key: str, words: Collection[str]
) -> None:
    """Make an empty table with its indexes of words and keys; all see later rows at once."""
    table = connection.create_table(name, schema=schema)
    index_words(table, words)
    table.create_index(key, config=BTree())


def index_words(table: Table, columns: Collection[str]) -> None:
    """Let the texts of these columns be found by their words."""
    for column in columns:
        table.create_index(column, config=_WORDS)


def optimize(table: Table, vectors: Collection[str], *, exact_rows: int, keep: timedelta) -> None:
    """Compact the files, bring every index up to date, remove versions older than `keep`.

    A column of more than `exact_rows` vectors gets an index. Each call appends a segment to it,
    and a search asks every segment (0.2 ms each), so one of many segments is built anew. The
    caller is the only writer: files that no version knows were left by a killed one.
    """
    for index in table.list_indices():
        column = index.columns[0]
        if column in vectors and not table.count_rows(f"{column} IS NOT NULL"):
            table.drop_index(index.name)  # the engine cannot update it when its last vector went
    indexes = {index.columns[0]: index for index in table.list_indices()}
    for column in vectors:
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
