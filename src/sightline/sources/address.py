"""Addresses of blob containers: `az://container/prefix`, `s3://bucket/prefix`, `gs://bucket/prefix`.

The path is written as in any URL: a percent sign as `%25`, a question mark as `%3F`. An address
never holds a secret; after the question mark it may name a `connection`, or the `account` or
`endpoint` that tells two containers of one name apart.
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

from sightline.errors import UnreadableSource
from sightline.sources.connections import Access, Kind

_SCHEMES: Final[dict[str, Kind]] = {"az": "azure", "s3": "s3", "gs": "gcs"}
_PARAMETERS: Final = frozenset({"connection", "account", "endpoint"})
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_FORM: Final = "A source is a folder, az://container/prefix, s3://bucket/prefix or gs://bucket."
_PLACES: Final[dict[Kind, str]] = {
    "azure": "Azure Blob",
    "s3": "S3",
    "gcs": "Google Cloud Storage",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A place in a container. `path` has no slash at its ends; `endpoint` is host, port and path.

    `connection` is how it was asked for; it is no part of what the place is.
    """

    kind: Kind
    bucket: str
    path: str = ""
    account: str = ""
    endpoint: str = ""
    connection: str = ""

    @property
    def uri(self) -> str:
        """What identifies the place in an index: the same whatever key opens it."""
        scheme = next(scheme for scheme, kind in _SCHEMES.items() if kind == self.kind)
        path = f"/{quote(self.path)}" if self.path else ""
        query = "".join(
            f"?{name}={quote(value)}"
            for name, value in (("account", self.account), ("endpoint", self.endpoint))
            if value
        )
        return f"{scheme}://{self.bucket}{path}{query}"

    @property
    def place(self) -> str:
        """What messages call the service."""
        if self.account:
            return f"the account {self.account!r}"
        return self.endpoint or _PLACES[self.kind]


def is_url(source: str) -> bool:
    """Whether it is an address with a scheme; everything else is a path on this machine."""
    return _URL.match(source) is not None


def scheme_of(source: str) -> str:
    """The scheme in lower case, empty for a path."""
    return match[1].lower() if (match := _URL.match(source)) else ""


def parse_address(url: str) -> Address:
    """The address that is written so. Raises UnreadableSource, which never repeats a secret."""
    scheme = scheme_of(url)
    if scheme not in _SCHEMES:
        raise UnreadableSource(f"Expected a source Sightline knows, got {scheme}://…", hint=_FORM)
    rest, _, query = url[len(scheme) + 3 :].partition("?")
    bucket, _, path = rest.partition("/")
    if not bucket or "@" in bucket or ":" in bucket:
        got = "none" if not bucket else "one with ':' or '@'"
        raise UnreadableSource(
            f"Expected the name of a container after {scheme}://, got {got}.",
            hint=f"{_FORM} Keys belong into environment variables.",
        )
    given = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(given.keys() - _PARAMETERS)
    if unknown or (query and not given):
        # A word without a value may be a key itself.
        names = ", ".join(name for name in unknown if given[name]) or "something without a name"
        raise UnreadableSource(
            f"Expected nothing but connection, account or endpoint after the '?', got {names}.",
            hint="Keys and tokens belong into environment variables that a connection names; "
            "a question mark in a name is written %3F.",
        )
    path = unquote(path).strip("/")
    if any(part in {"", ".", ".."} for part in path.split("/")) and path:
        raise UnreadableSource(
            f"Expected a prefix without empty parts, '.' and '..', got {path!r}."
        )
    return Address(
        kind=_SCHEMES[scheme],
        bucket=bucket,
        path=path,
        account=given.get("account", ""),
        endpoint=given.get("endpoint", ""),
        connection=given.get("connection", ""),
    )


def placed(address: Address, access: Access) -> Address:
    """The address with what makes it unique: the account, or an endpoint that is not the cloud's.

    An Azure account has one name wherever it is reached, so its endpoint does not matter.
    """
    endpoint = "" if access.kind == "azure" else access.endpoint.partition("://")[2]
    return Address(
        kind=address.kind,
        bucket=address.bucket,
        path=address.path,
        account=access.account if access.kind == "azure" else "",
        endpoint=endpoint,
    )
