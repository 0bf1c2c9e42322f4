"""Many streamed answers at once, asked for by one process of its own, every word checked.

    python benchmarks/streams.py URL --streams 1000 --words 20 --every 500 [--watch PID]

The server behind URL must lead to `steady_upstream.py` under the model name "steady". Prints JSON:
how many streams came whole and what was wrong with the others; with --watch also what the process
PID and its children used: CPU seconds and words within a window after `--settle` seconds, and the
memory before and at its peak in MiB. `serving.py` runs it.
"""

import argparse
import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from steady_upstream import QUESTION

TICKS = os.sysconf("SC_CLK_TCK")


class Count:
    """Over all streams: words that came, streams whose words are coming, and the most of these."""

    words = 0
    open = 0
    most = 0


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--words", type=int, default=20)
    parser.add_argument("--every", type=int, default=500, help="milliseconds")
    parser.add_argument("--within", type=float, default=2, help="seconds in which they begin")
    parser.add_argument("--watch", type=int, help="process to look at")
    parser.add_argument("--settle", type=float, default=4, help="seconds before the window")
    parser.add_argument("--window", type=float, default=10, help="seconds that are measured")
    options = parser.parse_args()

    memory = resident(options.watch) if options.watch else 0.0
    watching = asyncio.ensure_future(watched(options)) if options.watch else None
    began = time.perf_counter()
    outcomes = await asyncio.gather(
        *(answered(options, n) for n in range(options.streams)), return_exceptions=True
    )
    seconds = time.perf_counter() - began
    faults = [repr(outcome) for outcome in outcomes if outcome is not None]
    found = {
        "whole": options.streams - len(faults),
        "faults": sorted(set(faults))[:3],
        "most": Count.most,
        "seconds": seconds,
    }
    if watching:
        found |= await watching | {"memory": memory}
    print(json.dumps(found))


async def answered(options: argparse.Namespace, number: int) -> None:
    """One stream from its question to its end. Raises when a word is missing or out of order."""
    # Streams that all begin at once would say each word in one burst.
    await asyncio.sleep(number / options.streams * options.within)
    url = urlsplit(options.url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    expected = 0
    try:
        writer.write(request(options.url, options.words, options.every))
        status = await reader.readuntil(b"\r\n\r\n")
        assert status.startswith(b"HTTP/1.1 200"), status + await reader.read(500)
        ended = ""
        async for data in events(reader):
            if data == b"[DONE]":
                assert expected == options.words, f"ended after {expected} words"
                assert ended == "stop", f"ended for the reason {ended!r}"
                return
            chunk = json.loads(data)
            assert "choices" in chunk, data.decode()
            choice = (chunk["choices"] or [{}])[0]
            ended = choice.get("finish_reason") or ended
            for word in (choice.get("delta", {}).get("content") or "").split():
                assert word == str(expected), f"expected {expected}, got {word}"
                expected += 1
                Count.words += 1
                if expected == 1:
                    Count.open += 1
                    Count.most = max(Count.most, Count.open)
        raise AssertionError(f"broke off after {expected} words")
    finally:
        Count.open -= expected > 0
        writer.close()


def request(url: str, words: int, every: int) -> bytes:
    """The question as bytes of HTTP."""
    question = QUESTION.format(words=words, every=every)
    body = json.dumps(
        {"model": "steady", "stream": True, "messages": [{"role": "user", "content": question}]}
    ).encode()
    address = urlsplit(url)
    head = (
        f"POST {address.path.rstrip('/')}/chat/completions HTTP/1.1\r\nhost: {address.netloc}\r\n"
        f"content-type: application/json\r\nauthorization: Bearer none\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def events(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """The data of each event of a chunked body."""
    rest = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        rest += (await reader.readexactly(size + 2))[:-2]
        *whole, rest = rest.split(b"\n\n")
        for event in whole:
            if event.startswith(b"data: "):
                yield event[6:]


async def watched(options: argparse.Namespace) -> dict[str, float]:
    """CPU and words of the window, and the highest memory until its end."""
    await asyncio.sleep(options.settle)
    processor, words = used(options.watch), Count.words
    peak = resident(options.watch)
    until = time.perf_counter() + options.window
    while time.perf_counter() < until:
        await asyncio.sleep(0.5)
        peak = max(peak, resident(options.watch))
    return {
        "cpu": used(options.watch) - processor,
        "words": Count.words - words,
        "peak": peak,
    }


def used(process: int) -> float:
    """CPU seconds of a process and those below it, user and system."""
    total = 0
    for member in tree(process):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def resident(process: int) -> float:
    """Memory of a process and those below it in MiB."""
    return sum(
        int(line.split()[1]) / 1024
        for member in tree(process)
        for line in Path(f"/proc/{member}/status").read_text().splitlines()
        if line.startswith("VmRSS")
    )


def tree(process: int) -> list[int]:
    """A process with its children and theirs."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [process, *(member for child in children for member in tree(child))]


if __name__ == "__main__":
    asyncio.run(main())
