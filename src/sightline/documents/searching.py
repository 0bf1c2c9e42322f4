"""A search over any index of documents that can say what is near, what matches and what fits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from sightline.assets import Vector
from sightline.documents.base import Found, Query, Results, VectorQuery
from sightline.documents.definition import Definition, Field
from sightline.documents.fusion import Ranking, fused
from sightline.documents.values import vector_of
from sightline.errors import InvalidRequest
from sightline.index.base import Scored

Vectorize = Callable[[Field, str | bytes], Vector]
"""A text or a picture (a file's bytes) as a vector for a field.

Raises InvalidRequest when no encoder here makes vectors of that field.
"""

SCORE: Final = "search.score()"
"""What `Query.order` calls the score."""

WORDS_IN_FUSION: Final = 1000
"""Documents that the words of a search with vectors may name, as at the service."""

_EVERYTHING: Final = ("", "*")


class Shelf(Protocol):
    """What an index can look up. Conditions are its own; keys name documents."""

    @property
    def definition(self) -> Definition:
        """Its fields."""
        ...

    def condition(self, filter: str) -> Any:  # noqa: ANN401 - each index has its own kind
        """A filter, understood. Raises InvalidRequest. None when it is empty."""
        ...

    def near(
        self,
        field: Field,
        vector: Vector,
        k: int,
        condition: Any,  # noqa: ANN401
        *,
        exact: bool,
    ) -> list[Scored]:
        """The `k` nearest by cosine, best first."""
        ...

    def matching(
        self,
        words: str,
        fields: Sequence[str],
        k: int | None,
        condition: Any,  # noqa: ANN401
        *,
        every: bool,
    ) -> list[Scored]:
        """The `k` (None: all) that fit words best by BM25; no fields: all searchable ones."""
        ...

    def fitting(self, condition: Any) -> list[str]:  # noqa: ANN401
        """The keys of all that fit, in a stable order."""
        ...

    def read(self, keys: Sequence[str], fields: Sequence[str]) -> Mapping[str, dict[str, Any]]:
        """These fields of documents as JSON, by key; keys that are gone are left out."""
        ...


def search(shelf: Shelf, query: Query, vectorize: Vectorize) -> Results:
    """Find, fuse, order and read a page. Raises InvalidRequest for what does not fit the fields."""
    definition = shelf.definition
    shown = selected(definition, query.select)
    order = _order(definition, query.order)
    condition = shelf.condition(query.filter)
    if query.top < 0 or query.skip < 0:
        raise InvalidRequest(
            f"Expected top and skip from 0 on, got {query.top} and {query.skip}.",
            param="top" if query.top < 0 else "skip",
        )
    wanted = query.skip + query.top
    rankings = _rankings(shelf, query, condition, vectorize, None if order else wanted)
    found = fused(rankings) if rankings else _everything(shelf, condition)
    total = len(found) if query.count else None
    if order:
        found = _ordered(shelf, found, order)
    page = found[query.skip : wanted]
    documents = shelf.read([one.id for one in page], shown)
    return Results(
        found=tuple(Found(documents[one.id], one.score) for one in page if one.id in documents),
        total=total,
    )


def selected(definition: Definition, select: Sequence[str]) -> list[str]:
    """The fields to show: those that are named, or all that are retrievable.

    Raises InvalidRequest for one that is unknown or not to be shown.
    """
    if tuple(select) in ((), ("*",)):
        return [field.name for field in definition.fields if field.retrievable]
    for name in select:
        _with(definition, name, "retrievable", "select")
    return list(dict.fromkeys(select))


def _rankings(
    shelf: Shelf,
    query: Query,
    condition: Any,  # noqa: ANN401
    vectorize: Vectorize,
    wanted: int | None,
) -> list[Ranking]:
    """What each part of the search finds; none without words and vectors."""
    definition = shelf.definition
    for name in query.search_fields:
        if _with(definition, name, "searchable", "searchFields").is_vector:
            raise InvalidRequest(
                f"The field {name!r} is a vector; words are looked up in texts.",
                param="searchFields",
            )
    asked = [(each, field) for each in query.vectors for field in _vector_fields(definition, each)]
    vectors = [(each, field, _vector(each, field, vectorize)) for each, field in asked]
    rankings = []
    words = query.words.strip()
    if words not in _EVERYTHING:
        k = WORDS_IN_FUSION if vectors else None if query.count else wanted
        every = query.every_word
        found = shelf.matching(words, query.search_fields, k, condition, every=every)
        rankings.append(Ranking(found))
    for each, field, vector in vectors:
        near = shelf.near(field, vector, each.k, condition, exact=each.exhaustive)
        scored = [Scored(one.id, 1 / (2 - one.score)) for one in near]
        rankings.append(Ranking(scored, each.weight))
    return rankings


def _vector_fields(definition: Definition, query: VectorQuery) -> list[Field]:
    """The fields of a vector query. Raises InvalidRequest when they or `k` cannot be."""
    if query.k < 1:
        raise InvalidRequest(f"Expected k from 1 on, got {query.k}.", param="vectorQueries.k")
    if not query.weight > 0:
        raise InvalidRequest(
            f"Expected a weight above 0, got {query.weight}.", param="vectorQueries.weight"
        )
    if not query.fields:
        vectors = ", ".join(field.name for field in definition.vectors)
        raise InvalidRequest(
            f"A vector query names no field; the index has {vectors or 'no vector fields'}.",
            param="vectorQueries.fields",
        )
    fields = []
    for name in query.fields:
        field = _with(definition, name, "searchable", "vectorQueries.fields")
        if not field.is_vector:
            raise InvalidRequest(
                f"The field {name!r} of type {field.kind} is no vector.",
                param="vectorQueries.fields",
            )
        fields.append(field)
    return fields


def _vector(query: VectorQuery, field: Field, vectorize: Vectorize) -> Vector:
    given = [one for one in (query.vector, query.text, query.picture) if one is not None]
    if len(given) != 1:
        raise InvalidRequest(
            f"Expected one of a vector, a text and a picture in a vector query, got {len(given)}.",
            param="vectorQueries",
        )
    one = given[0]
    return vectorize(field, one) if isinstance(one, (str, bytes)) else vector_of(field, one)


def _with(definition: Definition, name: str, able: str, place: str) -> Field:
    """A field that has an attribute. Raises InvalidRequest for an unknown one and one without."""
    try:
        field = definition.field(name)
    except InvalidRequest as error:
        error.param = place
        raise
    if not getattr(field, able):
        raise InvalidRequest(f"The field {name!r} is not {able}.", param=place)
    return field


def _everything(shelf: Shelf, condition: Any) -> list[Scored]:  # noqa: ANN401
    return [Scored(key, 1.0) for key in shelf.fitting(condition)]


def _order(definition: Definition, order: Sequence[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The checked order; empty where it is that of the scores anyway."""
    for name, _ in order:
        if name != SCORE:
            _with(definition, name, "sortable", "orderby")
    return [] if list(order[:1]) == [(SCORE, True)] else list(order)


def _ordered(
    shelf: Shelf, found: Sequence[Scored], order: Sequence[tuple[str, bool]]
) -> list[Scored]:
    """By the fields of the order; what has no value comes first, or last when descending."""
    fields = [name for name, _ in order if name != SCORE]
    values = shelf.read([one.id for one in found], fields) if fields else {}
    ordered = [one for one in found if not fields or one.id in values]
    for name, descending in reversed(order):

        def place(one: Scored, name: str = name) -> tuple[bool, Any]:
            value = one.score if name == SCORE else values[one.id][name]
            return value is not None, 0 if value is None else value

        ordered.sort(key=place, reverse=descending)
    return ordered
