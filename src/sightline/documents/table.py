"""One index of documents as one Lance table: what is written, and how it is searched."""

import logging
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from sightline.assets import Vector
from sightline.documents.base import Action, Document, Query, Results, Written
from sightline.documents.batch import Checked, Outcome, checked, outcome
from sightline.documents.columns import (
    ABOUT,
    KEY,
    WORDS,
    Columns,
    about,
    columns_in,
    columns_of,
    to_documents,
    to_stored,
    to_table,
    told,
    type_of,
    unused_number,
)
from sightline.documents.definition import Definition, Field
from sightline.documents.schema import is_exhaustive
from sightline.documents.searching import Vectorize, search, selected
from sightline.documents.words import words_query
from sightline.errors import InvalidRequest, UnknownDocument
from sightline.index.base import Scored
from sightline.index.engine import Table
from sightline.index.exact import Matrices
from sightline.index.faults import engine_faults
from sightline.index.filter_sql import sql
from sightline.index.folder import LOCK, size_of
from sightline.index.literals import one_of
from sightline.index.locks import WriteLock
from sightline.index.lookup import Lookup
from sightline.index.upkeep import flush, index_words, optimize
from sightline.odata.checking import check
from sightline.odata.parsing import parse

LOG: Final = logging.getLogger(__name__)

UNTIDY: Final = "untidy"
"""A file inside a table's folder: one byte for each commit since the last upkeep."""

UPKEEP_AFTER: Final = 32
"""Commits. What was written since then is found by scanning: 3 ms for 1,000 rows."""

WAIT: Final = 60.0
"""Seconds a writer waits for its turn."""

_KEYS_AT_ONCE: Final = 2000


class LanceDocuments:
    """An index of documents on disk. Any number of threads and processes read while one writes.

    Writers take turns. A batch is one commit: a killed process leaves all of it or nothing, and
    what was written when a call returns survives a power cut. Now and then a batch also does the
    upkeep; searches go on meanwhile.
    """

    def __init__(
        self,
        table: Table,
        path: Path,
        matrices: Matrices,
        vectorize: Vectorize,
        *,
        keep: timedelta,
        wait: float = WAIT,
    ) -> None:
        """Raises ValueError when the table does not say what it is."""
        self._table = table
        self._path = path
        self._matrices = matrices
        self._vectorize = vectorize
        self._keep = keep
        self._wait = wait
        self._told = told(table.schema)
        self._columns = columns_in(table.schema)
        mark = self._columns.table.encode()
        self._lookup = Lookup(table, matrices, mark=mark, key=KEY)

    def is_current(self) -> bool:
        """Whether the table still is what was opened, with the same fields."""
        with self._guard("read"):
            return told(self._table.schema) == self._told

    @property
    def definition(self) -> Definition:
        """Its name and fields."""
        return self._columns.definition

    def count(self) -> int:
        """How many documents it holds."""
        with self._guard("read"):
            return int(self._table.count_rows())

    def size(self) -> int:
        """Bytes on disk, with versions that searches under way may still read."""
        return size_of(self._path.parent, self.definition.name)

    def search(self, query: Query) -> Results:
        """Raises InvalidRequest for a field, filter or vector that does not fit."""
        return search(self, query, self._vectorize)

    def get(self, key: str, select: Sequence[str] = ()) -> Document:
        """Raises UnknownDocument."""
        found = self.read([key], selected(self.definition, select)).get(key)
        if found is None:
            raise UnknownDocument(f"The index {self.definition.name!r} has no document {key!r}.")
        return found

    def write(self, actions: Sequence[Action]) -> list[Written]:
        """Do them in order, in one commit; each fails alone. Raises IndexBusy."""
        with self._writing():
            columns = columns_in(self._table.schema)  # fields may have been added
            steps = checked(actions, columns.definition)
            keys = {step.key for step in steps if isinstance(step, Checked)}
            there = set(self._present(keys))
            result = outcome(steps, there, lambda keys: self._stored(keys, columns))
            if result.documents or result.gone:
                began = time.time_ns()
                self._commit(result, there, columns)
                with (self._path / UNTIDY).open("ab") as file:
                    file.write(b".")
                flush(self._path, began)
                self._tidy_up(columns)
        return result.written

    def optimize(self) -> None:
        """Compact, and bring vector and word indexes up to date."""
        with self._writing():
            self._optimize(self._columns)

    def redefine(self, definition: Definition) -> None:
        """Add the fields that are new. Raises InvalidRequest when one that is there would change.

        Attributes that need no row to be made anew may change: retrievable, filterable, sortable,
        facetable, and the profile of a vector.
        """
        with self._writing():
            schema = self._table.schema
            old = columns_in(schema)
            _check_same(old.definition, definition)
            began = time.time_ns()
            columns = columns_of(definition, old, first=unused_number(schema))
            fields = [
                pa.field(columns.of[field.name], type_of(field))
                for field in definition.fields
                if field.name not in old.of
            ]
            words = [c for name, c in columns.words_of.items() if name not in old.words_of]
            fields += [pa.field(column, pa.string()) for column in words]
            if fields:
                self._table.add_columns(pa.schema(fields))
                index_words(self._table, words)
            said = {"path": KEY, "metadata": {ABOUT.decode(): about(columns)}}
            self._table.update_field_metadata(said)  # from here on it is what it was made to be
            flush(self._path, began)

    def condition(self, filter: str) -> str | None:
        """A filter as SQL. Raises InvalidRequest."""
        if not filter.strip():
            return None
        tree = parse(filter).tree
        check(tree, {f.name: f.kind for f in self.definition.fields if f.filterable})
        return sql(tree, self._columns.of)

    def near(
        self, field: Field, vector: Vector, k: int, condition: str | None, *, exact: bool
    ) -> list[Scored]:
        """The `k` nearest by cosine, best first."""
        exact = exact or is_exhaustive(self.definition, field)
        with self._guard("search"):
            column = self._columns.of[field.name]
            return self._lookup.near(column, vector, k, condition, exact=exact)

    def matching(
        self,
        words: str,
        fields: Sequence[str],
        k: int | None,
        condition: str | None,
        *,
        every: bool,
    ) -> list[Scored]:
        """The `k` (None: all) that fit words best by BM25; no fields: all searchable ones."""
        columns = [self._columns.words_of[name] for name in dict.fromkeys(fields)] or [WORDS]
        query = words_query(words, columns, every=every)
        if query is None:
            return []
        with self._guard("search"):
            k = self._table.count_rows() if k is None else k
            return self._lookup.matching(query, k, condition)

    def fitting(self, condition: str | None) -> list[str]:
        """The keys of all that fit, sorted."""
        with self._guard("search"):
            return sorted(self._lookup.fitting(condition))

    def read(self, keys: Sequence[str], fields: Sequence[str]) -> dict[str, dict[str, Any]]:
        """These fields of documents as JSON, by key; keys that are gone are left out."""
        names = list(dict.fromkeys([self.definition.key.name, *fields]))
        with self._guard("read"):
            rows = self._rows(keys, self._columns.fields(names))
            documents = to_documents(rows, self._columns, fields)
        return dict(zip(rows[KEY].to_pylist(), documents, strict=True))

    def _rows(self, keys: Collection[str], columns: Sequence[str]) -> pa.Table:
        query = self._table.search().select(list(columns)).limit(None)
        if len(keys) <= _KEYS_AT_ONCE:
            return query.where(one_of(KEY, keys) if keys else "false").to_arrow()
        rows = query.to_arrow()  # so many are found faster by reading all
        return rows.filter(pc.is_in(rows[KEY], pa.array(keys, pa.string())))

    def _present(self, keys: Collection[str]) -> list[str]:
        return list(self._rows(sorted(keys), [KEY])[KEY].to_pylist())

    def _stored(self, keys: Sequence[str], columns: Columns) -> Mapping[str, dict[str, Any]]:
        names = [field.name for field in columns.definition.fields]
        documents = to_stored(self._rows(keys, columns.fields(names)), columns)
        return {document[columns.definition.key.name]: document for document in documents}

    def _commit(self, result: Outcome, there: Collection[str], columns: Columns) -> None:
        rows = to_table(list(result.documents.values()), columns, self._table.schema)
        if not result.documents:
            self._table.delete(one_of(KEY, sorted(result.gone)))
        elif not result.gone and not there & result.documents.keys():
            self._table.add(rows)
        else:
            merge = self._table.merge_insert(KEY).when_matched_update_all()
            merge = merge.when_not_matched_insert_all()
            if result.gone:
                # Slower, as it reads the table, but the batch stays one commit.
                gone = one_of(KEY, sorted(result.gone))
                merge = merge.when_not_matched_by_source_delete(gone)
            # What is missing stays missing ("null"): every vector was checked before.
            merge.execute(rows, on_bad_vectors="null")

    def _tidy_up(self, columns: Columns) -> None:
        if (self._path / UNTIDY).stat().st_size < UPKEEP_AFTER:
            return
        try:
            self._optimize(columns)
        except (RuntimeError, OSError, ValueError) as error:
            # The batch is written; a later one tries again.
            LOG.warning("the upkeep of %s was put off: %s", self._path, error)

    def _optimize(self, columns: Columns) -> None:
        vectors = columns.fields(field.name for field in columns.definition.vectors)
        optimize(self._table, vectors, exact_rows=self._matrices.rows, keep=self._keep)
        (self._path / UNTIDY).unlink(missing_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        name = self.definition.name
        with WriteLock(name, self._path / LOCK, wait=self._wait), self._guard("write"):
            yield

    def _guard(self, verb: str) -> AbstractContextManager[None]:
        return engine_faults(self.definition.name, self._path, verb)


def _check_same(old: Definition, new: Definition) -> None:
    """Raises InvalidRequest for a field that is gone, or would need its rows to be made anew."""
    fields = {field.name: field for field in new.fields}
    for before in old.fields:
        now = fields.get(before.name)
        for word in ("kind", "key", "searchable", "dimensions"):
            if now is None or getattr(now, word) != getattr(before, word):
                what = "removed" if now is None else "changed"
                raise InvalidRequest(
                    f"The field {before.name!r} of the index {old.name!r} cannot be {what}"
                    f"{'' if now is None else f': {word}'}.",
                    hint="Fields can be added. For all else delete the index and make it anew.",
                    param="fields",
                )
