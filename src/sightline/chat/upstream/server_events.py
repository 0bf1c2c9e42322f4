"""The body of a streamed answer: events out of bytes, however the network cut them.

The WHATWG rules ("Server-sent events", section 9.2.6), as far as model servers use them: only
`data` counts. Two things the rules would drop are kept, because model servers do them: an event
that the end of the stream left without its empty line, and a bare line of JSON without `data:`
(that is how some write an error into a stream that is already open).
"""

LARGEST_EVENT = 8 * 1024 * 1024
"""Bytes of one event, or of a body without events, before the answer is given up."""

_WHOLE = b"{[<"


class EventTooLarge(ValueError):
    """An event longer than `LARGEST_EVENT`."""


class AnswerBody:
    """A body that turns out, with its first byte, to be a stream of events or one whole document.

    Servers that do not stream send the whole answer as JSON, and wrong addresses send a web page.
    """

    def __init__(self) -> None:
        self._head = b""
        self._reader: ServerEvents | _WholeDocument | None = None

    @property
    def is_stream(self) -> bool:
        """Whether it is made of events; an empty body counts as a stream without any."""
        return not isinstance(self._reader, _WholeDocument)

    def feed(self, received: bytes) -> list[bytes]:
        """The data of the events that these bytes complete."""
        if self._reader is None:
            self._head = received = (self._head + received).lstrip()
            if not received:
                return []
            self._reader = _WholeDocument() if received[0] in _WHOLE else ServerEvents()
        return self._reader.feed(received)

    def rest(self) -> bytes:
        """The whole document, or what the last event of a stream holds when it was left open."""
        return b"" if self._reader is None else self._reader.rest()


class ServerEvents:
    """A decoder that is fed bytes and gives back the data of each complete event."""

    def __init__(self) -> None:
        self._line: list[bytes] = []  # pieces of a line whose end has not come
        self._line_size = 0
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> list[bytes]:
        """The data of the events that these bytes complete."""
        if b"\n" not in received and b"\r" not in received and not self._ends_with_return():
            self._begin_line(received)
            return []
        if self._line:
            received = b"".join([*self._line, received])
        if b"\r" in received:
            received = _with_plain_line_ends(received)
        *lines, unfinished = received.split(b"\n")
        self._line, self._line_size = [], 0
        self._begin_line(unfinished)
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
            elif not line:
                if self._data:
                    events.append(self._event())
            elif line.startswith(b"{"):
                events.append(line)
        return events

    def rest(self) -> bytes:
        """What an unfinished event holds when the stream has ended; empty when there is none."""
        line, self._line = b"".join(self._line).rstrip(b"\r"), []
        if line.startswith((b"data:", b"{")):
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
        return self._event()

    def _begin_line(self, piece: bytes) -> None:
        if piece:
            self._line.append(piece)
            self._line_size += len(piece)
            _check_size(self._line_size)

    def _ends_with_return(self) -> bool:
        return bool(self._line) and self._line[-1].endswith(b"\r")

    def _event(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        return data


class _WholeDocument:
    def __init__(self) -> None:
        self._received = bytearray()

    def feed(self, received: bytes) -> list[bytes]:
        self._received += received
        _check_size(len(self._received))
        return []

    def rest(self) -> bytes:
        return bytes(self._received)


def _with_plain_line_ends(received: bytes) -> bytes:
    # A "\r" at the end may be half of "\r\n": it waits for the next bytes.
    waiting = b"\r" if received.endswith(b"\r") else b""
    whole = received.removesuffix(waiting) if waiting else received
    return whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + waiting


def _check_size(size: int) -> None:
    if size > LARGEST_EVENT:
        raise EventTooLarge(f"more than {LARGEST_EVENT:,} bytes without an end")
