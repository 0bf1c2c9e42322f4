"""A picture index seen as an index of documents: to be searched, not written to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sightline.assets import Asset, Vector, Where
from sightline.documents.base import Action, Document, Query, Results, Written
from sightline.documents.definition import Definition, Field, Json
from sightline.documents.mapping import profile_of
from sightline.documents.schema import definition_of
from sightline.documents.searching import Vectorize, search, selected
from sightline.documents.values import shown
from sightline.errors import InvalidRequest, Refused, UnknownDocument
from sightline.index.base import Channel, Index, IndexInfo, Scored
from sightline.index.filters import KINDS
from sightline.index.words import tag_names
from sightline.odata.checking import check
from sightline.odata.parsing import parse

CHANNELS: Final[dict[str, Channel]] = {
    "image_vector": "picture",
    "concept_vector": "concept",
    "description_vector": "description",
}
"""Vector fields: the picture itself, what it shows, what its description means."""

_SEARCHABLE: Final = ("name", "description", "text", "tags")
_TYPES: Final = {
    "id": "Edm.String",
    "key": "Edm.String",
    "name": "Edm.String",
    "source": "Edm.String",
    "url": "Edm.String",
    "thumbnail_url": "Edm.String",
    "description": "Edm.String",
    "text": "Edm.String",
    "tags": "Collection(Edm.String)",
    "media_type": "Edm.String",
    "width": "Edm.Int32",
    "height": "Edm.Int32",
    "size": "Edm.Int64",
    "taken_at": "Edm.DateTimeOffset",
    "indexed_at": "Edm.DateTimeOffset",
}


class PictureDocuments:
    """The pictures of an index as documents.

    Every field is filterable but name, links and vectors. The vectors are shown only when
    they are selected by name, and their profiles name the encoders that made them.
    """

    def __init__(
        self,
        index: Index,
        vectorize: Vectorize,
        *,
        url_of: Callable[[str], str],
        thumbnail_of: Callable[[str], str],
        size: Callable[[], int],
    ) -> None:
        """`url_of` and `thumbnail_of` give the links to an asset by its id, `size` the bytes."""
        self._index = index
        self._definition = definition_of(_given(index.info))
        self._vectorize = vectorize
        self._url_of = url_of
        self._thumbnail_of = thumbnail_of
        self._size = size

    @property
    def definition(self) -> Definition:
        """Its name and fields."""
        return self._definition

    def count(self) -> int:
        """How many pictures, pages and moments it holds."""
        return self._index.count()

    def size(self) -> int:
        """Bytes on disk."""
        return self._size()

    def search(self, query: Query) -> Results:
        """Raises InvalidRequest for a field, filter or vector that does not fit."""
        return search(self, replace(query, select=_usual(query.select)), self._made)

    def get(self, key: str, select: Sequence[str] = ()) -> Document:
        """Raises UnknownDocument."""
        fields = selected(self._definition, _usual(select))
        found = self.read([key], fields).get(key)
        if found is None:
            raise UnknownDocument(f"The index {self._definition.name!r} has no document {key!r}.")
        return found

    def write(self, actions: Sequence[Action]) -> list[Written]:  # noqa: ARG002 - all are refused
        """Raises Refused: its rows are made of pictures."""
        raise Refused(
            f"The index {self._definition.name!r} holds pictures; it is made by ingesting a "
            "source, not by uploading documents.",
            hint=f"Ingest them (`sightline ingest FOLDER --index {self._definition.name}`), or "
            "upload documents to an index of another name that you defined.",
        )

    def condition(self, filter: str) -> Where | None:
        """A filter, understood. Raises InvalidRequest."""
        if not filter.strip():
            return None
        understood = parse(filter)
        check(understood.tree, KINDS)
        return Where(filter=understood)

    def near(
        self,
        field: Field,
        vector: Vector,
        k: int,
        condition: Where | None,
        *,
        exact: bool,  # noqa: ARG002 - few are searched exactly anyway, many nearly so
    ) -> list[Scored]:
        """The `k` nearest by cosine, best first."""
        return self._index.near(CHANNELS[field.name], vector, k, condition)

    def matching(
        self,
        words: str,
        fields: Sequence[str],
        k: int | None,
        condition: Where | None,
        *,
        every: bool,
    ) -> list[Scored]:
        """The `k` (None: all) that fit words best by BM25.

        Raises InvalidRequest for some of the searchable fields: they are looked up together.
        """
        if fields and set(fields) != set(_SEARCHABLE):
            raise InvalidRequest(
                f"The words of a picture index are looked up in {', '.join(_SEARCHABLE)} together; "
                f"got only {', '.join(fields)}.",
                hint="Leave searchFields out.",
                param="searchFields",
            )
        k = self._index.count() if k is None else k
        return self._index.matching(words, k, condition, every=every)

    def fitting(self, condition: Where | None) -> list[str]:
        """The ids of all that fit, by key."""
        return self._index.fitting(condition)

    def read(self, keys: Sequence[str], fields: Sequence[str]) -> Mapping[str, dict[str, Any]]:
        """These fields of documents as JSON, by id; ids that are gone are left out."""
        assets = self._index.assets(keys)
        vectors = {
            name: self._index.vectors(CHANNELS[name], list(assets))
            for name in fields
            if name in CHANNELS
        }

        def value(asset: Asset, field: Field) -> Any:  # noqa: ANN401 - JSON
            if field.is_vector:
                return shown(field, vectors[field.name].get(asset.id))
            return shown(field, self._value(asset, field.name))

        wanted = [self._definition.field(name) for name in fields]
        return {
            key: {field.name: value(asset, field) for field in wanted}
            for key, asset in assets.items()
        }

    def _value(self, asset: Asset, name: str) -> Any:  # noqa: ANN401 - of any kind of field
        match name:
            case "url":
                return self._url_of(asset.id)
            case "thumbnail_url":
                return self._thumbnail_of(asset.id)
            case "text":
                return "" if asset.reading is None else asset.reading.text
            case "tags":
                return tag_names(asset)
        return getattr(asset, name)

    def _made(self, field: Field, given: str | bytes) -> Vector:
        """A text or a picture as a vector of a field that holds such."""
        if isinstance(given, str) == (field.name == "image_vector"):
            is_text = isinstance(given, str)
            raise InvalidRequest(
                f"The field {field.name!r} is compared with "
                f"{'a picture, not with a text' if is_text else 'a text, not with a picture'}.",
                hint="Texts are compared with concept_vector (what a picture shows) and "
                "description_vector (what its description says)."
                if is_text
                else "Pictures are compared with image_vector.",
                param="vectorQueries.fields",
            )
        return self._vectorize(field, given)


def _usual(select: Sequence[str]) -> tuple[str, ...]:
    """What to show: all but the vectors, unless fields are named."""
    return tuple(_TYPES) if tuple(select) in ((), ("*",)) else tuple(select)


def _given(info: IndexInfo) -> Json:
    """The definition as the protocol writes it."""
    picture, meaning = profile_of(info.encoder), profile_of(info.text_encoder)
    return {
        "name": info.name,
        "fields": [
            *(_field(name, kind) for name, kind in _TYPES.items()),
            _vector("image_vector", info.encoder.dimension, picture),
            _vector("concept_vector", info.text_encoder.dimension, meaning),
            _vector("description_vector", info.text_encoder.dimension, meaning),
        ],
        "vectorSearch": {
            "algorithms": [
                {
                    "name": "exact",
                    "kind": "exhaustiveKnn",
                    "exhaustiveKnnParameters": {"metric": "cosine"},
                }
            ],
            "profiles": [
                {"name": name, "algorithm": "exact"} for name in dict.fromkeys([picture, meaning])
            ],
        },
    }


def _field(name: str, kind: str) -> Json:
    return {
        "name": name,
        "type": kind,
        "key": name == "id",
        "retrievable": True,
        "searchable": name in _SEARCHABLE,
        "filterable": name in KINDS,
        "sortable": name in KINDS and name != "text" and not kind.startswith("Collection"),
        "facetable": False,
    }


def _vector(name: str, dimensions: int, profile: str) -> Json:
    return {
        "name": name,
        "type": "Collection(Edm.Single)",
        "retrievable": True,
        "searchable": True,
        "dimensions": dimensions,
        "vectorSearchProfile": profile,
    }
