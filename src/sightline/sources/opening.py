"""From what a user writes to a `Source`, and from what an index remembers to the original file."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import unquote

from sightline.assets import Asset
from sightline.errors import OriginalGone, UnreadableSource
from sightline.sources.address import Address, is_url, parse_address, placed, scheme_of
from sightline.sources.base import Addressed, SourceItem
from sightline.sources.connections import Access, Connection, grant, usual
from sightline.sources.folder import Folder, file_etag
from sightline.sources.limits import PATIENT, PROMPT, Limits

if TYPE_CHECKING:
    from sightline.sources.bucket import Bucket


def open_source(
    url: str,
    connections: Mapping[str, Connection],
    *,
    environment: Mapping[str, str] = os.environ,
    limits: Limits = PATIENT,
) -> Addressed:
    """The source at a path or address; nothing is asked of a cloud yet. Raises UnreadableSource.

    An address may name its connection (`?connection=NAME`). Otherwise the only one that fits is
    taken, and without one the environment variables that the cloud's own tools use.
    """
    if not is_url(url):
        return Folder(Path(url), largest=limits.largest)
    if scheme_of(url) == "file":
        return Folder(Path(unquote(url[len("file://") :])), largest=limits.largest)
    return _bucket(parse_address(url), connections, environment, limits)


def read_original(
    asset: Asset,
    connections: Mapping[str, Connection],
    *,
    environment: Mapping[str, str] = os.environ,
    limits: Limits = PROMPT,
) -> bytes:
    """The file behind an asset, byte for byte as it was indexed, wherever it lies.

    Raises OriginalGone when it was moved or changed, UnreadableSource when its place cannot be
    reached.
    """
    try:
        if is_url(asset.location):
            address = parse_address(asset.location)
            whole = replace(address, path="")
            data = _bucket(whole, connections, environment, limits).original(address.path)
        else:
            data = Path(asset.location).read_bytes()
    except OSError as error:
        raise OriginalGone(
            f"The picture {asset.key!r} is not at its place any more: "
            f"{error.strerror or 'no such blob'}.",
            hint=f"Ingest {asset.source} again.",
        ) from error
    if hashlib.sha256(data).hexdigest() != asset.sha256:
        raise OriginalGone(
            f"The picture {asset.key!r} has changed since it was indexed.",
            hint=f"Ingest {asset.source} again.",
        )
    return data


def open_original(
    asset: Asset,
    connections: Mapping[str, Connection],
    *,
    environment: Mapping[str, str] = os.environ,
    limits: Limits = PROMPT,
) -> BinaryIO:
    """The file behind an asset, to read anywhere in it; of a file here size and date are compared.

    For videos, which memory should not hold. Raises OriginalGone when it was moved or has another
    size, UnreadableSource when its place cannot be reached.
    """
    item = SourceItem(key=asset.key, location=asset.location, size=asset.size, etag=asset.etag)
    try:
        if is_url(asset.location):
            address = parse_address(asset.location)
            bucket = _bucket(replace(address, path=""), connections, environment, limits)
            return bucket.open(replace(item, key=address.path))
        file = Path(asset.location).open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise OriginalGone(
            f"The video {asset.key!r} is not at its place any more: {error.strerror}.",
            hint=f"Ingest {asset.source} again.",
        ) from error
    stat = os.fstat(file.fileno())
    dated = "-" in asset.etag  # that of an upload is its content's hash
    if stat.st_size != asset.size or (dated and asset.etag != file_etag(stat)):
        file.close()
        raise OriginalGone(
            f"The video {asset.key!r} has changed since it was indexed.",
            hint=f"Ingest {asset.source} again.",
        )
    return file


def reached(
    url: str, connections: Mapping[str, Connection], *, environment: Mapping[str, str] = os.environ
) -> tuple[Address, Access]:
    """Where an address leads and with what. Raises UnreadableSource."""
    address = parse_address(url)
    access = _access(address, connections, environment)
    return placed(address, access), access


def _bucket(
    address: Address,
    connections: Mapping[str, Connection],
    environment: Mapping[str, str],
    limits: Limits,
) -> "Bucket":
    # A folder needs no cloud client.
    from sightline.sources.bucket import Bucket  # noqa: PLC0415
    from sightline.sources.raw_listing import RawLister  # noqa: PLC0415
    from sightline.sources.signing import can_sign  # noqa: PLC0415
    from sightline.sources.stores import open_store  # noqa: PLC0415

    access = _access(address, connections, environment)
    place = placed(address, access)
    store = open_store(replace(place, path=""), access, limits)
    raw = RawLister(place, access, limits) if can_sign(access) else None
    return Bucket(place, store, raw, largest=limits.largest, pause=limits.pause)


def _access(
    address: Address, connections: Mapping[str, Connection], environment: Mapping[str, str]
) -> Access:
    """By name, else the only connection that fits, else what the environment holds."""
    if address.connection:
        return _named(address, connections, environment)
    fitting = {
        name: connection
        for name, connection in connections.items()
        if connection.kind == address.kind and _fits(address, connection, environment)
    }
    if len(fitting) > 1:
        raise UnreadableSource(
            f"Expected one connection for {address.uri}, got {', '.join(sorted(fitting))}.",
            hint="Name one: append ?connection=NAME.",
        )
    chosen = next(iter(fitting.values()), None) or usual(address.kind, environment)
    access = grant(chosen, environment)
    if not _same_place(address, access):
        raise UnreadableSource(
            f"Expected a connection to {address.place}, got {access.words}, which lead to "
            f"{placed(address, access).place}.",
            hint="Add a connection for it to settings.toml.",
        )
    return access


def _named(
    address: Address, connections: Mapping[str, Connection], environment: Mapping[str, str]
) -> Access:
    connection = connections.get(address.connection)
    if connection is None or connection.kind != address.kind:
        names = ", ".join(sorted(n for n, c in connections.items() if c.kind == address.kind))
        raise UnreadableSource(
            f"Expected a connection of the kind {address.kind} ({names or 'there is none'}), "
            f"got {address.connection!r}.",
            hint="Add it to settings.toml.",
        )
    return grant(connection, environment)


def _fits(address: Address, connection: Connection, environment: Mapping[str, str]) -> bool:
    """Whether it leads to the account or endpoint of the address, where that names one."""
    if not (address.account or address.endpoint):
        return True
    try:
        return _same_place(address, grant(connection, environment))
    except UnreadableSource:
        return False


def _same_place(address: Address, access: Access) -> bool:
    place = placed(address, access)
    return (not address.account or address.account == place.account) and (
        not address.endpoint or address.endpoint == place.endpoint
    )
