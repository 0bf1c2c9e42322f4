"""Words to moments of videos, over one index of videos or several."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sightline.assets import Hit, Moment, Where
from sightline.errors import InvalidRequest
from sightline.odata.tree import Filter, OneOf
from sightline.sources.documents import documents_uri
from sightline.storage.records import MetadataField, VideoDocument, VideoIndex
from sightline.video_moments import Frame, VideoMoment, moments
from sightline.video_places import moment_of

FRAMES: Final = 20
"""Frames that are looked at for each moment that is asked for."""

FEWEST_FRAMES: Final = 200

Search = Callable[[str, Where, int], list[Hit]]
"""The best so many hits in an index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFilter:
    """Videos whose field has one of these values."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFilter:
    """Videos whose field has a time between these, both inclusive."""

    field: str
    begin: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoQuery:
    """Which moments are wanted. `merge`: neighbouring frames that are alike are one moment.

    `frames`: how many of the best frames are looked at, None: as many as it takes.
    """

    filters: tuple[TextFilter | TimeFilter, ...] = ()
    top: int = 10
    skip: int = 0
    merge: bool = True
    frames: int | None = None


def search_videos(
    indexes: Sequence[VideoIndex],
    documents: Callable[[str], list[VideoDocument]],
    query: VideoQuery,
    search: Search,
) -> list[VideoMoment]:
    """The moments that fit best, best first.

    Every filter must hold. Raises InvalidRequest for a field that an index cannot filter by.
    """
    frames = query.frames or max(FEWEST_FRAMES, FRAMES * (query.skip + query.top))
    found: list[Hit] = []
    for index in indexes:
        where = Where(source=documents_uri(index.name))
        if query.filters:
            keys = fitting(index, documents(index.name), query.filters)
            where = Where(source=where.source, filter=Filter("", OneOf("key", keys)))
        found += search(index.name, where, frames)
    found.sort(key=lambda hit: -hit.score)
    best = moments(map(_frame, found[:frames]), merge=query.merge)
    return best[query.skip : query.skip + query.top]


def fitting(
    index: VideoIndex,
    documents: Iterable[VideoDocument],
    filters: Sequence[TextFilter | TimeFilter],
) -> frozenset[str]:
    """The ids of the documents for which all filters hold. Raises InvalidRequest."""
    checked = [(_filterable(index, one), one) for one in filters]
    return frozenset(
        document.id
        for document in documents
        if all(_holds(one, _said(document.metadata, field)) for field, one in checked)
    )


def _filterable(index: VideoIndex, asked: TextFilter | TimeFilter) -> MetadataField:
    field = index.field(asked.field)
    kind = "string" if isinstance(asked, TextFilter) else "datetime"
    if field is None or not field.filterable or field.type != kind:
        fitting = [one.name for one in index.fields if one.filterable and one.type == kind]
        raise InvalidRequest(
            f"fieldName: expected a filterable {kind} field of the index {index.name!r} "
            f"({', '.join(fitting) or 'it has none'}), got {asked.field[:100]!r}.",
            param="filters",
        )
    return field


def _said(metadata: Mapping[str, Any], field: MetadataField) -> list[Any]:
    """What is said of a video, whatever the case of the field's name; a list says several."""
    values = [value for name, value in metadata.items() if name.lower() == field.name]
    return [one for value in values for one in (value if isinstance(value, list) else [value])]


def _holds(asked: TextFilter | TimeFilter, values: list[Any]) -> bool:
    if isinstance(asked, TextFilter):
        return any(str(value) in asked.values for value in values)
    times = [time for value in values if (time := moment_of(value)) is not None]
    return any(
        (asked.begin is None or time >= asked.begin) and (asked.end is None or time <= asked.end)
        for time in times
    )


def _frame(hit: Hit) -> Frame:
    """A picture that does not move is a moment without length."""
    place, film = hit.asset.place, hit.asset.film
    seconds = place.seconds if isinstance(place, Moment) else 0.0
    return Frame(
        index=hit.index,
        document=hit.asset.key,
        seconds=seconds,
        until=film.until if film else seconds,
        step=film.step if film else 0.0,
        score=hit.score,
    )
