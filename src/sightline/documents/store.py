"""Indexes of documents in LanceDB: one table for each, in one folder."""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from sightline.documents.columns import KEY, WORDS, columns_of, schema_of
from sightline.documents.definition import Definition
from sightline.documents.searching import Vectorize
from sightline.documents.table import WAIT, LanceDocuments
from sightline.index.exact import Matrices
from sightline.index.folder import TableFolder
from sightline.index.names import taken
from sightline.index.upkeep import create_table

_MATRICES: Final = 256 * 2**20


class LanceDocumentIndexes:
    """All indexes of documents of one folder; any number of processes may have it open.

    Names are those of every index here (letters, digits, '.', '_' and '-'); the service's own are
    among them.
    """

    def __init__(
        self,
        folder: Path,
        vectorize: Vectorize,
        *,
        exact_rows: int = 10_000,
        keep: timedelta = timedelta(minutes=10),
        wait: float = WAIT,
        elsewhere: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """Use a folder; it is made when missing. No table is read yet.

        `vectorize` serves searches by text and by picture. Up to `exact_rows` vectors a field is
        searched exactly, in memory; beyond, by an index. `keep`: versions of a table younger than
        that outlive its upkeep, for searches under way. `wait`: seconds a writer waits for others.
        `elsewhere` tells the names that indexes of another kind have.
        """
        matrices = Matrices(rows=exact_rows, limit=_MATRICES)
        self._wait = wait
        self._elsewhere = elsewhere
        self._tables = TableFolder(
            folder,
            lambda table, path: LanceDocuments(
                table, path, matrices, vectorize, keep=keep, wait=wait
            ),
        )

    def names(self) -> list[str]:
        """Sorted."""
        return self._tables.names()

    def create(self, definition: Definition, *, replace: bool = False) -> LanceDocuments:
        """Make an empty one. Raises Conflict when the name is taken, InvalidRequest when bad.

        `replace` updates the definition of one that is there: fields may be added, not changed.
        """
        if replace and definition.name in self.names():
            self.open(definition.name).redefine(definition)
            return self.open(definition.name)
        if definition.name in self._elsewhere():
            raise taken(definition.name)
        columns = columns_of(definition)
        words = [WORDS, *columns.words_of.values()]
        return self._tables.create(
            definition.name,
            lambda connection, name: create_table(
                connection, name, schema_of(columns), key=KEY, words=words
            ),
        )

    def open(self, name: str) -> LanceDocuments:
        """Raises UnknownIndex or BrokenIndex."""
        return self._tables.open(name)

    def delete(self, name: str) -> None:
        """Remove an index with all its documents. Raises UnknownIndex, IndexBusy."""
        self._tables.delete(name, wait=self._wait)

    def __iter__(self) -> Iterator[LanceDocuments]:
        return (self.open(name) for name in self.names())
