"""Azure Blob's REST for what the storage client cannot do: an account's rules, and odd names.

Requests are signed by the account's key ("Authorize with Shared Key", Azure Storage) or by a token.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

import httpx2

from sightline.errors import UnreadableSource
from sightline.sources.address import Address
from sightline.sources.connections import Access

_VERSION: Final = "2021-08-06"
_TIMEOUT: Final = httpx2.Timeout(30.0, connect=5.0)
_CODE: Final = re.compile(r"<Code>(\w{1,80})</Code>")


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob as the service lists it, whatever its name."""

    name: str
    size: int
    etag: str


class AzureRest:
    """An account to ask. What fails is told by status and code, never by address or key."""

    def __init__(self, address: Address, access: Access) -> None:
        self._address = address
        self._access = access
        usual = f"https://{access.account}.blob.core.windows.net"
        self._endpoint = (access.endpoint or usual).rstrip("/")

    def __enter__(self) -> Self:
        self._client = httpx2.Client(timeout=_TIMEOUT)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()
        if isinstance(error, httpx2.HTTPError):
            raise UnreadableSource(
                f"{self._address.place} cannot be reached ({type(error).__name__}).",
                hint="Check the endpoint of its connection.",
            ) from None

    def properties(self) -> bytes:
        """The account's blob service properties as XML."""
        return self._ask("GET", "/", {"restype": "service", "comp": "properties"})

    def set_properties(self, body: bytes) -> None:
        """Set what the XML names; the rest stays as it is at the service."""
        self._ask("PUT", "/", {"restype": "service", "comp": "properties"}, body)

    def blobs(self, page: int = 5000) -> Iterator[Blob]:
        """All blobs below the address's path, in the order of the service, `page` at once."""
        prefix = f"{self._address.path}/" if self._address.path else ""
        asked = {"restype": "container", "comp": "list", "prefix": prefix, "marker": ""}
        asked["maxresults"] = str(page)
        while True:
            told = {name: value for name, value in asked.items() if value}
            reply = ElementTree.fromstring(  # noqa: S314 (of the service; it has no entities)
                self._ask("GET", f"/{quote(self._address.bucket)}", told)
            )
            for blob in reply.iterfind("Blobs/Blob"):
                size = blob.findtext("Properties/Content-Length") or "0"
                etag = blob.findtext("Properties/Etag") or ""
                yield Blob(blob.findtext("Name") or "", int(size), etag.strip('"'))
            asked["marker"] = reply.findtext("NextMarker") or ""
            if not asked["marker"]:
                return

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: bytes = b"") -> bytes:
        address = f"{self._endpoint}{path}?{urlencode(query)}"
        headers = {
            "x-ms-version": _VERSION,
            "x-ms-date": format_datetime(datetime.now(UTC), usegmt=True),
        }
        if body:
            headers["content-type"] = "application/xml"
        if self._access.sas:
            address = f"{address}&{self._access.sas}"
        elif self._access.key:
            signed = self._signed(method, urlsplit(address).path, query, headers, len(body))
            headers["authorization"] = f"SharedKey {self._access.account}:{signed}"
        reply = self._client.request(method, address, headers=headers, content=body)
        if reply.status_code >= HTTPStatus.BAD_REQUEST:
            code = match[1] if (match := _CODE.search(reply.text)) else ""
            raise UnreadableSource(
                f"{self._address.place} refused ({reply.status_code}{f' {code}' if code else ''}).",
                hint="The account's key may do all; a token needs the right to list, to read, and "
                "for rules to write service properties.",
            )
        return reply.content

    def _signed(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        length: int,
    ) -> str:
        lines = [
            method, "", "", str(length or ""), "", headers.get("content-type", ""),
            "", "", "", "", "", "",
            f"x-ms-date:{headers['x-ms-date']}", f"x-ms-version:{headers['x-ms-version']}",
            f"/{self._access.account}{path}",
            *(f"{name}:{query[name]}" for name in sorted(query)),
        ]  # fmt: skip
        key = base64.b64decode(self._access.key)
        digest = hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()
