"""Sources that a workspace keeps: looked at before they are taken down, and taken out again."""

from dataclasses import dataclass
from pathlib import Path

from sightline.errors import Conflict, NotFound, UnknownIndex, UnreadableSource
from sightline.index.base import Index, Indexes
from sightline.index.names import check_name
from sightline.jobs import Jobs
from sightline.sources.address import is_url
from sightline.sources.base import Source, SourceProblem
from sightline.sources.metadata import WITHOUT_PICTURE
from sightline.storage.records import UNFINISHED, Ingestion, SourceKind, SourceRecord

FILES = 1000
"""Files whose rows are removed in one commit."""

_LOOKED_AT = 1000
"""Assets that are looked at to say which sources an index has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a source lists: nothing is read but its metadata, and nothing is kept.

    `size`: bytes of all pictures.
    `without_picture`: descriptions of pictures that are not there; they are among the problems.
    """

    uri: str
    pictures: int
    size: int
    described: int
    without_picture: int
    problems: tuple[SourceProblem, ...]

    @property
    def undescribed(self) -> int:
        """Pictures without description."""
        return self.pictures - self.described


def look(source: Source) -> Look:
    """List a source and count. Raises UnreadableSource."""
    listing = source.listing()
    return Look(
        uri=source.uri,
        pictures=len(listing.items),
        size=sum(item.size for item in listing.items),
        described=sum(bool(item.description) for item in listing.items),
        without_picture=sum(problem.code == WITHOUT_PICTURE for problem in listing.problems),
        problems=listing.problems,
    )


def add_source(
    jobs: Jobs,
    *,
    kind: SourceKind,
    value: str,
    index: str,
    name: str | None = None,
    read_text: bool = True,
    refresh_minutes: int = 0,
) -> tuple[SourceRecord, Look]:
    """Take a source down that can be opened and listed and holds pictures.

    Raises UnreadableSource, NotFound, InvalidRequest or Conflict; then nothing is kept.
    """
    check_name(index)
    seen = look(jobs.source(kind, value))
    if not seen.pictures:
        raise UnreadableSource(
            f"Expected pictures in {seen.uri}, found none.",
            hint="Pictures are jpg, png, gif, bmp, tiff, webp, heic or avif files.",
        )
    made = jobs.sources.add(
        kind=kind,
        value=value,
        uri=seen.uri,
        index=index,
        name=name,
        read_text=read_text,
        refresh_minutes=refresh_minutes,
    )
    return made, seen


def last_ingestion(jobs: Jobs, record: SourceRecord) -> Ingestion | None:
    """The run that is under way, or the last one; None when there was none."""
    return jobs.ingestions.get(record.last_ingestion) if record.last_ingestion else None


def remove_source(jobs: Jobs, indexes: Indexes, record: SourceRecord, *, keep_rows: bool) -> int:
    """Forget a source and, unless they are kept, its rows; returns how many files had some.

    Raises Conflict while it is being ingested, IndexBusy while somebody writes to the index; then
    nothing is changed.
    """
    last = last_ingestion(jobs, record)
    if last is not None and last.state in UNFINISHED:
        raise Conflict(
            f"The source {record.name!r} is being ingested.",
            hint="Wait until the ingestion has ended, or cancel it.",
        )
    files = 0 if keep_rows else forget_rows(indexes, record.index_name, record.uri)
    jobs.sources.delete(record.id)
    return files


def forget_rows(indexes: Indexes, name: str, uri: str) -> int:
    """Remove the rows of a source from an index; returns how many files had some.

    An index that does not exist holds none. Raises IndexBusy.
    """
    try:
        with indexes.writing(name) as index:
            keys = sorted(index.stored(uri))
            for start in range(0, len(keys), FILES):
                index.replace(uri, keys[start : start + FILES], [])
            if keys:
                index.optimize()
            return len(keys)
    except UnknownIndex:
        return 0


def files_of(indexes: Indexes, name: str, uri: str) -> int:
    """How many files of a source an index holds; none when there is no such index."""
    try:
        return len(indexes.open(name).stored(uri))
    except UnknownIndex:
        return 0


def source_in(index: Index, given: str) -> str:
    """The source of an index that is meant by an address or the path of a folder.

    The folder need not be there any more. Raises NotFound that tells some of the sources.
    """
    uri = given if is_url(given) else Path(given).expanduser().absolute().as_uri()
    for candidate in dict.fromkeys((given, uri, uri.rstrip("/"))):
        if index.stored(candidate):
            return candidate
    known = sorted({asset.source for asset in index.browse(0, _LOOKED_AT)})
    raise NotFound(
        f"The index {index.info.name!r} holds nothing of {given!r}.",
        hint=f"It holds pictures of: {', '.join(known)}." if known else "It is empty.",
    )
