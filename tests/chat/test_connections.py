"""The way to a model server: encrypted, broken off, and left alone."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress

import httpx2
import pytest
import trustme

from sightline.chat.upstream.connections import Connections

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def piece(words: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(words), words)


@asynccontextmanager
async def asking(
    answer: Answer, tls: ssl.SSLContext | None = None, trusted: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[httpx2.AsyncClient, str]]:
    """A client, and the address of a server that does `answer` on each connection."""

    async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError), closing(writer):
            await answer(reader, writer)

    server = await asyncio.start_server(answering, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    transport = Connections(trusted or ssl.create_default_context(), most_idle=1)
    scheme = "https" if tls else "http"
    async with server, httpx2.AsyncClient(transport=transport, timeout=5) as client:
        yield client, f"{scheme}://127.0.0.1:{port}/"


async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.readline():
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + piece(b"hello") + END)
        await writer.drain()


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


async def test_encrypted_words(authority: trustme.CA, tls: ssl.SSLContext):
    trusted = ssl.create_default_context()
    authority.configure_trust(trusted)
    async with asking(hello, tls, trusted) as (client, address):
        assert [(await client.get(address)).text for _ in range(3)] == ["hello"] * 3


async def test_a_stranger_with_a_certificate_of_its_own(tls: ssl.SSLContext):
    async with asking(hello, tls) as (client, address):
        with pytest.raises(httpx2.ConnectError, match="certificate verify failed"):
            await client.get(address)


async def test_a_server_that_does_not_encrypt():
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + END)
        await reader.read()

    async with asking(plain) as (client, address):
        with pytest.raises(httpx2.ConnectError):
            await client.get(address.replace("http:", "https:"))


async def test_a_server_that_says_nothing():
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with asking(silent) as (client, address):
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(address, timeout=0.1)


async def test_words_before_a_reset_are_read_though_nobody_waited_for_them():
    gone = asyncio.Event()

    async def breaking_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + piece(b"one "))
        await asyncio.sleep(0.05)
        writer.write(piece(b"two "))
        await asyncio.sleep(0.05)
        own: socket.socket = writer.get_extra_info("socket")
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        gone.set()

    async with (
        asking(breaking_off) as (client, address),
        client.stream("GET", address) as response,
    ):
        words = response.aiter_bytes()
        assert await anext(words) == b"one "
        await gone.wait()
        await asyncio.sleep(0.05)
        assert await anext(words) == b"two "
        with pytest.raises(httpx2.ReadError):
            await anext(words)


async def test_a_connection_on_which_more_was_said_than_asked_for_is_not_used_again():
    opened = 0

    async def talkative(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + piece(b"hello") + END)
        await asyncio.sleep(0.05)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
        await reader.read()

    async with asking(talkative) as (client, address):
        for _ in range(2):
            assert (await client.get(address)).text == "hello"
            await asyncio.sleep(0.1)
    assert opened == 2
