"""A blob container or bucket as a source: Azure Blob, S3 and what speaks it, Google Cloud Storage.

The listing comes in pages, and a file is only held while it is read. Nothing waits for ever: every
request has a clock and a bounded number of repetitions. A server that cannot be reached is given a
pause, so that the rest of a long run fails at once and not one timeout after the other.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import BaseError, InvalidPathError

from sightline.errors import UnreadableSource
from sightline.sources.address import Address
from sightline.sources.base import NOT_ADDRESSABLE, Listing, SourceItem, SourceProblem
from sightline.sources.cloud_errors import Trouble, trouble
from sightline.sources.limits import LARGEST_VIDEO, PATIENT
from sightline.sources.listing import check_size, shown, sort_out
from sightline.sources.raw_listing import RawLister, is_addressable
from sightline.sources.stores import Store

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta

PAGE = 1000
"""Names taken from a listing at once."""

PIECE = 1 << 20
"""Bytes of a video that are held while it is fetched."""


@dataclass(frozen=True, slots=True)
class _Version:
    """What tells one content of a blob from the next."""

    tag: str
    size: int

    @property
    def etag(self) -> str:
        return f"{self.tag}-{self.size:x}"


class Bucket:
    """All pictures below a prefix, with the descriptions of its `metadata*.json`.

    The key of a picture is its path below the prefix. `store` is opened for the whole container;
    `raw` lists it when a name stops the client; without it such a listing fails. `largest` is in
    bytes, `pause` in seconds.
    """

    def __init__(
        self,
        address: Address,
        store: Store,
        raw: RawLister | None = None,
        *,
        largest: int = PATIENT.largest,
        pause: float = PATIENT.pause,
    ) -> None:
        self._address = address
        self._store = store
        self._raw = raw
        self._largest = largest
        self._pause = pause
        self._lock = Lock()
        self._cut_off = ("", 0.0)

    @property
    def uri(self) -> str:
        """The address with account or endpoint, and without any secret."""
        return self._address.uri

    def listing(self) -> Listing:
        """All pictures, sorted by key. Raises UnreadableSource."""
        return sort_out(self._found(), self._content)

    def read(self, item: SourceItem) -> bytes:
        """The blob's bytes, as they were listed.

        Raises UnreadableSource when it is gone, was changed since, is empty or too large.
        """
        check_size(item, self._largest)
        version, data = self._fetch(item.key)
        _check_same(item, version)
        return data

    def open(self, item: SourceItem) -> BinaryIO:
        """The blob, fetched to a temporary file that goes when it is closed.

        Raises UnreadableSource as `read` does, and when the disk does not take it.
        """
        check_size(item, LARGEST_VIDEO)
        file = TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            with self._asked(item.key) as answer:
                _check_same(item, _version(answer.meta))
                for piece in answer.stream(min_chunk_size=PIECE):
                    file.write(piece)
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return file

    def original(self, key: str) -> bytes:
        """The blob's bytes as they are now.

        Raises UnreadableSource, and FileNotFoundError when there is none.
        """
        try:
            return self._fetch(key)[1]
        except UnreadableSource as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise error.__cause__ from error
            raise

    def item(self, key: str) -> SourceItem:
        """The blob of that key as it is now. Raises UnreadableSource."""
        self._check_reachable(key)
        path = self._path(key)
        try:
            version = _version(obstore.head(self._store, path))
        except (BaseError, OSError, ValueError) as error:
            raise self._unread(key, error) from error
        location = replace(self._address, path=path).uri
        return SourceItem(key=key, location=location, size=version.size, etag=version.etag)

    def _found(self) -> list[SourceItem | SourceProblem]:
        try:
            return list(self._listed())
        except InvalidPathError as error:
            if self._raw is not None:
                return list(self._listed_raw(self._raw))
            raise UnreadableSource(
                f"{self.uri} cannot be listed: {_bad_name(error)}",
                hint="Rename that blob, or name a prefix without it, or use a key: as the "
                "machine's own identity such a blob cannot be passed over. Nothing was changed "
                "in the index.",
            ) from error
        except (BaseError, OSError, ValueError) as error:
            why = trouble(error, self._address)
            raise UnreadableSource(
                f"{self.uri} cannot be listed: {why.words}",
                hint=f"{why.hint} Nothing was changed in the index.".lstrip(),
            ) from error

    def _listed(self) -> Iterator[SourceItem]:
        """As the client lists it; one name that it cannot address ends it."""
        for page in obstore.list(self._store, self._address.path or None, chunk_size=PAGE):
            for meta in page:
                yield from self._item(meta["path"], meta["size"], _version(meta))

    def _listed_raw(self, raw: RawLister) -> Iterator[SourceItem | SourceProblem]:
        """The same, with a problem in the place of each such name."""
        cut = len(self._address.path) + 1 if self._address.path else 0
        for entry in raw:
            if is_addressable(entry.name):
                tag = _Version(_plain(entry.tag), entry.size)
                yield from self._item(entry.name.strip("/"), entry.size, tag)
            else:
                yield SourceProblem(
                    entry.name[cut:],
                    NOT_ADDRESSABLE,
                    f"{shown(entry.name[cut:])} cannot be fetched by its name: it has an empty "
                    "part, '.', '..' or a control character. Rename it.",
                )

    def _item(self, path: str, size: int, version: _Version) -> Iterator[SourceItem]:
        key = path[len(self._address.path) + 1 :] if self._address.path else path
        if key and not _is_folder_mark(key, size):
            location = replace(self._address, path=path).uri
            yield SourceItem(key=key, location=location, size=size, etag=version.etag)

    def _content(self, item: SourceItem) -> bytes:
        return self._fetch(item.key)[1]

    def _fetch(self, key: str) -> tuple[_Version, bytes]:
        with self._asked(key) as answer:
            version = _version(answer.meta)
            if version.size > self._largest:
                grown = SourceItem(key=key, location="", size=version.size, etag="")
                check_size(grown, self._largest)
            return version, bytes(answer.bytes())

    @contextmanager
    def _asked(self, key: str) -> "Iterator[GetResult]":
        """What the server answers for a blob; whatever goes wrong with it is UnreadableSource."""
        self._check_reachable(key)
        try:
            yield obstore.get(self._store, self._path(key))
        except (BaseError, OSError, ValueError) as error:
            raise self._unread(key, error) from error

    def _path(self, key: str) -> str:
        return f"{self._address.path}/{key}" if self._address.path else key

    def _unread(self, key: str, error: BaseError | OSError | ValueError) -> UnreadableSource:
        why = trouble(error, self._address)
        self._remember(why)
        return UnreadableSource(f"{shown(key)} cannot be read: {why.words}", hint=why.hint or None)

    def _check_reachable(self, key: str) -> None:
        with self._lock:
            words, until = self._cut_off
        if time.monotonic() < until:
            raise UnreadableSource(
                f"{shown(key)} was not tried, because a moment ago: {words}",
                hint="Run it again when the server is back; what is done stays done.",
            )

    def _remember(self, why: Trouble) -> None:
        if why.cut_off:
            with self._lock:
                self._cut_off = (why.words, time.monotonic() + self._pause)


def _check_same(item: SourceItem, version: _Version) -> None:
    if version.etag != item.etag:
        raise UnreadableSource(
            f"{shown(item.key)} was changed between listing and reading.",
            hint="Run it again: the new content is taken then.",
        )


def _version(meta: "ObjectMeta") -> _Version:
    tag = _plain(meta["e_tag"] or "")
    return _Version(tag or meta["last_modified"].isoformat(), meta["size"])


def _plain(tag: str) -> str:
    return tag.removeprefix("W/").strip('"')


def _is_folder_mark(key: str, size: int) -> bool:
    """Cloud consoles keep an empty folder as an empty blob; it is no file."""
    return size == 0 and "." not in key.rpartition("/")[2]


def _bad_name(error: InvalidPathError) -> str:
    """The first line names the blob and what is wrong with it."""
    return str(error).splitlines()[0].removeprefix("Encountered object with invalid path: ") + "."
