"""What happens while an answer is made. Every consumer folds over the same events."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sightline.evidence import Citation, Evidence, Span

FinishReason = Literal["stop", "length", "content_filter"]
GroundingStatus = Literal["Success", "Partial", "Failed"]
"""Whether every detector and the reader did their work, some of them, or none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Work before the first word, in words for a person ("reading picture 2 of 3")."""

    message: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence the answer may use, in order of number, and what was searched for."""

    evidence: tuple[Evidence, ...]
    intent: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next words of the model's reasoning, kept apart from the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """The answer pointed at a piece of evidence (once for each number)."""

    citation: Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounded:
    """The words of the whole answer `text` tied to the question's pictures, just before its end.

    `failures` say what could not look or found only a part, and why; what was found stands.
    """

    text: str
    spans: tuple[Span, ...]
    status: GroundingStatus
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the reader must know: nothing is left out or put in place of another silently."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens; `estimated` when the model server did not count them."""

    prompt_tokens: int
    completion_tokens: int
    estimated: bool

    @property
    def total_tokens(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The answer is complete; always the last event, and absent when something failed."""

    reason: FinishReason
    usage: Usage


ModelEvent = TextDelta | ReasoningDelta | Warned | Finished
"""What a chat model yields."""

AnswerEvent = (
    Progress | Gathered | TextDelta | ReasoningDelta | Cited | Grounded | Warned | Finished
)
"""What a question yields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer: the fold over its events. `grounding` is None when nobody asked for it."""

    text: str
    reasoning: str
    evidence: tuple[Evidence, ...]
    intent: str
    citations: tuple[Citation, ...]
    warnings: tuple[Warned, ...]
    finish_reason: FinishReason
    usage: Usage
    grounding: Grounded | None = None


def fold(events: Iterable[AnswerEvent]) -> Answer:  # noqa: C901 (one case for each event)
    """The whole answer of a finished stream; ValueError when `Finished` is missing."""
    text: list[str] = []
    reasoning: list[str] = []
    gathered = Gathered((), "")
    citations: list[Citation] = []
    warnings: list[Warned] = []
    finished: Finished | None = None
    grounding: Grounded | None = None
    for event in events:
        match event:
            case TextDelta():
                text.append(event.text)
            case ReasoningDelta():
                reasoning.append(event.text)
            case Gathered():
                gathered = event
            case Cited():
                citations.append(event.citation)
            case Grounded():
                grounding = event
            case Warned():
                warnings.append(event)
            case Finished():
                finished = event
            case Progress():
                pass
    if finished is None:
        raise ValueError("the stream of events ended without Finished")
    return Answer(
        text="".join(text),
        reasoning="".join(reasoning),
        evidence=gathered.evidence,
        intent=gathered.intent,
        citations=tuple(citations),
        warnings=tuple(warnings),
        finish_reason=finished.reason,
        usage=finished.usage,
        grounding=grounding,
    )
