"""A model server that says numbers at a steady pace, for benchmarks of what stands before it.

    python benchmarks/steady_upstream.py PORT

It speaks the chat completions API, streamed, over HTTP/1.1 with keep-alive, and spends as little
as it can: one timer for each stream. The question says how long the answer is and how fast it
comes, so that it arrives through any proxy: "20 words, one every 500 ms" is answered with
"0 1 2 … 19", the first word at once.
"""

import asyncio
import re
import sys

QUESTION = "{words} words, one every {every} ms"
ASKED = re.compile(rb"(\d+) words, one every (\d+) ms")
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
CHUNK = (
    b'data: {"id":"chatcmpl-steady","object":"chat.completion.chunk","created":1,"model":"steady",'
    b'"choices":[{"index":0,"delta":%b,"finish_reason":%b}]}\n\n'
)
ROLE = CHUNK % (b'{"role":"assistant","content":""}', b"null")
NOTHING_ELSE = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"
LAST = CHUNK % (b"{}", b'"stop"') + b"data: [DONE]\n\n"


class Stream(asyncio.Protocol):
    """One connection; its questions come one after another."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client."""
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        """A question, or a part of it."""
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self.received = b""
        asked = ASKED.search(body)
        if not asked:
            self.transport.write(NOTHING_ELSE)
            return
        words, every = asked.groups()
        self.words, self.every, self.said = int(words), int(every) / 1000, 0
        self.due = asyncio.get_running_loop().time()
        self.transport.write(HEAD + framed(ROLE))
        self.say()

    def say(self) -> None:
        """The next word, or the end."""
        if self.transport.is_closing():
            return
        if self.said == self.words:
            self.transport.write(framed(LAST) + framed(b""))
            return
        self.transport.write(framed(CHUNK % (b'{"content":"%d "}' % self.said, b"null")))
        self.said += 1
        self.due += self.every
        asyncio.get_running_loop().call_at(self.due, self.say)


def framed(piece: bytes) -> bytes:
    """One chunk of a chunked body; the empty one ends it."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stream, "127.0.0.1", int(sys.argv[1]), backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
