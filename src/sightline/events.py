"""What happens while an answer is made. Every consumer folds over the same events."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sightline.evidence import Citation, Evidence, Span, Watched
from sightline.messages import ToolCall

FinishReason = Literal["stop", "length", "content_filter", "tool_calls"]
GroundingStatus = Literal["Success", "Partial", "Failed"]
"""Whether every detector and the reader did their work, some of them, or none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Work before the first word, in words for a person ("reading picture 2 of 3")."""

    message: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """The evidence the answer may use, in order of number, and what was searched for.

    `watched` are the videos of the question.
    """

    evidence: tuple[Evidence, ...]
    intent: str
    watched: tuple[Watched, ...] = ()


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next words of the model's reasoning, kept apart from the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """The next piece of a call that the model wants: the first of an `index` has id and name.

    `arguments` continues the JSON text of the call's arguments.
    """

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class LogProbs:
    """Log probabilities of the next tokens, as the model server describes each of them."""

    tokens: tuple[Mapping[str, Any], ...]


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


@dataclass(frozen=True, slots=True)
class Adapted(Warned):
    """The request was changed for what the deployment takes.

    `step` is the field that its server refuses, or the step of `adaptations` taken instead of it;
    `said` has the server's own words, empty when it was known before. Both are empty for what is
    left out by the deployment's capabilities.
    """

    step: str = ""
    said: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The turn was recorded under this id; just before the end, and only when it was asked for."""

    turn: str


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


ModelEvent = Progress | TextDelta | ReasoningDelta | ToolCalled | LogProbs | Warned | Finished
"""What a chat model yields."""

AnswerEvent = ModelEvent | Gathered | Cited | Grounded | Recorded
"""What a question yields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer: the fold over its events.

    `warnings` has the adaptations, too. `grounding` is None when nobody asked for it, `turn` when
    the turn was not recorded. `logprobs` is empty when nobody asked for them or the model server
    gave none.
    """

    text: str
    reasoning: str
    evidence: tuple[Evidence, ...]
    intent: str
    watched: tuple[Watched, ...]
    citations: tuple[Citation, ...]
    warnings: tuple[Warned, ...]
    finish_reason: FinishReason
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[Mapping[str, Any], ...] = ()
    grounding: Grounded | None = None
    turn: str | None = None


def fold(events: Iterable[AnswerEvent]) -> Answer:  # noqa: C901, PLR0912 (a case for each event)
    """The whole answer of a finished stream; ValueError when `Finished` is missing."""
    text: list[str] = []
    reasoning: list[str] = []
    gathered = Gathered((), "")
    citations: list[Citation] = []
    warnings: list[Warned] = []
    calls: dict[int, ToolCall] = {}
    logprobs: list[Mapping[str, Any]] = []
    finished: Finished | None = None
    grounding: Grounded | None = None
    turn: str | None = None
    for event in events:
        match event:
            case TextDelta():
                text.append(event.text)
            case ReasoningDelta():
                reasoning.append(event.text)
            case ToolCalled():
                calls[event.index] = _continued(calls.get(event.index), event)
            case LogProbs():
                logprobs.extend(event.tokens)
            case Gathered():
                gathered = event
            case Cited():
                citations.append(event.citation)
            case Grounded():
                grounding = event
            case Warned():
                warnings.append(event)
            case Recorded():
                turn = event.turn
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
        watched=gathered.watched,
        citations=tuple(citations),
        warnings=tuple(warnings),
        finish_reason=finished.reason,
        usage=finished.usage,
        tool_calls=tuple(calls[index] for index in sorted(calls)),
        logprobs=tuple(logprobs),
        grounding=grounding,
        turn=turn,
    )


def _continued(call: ToolCall | None, piece: ToolCalled) -> ToolCall:
    if call is None:
        return ToolCall(piece.id, piece.name, piece.arguments)
    return replace(call, arguments=call.arguments + piece.arguments)
