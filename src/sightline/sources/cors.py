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
from sightline.sources.connections import Access
from sightline.sources.signing import service, signed

METHODS: Final = "GET,HEAD,OPTIONS"
_MOST_RULES: Final = 5
_MAX_AGE: Final = "3600"
_PROPERTIES: Final = "comp=properties&restype=service"
_TIMEOUT: Final = httpx2.Timeout(20.0, connect=5.0)
_ORIGIN: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?|https?://\[[0-9A-Fa-f:]+\](:\d{1,5})?"
)
_CODE: Final = re.compile(r"<Code>(\w{1,80})</Code>")


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
    place = f"{service(access)}/{quote(address.bucket)}/any.jpg"
    with _reaching(address) as client:
        reply = client.options(place, headers=preflight)
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
    with _reaching(address) as client:
        told = _answered(address, client.send(_request(access, "GET")))
        rules = [rule for rule in _rules(told) if _text(rule, "AllowedOrigins") != origin]
        if len(rules) >= _MOST_RULES:
            raise Refused(
                f"The account has {len(rules)} rules for other origins, and {_MOST_RULES} are the "
                "most.",
                hint="Remove one in the portal of the storage account.",
            )
        _answered(
            address, client.send(_request(access, "PUT", _properties([*rules, _rule(origin)])))
        )


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


class _reaching:  # noqa: N801 (used like a function)
    """A client; what cannot be reached is told without addresses."""

    def __init__(self, address: Address) -> None:
        self._address = address

    def __enter__(self) -> httpx2.Client:
        self._client = httpx2.Client(timeout=_TIMEOUT)
        return self._client

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._client.close()
        if isinstance(error, httpx2.HTTPError):
            raise UnreadableSource(
                f"{self._address.place} cannot be reached ({type(error).__name__}).",
                hint="Check the endpoint of its connection.",
            ) from None


def _request(access: Access, method: str, body: bytes = b"") -> httpx2.Request:
    """A request about the account's properties."""
    return signed(access, method, f"{service(access)}/?{_PROPERTIES}", body=body)


def _answered(address: Address, reply: httpx2.Response) -> bytes:
    if reply.status_code >= HTTPStatus.BAD_REQUEST:
        code = match[1] if (match := _CODE.search(reply.text)) else ""
        raise UnreadableSource(
            f"{address.place} refused to tell or change its rules "
            f"({reply.status_code}{f' {code}' if code else ''}).",
            hint="The account's key may do that; a token needs the right to service properties.",
        )
    return reply.content


def _rules(told: bytes) -> Iterator[ElementTree.Element]:
    yield from ElementTree.fromstring(told).iterfind("Cors/CorsRule")  # noqa: S314 (it has no entities)


def _text(rule: ElementTree.Element, name: str) -> str:
    return (rule.findtext(name) or "").strip()


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
