"""An index of documents made for these tests: every kind of field, a few documents."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sightline.assets import Vector
from sightline.documents.base import Action, Documents, Query, Results
from sightline.documents.definition import Field, Json
from sightline.errors import InvalidRequest

CAMPING: Json = {
    "name": "camping",
    "fields": [
        {"name": "id", "type": "Edm.String", "key": True, "searchable": False},
        {"name": "title", "type": "Edm.String", "filterable": True},
        {"name": "description", "type": "Edm.String"},
        {"name": "tags", "type": "Collection(Edm.String)"},
        {"name": "price", "type": "Edm.Double"},
        {"name": "stock", "type": "Edm.Int32"},
        {"name": "views", "type": "Edm.Int64"},
        {"name": "made", "type": "Edm.DateTimeOffset"},
        {"name": "sold", "type": "Edm.Boolean"},
        {"name": "secret", "type": "Edm.String", "retrievable": False, "filterable": False},
        {
            "name": "look",
            "type": "Collection(Edm.Single)",
            "dimensions": 4,
            "vectorSearchProfile": "near",
        },
        {"name": "meaning", "type": "Collection(Edm.Single)", "dimensions": 3},
    ],
    "vectorSearch": {
        "profiles": [{"name": "near", "algorithm": "graph"}],
        "algorithms": [{"name": "graph", "kind": "hnsw", "hnswParameters": {"metric": "cosine"}}],
    },
}

TENT = {
    "id": "tent",
    "title": "TrailMaster X4",
    "description": "A green tent for four",
    "tags": ["tent", "green"],
    "price": 250.0,
    "stock": 3,
    "views": 5_000_000_000,
    "made": "2024-05-01T12:00:00Z",
    "sold": False,
    "secret": "margin",
    "look": [1, 0, 0, 0],
    "meaning": [1, 0, 0],
}
STOVE = {
    "id": "stove",
    "title": "CozyFire",
    "description": "A small stove that boils water for the tent",
    "tags": ["stove"],
    "price": 40.5,
    "stock": 0,
    "made": "2023-01-31T23:59:59.25+02:00",
    "sold": True,
    "look": [0.6, 0.8, 0, 0],
    "meaning": [0, 1, 0],
}
LAMP = {"id": "lamp", "title": "Lamp", "description": "Light", "look": [0, 0, 1, 0]}
BARE = {"id": "bare"}
DOCUMENTS: list[dict[str, Any]] = [TENT, STOVE, LAMP, BARE]


def vectorize(field: Field, given: str | bytes) -> Vector:
    """A stand-in for encoders: it knows one text, and one picture, for fields of 4 numbers."""
    if field.dimensions != 4:
        raise InvalidRequest(f"No encoder makes vectors of {field.dimensions} numbers.")
    return vector(1, 0, 0, 0) if given in ("a tent", b"picture of a tent") else vector(0, 0, 1, 0)


def vector(*numbers: float) -> Vector:
    return np.array(numbers, np.float32)


def upload(documents: Documents, given: Sequence[dict[str, Any]]) -> list[int]:
    """The status of each."""
    return [one.status for one in documents.write([Action("upload", each) for each in given])]


def ids(found: Results | Documents, **query: Any) -> list[str]:  # noqa: ANN401 - of a Query
    """The keys of what was found, in order."""
    results = found if isinstance(found, Results) else found.search(Query(**query))
    return [one.document["id"] for one in results.found]
