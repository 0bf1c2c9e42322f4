"""Indexes in memory, with the same face as those on disk: for tests, and to try things out."""

import math
import re
import threading
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from sightline.assets import Asset, Moment, Page, Row, Vector, Where
from sightline.errors import UnknownAsset
from sightline.index.base import Channel, IndexInfo, Scored, StoredFile
from sightline.index.exact import Matrix, checked, cosines, directed, identity_of, ranked
from sightline.index.filters import fits
from sightline.index.literals import utc
from sightline.index.names import busy, check_name, taken, unknown
from sightline.index.words import COMMON, asked, searchable

_TOKEN: Final = re.compile(r"[^\W_]+")
_K1: Final = 1.2
_B: Final = 0.75


class MemoryIndexes:
    """Indexes that live as long as this object."""

    def __init__(self) -> None:
        self._indexes: dict[str, MemoryIndex] = {}

    def names(self) -> list[str]:
        """Sorted."""
        return sorted(self._indexes)

    def create(self, info: IndexInfo) -> "MemoryIndex":
        """Make an empty index. Raises Conflict when the name is taken, InvalidRequest when bad."""
        index = MemoryIndex(info)
        if self._indexes.setdefault(check_name(info.name), index) is not index:
            raise taken(info.name)
        return index

    def open(self, name: str) -> "MemoryIndex":
        """Raises UnknownIndex."""
        index = self._indexes.get(check_name(name))
        if index is None:
            raise unknown(name)
        return index

    def delete(self, name: str) -> None:
        """Remove an index with all its rows. Raises UnknownIndex, IndexBusy."""
        with self.writing(name):
            del self._indexes[name]

    def writing(self, name: str, *, wait: float = 0) -> "MemoryRight":
        """The only writer of an index. Raises IndexBusy, UnknownIndex."""
        return MemoryRight(self, check_name(name), wait)

    def __iter__(self) -> Iterator["MemoryIndex"]:
        return (self.open(name) for name in self.names())


class MemoryIndex:
    """Rows by id in one dictionary that each write replaces by a new one."""

    def __init__(self, info: IndexInfo) -> None:
        self._info = info
        self._rows: dict[str, Row] = {}
        self.right = threading.Lock()

    @property
    def info(self) -> IndexInfo:
        """What the index is."""
        return self._info

    def count(self, where: Where | None = None) -> int:
        """How many rows it holds, or how many of them fit."""
        return sum(fits(row.asset, where) for row in self._rows.values())

    def stored(self, source: str, keys: Collection[str] | None = None) -> dict[str, StoredFile]:
        """Every file of a source that has rows, by key; only those of `keys`, when given."""
        files: dict[str, list[Row]] = {}
        for row in self._rows.values():
            if row.asset.source == source and (keys is None or row.asset.key in keys):
                files.setdefault(row.asset.key, []).append(row)
        return {key: _stored(rows) for key, rows in files.items()}

    def add(self, rows: Sequence[Row]) -> None:
        """Append rows of files that have none yet, in one commit."""
        self._rows = self._rows | self._checked(rows)

    def replace(self, source: str, keys: Collection[str], rows: Sequence[Row]) -> None:
        """Make `rows` the only rows of these files, in one commit (no rows: remove them)."""
        others = {
            row_id: row
            for row_id, row in self._rows.items()
            if row.asset.source != source or row.asset.key not in keys
        }
        self._rows = others | self._checked(rows)

    def remove(self, ids: Collection[str]) -> None:
        """Remove single rows, in one commit; ids that have none are passed over."""
        self._rows = {key: row for key, row in self._rows.items() if key not in ids}

    @property
    def untidy(self) -> int:
        """Always 0: memory needs no upkeep."""
        return 0

    def optimize(self) -> None:
        """Nothing to do: every search is exact."""

    def near(
        self, channel: Channel, vector: Vector, k: int, where: Where | None = None
    ) -> list[Scored]:
        """The `k` rows with the highest cosine to `vector`, best first."""
        checked(vector, identity_of(self._info, channel))
        if k < 1 or not vector.any():
            return []
        fitting = [row_id for row_id, row in self._rows.items() if fits(row.asset, where)]
        vectors = self.vectors(channel, fitting)
        if not vectors:
            return []
        return Matrix(tuple(vectors), directed(np.stack(list(vectors.values())))).near(vector, k)

    def matching(
        self, words: str, k: int, where: Where | None = None, *, every: bool = False
    ) -> list[Scored]:
        """The `k` rows whose text fits the words best by BM25, best first; none may fit."""
        rows = self._rows
        texts = {key: Counter(_tokens(searchable(row.asset))) for key, row in rows.items()}
        tokens = set(_tokens(asked(words)))
        scores = _bm25(tokens, texts)
        if every:
            needed = tokens - COMMON
            scores = (one for one in scores if needed and needed <= texts[one[0]].keys())
        fitting = (Scored(key, score) for key, score in scores if fits(rows[key].asset, where))
        return ranked(fitting)[: max(k, 0)]

    def vectors(self, channel: Channel, ids: Collection[str]) -> dict[str, Vector]:
        """Stored vectors; ids that have none in this channel are left out."""
        rows = self._rows
        found = ((key, _vector(rows[key], channel)) for key in ids if key in rows)
        return {key: vector for key, vector in found if vector is not None}

    def cosines(self, channel: Channel, vector: Vector, ids: Collection[str]) -> dict[str, float]:
        """How near these rows are to `vector`; ids that have none in this channel are left out."""
        return cosines(vector, self.vectors(channel, ids))

    def assets(self, ids: Collection[str]) -> dict[str, Asset]:
        """Stored assets; unknown ids are left out."""
        rows = self._rows
        return {key: rows[key].asset for key in ids if key in rows}

    def thumbnail(self, id: str) -> bytes:
        """JPEG bytes. Raises UnknownAsset."""
        if id not in self._rows:
            raise UnknownAsset(f"There is no asset {id!r} in the index {self._info.name!r}.")
        return self._rows[id].thumbnail

    def thumbnails(self, ids: Collection[str]) -> dict[str, bytes]:
        """JPEG bytes of several in one read; unknown ids are left out."""
        rows = self._rows
        return {key: rows[key].thumbnail for key in ids if key in rows}

    def fitting(self, where: Where | None = None) -> list[str]:
        """The ids of all rows that fit by key, pages and moments of one file in their order."""
        assets = (row.asset for row in self._rows.values())
        return [asset.id for asset in sorted(assets, key=_order) if fits(asset, where)]

    def browse(self, offset: int, limit: int, where: Where | None = None) -> list[Asset]:
        """A page of all assets, or of those that fit, in the order of `fitting`."""
        start = max(offset, 0)
        return list(self.assets(self.fitting(where)[start : start + max(limit, 0)]).values())

    def _checked(self, rows: Sequence[Row]) -> dict[str, Row]:
        for row in rows:
            checked(row.vector, self._info.encoder)
            for vector in (row.concept, row.description_vector):
                if vector is not None:
                    checked(vector, self._info.text_encoder)
        return {row.asset.id: replace(row, asset=_in_utc(row.asset)) for row in rows}


class MemoryRight:
    """The right to write to one index, held inside the `with` block."""

    def __init__(self, indexes: MemoryIndexes, name: str, wait: float) -> None:
        self._indexes = indexes
        self._name = name
        self._wait = wait
        self._held: threading.Lock | None = None

    def __enter__(self) -> MemoryIndex:
        index = self._indexes.open(self._name)
        if not index.right.acquire(timeout=self._wait):
            raise busy(self._name, "this one")
        self._held = index.right
        return index

    def __exit__(self, *exc: object) -> None:
        if self._held is not None:
            self._held.release()
            self._held = None


def _stored(rows: Sequence[Row]) -> StoredFile:
    first = rows[0].asset
    return StoredFile(
        key=first.key,
        etag=first.etag,
        size=first.size,
        sha256=first.sha256,
        description=first.description,
        pipeline=rows[0].pipeline,
        source_description=rows[0].source_description,
        ids=tuple(sorted(row.asset.id for row in rows)),
    )


def _vector(row: Row, channel: Channel) -> Vector | None:
    match channel:
        case "picture":
            return row.vector
        case "concept":
            return row.concept
        case "description":
            return row.description_vector


def _in_utc(asset: Asset) -> Asset:
    return replace(
        asset,
        taken_at=None if asset.taken_at is None else utc(asset.taken_at),
        indexed_at=None if asset.indexed_at is None else utc(asset.indexed_at),
    )


def _order(asset: Asset) -> tuple[str, str, int, float, str]:
    match asset.place:
        case Page(number, _):
            return asset.key, asset.source, 0, number, asset.id
        case Moment(seconds):
            return asset.key, asset.source, 1, seconds, asset.id
        case _:
            return asset.key, asset.source, 2, 0, asset.id


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower())
    return _TOKEN.findall("".join(char for char in plain if not unicodedata.combining(char)))


def _bm25(words: Collection[str], texts: dict[str, Counter[str]]) -> Iterator[tuple[str, float]]:
    """Ids of the texts that hold a word, with their scores (Robertson and Zaragoza, 2009)."""
    lengths = {key: text.total() for key, text in texts.items()}
    usual = sum(lengths.values()) / max(len(lengths), 1)
    holding = {word: sum(word in text for text in texts.values()) for word in words}
    for key, text in texts.items():
        found = [word for word in words if word in text]
        if found:
            damping = _K1 * (1 - _B + _B * lengths[key] / usual)
            yield (
                key,
                sum(
                    math.log1p((len(texts) - holding[word] + 0.5) / (holding[word] + 0.5))
                    * (text[word] * (_K1 + 1) / (text[word] + damping))
                    for word in found
                ),
            )
