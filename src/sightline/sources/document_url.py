"""Where the video of a `documentUrl` lies. Nothing is asked here, and no secret of it is kept."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sightline.errors import UnreadableSource, UrlNotAllowed
from sightline.sources.address import is_url, parse_address, scheme_of
from sightline.sources.connections import Access, Connection, grant, usual
from sightline.sources.listing import shown

_ACCOUNT: Final = re.compile(r"([a-z0-9]+)\.blob\..+")
_WEB: Final = ("http", "https")


def location_of(
    url: str, connections: Mapping[str, Connection], environment: Mapping[str, str] = os.environ
) -> str:
    """The path, or the address of the kind `az://container/name?account=…`, that is meant.

    Raises UrlNotAllowed for an address of the web that no storage account has, UnreadableSource.
    """
    scheme = scheme_of(url)
    if scheme in _WEB:
        return _blob(url, connections, environment)
    if scheme == "file":
        return _path(unquote(url[len("file://") :]))
    if is_url(url):
        parse_address(url)
        return url
    return _path(url)


def plain_url(url: str) -> str:
    """An address without what may be secret: query, fragment, user name."""
    if url[:5].lower() == "data:":
        return url.partition(",")[0][:100] + ",…"
    kept = re.split(r"[?#]", url, maxsplit=1)[0] if is_url(url) else url
    return re.sub(r"//[^/@]*@", "//", kept)


def _path(path: str) -> str:
    if not Path(path).is_absolute():
        raise UnreadableSource(
            f"Expected the whole path of a video or its address, got {shown(path)}."
        )
    return path


def _blob(url: str, connections: Mapping[str, Connection], environment: Mapping[str, str]) -> str:
    """Of the account in the name of the host, or at the endpoint of a connection."""
    plain = plain_url(url)
    try:
        host, path = (urlsplit(plain).hostname or ""), urlsplit(plain).path
    except ValueError as error:
        raise UnreadableSource(f"Expected an address, got {shown(plain)}: {error}.") from error
    account = match[1] if (match := _ACCOUNT.fullmatch(host)) else ""
    for access in _azure(connections, environment):
        if access.endpoint and plain.startswith(access.endpoint + "/"):
            account, path = access.account, plain[len(access.endpoint) :]
    container, _, name = path.strip("/").partition("/")
    if not account:
        raise UrlNotAllowed(
            f"Expected a blob of a storage account, a file or a data URL, got {shown(plain)}.",
            hint="This server does not fetch other addresses. Put the video into a container and "
            "configure a connection to it.",
        )
    if not name:
        raise UnreadableSource(f"Expected the address of a blob, got {shown(plain)}.")
    return f"az://{container}/{name}?account={account}"


def _azure(
    connections: Mapping[str, Connection], environment: Mapping[str, str]
) -> Iterator[Access]:
    """What leads to storage accounts; a connection without its secret leads nowhere."""
    for connection in (*connections.values(), usual("azure", environment)):
        if connection.kind == "azure":
            with suppress(UnreadableSource):
                yield grant(connection, environment)
