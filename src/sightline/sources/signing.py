"""Signed requests to a storage service, for the few things that the storage client cannot ask.

Azure: "Authorize with Shared Key" (Blob service), or a token in the address. S3: "Signature Version
4" with an authorization header. Both as the services' documentation describes them.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import httpx2

from sightline.errors import UnreadableSource
from sightline.sources.connections import Access

AZURE_VERSION: Final = "2021-08-06"


def service(access: Access) -> str:
    """The address of the service that an access leads to, without a slash at its end."""
    usual = {
        "azure": f"https://{access.account}.blob.core.windows.net",
        "s3": f"https://s3.{access.region or 'us-east-1'}.amazonaws.com",
        "gcs": "https://storage.googleapis.com",
    }
    return (access.endpoint or usual[access.kind]).rstrip("/")


def can_sign(access: Access) -> bool:
    """Whether `signed` can: not for a machine's own identity, and not as a service account."""
    return access.anonymous or (bool(access.key or access.sas) and access.kind != "gcs")


def query(parameters: Mapping[str, str]) -> str:
    """Parameters as they stand in an address, sorted, as a signature wants them."""
    return "&".join(f"{_coded(name)}={_coded(parameters[name])}" for name in sorted(parameters))


def signed(
    access: Access,
    method: str,
    address: str,
    *,
    body: bytes = b"",
    now: datetime | None = None,
) -> httpx2.Request:
    """A request that carries who asks. `address` has its path and query coded already.

    Raises UnreadableSource for a key that cannot be used.
    """
    moment = now or datetime.now(UTC)
    headers: dict[str, str] = {"content-type": "application/xml"} if body else {}
    if access.kind == "azure":
        headers["x-ms-version"] = AZURE_VERSION
        headers["x-ms-date"] = format_datetime(moment, usegmt=True)
        if access.key:
            headers["authorization"] = _shared_key(access, method, address, headers, len(body))
        elif access.sas:
            address = f"{address}{'&' if '?' in address else '?'}{access.sas}"
    elif access.key:
        if body:  # what sets a bucket's properties asks for it
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            headers["content-md5"] = base64.b64encode(digest).decode()
        headers |= _version_4(access, method, address, body, moment)
    return httpx2.Request(method, address, headers=headers, content=body)


def _shared_key(
    access: Access, method: str, address: str, headers: Mapping[str, str], length: int
) -> str:
    parts = urlsplit(address)
    named = sorted(part.partition("=") for part in parts.query.split("&") if part)
    lines = [
        method, "", "", str(length or ""), "", headers.get("content-type", ""),
        "", "", "", "", "", "",
        *(f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-ms-")),
        f"/{access.account}{parts.path}",
        *(f"{unquote(name).lower()}:{unquote(value)}" for name, _, value in named),
    ]  # fmt: skip
    try:
        key = base64.b64decode(access.key, validate=True)
    except ValueError:  # no base64, or no ASCII
        raise UnreadableSource(
            f"The key of {access.words} cannot be used: it is not base64.",
            hint="Copy it again from 'Access keys' of the storage account.",
        ) from None
    signature = hmac.digest(key, "\n".join(lines).encode(), "sha256")
    return f"SharedKey {access.account}:{base64.b64encode(signature).decode()}"


def _version_4(
    access: Access, method: str, address: str, body: bytes, moment: datetime
) -> dict[str, str]:
    parts = urlsplit(address)
    stamp = moment.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{access.region or 'us-east-1'}/s3/aws4_request"
    headers = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest(), "x-amz-date": stamp}
    if access.token:
        headers["x-amz-security-token"] = access.token
    covered = {"host": parts.netloc, **headers}
    names = ";".join(covered)
    canonical = [
        method,
        parts.path,
        parts.query,
        *(f"{name}:{value}" for name, value in covered.items()),
        "",
        names,
        headers["x-amz-content-sha256"],
    ]
    asked = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"AWS4{access.key}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{asked}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access.key_id}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return headers


def _coded(text: str) -> str:
    return quote(text, safe="-_.~")
