"""What is on a question's pictures, looked for while the model speaks, tied to its words after it.

Detectors that need no words begin with the question. Those that look for words are asked for those
of the answer. What fails is told and costs the answer nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sightline.assets import Line, Pixels, Reading
from sightline.bridge import Pool
from sightline.errors import SightlineError
from sightline.events import Grounded
from sightline.grounding import Seen, ground
from sightline.looking import Detectors, Sight, look
from sightline.naming import Similarity
from sightline.noun_phrases import phrases_to_ask
from sightline.vision.base import Reader

log = logging.getLogger("sightline.tying")


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What looks at pictures and compares words; everything opens when it is first needed."""

    detectors: Detectors
    reader: Callable[[], Reader]
    similarity: Callable[[], Similarity]
    pool: Pool


class Tying:
    """One question's pictures. It begins to look when it is made; close it in any case."""

    def __init__(
        self, pictures: Sequence[Pixels], readings: Sequence[Reading | None], eyes: Eyes
    ) -> None:
        """`readings`: the text on each picture, None where it was not read yet."""
        self._pictures = pictures
        self._readings = readings
        self._eyes = eyes
        self._looking = asyncio.ensure_future(self._look())

    async def seen(self) -> list[Sight]:
        """What needs no words to be found, picture by picture."""
        sights, _, _ = await asyncio.shield(self._looking)
        return sights

    async def grounded(self, answer: str) -> Grounded:
        """The whole answer tied to its pictures."""
        sights, readings, failed = await self._looking
        phrases = await self._eyes.pool.run(phrases_to_ask, answer)
        for number, picture in enumerate(self._pictures):
            sights[number] |= await look(
                self._eyes.detectors, picture, phrases, self._eyes.pool, uses=("heeded", "needed")
            )
        seen = [
            Seen(image_index=number, regions=sight.regions, reading=_all_text(reading, sight))
            for number, (sight, reading) in enumerate(zip(sights, readings, strict=True))
        ]
        failures = tuple(dict.fromkeys((*failed, *(f for sight in sights for f in sight.failed))))
        try:
            similarity = await self._eyes.pool.run(self._eyes.similarity)
        except SightlineError as error:
            similarity = None
            failures += (f"Meanings of words were not compared: {error}",)
        spans = await self._eyes.pool.run(ground, answer, seen, similarity)
        looked = any(sight.looked for sight in sights) or any(reading for reading in readings)
        return Grounded(
            text=answer,
            spans=tuple(spans),
            status="Success" if not failures else "Partial" if looked else "Failed",
            failures=failures,
        )

    async def close(self) -> None:
        """Stop looking."""
        self._looking.cancel()
        with suppress(asyncio.CancelledError):
            await self._looking

    async def _look(self) -> tuple[list[Sight], list[Reading | None], tuple[str, ...]]:
        eyes = self._eyes
        sights = [
            await look(eyes.detectors, picture, (), eyes.pool, uses=("ignored",))
            for picture in self._pictures
        ]
        readings = list(self._readings)
        try:
            for number, picture in enumerate(self._pictures):
                if readings[number] is None:
                    readings[number] = await eyes.pool.run(_read, eyes.reader, picture)
        except SightlineError as error:
            return sights, readings, (f"The text was not read: {error}",)
        except Exception:
            log.exception("the reader failed")
            return sights, readings, ("The text was not read; the log says why.",)
        return sights, readings, ()


def _all_text(reading: Reading | None, sight: Sight) -> Reading:
    """What was read, and what detectors read of codes."""
    lines = reading.lines if reading else ()
    known = {line.text for line in lines}
    codes = [
        Line(region.text, region.polygon, region.score)
        for region in sight.regions
        if region.text and region.text not in known
    ]
    return Reading((*lines, *codes))


def _read(reader: Callable[[], Reader], picture: Pixels) -> Reading:
    return reader().read(picture)
