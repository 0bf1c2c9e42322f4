"""Browsers that are signed in: a random token in a cookie stands for the key that was given.

They are in memory only: a server that starts again asks for the key again.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import cookie_parser

COOKIE: Final = "sightline_session"
HOURS: Final = 12
"""After so long it asks for the key again."""

MOST: Final = 10_000
"""Remembered at once; the oldest make room."""


@dataclass(frozen=True, slots=True)
class _SignIn:
    sha256: str
    until: float


class SignIns:
    """All of one server. `clock` tells seconds. Only for one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[str, _SignIn] = OrderedDict()

    def open(self, sha256: str) -> str:
        """The token for somebody with the key of that hash."""
        token = secrets.token_urlsafe(32)
        self._open[token] = _SignIn(sha256, self._clock() + HOURS * 3600)
        if len(self._open) > MOST:
            self._open.popitem(last=False)
        return token

    def key_of(self, token: str) -> str | None:
        """The hash of the key that it stands for; None when it stands for nothing any more."""
        found = self._open.get(token)
        return found.sha256 if found and found.until > self._clock() else None

    def close(self, token: str) -> None:
        """Sign out."""
        self._open.pop(token, None)


def token_of(headers: Mapping[str, str]) -> str:
    """The token that a request brings along, or nothing."""
    # The standard library's parser gives up at a cookie of somebody else that it does not like.
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
