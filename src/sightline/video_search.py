"""Words to moments of videos, over one index of videos or several."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sightline.assets import Hit, Where
from sightline.errors import InvalidRequest
from sightline.frames import Choice
from sightline.messages import VideoPlace
from sightline.odata.tree import Filter, OneOf
from sightline.sources.documents import documents_uri
from sightline.storage.records import MetadataField, VideoDocument, VideoIndex
from sightline.video_moments import VideoMoment, ranked
from sightline.video_places import moment_of

VIDEOS: Final = 20
"""Videos that are looked through for one query: those with the best frames."""

FRAMES: Final = 500
"""Frames that name these videos."""

MOST_FRAMES: Final = 100
"""Frames of one video that may become moments."""

METADATA: Final = 0.5
"""What searchable metadata that means the same as the query adds to each moment of a video."""

Search = Callable[[str, Where, int], list[Hit]]
"""The best so many hits in an index."""

Look = Callable[[VideoPlace, int], Choice]
"""At most so many frames of a video that a query needs."""


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
    """Which moments are wanted. `distinct`: no two of them overlap.

    `videos`: how many videos are looked through. `metadata`: whether what is said of one counts.
    """

    filters: tuple[TextFilter | TimeFilter, ...] = ()
    top: int = 10
    skip: int = 0
    distinct: bool = True
    videos: int = VIDEOS
    metadata: bool = True


def search_videos(
    indexes: Sequence[VideoIndex],
    documents: Callable[[str], list[VideoDocument]],
    query: VideoQuery,
    search: Search,
    look: Look,
) -> list[VideoMoment]:
    """The moments that fit best, best first.

    Every filter must hold. Raises InvalidRequest for a field that an index cannot filter by.
    """
    hits: list[Hit] = []
    for index in indexes:
        where = Where(source=documents_uri(index.name))
        if query.filters:
            keys = fitting(index, documents(index.name), query.filters)
            where = replace(where, filter=Filter("", OneOf("key", keys)))
        hits += search(index.name, where, FRAMES)
    hits.sort(key=lambda hit: -hit.score)
    videos: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        videos.setdefault((hit.index, hit.asset.key), []).append(hit)
    count = min(query.skip + query.top, MOST_FRAMES)
    found = [
        moment
        for theirs in islice(videos.values(), query.videos)
        for moment in _moments(theirs, query, look, count)
    ]
    best = ranked(found, distinct=query.distinct)
    return best[query.skip : query.skip + query.top]


def _moments(
    hits: Sequence[Hit], query: VideoQuery, look: Look, count: int
) -> Iterator[VideoMoment]:
    """Those of one video, which has these hits."""
    index, key, source = hits[0].index, hits[0].asset.key, hits[0].asset.source
    said = max(hit.reasons.get("description", 0.0) for hit in hits) if query.metadata else 0.0
    if hits[0].asset.film is None:  # a picture: a moment without length
        yield VideoMoment(
            index=index, document=key, start=0.0, end=0.0, best=0.0, score=hits[0].score
        )
        return
    for chosen in look(VideoPlace(index=index, source=source, key=key), count).frames:
        frame = chosen.frame
        yield VideoMoment(
            index=index,
            document=key,
            start=chosen.start if query.distinct else frame.seconds,
            end=chosen.until if query.distinct else frame.film.until,
            best=frame.seconds,
            score=chosen.score + METADATA * said,
        )


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
