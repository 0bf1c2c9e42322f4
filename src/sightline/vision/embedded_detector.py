"""The embedded detector: what can be found without any model from a hub.

Things that stand out (`class_activation`), codes (`codes`), and plates on vehicles (`plates`).
People and faces are not found: what there is without a hub finds more of them where there are none.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sightline.assets import Pixels
from sightline.regions import Region, merged
from sightline.vision import class_activation
from sightline.vision.base import PhraseUse, Reader, runtime_of
from sightline.vision.class_activation import ClassActivation
from sightline.vision.codes import codes
from sightline.vision.lite0 import Lite0
from sightline.vision.plates import plates

VERSION = "1"


class EmbeddedDetector:
    """A `Detector` that looks for what it knows, whatever it is asked."""

    phrases: PhraseUse = "ignored"

    def __init__(
        self,
        network: Lite0,
        reader: Reader,
        run: Callable[..., Awaitable[Any]] = asyncio.to_thread,
    ) -> None:
        """`reader` reads plates; `run` takes a function to a worker thread."""
        self._things = ClassActivation(network)
        self._reader = reader
        self._engines = f"{network.identity.name}@{network.identity.version}:{reader.name}"
        self._run = run

    @property
    def name(self) -> str:
        """Changes whenever what it finds changes."""
        return f"embedded-{VERSION}.{class_activation.VERSION}:{self._engines}"

    @property
    def runtime(self) -> str:
        """That of the reader."""
        return runtime_of(self._reader)

    async def detect(self, picture: Pixels, phrases: Sequence[str] = ()) -> list[Region]:
        """Things, codes and plates, surest first."""
        del phrases
        found: list[Region] = await self._run(self.find, picture)
        return found

    def find(self, picture: Pixels) -> list[Region]:
        """The same, in the thread that calls."""
        things = self._things.find(picture)
        vehicles = [thing for thing in things if "vehicle" in thing.broader]
        found = [*things, *codes(picture)]
        if vehicles:
            height, width = picture.shape[:2]
            found += plates(vehicles, self._reader.read(picture), aspect=width / height)
        return merged(found)
