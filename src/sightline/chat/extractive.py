"""The built-in answerer: it understands nothing and quotes what fits the question best.

It needs no language model. Evidence becomes passages, the question becomes parts, the passages
that fit each part best are quoted with their marks. The same prompt always gives the same answer.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from concurrent.futures import CancelledError
from functools import partial
from threading import Event, Lock

import numpy as np
from numpy.typing import NDArray

from sightline.chat.base import Capabilities, Prompt
from sightline.chat.extracting.composing import compose
from sightline.chat.extracting.finding import Finder, Found
from sightline.chat.extracting.moments import told
from sightline.chat.extracting.passages import Page
from sightline.chat.extracting.questions import parts
from sightline.events import Finished, ModelEvent, TextDelta, Usage, Warned
from sightline.vision.base import TextEncoder

NOTICE = (
    "Evidence mode: no language model is connected. Answers quote text that was read in the "
    "pictures and their descriptions. No counting, comparing or advice, and “not found” does not "
    "mean “not in the picture”. Connect a vision model for real answers."
)

Run = Callable[[Callable[[Prompt], list[str]], Prompt], Awaitable[list[str]]]

_TEXTS_AT_ONCE = 16
"""Texts that are encoded before it is asked again whether somebody still waits."""


class Extractive:
    """A chat model that quotes. Sampling settings have no effect on it and change no meaning."""

    def __init__(
        self,
        *,
        text_encoder: TextEncoder | Callable[[], TextEncoder],
        name: str = "extractive",
        run: Run = asyncio.to_thread,
    ) -> None:
        """`text_encoder` is an encoder, or what opens it when the first question comes.

        `run` takes a function and its argument to a worker thread.
        """
        self._name = name
        self._run = run
        self._vectors = _Vectors(text_encoder if callable(text_encoder) else lambda: text_encoder)

    @property
    def name(self) -> str:
        """The deployment's name."""
        return self._name

    @property
    def capabilities(self) -> Capabilities:
        """It reads about up to ten pictures, and sees none."""
        return Capabilities(
            sees=False,
            max_images=10,
            language_model=False,
            notice=NOTICE,
            json_output="none",
            tools=False,
            stream_usage=False,
        )

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """The notice, then the answer sentence by sentence."""
        yield Warned("no_language_model", NOTICE)
        left = Event()
        try:
            sentences = await self._run(partial(self.answer, left=left), prompt)
        finally:
            left.set()  # a thread cannot be cancelled, so it looks by itself
        for position, sentence in enumerate(sentences):
            yield TextDelta(sentence if position == 0 else f" {sentence}")
        yield Finished(
            reason="stop", usage=Usage(prompt_tokens=0, completion_tokens=0, estimated=True)
        )

    async def close(self) -> None:
        """Nothing is open."""

    def answer(self, prompt: Prompt, left: Event) -> list[str]:
        """The sentences of the answer; blocks while sentences are encoded.

        Raises CancelledError soon after `left` is set.
        """
        by_number = {evidence.number: evidence for evidence in prompt.evidence}
        of_videos = [said for video in prompt.watched for said in told(video, by_number)]
        if of_videos and not (_READS.search(prompt.question) and _has_words(prompt)):
            return of_videos
        pages = [Page(evidence) for evidence in prompt.evidence]
        finder = Finder(pages, partial(self._vectors.encode, left), prompt.strictness)
        findings: list[Found] = []
        for part in parts(prompt.question, _last_question(prompt)):
            findings.append(finder.find(part, findings[-1] if findings else None))
        if of_videos and not any(found.passages for found in findings):
            return of_videos
        return compose(findings, {page.number: page for page in pages})


def _has_words(prompt: Prompt) -> bool:
    return any(e.reading and e.reading.lines for e in prompt.evidence)


_READS = re.compile(
    r"(?i)\b(?:says?|reads?|written|writing|text|signs?|titles?|captions?|subtitles?|plates?|"
    r"numbers?|names?|prices?|screens?)\b"
)
"""Words of questions about what is written in a video."""


def _last_question(prompt: Prompt) -> str:
    asked = [message.text for message in prompt.history if message.role == "user"]
    return asked[-1] if asked else ""


class _Vectors:
    """Vectors of texts, kept: the next question is likely about the same pictures."""

    def __init__(self, encoder: Callable[[], TextEncoder], most: int = 5_000) -> None:
        self._encoder = encoder
        self._most = most
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def encode(self, left: Event, texts: Sequence[str]) -> NDArray[np.float32]:
        """(len(texts), dimension), rows L2-normalised. Raises CancelledError once `left` is set."""
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
        fresh = list(dict.fromkeys(text for text in texts if text not in known))
        fresh.sort(key=len)  # texts of like length are encoded together, with little padding
        for start in range(0, len(fresh), _TEXTS_AT_ONCE):
            if left.is_set():
                raise CancelledError
            batch = fresh[start : start + _TEXTS_AT_ONCE]
            known.update(zip(batch, self._encoder().encode(batch), strict=True))
        with self._lock:
            for text in texts:
                self._kept[text] = known[text]
                self._kept.move_to_end(text)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return np.stack([known[text] for text in texts])
