"""One picture as the body of a request: JSON with its address, bytes as they are, or a form."""

from typing import Final

from fastapi import Request
from python_multipart.multipart import parse_options_header

from sightline.assets import Still
from sightline.bridge import Pool
from sightline.errors import InvalidRequest
from sightline.http.parts import FileParts
from sightline.http.pictures import picture_bytes
from sightline.http.wire_json import read_object
from sightline.media.stills import stills

MOST: Final = 20 * 2**20
"""Bytes of a picture's file."""

PACKED: Final = 2 * MOST
"""Bytes of the body around it: base64 adds a third, line breaks and the heads of parts a little."""

_FORM, _BYTES, _JSON = "multipart/form-data", "application/octet-stream", "application/json"


async def picture_of(request: Request, pool: Pool, *, max_side: int) -> Still:
    """The first page or frame of the picture in the body, decoded at `max_side` pixels at most.

    Raises InvalidRequest (about `size`, `url` or the body), UrlNotAllowed, UnreadableImage.
    """
    content_type = request.headers.get("content-type", "")
    kind = parse_options_header(content_type)[0].decode("latin-1")
    if kind not in {_FORM, _BYTES, _JSON}:
        raise InvalidRequest(
            f"Expected a body of type {_JSON}, {_BYTES} or {_FORM}, got "
            f"{content_type[:100] or 'no content-type'!r}.",
            hint=f"With curl: -H 'content-type: {_BYTES}' --data-binary @picture.jpg",
        )
    body = await _read(request, MOST if kind == _BYTES else PACKED)

    def decoded() -> Still:
        match kind:
            case "application/json":
                # All of the body may be the picture: too large a file is told below, as any is.
                data = picture_bytes(read_object(body).get("url"), "url", PACKED)
            case "multipart/form-data":
                data = _file_in(body, content_type)
            case _:
                data = body
        if not 0 < len(data) <= MOST:
            raise _wrong_size(len(data))
        return stills(data, max_side=max_side).stills[0]

    return await pool.run(decoded)


async def _read(request: Request, most: int) -> bytes:
    """The body; one that is too long is read to its end all the same, and not held.

    A client that still sends would not see the answer.
    """
    held, size = bytearray(), 0
    async for piece in request.stream():
        size += len(piece)
        if size <= most:
            held += piece
        else:
            held.clear()
    if size > most:
        raise _wrong_size(size)
    return bytes(held)


class _Files:
    """Takes the files of a form."""

    def __init__(self) -> None:
        self.files: list[bytearray] = []

    def begin(self, name: str) -> None:
        del name
        self.files.append(bytearray())

    def write(self, data: bytes) -> None:
        self.files[-1] += data

    def end(self) -> None:
        pass


def _file_in(body: bytes, content_type: str) -> bytes:
    taken = _Files()
    parts = FileParts(content_type, taken)
    parts.feed(body)
    parts.finish()
    if len(taken.files) != 1:
        raise InvalidRequest(
            f"Expected one file in the form, got {len(taken.files)}.",
            hint="With curl: -F file=@picture.jpg",
        )
    return bytes(taken.files[0])


def _wrong_size(size: int) -> InvalidRequest:
    return InvalidRequest(f"Expected a picture of 1 to {MOST:,} bytes, got {size:,}.", param="size")
