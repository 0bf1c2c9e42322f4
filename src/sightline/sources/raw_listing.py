"""Every name of a container as it is, also those that the storage client cannot address.

The client ends a whole listing at a name such as `a//b.jpg`. Then, and only then, the container is
listed here: by "List Blobs" of Azure, or by "ListObjectsV2" of S3, which Google's XML interface
speaks as well. What the client can address is read through it all the same.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import httpx2

from sightline.errors import UnreadableSource
from sightline.sources.address import Address
from sightline.sources.cloud_errors import Trouble, answered, unanswered
from sightline.sources.connections import Access
from sightline.sources.limits import Limits
from sightline.sources.signing import query, service, signed

PAGE: Final = 1000
_PAUSES: Final = (0.2, 1.0, 5.0)
_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_CODE: Final = re.compile(rb"<Code>(\w{1,80})</Code>")
_SPACE: Final = re.compile(r"\{.*?\}")


@dataclass(frozen=True, slots=True)
class RawEntry:
    """A blob under the name that it really has. `tag` is its etag as the listing says it."""

    name: str
    size: int
    tag: str


class RawLister:
    """Lists what lies below the path of an address, page after page."""

    def __init__(self, address: Address, access: Access, limits: Limits) -> None:
        self._address = address
        self._access = access
        self._limits = limits

    def __iter__(self) -> Iterator[RawEntry]:
        """Raises UnreadableSource when the service does not give a whole listing."""
        following = ""
        timeout = httpx2.Timeout(self._limits.silence, connect=self._limits.connect)
        with httpx2.Client(timeout=timeout) as client:
            while True:
                page = self._parsed(self._page(client, following))
                yield from _entries(page, azure=self._access.kind == "azure")
                name = "NextMarker" if self._access.kind == "azure" else "NextContinuationToken"
                before, following = following, page.findtext(name) or ""
                if not following:
                    return
                if following == before:
                    raise self._failed(Trouble("the service gives the same page again."))

    def _page(self, client: httpx2.Client, following: str) -> bytes:
        """The answer to one request, repeated for passing reasons."""
        address = self._asking(following)
        for pause in (*_PAUSES[: self._limits.retries], None):
            try:
                reply = client.send(signed(self._access, "GET", address))
            except httpx2.TransportError as error:
                why = _silence(error, self._address)
            else:
                if reply.status_code == HTTPStatus.OK:
                    return reply.content
                code = match[1].decode() if (match := _CODE.search(reply.content)) else ""
                why = answered(reply.status_code, code, self._address)
                if reply.status_code not in _PASSING:
                    break
            if pause is not None:
                time.sleep(pause)
        raise self._failed(why)

    def _asking(self, following: str) -> str:
        prefix = f"{self._address.path}/" if self._address.path else ""
        if self._access.kind == "azure":
            asked = {"restype": "container", "comp": "list", "maxresults": str(PAGE)}
            asked |= {"marker": following} if following else {}
        else:
            asked = {"list-type": "2", "max-keys": str(PAGE), "encoding-type": "url"}
            asked |= {"continuation-token": following} if following else {}
        asked |= {"prefix": prefix} if prefix else {}
        return f"{service(self._access)}/{quote(self._address.bucket)}?{query(asked)}"

    def _parsed(self, answer: bytes) -> ElementTree.Element:
        """The page without namespaces."""
        unreadable = Trouble("the service's answer cannot be read.")
        if b"<!DOCTYPE" in answer:
            raise self._failed(unreadable)
        try:
            page = ElementTree.fromstring(answer)  # noqa: S314 (without a doctype, no entities)
        except ElementTree.ParseError:
            raise self._failed(unreadable) from None
        for element in page.iter():
            element.tag = _SPACE.sub("", element.tag)
        return page

    def _failed(self, why: Trouble) -> UnreadableSource:
        return UnreadableSource(
            f"{self._address.uri} cannot be listed: {why.words}",
            hint=f"{why.hint} Nothing was changed in the index.".lstrip(),
        )


def is_addressable(name: str) -> bool:
    """Whether the storage client can name the blob; a slash at an end is no part of its name."""
    parts = name.removeprefix("/").removesuffix("/").split("/")
    return not any(
        part in {"", ".", ".."} or any(char < " " or char == "\x7f" for char in part)
        for part in parts
    )


def _entries(page: ElementTree.Element, *, azure: bool) -> Iterator[RawEntry]:
    for found in page.iterfind("Blobs/Blob" if azure else "Contents"):
        named = found.find("Name" if azure else "Key")
        fields = found.find("Properties") if azure else found
        if named is None or fields is None or fields.findtext("ResourceType") == "directory":
            continue
        coded = not azure or named.get("Encoded") == "true"
        name = unquote(named.text or "") if coded else named.text or ""
        size = fields.findtext("Content-Length" if azure else "Size") or "0"
        tag = fields.findtext("Etag" if azure else "ETag") or ""
        yield RawEntry(name, int(size), tag)


def _silence(error: httpx2.TransportError, address: Address) -> Trouble:
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout():
            return unanswered("unreachable", address)
        case httpx2.TimeoutException():
            return unanswered("silent", address)
        case _:
            return unanswered("cut", address)
