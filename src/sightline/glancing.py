"""What an ingest keeps of a still between decoding and encoding."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from sightline.assets import Pixels, Place, Reading, Still
from sightline.media.images import shrink, thumbnail
from sightline.vision.base import Reader

ENCODING_SIDE: Final = 512
"""Longer side in pixels of what the encoder gets: over twice its input, so nothing is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A still made smaller for the encoder, read, with its thumbnail."""

    pixels: Pixels
    width: int
    height: int
    place: Place
    taken_at: datetime | None
    thumbnail: bytes
    reading: Reading | None


def glance(still: Still, reader: Reader | None) -> Glance:
    """Everything about a still that needs no batch; without reader its text is not read."""
    return Glance(
        pixels=shrink(still.pixels, ENCODING_SIDE),
        width=still.width,
        height=still.height,
        place=still.place,
        taken_at=still.taken_at,
        thumbnail=thumbnail(still.pixels),
        reading=reader.read(still.pixels) if reader else None,
    )


A = TypeVar("A")
B = TypeVar("B")


def in_order(
    pool: ThreadPoolExecutor, function: Callable[[A], B], items: Iterable[A], *, ahead: int
) -> Iterator[B]:
    """Results in order of items, computed in the pool, at most `ahead` items early."""
    running: deque[Future[B]] = deque()
    try:
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > ahead:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()
