"""What is on a question's pictures, looked for while the model speaks, tied to its words after it.

Detectors that need no words begin with the question. Those that look for words are asked for those
of the answer. What fails is told and costs the answer nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Line, Pixels, Reading
from sightline.bridge import Pool
from sightline.errors import SightlineError
from sightline.events import Grounded
from sightline.evidence import Span
from sightline.grounding import Seen, ground
from sightline.looking import Detectors, Sight, look
from sightline.naming import Similarity
from sightline.noun_phrases import MOST_PHRASES, phrases_to_ask

log = logging.getLogger("sightline.tying")

MOST_COMPARED = 1_000
"""Phrases of an answer whose meanings are compared with names: about a millisecond each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """What looks at pictures and compares words; everything opens when it is first needed."""

    detectors: Detectors
    read: Callable[[Pixels], Reading]
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
        left_out = await self._look_for(answer, sights)
        seen = [
            Seen(image_index=number, regions=sight.regions, reading=_all_text(reading, sight))
            for number, (sight, reading) in enumerate(zip(sights, readings, strict=True))
        ]
        spans, not_compared = await self._tied(answer, seen)
        of_detectors = (
            failure for sight in sights for failure in (*sight.failed, *sight.incomplete)
        )
        failures = tuple(dict.fromkeys((*failed, *of_detectors, *left_out, *not_compared)))
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

    async def _look_for(self, answer: str, sights: list[Sight]) -> tuple[str, ...]:
        """Add what is found of the things that the answer names; what was not asked for is told."""
        names = await self._eyes.pool.run(phrases_to_ask, answer)
        if not names:  # whatever is found could not be tied
            return ()
        asked, somebody = names[:MOST_PHRASES], False
        for number, picture in enumerate(self._pictures):
            sight = await look(
                self._eyes.detectors, picture, asked, self._eyes.pool, uses=("heeded", "needed")
            )
            sights[number] |= sight
            somebody = somebody or bool(sight.looked)
        if not somebody or len(names) == len(asked):
            return ()
        said = f"The answer names {len(names)} things; detectors were asked for the first"
        return (f"{said} {len(asked)}.",)

    async def _tied(
        self, answer: str, seen: Sequence[Seen]
    ) -> tuple[Sequence[Span], tuple[str, ...]]:
        """The spans, by words alone when meanings cannot be compared; and why they could not."""
        run = self._eyes.pool.run
        try:
            compare = _FirstCompared(await run(self._eyes.similarity))
            return await run(ground, answer, seen, compare), compare.left_out
        except Exception as error:  # noqa: BLE001 (engines have no family of errors; logged)
            why = _told(error, "the comparison of meanings")
        return await run(ground, answer, seen), (f"Meanings of words were not compared{why}",)

    async def _look(self) -> tuple[list[Sight], list[Reading | None], tuple[str, ...]]:
        eyes = self._eyes
        sights = [
            await look(eyes.detectors, picture, (), eyes.pool, uses=("ignored",))
            for picture in self._pictures
        ]
        readings = list(self._readings)
        failed: list[str] = []
        for number, picture in enumerate(self._pictures):
            if readings[number] is None:
                try:
                    readings[number] = await eyes.pool.run(eyes.read, picture)
                except Exception as error:  # noqa: BLE001 (engines have no family of errors; logged)
                    failed.append(f"The text was not read{_told(error, 'the reader')}")
        return sights, readings, tuple(failed)


class _FirstCompared:
    """A `Similarity` for the first `MOST_COMPARED` phrases; those after them are like nothing."""

    def __init__(self, similarity: Similarity) -> None:
        self._similarity = similarity
        self._asked = 0

    def __call__(self, ours: Sequence[str], theirs: Sequence[str]) -> NDArray[np.float32]:
        self._asked = max(self._asked, len(ours))
        cosines = np.full((len(ours), len(theirs)), -1, np.float32)
        cosines[:MOST_COMPARED] = self._similarity(ours[:MOST_COMPARED], theirs)
        return cosines

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the result must say."""
        if self._asked <= MOST_COMPARED:
            return ()
        said = f"Of {self._asked:,} phrases that match no name, the meanings of the first"
        return (f"{said} {MOST_COMPARED:,} were compared.",)


def _told(error: Exception, who: str) -> str:
    """The end of a sentence that says why; what nobody expected stands in the log."""
    if isinstance(error, SightlineError):
        return f": {error}"
    log.error("%s failed", who, exc_info=error)
    return "; the log says why."


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
