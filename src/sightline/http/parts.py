"""The files of a multipart body, handed on piece by piece while it arrives.

Nothing of a file is held here, so a request may be as long as it likes. Fields that are not files
are passed over. Guarded: the number and the length of a part's headers (RFC 7578, RFC 2046).
"""

from typing import Final, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from sightline.errors import InvalidRequest

HEADER: Final = 64 * 1024
"""Bytes of a part's header: names of files may be long."""

HINT: Final = "Send files as multipart/form-data: curl -F files=@a.jpg -F files=@b.png ADDRESS"


class Taker(Protocol):
    """Who takes the files."""

    def begin(self, name: str) -> None:
        """A file of that name comes now."""
        ...

    def write(self, data: bytes) -> None:
        """The next bytes of it."""
        ...

    def end(self) -> None:
        """It is whole."""
        ...


class FileParts:
    """Takes a body apart. Raises InvalidRequest when it is not, or not wholly, what it says."""

    def __init__(self, content_type: str, taker: Taker) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidRequest(
                f"Expected a body of type multipart/form-data with a boundary, got "
                f"{content_type[:100]!r}.",
                hint=HINT,
            )
        self._taker = taker
        self._field = b""
        self._value = b""
        self._disposition = b""
        self._is_file = False
        self._ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_end,
                    "on_end": self._end,
                },
                max_header_size=HEADER,
            )
        except FormParserError as error:
            raise _malformed(error) from error

    def feed(self, data: bytes) -> None:
        """The next bytes of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _malformed(error) from error

    def finish(self) -> None:
        """The body is over."""
        if not self._ended:
            raise InvalidRequest("The body ends in the middle of a part.", hint=HINT)

    def _part(self) -> None:
        self._disposition = b""
        self._is_file = False

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename")
        if name is not None:
            self._is_file = True
            self._taker.begin(name.decode("utf-8", "replace"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._taker.write(data[start:end])

    def _part_end(self) -> None:
        if self._is_file:
            self._taker.end()

    def _end(self) -> None:
        self._ended = True


def _malformed(error: FormParserError) -> InvalidRequest:
    return InvalidRequest(f"The multipart body cannot be read: {error}.", hint=HINT)
