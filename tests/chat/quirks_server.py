"""A model server on loopback that misbehaves as it is told, request by request.

It speaks HTTP/1.1 by hand, because the quirks lie below what a web framework lets one do: bytes cut
anywhere, connections that are dropped or reset, streams that never end. The shapes are those of
real servers; see the table in the tests.
"""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any, Self


@dataclass
class Received:
    """One request as it came."""

    target: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    raw: bytes = b""


@dataclass
class Visit:
    """One request being answered."""

    writer: asyncio.StreamWriter
    keeps: bool = True

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def begin(self, status: int, headers: dict[str, str]) -> None:
        lines = [
            f"HTTP/1.1 {status} Quirk",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        await self.send("\r\n".join([*lines, "", ""]).encode())

    def hang_up(self, *, reset: bool = False) -> None:
        if reset:
            lingering = struct.pack("ii", 1, 0)  # closing now sends RST instead of FIN
            sock = self.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
        self.writer.transport.abort()
        self.keeps = False


Behaviour = Callable[[Visit], Awaitable[None]]


@dataclass
class QuirksServer:
    """`will` says what it does for the next requests, one each; the last one stays.

    `models` says it for those that are asked by these names. With `encrypted` it speaks TLS.
    `answering` counts the answers that it is making.
    """

    encrypted: ssl.SSLContext | None = None
    models: Mapping[str, Behaviour] = field(default_factory=dict)
    answering: int = 0
    requests: list[Received] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _behaviours: list[Behaviour] = field(default_factory=list)
    _connections: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    def will(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)

    def chosen(self, received: Received) -> Behaviour:
        """What it does for this request."""
        named = self.models.get(received.body.get("model", ""))
        if named is not None:
            return named
        return self._behaviours.pop(0) if self._behaviours[1:] else self._behaviours[0]

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def base_url(self) -> str:
        scheme = "https" if self.encrypted else "http"
        return f"{scheme}://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._connected, "127.0.0.1", 0, ssl=self.encrypted
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._connections += 1
        number = self._connections
        begun = b""
        try:
            while received := await _read_request(reader, begun, number):
                self.requests.append(received)
                behaviour = self.chosen(received)
                visit = Visit(writer)
                self.arrived.set()
                begun = await self._answered(behaviour, visit, reader)
                if not begun:
                    break
        except ConnectionError:
            self.left.set()
        except asyncio.CancelledError:
            pass
        finally:
            self._open.discard(task)
            writer.close()

    async def _answered(
        self, behaviour: Behaviour, visit: Visit, reader: asyncio.StreamReader
    ) -> bytes:
        """The first byte of the next request; empty when either side has left."""
        answering = asyncio.ensure_future(behaviour(visit))
        next_byte = asyncio.ensure_future(reader.read(1))
        self.answering += 1
        try:
            await asyncio.wait({answering, next_byte}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                self.left.set()
                return b""
            answering.result()
            return await next_byte if visit.keeps else b""
        finally:
            self.answering -= 1
            answering.cancel()
            next_byte.cancel()


@contextmanager
def in_a_thread(server: QuirksServer) -> Iterator[QuirksServer]:
    """The server in an event loop of its own, for clients in other loops or in none."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        enough = asyncio.Event()
        async with server:
            started.set_result((asyncio.get_running_loop(), enough))
            await enough.wait()

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    loop, enough = started.result()
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(enough.set)
        thread.join()


async def _read_request(
    reader: asyncio.StreamReader, begun: bytes, connection: int
) -> Received | None:
    try:
        head = (begun + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(first.split()[1], headers, json.loads(body or b"{}"), connection, body)


# What it can do


def answers(
    status: int, body: object, *, media_type: str = "application/json", **headers: str
) -> Behaviour:
    """A whole answer; what is not bytes is sent as JSON. `retry_after` becomes `retry-after`."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def behave(visit: Visit) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        length = {"content-type": media_type, "content-length": str(len(content))}
        await visit.begin(status, {**length, **named})
        await visit.send(content)

    return behave


def streams(
    *pieces: bytes | float,
    then: str = "ends",
    media_type: str = "text/event-stream",
) -> Behaviour:
    """Pieces as they are, each in a packet of its own; a number is a pause in seconds.

    `then`: "ends" as it should, "hangs up" in the middle, "resets", or is "silent" for ever.
    """

    async def behave(visit: Visit) -> None:
        await visit.begin(200, {"content-type": media_type, "transfer-encoding": "chunked"})
        for piece in pieces:
            if isinstance(piece, bytes):
                await visit.send(b"%x\r\n%s\r\n" % (len(piece), piece))
                await asyncio.sleep(0)
            else:
                await asyncio.sleep(piece)
        if then == "ends":
            await visit.send(b"0\r\n\r\n")
        elif then == "silent":
            await asyncio.sleep(60)
        else:
            await asyncio.sleep(0.02)  # a reset overtakes what was sent before it
            visit.hang_up(reset=then == "resets")

    return behave


async def resets(visit: Visit) -> None:
    """The connection is reset before the response."""
    visit.hang_up(reset=True)


async def hangs_up(visit: Visit) -> None:
    """The connection is closed before the response."""
    visit.hang_up()


async def stays_silent(visit: Visit) -> None:  # noqa: ARG001
    """No response at all: the model is looking at the prompt."""
    await asyncio.sleep(60)


# What it says


def event(data: object) -> bytes:
    """One server-sent event; what is not bytes is sent as JSON."""
    raw = data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode()
    return b"data: " + raw + b"\n\n"


def delta(content: str | None = None, *, finish: str | None = None, **fields: object) -> bytes:
    """One chunk of a chat completion."""
    said = {**({} if content is None else {"content": content}), **fields}
    return event({"choices": [{"index": 0, "delta": said, "finish_reason": finish}]})


def counts(prompt: int, completion: int) -> bytes:
    """The chunk with the usage."""
    usage = {"prompt_tokens": prompt, "completion_tokens": completion}
    return event({"choices": [], "usage": usage})


DONE = event(b"[DONE]")
STOP = delta(finish="stop")

well = streams(delta(role="assistant", content=""), delta("Fine."), STOP, counts(9, 2), DONE)
"""What a server does that has no quirks."""
