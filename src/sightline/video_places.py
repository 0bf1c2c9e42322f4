"""The videos that an ingestion names, looked up one by one before anything is done with them."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sightline.errors import InvalidRequest, SightlineError, UnreadableSource
from sightline.jobs import Jobs
from sightline.sources.connections import Connection
from sightline.sources.document_url import location_of, plain_url
from sightline.sources.documents import Open, placed_at
from sightline.storage.records import Fault, VideoIndex, VideoOrder


class VideoPlaces:
    """Where the videos of one request are looked up."""

    def __init__(
        self,
        jobs: Jobs,
        index: VideoIndex,
        connections: Mapping[str, Connection],
        open_at: Open,
    ) -> None:
        self._jobs = jobs
        self._index = index
        self._connections = connections
        self._open = open_at

    def looked_up(self, order: VideoOrder) -> VideoOrder:
        """The order with the place of its video, or with the reason why there is none."""
        known = replace(order, url=plain_url(order.url))
        try:
            self._check(order.metadata or {})
            if order.mode != "add":
                return known
            location, size, etag = self._place(order.url)
        except SightlineError as error:
            return replace(known, error=Fault(error.code, str(error)))
        return replace(known, location=location, size=size, etag=etag)

    def _place(self, url: str) -> tuple[str, int, str]:
        """Location, bytes and version of a file."""
        if url[:5].lower() == "data:":
            return self._sent(url)
        if url.startswith("file_"):
            return self._uploaded(url)
        place, key = placed_at(location_of(url, self._connections))
        item = self._open(place).item(key)
        return item.location, item.size, item.etag

    def _sent(self, url: str) -> tuple[str, int, str]:
        head, _, data = url.partition(",")
        if not head.lower().endswith(";base64"):
            raise InvalidRequest("documentUrl: expected a data URL that says ';base64'.")
        try:
            content = base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise InvalidRequest(f"documentUrl: expected base64, but {error}.") from error
        arriving = self._jobs.sent_videos.receive(self._index.id)
        arriving.write(content)
        sha256 = arriving.keep()
        return str(self._jobs.sent_videos.path(self._index.id, sha256)), len(content), sha256

    def _uploaded(self, id: str) -> tuple[str, int, str]:
        upload, file = self._jobs.uploads.find(id)
        if file.sha256 is None:
            raise UnreadableSource(f"The file {id!r} was refused when it came: {file.message}")
        return str(self._jobs.blobs.path(upload, file.sha256)), file.size, file.sha256

    def _check(self, metadata: Mapping[str, Any]) -> None:
        for name, value in metadata.items():
            field = self._index.field(name)
            if field and field.type == "datetime" and moment_of(value) is None:
                raise InvalidRequest(
                    f"metadata.{name}: expected a time such as 2023-06-30 17:40:33, got "
                    f"{str(value)[:100]!r}."
                )


def moment_of(value: object) -> datetime | None:
    """A time as metadata has it, one without a zone in UTC; None when it is none."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
