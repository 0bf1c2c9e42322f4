"""Work that several ask for at once is done once.

Who comes while it is done gets what comes of it, be it an error. Who comes later begins anew.
"""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SharedCalls(Generic[T]):
    """Plain functions. Calls from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[Hashable, Future[T]] = {}

    def run(self, key: Hashable, work: Callable[[], T]) -> T:
        """What `work` gives; it waits for the thread that is at work under this key already."""
        with self._lock:
            running = self._running.get(key)
            mine = self._running[key] = running or Future()
        if running is not None:
            return running.result()
        try:
            mine.set_result(work())
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()


@dataclass(slots=True)
class _Flight(Generic[T]):
    task: asyncio.Task[T]
    waiting: int = 0


class SharedTasks(Generic[T]):
    """Coroutines. Who leaves stops the work only when nobody else waits for it."""

    def __init__(self) -> None:
        self._running: dict[Hashable, _Flight[T]] = {}

    async def run(self, key: Hashable, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `work` gives, or what runs under this key in this event loop already."""
        here = (asyncio.get_running_loop(), key)
        flight = self._running.get(here)
        if flight is None:
            flight = self._running[here] = _Flight(asyncio.create_task(work()))
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                del self._running[here]
                if flight.task.cancel():
                    await asyncio.wait([flight.task])
