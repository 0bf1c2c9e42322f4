"""How much and how long: what keeps a source from filling the memory or waiting for ever."""

from dataclasses import dataclass

LARGEST = 200 * 1024 * 1024
"""Bytes of the largest file that is read: far above any photograph, far below the memory."""

LARGEST_VIDEO = 16 * 1024**3
"""Bytes of the largest video that is fetched from elsewhere to a temporary file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a file may be (bytes), and how long a cloud may take (seconds).

    `silence` is the longest wait for the next byte, `request` for a whole file. A request that
    fails for a passing reason is repeated `retries` times within `retry_for`. `pause` is how long
    a server that could not be reached is left alone.
    """

    largest: int = LARGEST
    connect: float = 10.0
    silence: float = 30.0
    request: float = 900.0
    retries: int = 6
    retry_for: float = 60.0
    pause: float = 30.0


PATIENT = Limits()
"""For an ingest, which has the time to outlast a short outage."""

PROMPT = Limits(connect=5.0, silence=10.0, request=120.0, retries=2, retry_for=10.0)
"""For one picture that somebody waits for."""
