"""The columns of a stored index of documents, and documents to rows and back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa

from sightline.documents.definition import VECTOR, Definition, Field
from sightline.documents.schema import definition_of, json_of
from sightline.documents.values import shown
from sightline.index.words import spaced

FORMAT: Final = 1
"""Counts changes of the columns that older code cannot read."""

KEY: Final = "key"
"""The column of the key. Its metadata says what the index is: that can change, a table's cannot."""

WORDS: Final = "words"
"""The column of all searchable texts together."""

ABOUT: Final = b"sightline.documents"

_TEXTS: Final = "Collection(Edm.String)"
_TYPES: Final = {
    "Edm.String": pa.string(),
    "Edm.Int32": pa.int32(),
    "Edm.Int64": pa.int64(),
    "Edm.Double": pa.float64(),
    "Edm.Boolean": pa.bool_(),
    "Edm.DateTimeOffset": pa.timestamp("us", "UTC"),
    _TEXTS: pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds which field: a field's name may hold what SQL and files do not like.

    `of`: the column of each field. `words_of`: the column of its text for the word index.
    `table` tells a table from a later one of the same name.
    """

    definition: Definition
    of: Mapping[str, str]
    words_of: Mapping[str, str]
    table: str

    def fields(self, names: Iterable[str]) -> list[str]:
        """The columns of these fields."""
        return [self.of[name] for name in names]


def columns_of(definition: Definition, known: Columns | None = None, first: int = 0) -> Columns:
    """Columns for a definition: those that are known, and new ones numbered from `first`."""
    of = {definition.key.name: KEY} | dict(known.of if known else {})
    words_of = dict(known.words_of if known else {})
    for number, field in enumerate(definition.fields, first):
        of.setdefault(field.name, f"f{number}")
        if field.searchable and not field.is_vector:
            words_of.setdefault(field.name, f"w{number}")
    table = known.table if known else uuid4().hex
    return Columns(definition=definition, of=of, words_of=words_of, table=table)


def unused_number(schema: pa.Schema) -> int:
    """From where on no column of a table has a number; those of an addition that was killed do."""
    numbers = (name[1:] for name in schema.names if name[1:].isdecimal())
    return 1 + max(map(int, numbers), default=-1)


def about(columns: Columns) -> str:
    """What a table says of itself, to be kept in the metadata of its key."""
    said = {
        "format": FORMAT,
        "definition": json_of(columns.definition),
        "of": columns.of,
        "words_of": columns.words_of,
        "table": columns.table,
    }
    return json.dumps(said)


def told(schema: pa.Schema) -> bytes:
    """What a table says of itself, unread."""
    place = schema.get_field_index(KEY)
    metadata = schema.field(place).metadata if place >= 0 else None
    return bytes((metadata or {}).get(ABOUT, b"null"))


def columns_in(schema: pa.Schema) -> Columns:
    """The columns of a table. Raises ValueError when it does not say what it is."""
    match json.loads(told(schema)):
        case {"format": int(number)} if number != FORMAT:
            raise ValueError(f"it has format {number}, this version reads {FORMAT}")
        case {"definition": given, "of": of, "words_of": words_of, "table": table}:
            definition = definition_of(given)
            return Columns(definition=definition, of=of, words_of=words_of, table=table)
    raise ValueError("its schema does not say what it is")


def schema_of(columns: Columns) -> pa.Schema:
    """The columns of a new table."""
    metadata = {ABOUT: about(columns).encode()}
    fields = [pa.field(KEY, pa.string(), nullable=False, metadata=metadata)]
    fields += [
        pa.field(columns.of[field.name], type_of(field), nullable=field.kind != _TEXTS)
        for field in columns.definition.fields
        if not field.key
    ]
    words = [WORDS, *columns.words_of.values()]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in words)])


def type_of(field: Field) -> pa.DataType:
    """How the values of a field are stored."""
    return pa.list_(pa.float32(), field.dimensions) if field.is_vector else _TYPES[field.kind]


def to_table(
    documents: Sequence[Mapping[str, Any]], columns: Columns, schema: pa.Schema
) -> pa.Table:
    """Stored documents (see `values.stored`) as rows; what a document lacks is null."""
    made: dict[str, pa.Array] = {}
    for field in columns.definition.fields:
        values = [document.get(field.name) for document in documents]
        if field.kind == VECTOR:
            made[columns.of[field.name]] = _vectors(values, field.dimensions)
        else:
            empty: Any = [] if field.kind == _TEXTS else None
            filled = [empty if value is None else value for value in values]
            made[columns.of[field.name]] = pa.array(filled, type_of(field))
    texts = {name: [_text(one.get(name)) for one in documents] for name in columns.words_of}
    for name, column in columns.words_of.items():
        made[column] = pa.array(texts[name], pa.string())
    together = zip(*texts.values(), strict=True) if texts else (() for _ in documents)
    made[WORDS] = pa.array(["\n".join(filter(None, parts)) for parts in together], pa.string())
    arrays = [
        made[name] if name in made else pa.nulls(len(documents), schema.field(name).type)
        for name in schema.names
    ]
    return pa.table(arrays, schema=schema)


def to_documents(rows: pa.Table, columns: Columns, names: Iterable[str]) -> list[dict[str, Any]]:
    """Rows as JSON documents of these fields."""
    documents: list[dict[str, Any]] = [{} for _ in range(rows.num_rows)]
    for name in names:
        field = columns.definition.field(name)
        for document, value in zip(documents, rows[columns.of[name]].to_pylist(), strict=True):
            document[name] = shown(field, value)
    return documents


def to_stored(rows: pa.Table, columns: Columns) -> list[dict[str, Any]]:
    """Rows as `to_table` takes them."""
    documents: list[dict[str, Any]] = [{} for _ in range(rows.num_rows)]
    for field in columns.definition.fields:
        values = rows[columns.of[field.name]].to_pylist()
        for document, value in zip(documents, values, strict=True):
            if field.is_vector and value is not None:
                document[field.name] = np.array(value, np.float32)
            else:
                document[field.name] = value
    return documents


def _vectors(vectors: Sequence[Any], dimension: int) -> pa.Array:
    flat = np.zeros((len(vectors), dimension), np.float32)
    for row, vector in zip(flat, vectors, strict=True):
        if vector is not None:
            row[:] = vector
    missing = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(flat.ravel(), dimension, mask=missing)


def _text(value: str | list[str] | None) -> str:
    if isinstance(value, list):
        return "\n".join(spaced(one) for one in value)
    return spaced(value or "")
