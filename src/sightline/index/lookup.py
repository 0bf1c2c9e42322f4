"""Finding rows of one table by vector or by words."""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sightline.assets import Vector
from sightline.index.base import Scored
from sightline.index.engine import FullTextQuery, Table
from sightline.index.exact import Matrices, Matrix, directed, ranked
from sightline.index.rows import vectors_of

_PROBES: Final = 50
_PROBES_FILTERED: Final = 100
_EVERYWHERE: Final = 0
_REFINE: Final = 2


class Lookup:
    """How the rows of one table are found. Conditions are SQL; None filters nothing.

    What the engine raises passes through: call it inside `engine_faults`.
    """

    def __init__(self, table: Table, matrices: Matrices, *, mark: bytes, key: str) -> None:
        """`mark` tells the table from every other one, `key` is the column that names a row."""
        self._table = table
        self._matrices = matrices
        self._mark = mark
        self._key = key

    def near(
        self, column: str, vector: Vector, k: int, condition: str | None, *, exact: bool = False
    ) -> list[Scored]:
        """The `k` rows with the highest cosine to `vector`, best first.

        `exact`: every row is looked at, even where there is an index.
        """
        if k < 1 or not vector.any():
            return []
        if not any(index.columns == [column] for index in self._table.list_indices()):
            matrix = self._matrix(column)
            if matrix is not None:
                among = None if condition is None else self.fitting(condition)
                return matrix.near(vector, k, among)
        if exact:
            found = self._scanned(column, vector, k, condition)
        else:
            probes = _PROBES if condition is None else _PROBES_FILTERED
            found = self._probed(column, vector, k, condition, probes)
            if len(found) < min(k, self._table.count_rows()):
                # What fits a narrow filter may lie in any part of the index.
                found = self._probed(column, vector, k, condition, _EVERYWHERE)
        distances = pc.max_element_wise(found["_distance"], 0.0)
        return _scored(found[self._key], pc.subtract(1.0, distances))

    def matching(self, query: FullTextQuery, k: int, condition: str | None) -> list[Scored]:
        """The `k` rows that fit best by BM25, best first."""
        if k < 1:
            return []
        search = self._table.search(query, query_type="fts")
        found = self._first(search, condition, k, "_score")
        return _scored(found[self._key], found["_score"])

    def fitting(self, condition: str | None) -> list[str]:
        """The keys of all rows that fit, in no order."""
        query = self._table.search()
        if condition is not None:
            query = query.where(condition)
        found = query.select([self._key]).limit(None).to_arrow()
        return list(found[self._key].to_pylist())

    def _probed(
        self, column: str, vector: Vector, k: int, condition: str | None, most: int
    ) -> pa.Table:
        """What an index finds in as many of its parts as it may look into."""
        query = self._table.search(vector, vector_column_name=column).distance_type("cosine")
        query = query.minimum_nprobes(most or _PROBES).maximum_nprobes(most)
        return self._first(query.refine_factor(_REFINE), condition, k, "_distance")

    def _scanned(self, column: str, vector: Vector, k: int, condition: str | None) -> pa.Table:
        query = self._table.search(vector, vector_column_name=column).distance_type("cosine")
        return self._first(query.bypass_vector_index(), condition, k, "_distance")

    def _first(
        self,
        query: Any,  # noqa: ANN401 - one of the engine's builders
        condition: str | None,
        k: int,
        score: str,
    ) -> pa.Table:
        """The keys and scores of the first `k` rows that fit the condition."""
        if condition is not None:
            query = query.where(condition, prefilter=True)
        k = min(k, self._table.count_rows())  # the engine makes room for all it is asked for
        return query.select([self._key, score]).limit(k).to_arrow()

    def _matrix(self, column: str) -> Matrix | None:
        """All vectors of a column, None when they are too many to hold in memory."""

        def read() -> Matrix | None:
            query = self._table.search().where(f"{column} IS NOT NULL").select([self._key, column])
            found = query.limit(self._matrices.rows + 1).to_arrow()
            if len(found) > self._matrices.rows:
                return None
            return Matrix(found[self._key].to_pylist(), directed(vectors_of(found[column])))

        return self._matrices.get((self._mark, column), self._table.version, read)


def _scored(keys: pa.ChunkedArray, scores: pa.ChunkedArray) -> list[Scored]:
    pairs = zip(keys.to_pylist(), scores.to_pylist(), strict=True)
    return ranked(Scored(key, score) for key, score in pairs)
