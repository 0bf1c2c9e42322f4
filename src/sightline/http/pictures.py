"""Pictures inside JSON: data URLs and bare base64 to bytes. Addresses are never opened here.

Decoding the picture itself comes later and elsewhere; this module only undoes the packing.
"""

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from sightline.errors import InvalidRequest, UrlNotAllowed
from sightline.http.wire_json import kind_of

MAX_IMAGE_BYTES = 20 * 1000 * 1000
"""Largest picture in bytes of the file."""


def picture_bytes(
    given: object, param: str, most: int = MAX_IMAGE_BYTES, *, what: str = "picture"
) -> bytes:
    """The file behind `data:…;base64,…` or bare base64, in any of the ways that clients write it.

    Accepted: any letter case before the comma, line breaks and blanks in the data, the URL-safe
    alphabet, missing padding, percent escapes. Raises InvalidRequest, or UrlNotAllowed for an
    address; `param` names the field. `most` is the largest file in bytes, `what` it ought to be.
    """
    if not isinstance(given, str) or not given.strip():
        raise InvalidRequest(
            f"{param}: expected a data URL or base64, got {_described(given)}.", param=param
        )
    text = given.strip()
    if match := _DATA_URL.match(text):
        if not match["parameters"].lower().endswith(";base64"):
            raise _bad_base64(param, "The data URL does not say ';base64'.")
        return _decoded(text[match.end() :], param, most, what)
    if match := _ADDRESS.match(text):
        raise UrlNotAllowed(
            f"{param}: expected the {what} itself, got the address {_shown(text)!r}.",
            hint="This server does not fetch addresses. Send the file as "
            "'data:image/jpeg;base64,…' instead.",
            param=param,
        )
    return _decoded(text, param, most, what)


def is_data_url(text: str) -> bool:
    """Whether a bare string inside a message is a picture and not words."""
    match = _DATA_URL.match(text.strip())
    if match is None:
        return False
    return match["parameters"].lower().startswith(_PERHAPS_A_PICTURE)


def _decoded(payload: str, param: str, most: int, what: str) -> bytes:
    try:
        packed = payload.encode("ascii")
    except UnicodeEncodeError as error:
        raise _bad_base64(param, f"It holds {payload[error.start]!r}.") from error
    if b"%" in packed:
        packed = unquote_to_bytes(packed)
    packed = packed.translate(_URL_SAFE, _BLANKS).rstrip(b"=")
    if len(packed) * 3 // 4 > most:
        raise InvalidRequest(
            f"{param}: expected a {what} of at most {most // 1_000_000} MB, "
            f"got {len(packed) * 3 / 4_000_000:.1f} MB.",
            hint="Send it smaller; nothing is gained above 2048 pixels a side."
            if what == "picture"
            else "Upload it (POST /api/uploads) and send the id of the file.",
            param=param,
        )
    if not packed:
        raise _bad_base64(param, "It is empty.")
    try:
        return base64.b64decode(packed + b"=" * (-len(packed) % 4), validate=True)
    except binascii.Error as error:
        raise _bad_base64(param, f"{str(error).rstrip('.')}.") from error


def _bad_base64(param: str, why: str) -> InvalidRequest:
    return InvalidRequest("Invalid image (base64) data.", hint=why, param=param)


def _described(given: object) -> str:
    return "an empty string" if isinstance(given, str) else kind_of(given)


def _shown(address: str) -> str:
    """An address without query and user name, which may hold secrets, and not too long."""
    plain = re.sub(r"//[^/@]*@", "//", re.split(r"[?#]", address, maxsplit=1)[0])
    return plain if len(plain) <= _SHOWN else plain[:_SHOWN] + "…"


_PERHAPS_A_PICTURE = ("image/", "application/octet-stream", ";base64")
_DATA_URL = re.compile(r"data:(?P<parameters>[^,]{0,200}),", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_BLANKS = b" \t\r\n\f\v"
_SHOWN = 80
