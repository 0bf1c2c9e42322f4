"""Readers and detectors that remember: what was found on a picture once is not looked for again.

Nor is what is being looked for: whoever asks meanwhile waits for it.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from sightline.assets import Pixels, Reading
from sightline.errors import Unavailable
from sightline.regions import Region
from sightline.shared_work import SharedCalls, SharedTasks
from sightline.storage.findings import Findings, HeldFindings, options_mark, picture_mark
from sightline.stored import reading_of, reading_text, regions_of, regions_text
from sightline.vision.base import (
    Detector,
    Incomplete,
    PhraseUse,
    Reader,
    finds_people,
    runtime_of,
)

log = logging.getLogger("sightline.remembering")

Found = TypeVar("Found")

Key = tuple[str, str, str]
"""The picture, the engine, and what else decides what is found."""

Memory = Callable[[], Findings | HeldFindings]
"""Opens the memory when it is first needed."""


class RememberingReader:
    """A `Reader` in front of another."""

    def __init__(self, reader: Reader, memory: Memory) -> None:
        self._reader = reader
        self._memory = memory
        self._at_work: SharedCalls[Reading] = SharedCalls()

    @property
    def name(self) -> str:
        """That of the reader behind it."""
        return self._reader.name

    @property
    def runtime(self) -> str:
        """As the reader behind it."""
        return runtime_of(self._reader)

    def read(self, picture: Pixels) -> Reading:
        """As the reader behind it reads, or read it before."""
        key = (picture_mark(picture), self.name, options_mark([runtime_of(self._reader)]))
        return self._at_work.run(key, partial(self._read, key, picture))

    def _read(self, key: Key, picture: Pixels) -> Reading:
        kept = _recall(self._memory, key, reading_of)
        if kept is not None:
            return kept
        reading = self._reader.read(picture)
        _keep(self._memory, key, reading_text(reading))
        return reading


class RememberingDetector:
    """A `Detector` in front of another. What failed or is incomplete is not remembered."""

    def __init__(
        self,
        detector: Detector,
        memory: Memory,
        run: Callable[..., Awaitable[Any]],
        *,
        settings: Sequence[str] = (),
    ) -> None:
        """`run` takes a function and its arguments to a worker thread.

        `settings`: what changes the results, too, and is not told by the detector's name.
        """
        self._detector = detector
        self._memory = memory
        self._run = run
        self._engine_settings = tuple(settings)
        self._at_work: SharedTasks[list[Region] | Incomplete] = SharedTasks()

    @property
    def name(self) -> str:
        """That of the detector behind it."""
        return self._detector.name

    @property
    def phrases(self) -> PhraseUse:
        """As the detector behind it."""
        return self._detector.phrases

    @property
    def finds_people(self) -> bool:
        """As the detector behind it."""
        return finds_people(self._detector)

    async def detect(
        self, picture: Pixels, phrases: Sequence[str] = ()
    ) -> list[Region] | Incomplete:
        """As the detector behind it finds, or found it before."""
        asked = [] if self.phrases == "ignored" else sorted(set(phrases))
        mark = await self._run(picture_mark, picture)
        options = options_mark([*self._engine_settings, runtime_of(self._detector), *asked])
        key = (mark, self.name, options)
        return await self._at_work.run(key, partial(self._look, key, picture, phrases))

    async def _look(
        self, key: Key, picture: Pixels, phrases: Sequence[str]
    ) -> list[Region] | Incomplete:
        kept: list[Region] | None = await self._run(_recall, self._memory, key, regions_of)
        if kept is not None:
            return kept
        found = await self._detector.detect(picture, phrases)
        if not isinstance(found, Incomplete):
            await self._run(_keep, self._memory, key, regions_text(found))
        return found


def _recall(memory: Memory, key: Key, of: Callable[[str], Found]) -> Found | None:
    """What was kept; None when nothing was, or nothing that can be used."""
    try:
        kept = memory().get(*key)
        return None if kept is None else of(kept)
    except Unavailable as error:
        log.warning("what was found before cannot be looked up: %s", error)
    except (ValueError, TypeError) as error:
        log.warning("what was found before cannot be understood: %s", error)
    return None


def _keep(memory: Memory, key: Key, found: str) -> None:
    try:
        memory().keep(*key, found)
    except Unavailable as error:
        log.warning("what was found cannot be kept: %s", error)
