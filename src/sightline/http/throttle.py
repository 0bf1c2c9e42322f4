"""How many wrong keys somebody may try: ten a minute from one address."""

import ipaddress
import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from sightline.errors import TooManyWrongKeys

MOST: Final = 10
"""Wrong keys from one address within a minute; after that it waits."""

MINUTE: Final = 60.0
ADDRESSES: Final = 10_000
"""Remembered at once; those that were wrong the longest ago are forgotten first."""


class Throttle:
    """Counts wrong keys by address. `clock` tells seconds. Only for one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, address: str) -> None:
        """Raises TooManyWrongKeys while the address has to wait."""
        times = self._wrong.get(_place(address))
        left = times[0] + MINUTE - self._clock() if times and len(times) == MOST else 0.0
        if left > 0:
            raise TooManyWrongKeys(
                f"Expected a right key, got {MOST} wrong ones from this address within a minute. "
                f"Try again in {math.ceil(left)} seconds.",
                retry_after=left,
            )

    def forgive(self, address: str) -> None:
        """The last one was right after all."""
        if times := self._wrong.get(_place(address)):
            times.pop()

    def count(self, address: str) -> None:
        """One more wrong key."""
        place = _place(address)
        self._wrong.setdefault(place, deque(maxlen=MOST)).append(self._clock())
        self._wrong.move_to_end(place)
        if len(self._wrong) > ADDRESSES:
            self._wrong.popitem(last=False)


def _place(address: str) -> str:
    """The address; of IPv6 its network, for everybody has all the addresses in one."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
