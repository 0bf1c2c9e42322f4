"""What a search of the protocol may ask for besides what is served: refused, or without effect.

The rule is that of chats: what would change which documents come and cannot be done is refused by
name, as is what the protocol does not know; what only tunes or decorates is accepted and noted.
The lists in `docs/search-service.md` follow this module.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel

from sightline.errors import InvalidRequest
from sightline.http.wire_json import Json, is_given, squashed

_NOT_SERVED: Final = "it is not served; leave it out."
REFUSED: Final = {
    "facets": _NOT_SERVED,
    "facet": _NOT_SERVED,
    "highlight": _NOT_SERVED,
    "scoringProfile": _NOT_SERVED,
    "scoringParameters": _NOT_SERVED,
}
REFUSED_OF_VECTORS: Final = {
    "filterOverride": "a vector query has no filter of its own here; use `filter`.",
    "threshold": _NOT_SERVED,
}
WITHOUT_EFFECT: Final = frozenset(
    {
        "semanticConfiguration", "semanticQuery", "semanticErrorHandling", "semanticFields",
        "semanticMaxWaitInMilliseconds", "answers", "captions", "queryRewrites",
        "scoringStatistics", "sessionId", "vectorFilterMode", "debug", "speller", "queryLanguage",
        "hybridSearch", "highlightPreTag", "highlightPostTag",
    }
)  # fmt: skip
WITHOUT_EFFECT_ON_VECTORS: Final = frozenset(
    {"oversampling", "perDocumentVectorLimit", "queryRewrites"}
)


def check_options(given: Json, served: type[BaseModel]) -> None:
    """Raises InvalidRequest that names the first key of a search that cannot be served."""
    _check(given, served, REFUSED, WITHOUT_EFFECT, "a search")


def check_vector_options(given: Json, served: type[BaseModel], place: str) -> None:
    """The same for one of `vectorQueries`, which stands at `place`."""
    _check(
        given, served, REFUSED_OF_VECTORS, WITHOUT_EFFECT_ON_VECTORS, "a vector query", f"{place}."
    )


def without_effect(given: Json) -> Iterator[str]:
    """The names of what was asked for and changes nothing."""
    asked = {squashed(key) for key, value in given.items() if is_given(value) and value != "none"}
    yield from sorted(name for name in WITHOUT_EFFECT if squashed(name) in asked)
    queries = given.get("vectorQueries")
    of_vectors = {
        squashed(key)
        for query in (queries if isinstance(queries, list) else ())
        if isinstance(query, dict)
        for key, value in query.items()
        if is_given(value)
    }
    for name in sorted(WITHOUT_EFFECT_ON_VECTORS):
        if squashed(name) in of_vectors:
            yield f"vectorQueries.{name}"


def _check(
    given: Json,
    served: type[BaseModel],
    refused: Mapping[str, str],
    without_effect: frozenset[str],
    what: str,
    place: str = "",
) -> None:
    reasons = {squashed(name): why for name, why in refused.items()}
    known = {squashed(name) for name in (*served.model_fields, *without_effect)}
    for key, value in given.items():
        why = reasons.get(squashed(key))
        if why is None and squashed(key) not in known:
            why = f"{what} has no such parameter."
        if why is not None and is_given(value):
            raise InvalidRequest(f"{place}{key}: {why}", param=f"{place}{key}")
