"""Connections to model servers that wake up cheaply: a relayed answer is read word by word.

The HTTP client's own way to the network makes two scopes and two changes of the poller for each
read, which cost a quarter of what relaying a word does (`benchmarks/serving.py`). These are the
streams of asyncio behind the client's interface for networks; HTTP and TLS stay the client's.
"""

import asyncio
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import httpcore2
import httpx2


class Connections(httpx2.AsyncHTTPTransport):
    """The client's transport, over these connections."""

    def __init__(self, trusted: ssl.SSLContext, *, most_idle: int) -> None:
        """`trusted`: whose certificates count. `most_idle`: how many connections are kept.

        How many questions are answered at once is decided where they come in, not here.
        """
        # Not the transport's own constructor, which makes a pool over its own way.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trusted,
            max_connections=None,
            max_keepalive_connections=most_idle,
            keepalive_expiry=5.0,
            network_backend=_Network(),
        )


class _Network(httpcore2.AsyncNetworkBackend):
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of the client)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> "_Stream":
        del local_address, socket_options  # the pool above sets neither
        loop = asyncio.get_running_loop()
        reader = _Reader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        # A server with two addresses is tried at both; uvloop, if it runs, tries one by one.
        both: dict[str, Any] = {"happy_eyeballs_delay": 0.25}
        options = both if isinstance(loop, asyncio.BaseEventLoop) else {}
        with _told_as(httpcore2.ConnectTimeout, httpcore2.ConnectError):
            async with asyncio.timeout(timeout):
                transport, _ = await loop.create_connection(lambda: protocol, host, port, **options)
        return _Stream(reader, asyncio.StreamWriter(transport, protocol, reader, loop))


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, reader: "_Reader", writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> bytes:
        with _told_as(httpcore2.ReadTimeout, httpcore2.ReadError):
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        with _told_as(httpcore2.WriteTimeout, httpcore2.WriteError):
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()

    async def aclose(self) -> None:
        # At once: whoever closes early does not wait for a server that goes on talking.
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Self:
        try:
            with _told_as(httpcore2.ConnectTimeout, httpcore2.ConnectError):
                async with asyncio.timeout(timeout):
                    await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except BaseException:
            await self.aclose()
            raise
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (whatever asyncio knows)
        if info == "is_readable":
            return self._reader.stirred
        return self._writer.get_extra_info(info)


class _Reader(asyncio.StreamReader):
    """Knows about bytes that nobody has asked for yet; they are read before a late error is."""

    _unread = 0
    _broken: Exception | None = None

    @property
    def stirred(self) -> bool:
        """Whether reading would not wait: on an idle connection this means that it is over."""
        return self._unread > 0 or self.at_eof()

    def feed_data(self, data: Iterable[Any]) -> None:
        received = bytes(data)
        self._unread += len(received)
        super().feed_data(received)

    def set_exception(self, exc: Exception) -> None:
        self._broken = exc
        self.feed_eof()

    async def read(self, n: int = -1) -> bytes:
        received = await super().read(n)
        self._unread -= len(received)
        if not received and self._broken:
            raise self._broken
        return received


@contextmanager
def _told_as(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Errors of the network as the HTTP client names them."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error
