"""Server-sent events out of the bytes of a response, however the network cut them.

The WHATWG rules ("Server-sent events", section 9.2.6), as far as model servers use them: only
`data` counts. Two things the rules would drop are kept, because model servers do them: an event
that the end of the stream left without its empty line, and a bare line of JSON without `data:`
(that is how some write an error into a stream that is already open).
"""

LARGEST_EVENT = 8 * 1024 * 1024
"""Bytes of one event before the stream is given up."""


class EventTooLarge(ValueError):
    """An event longer than `LARGEST_EVENT`."""


class ServerEvents:
    """A decoder that is fed bytes and gives back the data of each complete event."""

    def __init__(self) -> None:
        self._unfinished = b""
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> list[bytes]:
        """The data of the events that these bytes complete."""
        if self._unfinished:
            received = self._unfinished + received
        # A "\r" at the end may be half of "\r\n": it waits for the next bytes.
        if b"\r" in received:
            whole, waiting = (received[:-1], b"\r") if received.endswith(b"\r") else (received, b"")
            received = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + waiting
        *lines, self._unfinished = received.split(b"\n")
        if len(self._unfinished) > LARGEST_EVENT:
            raise EventTooLarge(f"an event of more than {LARGEST_EVENT:,} bytes")
        events: list[bytes] = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line:
                if self._data:
                    events.append(self._event())
            elif line.startswith(b"{"):
                events.append(line)
        return events

    def rest(self) -> bytes:
        """What an unfinished event holds when the stream has ended; empty when there is none."""
        line, self._unfinished = self._unfinished.rstrip(b"\r"), b""
        if line.startswith((b"data:", b"{")):
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
        return self._event()

    def _event(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data = []
        return data
