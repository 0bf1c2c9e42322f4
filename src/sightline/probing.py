"""A probe: a deployment is asked a few short questions, and what it does with them is written down.

What a server says of itself is not relied on: several drop what they do not understand, and the
model answers anyway. So each question is made such that its answer shows what was understood.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sightline.chat.openai_compatible import OpenAICompatible
from sightline.probe_answers import finding
from sightline.probe_questions import ProbeQuestions
from sightline.storage.records import Probe, ProbeFinding

CAPABILITIES: Final = (
    "models", "context_tokens", "answers", "reasoning", "stream_usage", "sees", "image_format",
    "max_images", "json_output", "stop", "tools",
)  # fmt: skip
"""What is found out, in order."""


@dataclass(frozen=True, slots=True)
class Asking:
    """The next question, in words for a person; `number` of `total`."""

    number: int
    total: int
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """Something was found out."""

    finding: ProbeFinding


@dataclass(frozen=True, slots=True)
class Probed:
    """The probe is over; always the last event."""

    probe: Probe


ProbeEvent = Asking | Found | Probed


async def probe(
    model: OpenAICompatible, *, target: str, limit: float | None = None
) -> AsyncGenerator[ProbeEvent]:
    """Ask, and tell what is found as it is found; ends with `Probed`.

    `target` is who is asked, in words. After `limit` seconds, or once the server gives no answer,
    nothing more is asked, and what is left is unknown. Raises nothing that the server causes.
    """
    questions = ProbeQuestions(model)
    clock = asyncio.get_running_loop().time
    deadline = None if limit is None else clock() + limit
    findings: list[ProbeFinding] = []
    for number, (what, capability, ask) in enumerate(questions.all, start=1):
        if questions.ended:
            break
        yield Asking(number, len(questions.all), what)
        try:
            async with asyncio.timeout_at(deadline):
                found = await ask()
        except TimeoutError:
            questions.ended = f"the {limit:g} seconds for the probe were over"
            found = [finding(capability, "failed", questions.ended)]
        findings += found
        for one in found:
            yield Found(one)
    for one in _left(findings, questions.ended):
        findings.append(one)
        yield Found(one)
    yield Probed(Probe(target=target, findings=tuple(findings), probed_at=datetime.now(UTC)))


def _left(findings: Sequence[ProbeFinding], why: str) -> Iterator[ProbeFinding]:
    known = {found.capability for found in findings}
    for capability in CAPABILITIES:
        if capability not in known:
            yield finding(capability, "unknown", f"not asked: {why}")
