"""The shape of a stored row: the columns of a table, and values to columns and back."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sightline.assets import (
    Asset,
    Moment,
    Page,
    Place,
    Row,
    Tag,
    Vector,
    Whole,
)
from sightline.index.base import Channel, IndexInfo
from sightline.index.exact import checked
from sightline.index.literals import utc
from sightline.index.words import plain, searchable, tag_names
from sightline.stored import film_of, film_text, reading_of, reading_text
from sightline.vision.base import Identity

FORMAT: Final = 1
"""Counts changes of the columns that older code cannot read."""

ABOUT: Final = b"sightline"
"""The key of the schema's metadata below which a table says what it is."""

VECTOR_COLUMNS: Final[dict[Channel, str]] = {
    "picture": "vector",
    "concept": "concept",
    "description": "description_vector",
}

ASSET_COLUMNS: Final = (
    "id",
    "key",
    "source",
    "location",
    "page",
    "pages",
    "seconds",
    "sha256",
    "size",
    "etag",
    "media_type",
    "width",
    "height",
    "description",
    "reading",
    "tags",
    "taken_at",
    "indexed_at",
)
"""What an `Asset` is made of: no vector, no thumbnail, no text for the word index."""

SOURCE_DESCRIPTION: Final = pa.field("source_description", pa.string())
FILM: Final = pa.field("film", pa.string())
"""Columns that a table gets with the first row that needs them: few do, and older code lacks them.
"""

_TIME: Final = pa.timestamp("us", "UTC")


def schema_of(info: IndexInfo) -> pa.Schema:
    """The columns of a table; its metadata says what the index is."""
    picture = pa.list_(pa.float32(), info.encoder.dimension)
    meaning = pa.list_(pa.float32(), info.text_encoder.dimension)
    about = {
        "format": FORMAT,
        "name": info.name,
        "encoder": _identity_json(info.encoder),
        "text_encoder": _identity_json(info.text_encoder),
        "created_at": info.created_at.isoformat(),
        "table": uuid4().hex,  # tells a table from a later one of the same name
    }
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            pa.field("key", pa.string(), nullable=False),
            pa.field("source", pa.string(), nullable=False),
            pa.field("location", pa.string(), nullable=False),
            pa.field("page", pa.int32()),
            pa.field("pages", pa.int32()),
            pa.field("seconds", pa.float64()),
            pa.field("sha256", pa.string(), nullable=False),
            pa.field("size", pa.int64(), nullable=False),
            pa.field("etag", pa.string(), nullable=False),
            pa.field("media_type", pa.string(), nullable=False),
            pa.field("width", pa.int32(), nullable=False),
            pa.field("height", pa.int32(), nullable=False),
            pa.field("description", pa.string(), nullable=False),
            pa.field("text", pa.string(), nullable=False),
            pa.field("reading", pa.string()),
            pa.field("tags", pa.string(), nullable=False),
            pa.field("tag_names", pa.list_(pa.string()), nullable=False),
            pa.field("taken_at", _TIME),
            pa.field("indexed_at", _TIME),
            pa.field("pipeline", pa.string(), nullable=False),
            pa.field("words", pa.string(), nullable=False),
            pa.field("vector", picture, nullable=False),
            pa.field("concept", meaning),
            pa.field("description_vector", meaning),
            pa.field("thumbnail", pa.binary(), nullable=False),
        ],
        metadata={ABOUT: json.dumps(about).encode()},
    )


def info_of(schema: pa.Schema) -> IndexInfo:
    """What a table says of itself. Raises ValueError when it says nothing we understand."""
    about = json.loads((schema.metadata or {}).get(ABOUT, b"null"))
    match about:
        case {"format": int(number)} if number != FORMAT:
            raise ValueError(f"it has format {number}, this version reads {FORMAT}")
        case {
            "format": int(),
            "name": str(name),
            "encoder": {"name": _, "version": _, "dimension": _} as encoder,
            "text_encoder": {"name": _, "version": _, "dimension": _} as text_encoder,
            "created_at": str(created_at),
        }:
            return IndexInfo(
                name=name,
                encoder=Identity(**encoder),
                text_encoder=Identity(**text_encoder),
                created_at=datetime.fromisoformat(created_at),
            )
    raise ValueError("its schema does not say what it is")


def to_table(rows: Sequence[Row], info: IndexInfo, schema: pa.Schema) -> pa.Table:
    """Rows as columns. Raises EncoderMismatch when a vector has another dimension."""
    columns = _asset_columns([row.asset for row in rows])
    columns["pipeline"] = [row.pipeline for row in rows]
    columns["thumbnail"] = [row.thumbnail for row in rows]
    columns[SOURCE_DESCRIPTION.name] = [row.source_description for row in rows]
    columns[FILM.name] = [film_text(row.asset.film) if row.asset.film else None for row in rows]
    table = {
        name: _array(values, schema.field(name).type)
        for name, values in columns.items()
        if name in schema.names
    }
    picture, meaning = info.encoder, info.text_encoder
    table["vector"] = _vectors([row.vector for row in rows], picture)
    table["concept"] = _vectors([row.concept for row in rows], meaning)
    table["description_vector"] = _vectors([row.description_vector for row in rows], meaning)
    return pa.table([table[field.name] for field in schema], schema=schema)


def vectors_of(column: pa.ChunkedArray) -> NDArray[np.float32]:
    """A vector column without nulls as (rows, dimension)."""
    dimension = column.type.list_size
    flat: NDArray[np.float32] = column.combine_chunks().flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(column), dimension)


def to_asset(row: Mapping[str, Any]) -> Asset:
    """The `ASSET_COLUMNS` of one row, and `FILM` where there is one, as the asset it was."""
    reading, film = row["reading"], row.get(FILM.name)
    return Asset(
        id=row["id"],
        key=row["key"],
        source=row["source"],
        location=row["location"],
        place=_place(row),
        sha256=row["sha256"],
        size=row["size"],
        etag=row["etag"],
        media_type=row["media_type"],
        width=row["width"],
        height=row["height"],
        description=row["description"],
        reading=None if reading is None else reading_of(reading),
        tags=tuple(Tag(name, p, tuple(broader)) for name, p, broader in json.loads(row["tags"])),
        taken_at=row["taken_at"],
        indexed_at=row["indexed_at"],
        film=None if film is None else film_of(film),
    )


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array([_plain(value) for value in values], kind)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a text or a list of them
    if isinstance(value, list):
        return [plain(text) for text in value]
    return plain(value) if isinstance(value, str) else value


def _asset_columns(assets: Sequence[Asset]) -> dict[str, list[Any]]:
    places = [_place_columns(asset.place) for asset in assets]
    return {
        "id": [asset.id for asset in assets],
        "key": [asset.key for asset in assets],
        "source": [asset.source for asset in assets],
        "location": [asset.location for asset in assets],
        "page": [page for page, _, _ in places],
        "pages": [pages for _, pages, _ in places],
        "seconds": [seconds for _, _, seconds in places],
        "sha256": [asset.sha256 for asset in assets],
        "size": [asset.size for asset in assets],
        "etag": [asset.etag for asset in assets],
        "media_type": [asset.media_type for asset in assets],
        "width": [asset.width for asset in assets],
        "height": [asset.height for asset in assets],
        "description": [asset.description for asset in assets],
        "text": ["" if asset.reading is None else asset.reading.text for asset in assets],
        "reading": [
            None if asset.reading is None else reading_text(asset.reading) for asset in assets
        ],
        "tags": [_tags_json(asset.tags) for asset in assets],
        "tag_names": [tag_names(asset) for asset in assets],
        "taken_at": [_time(asset.taken_at) for asset in assets],
        "indexed_at": [_time(asset.indexed_at) for asset in assets],
        "words": [searchable(asset) for asset in assets],
    }


def _time(time: datetime | None) -> datetime | None:
    return None if time is None else utc(time)


def _vectors(vectors: Sequence[Vector | None], identity: Identity) -> pa.Array:
    flat = np.zeros((len(vectors), identity.dimension), np.float32)
    for row, vector in zip(flat, vectors, strict=True):
        if vector is not None:
            row[:] = checked(vector, identity)
    missing = pa.array([vector is None for vector in vectors], pa.bool_())
    return pa.FixedSizeListArray.from_arrays(flat.ravel(), identity.dimension, mask=missing)


def _place_columns(place: Place) -> tuple[int | None, int | None, float | None]:
    match place:
        case Page(number, count):
            return number, count, None
        case Moment(seconds):
            return None, None, seconds
        case Whole():
            return None, None, None


def _place(row: Mapping[str, Any]) -> Place:
    if row["page"] is not None:
        return Page(row["page"], row["pages"])
    return Whole() if row["seconds"] is None else Moment(row["seconds"])


def _tags_json(tags: Iterable[Tag]) -> str:
    values = [[tag.name, tag.probability, tag.broader] for tag in tags]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _identity_json(identity: Identity) -> dict[str, str | int]:
    return {
        "name": identity.name,
        "version": identity.version,
        "dimension": identity.dimension,
    }
