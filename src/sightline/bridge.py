"""The bridges between async code and plain functions: a bounded pool of threads, and a loop.

Decoding, encoding, reading and searching are plain functions; the chat path is async. An async
function that called them directly would stop the whole server, so it awaits `Pool.run`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Pool:
    """A bounded pool of worker threads; further work waits its turn."""

    def __init__(self, threads: int) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="sightline")

    async def run(self, function: Callable[..., T], *args: object) -> T:
        """`function(*args)` in a worker thread; a cancelled caller does not stop the function."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, function, *args)

    def close(self) -> None:
        """Wait for what runs, drop what waits."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def in_a_loop(work: Coroutine[Any, Any, T], last: Callable[[], Awaitable[None]]) -> T:
    """What `work` returns, for plain code: in an event loop of its own, in which `last` follows.

    Connections belong to the loop that opened them and can be closed in no other.
    """

    async def whole() -> T:
        try:
            return await work
        finally:
            await last()

    return asyncio.run(whole())
