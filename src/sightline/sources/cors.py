"""Whether a browser may read a container's pictures by itself, and making it so.

A storage service answers a page of another origin only when a rule of its own says so (CORS, the
"fetch" standard). Whether it does is asked as a browser asks: by a preflight request, which carries
no credentials and works with every cloud. The rule is set through Azure's REST ("Set Blob Service
Properties") or S3's ("PutBucketCors"); otherwise the command of the cloud's own tool is told.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree

import httpx2

from sightline.errors import InvalidRequest, Refused, UnreadableSource
from sightline.sources.address import Address
from sightline.sources.connections import Access
from sightline.sources.signing import service, signed

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


def can_allow(access: Access) -> bool:
    """Whether `allow` may try: there is a key or token, and the cloud lets it be done by one."""
    return access.kind != "gcs" and bool(access.key or access.sas)


def allow(address: Address, access: Access, origin: str) -> None:
    """Let pages of this origin read; the rules of other origins stay.

    Raises Refused where it cannot be set from here, with the command that does; UnreadableSource
    when the service refuses.
    """
    if not can_allow(access):
        raise Refused(
            f"The rule for {address.uri} cannot be set from here.",
            hint=f"Set it with the cloud's own tool: {command(address, access, origin)}",
        )
    dialect = _AZURE if access.kind == "azure" else _S3
    place = service(access)
    place = f"{place}/?{_PROPERTIES}" if dialect is _AZURE else f"{place}/{address.bucket}?cors="
    with _reaching(address) as client:
        told = _answered(address, client.send(signed(access, "GET", place)))
        rules = [rule for rule in dialect.rules(told) if not dialect.is_of(rule, origin)]
        if len(rules) >= dialect.most:
            raise Refused(
                f"There are {len(rules)} rules for other origins, and {dialect.most} are the most.",
                hint="Remove one in the cloud's own console.",
            )
        body = dialect.written([*rules, dialect.rule(origin)])
        _answered(address, client.send(signed(access, "PUT", place, body=body)))


def command(address: Address, access: Access, origin: str) -> str:
    """What sets the rule with the cloud's own tool."""
    match access.kind:
        case "azure":
            return (
                f"az storage cors add --services b --methods GET HEAD OPTIONS --origins {origin} "
                "--allowed-headers '*' --exposed-headers ETag Content-Length --max-age 3600 "
                f"--account-name {access.account}"
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


def _answered(address: Address, reply: httpx2.Response) -> bytes:
    """What was told; nothing where there are no rules yet."""
    code = match[1] if (match := _CODE.search(reply.text)) else ""
    if code == "NoSuchCORSConfiguration":
        return b""
    if reply.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        raise UnreadableSource(
            f"{address.place} refused to tell or change its rules "
            f"({reply.status_code}{f' {code}' if code else ''}).",
            hint="An account's key may do that; another key or token needs the right to change "
            "the properties of the service or bucket.",
        )
    if b"<!DOCTYPE" in reply.content:
        raise UnreadableSource(f"{address.place} told its rules in a way that cannot be read.")
    return reply.content


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dialect:
    """How a cloud writes its rules. Azure puts several values into one element, S3 repeats it."""

    root: str
    below: str
    rule_name: str
    origins: str
    most: int
    fields: tuple[tuple[str, str], ...]

    def rules(self, told: bytes) -> list[ElementTree.Element]:
        """The rules that there are, without namespaces."""
        if not told:
            return []
        whole = ElementTree.fromstring(told)  # noqa: S314 (without a doctype, no entities)
        for element in whole.iter():
            element.tag = element.tag.rpartition("}")[2]
        return whole.findall(f"{self.below}/{self.rule_name}" if self.below else self.rule_name)

    def is_of(self, rule: ElementTree.Element, origin: str) -> bool:
        """Whether it speaks of this origin and no other."""
        return [(found.text or "").strip() for found in rule.findall(self.origins)] == [origin]

    def rule(self, origin: str) -> ElementTree.Element:
        """What lets an origin read."""
        rule = ElementTree.Element(self.rule_name)
        for name, value in ((self.origins, origin), *self.fields):
            ElementTree.SubElement(rule, name).text = value
        return rule

    def written(self, rules: list[ElementTree.Element]) -> bytes:
        """A request's body: what is not named in it stays as it is at the service."""
        whole = ElementTree.Element(self.root)
        (ElementTree.SubElement(whole, self.below) if self.below else whole).extend(rules)
        packed: bytes = ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True)
        return packed


_AZURE: Final = _Dialect(
    root="StorageServiceProperties",
    below="Cors",
    rule_name="CorsRule",
    origins="AllowedOrigins",
    most=5,
    fields=(
        ("AllowedMethods", "GET,HEAD,OPTIONS"),
        ("AllowedHeaders", "*"),
        ("ExposedHeaders", "ETag,Content-Length"),
        ("MaxAgeInSeconds", _MAX_AGE),
    ),
)
_S3: Final = _Dialect(
    root="CORSConfiguration",
    below="",
    rule_name="CORSRule",
    origins="AllowedOrigin",
    most=100,
    fields=(
        ("AllowedMethod", "GET"),  # there is no OPTIONS to name: asking first is always allowed
        ("AllowedMethod", "HEAD"),
        ("AllowedHeader", "*"),
        ("ExposeHeader", "ETag"),
        ("ExposeHeader", "Content-Length"),
        ("MaxAgeSeconds", _MAX_AGE),
    ),
)
