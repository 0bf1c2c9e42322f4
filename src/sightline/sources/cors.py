"""Whether a browser may read a container's pictures by itself, and making it so.

A storage service answers a page of another origin only when a rule of its own says so (CORS, the
"fetch" standard). Whether it does is asked as a browser asks: by a preflight request, which carries
no credentials and works with every cloud. The rule is set through Azure's REST ("Set Blob Service
Properties"); for the other clouds the command of their own tool is told.
"""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

import httpx2

from sightline.errors import InvalidRequest, Refused, UnreadableSource
from sightline.sources.address import Address
from sightline.sources.azure_rest import AzureRest
from sightline.sources.connections import Access

METHODS: Final = "GET,HEAD,OPTIONS"
_MOST_RULES: Final = 5
_MAX_AGE: Final = "3600"
_TIMEOUT: Final = httpx2.Timeout(20.0, connect=5.0)
_ORIGIN: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?"
)


def checked_origin(origin: str) -> str:
    """The same origin in lower case. Raises InvalidRequest for what no browser sends."""
    plain = origin.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(plain):
        raise InvalidRequest(
            f"Expected an origin such as https://studio.example:8477, got {origin[:200]!r}.",
            param="origin",
        )
    return plain


def may_read(address: Address, access: Access, origin: str) -> bool:
    """Whether a page of this origin may read what lies there. Raises UnreadableSource."""
    preflight = {"Origin": origin, "Access-Control-Request-Method": "GET"}
    place = f"{_endpoint(access)}/{quote(address.bucket)}/any.jpg"
    try:
        reply = httpx2.options(place, headers=preflight, timeout=_TIMEOUT)
    except httpx2.HTTPError as error:
        raise UnreadableSource(
            f"{address.place} cannot be reached ({type(error).__name__}).",
            hint="Check the endpoint of its connection.",
        ) from None  # the client's own text holds addresses
    allowed = reply.headers.get("access-control-allow-origin", "")
    return reply.status_code < HTTPStatus.BAD_REQUEST and allowed in {"*", origin}


def allow(address: Address, access: Access, origin: str) -> None:
    """Let pages of this origin read; the rules of other origins stay.

    Raises Refused where it cannot be set from here, with the command that does; UnreadableSource
    when the service refuses.
    """
    if access.kind != "azure" or not (access.key or access.sas):
        raise Refused(
            f"The rule for {address.uri} cannot be set from here.",
            hint=f"Set it with the cloud's own tool: {command(address, access, origin)}",
        )
    with AzureRest(address, access) as account:
        rules = [
            rule
            for rule in _rules(account.properties())
            if (rule.findtext("AllowedOrigins") or "").strip() != origin
        ]
        if len(rules) >= _MOST_RULES:
            raise Refused(
                f"The account has {len(rules)} rules for other origins, and {_MOST_RULES} are the "
                "most.",
                hint="Remove one in the portal of the storage account.",
            )
        account.set_properties(_properties([*rules, _rule(origin)]))


def command(address: Address, access: Access, origin: str) -> str:
    """What sets the rule with the cloud's own tool."""
    match access.kind:
        case "azure":
            return (
                f"az storage cors add --services b --methods GET HEAD OPTIONS --origins {origin} "
                f"--allowed-headers '*' --exposed-headers '*' --account-name {access.account}"
            )
        case "s3":
            rule = (
                f'{{"CORSRules":[{{"AllowedOrigins":["{origin}"],"AllowedMethods":["GET","HEAD"],'
                '"AllowedHeaders":["*"]}]}'
            )
            return (
                f"aws s3api put-bucket-cors --bucket {address.bucket} --cors-configuration '{rule}'"
            )
        case "gcs":
            rule = f'[{{"origin":["{origin}"],"method":["GET","HEAD"],"responseHeader":["*"]}}]'
            return (
                f"echo '{rule}' > cors.json && gcloud storage buckets update gs://{address.bucket} "
                "--cors-file=cors.json"
            )


def _endpoint(access: Access) -> str:
    usual = {
        "azure": f"https://{access.account}.blob.core.windows.net",
        "s3": f"https://s3.{access.region or 'us-east-1'}.amazonaws.com",
        "gcs": "https://storage.googleapis.com",
    }
    return (access.endpoint or usual[access.kind]).rstrip("/")


def _rules(told: bytes) -> Iterator[ElementTree.Element]:
    yield from ElementTree.fromstring(told).iterfind("Cors/CorsRule")  # noqa: S314 (it has no entities)


def _rule(origin: str) -> ElementTree.Element:
    rule = ElementTree.Element("CorsRule")
    for name, value in (
        ("AllowedOrigins", origin),
        ("AllowedMethods", METHODS),
        ("AllowedHeaders", "*"),
        ("ExposedHeaders", "*"),
        ("MaxAgeInSeconds", _MAX_AGE),
    ):
        ElementTree.SubElement(rule, name).text = value
    return rule


def _properties(rules: list[ElementTree.Element]) -> bytes:
    """What is not named here stays as it is at the service."""
    whole = ElementTree.Element("StorageServiceProperties")
    ElementTree.SubElement(whole, "Cors").extend(rules)
    packed: bytes = ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True)
    return packed
