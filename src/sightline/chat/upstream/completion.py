"""A chat completion while it grows: JSON of the model server into events, and the verdict.

An answer is complete when the server said why it ended (`finish_reason`). `[DONE]` alone is not
enough: proxies send it after an upstream that broke off; and it is not needed: some servers never
send it. Where a server goes on after a stop string of the caller, the answer is cut and complete.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from sightline.chat.upstream.stopping import StopStrings
from sightline.chat.upstream.thinking import ThinkingSplitter
from sightline.chat.upstream.tool_calls import CallPieces, calls_of
from sightline.chat.upstream.upstream_errors import Upstream, failed_in_stream, unreadable
from sightline.errors import UpstreamEmpty, UpstreamError, UpstreamTruncated
from sightline.events import (
    Adapted,
    Finished,
    FinishReason,
    LogProbs,
    ModelEvent,
    ReasoningDelta,
    TextDelta,
    ToolCalled,
    Usage,
    Warned,
)
from sightline.prompt import CHARACTERS_PER_TOKEN

CUT_AT_STOP = "cut_at_stop"
"""The step of `Adapted` for a server that wrote a stop string."""

_WENT_ON = "the model server wrote a stop string that it should have ended before: cut here"

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "content_filter",
    "eos": "stop",
    "eos_token": "stop",
    "stop_sequence": "stop",
    "end_turn": "stop",
}
_TOOLS = frozenset({"tool_calls", "function_call"})
_BROKEN_OFF = frozenset({"error", "abort", "aborted", "cancelled", "insufficient_system_resource"})


Piece = TextDelta | ReasoningDelta | ToolCalled | LogProbs
"""What an event can hold."""


class Completion:
    """Fed the data of each event, or one whole answer; `verdict` closes it.

    `tools` says that some were offered, `logprobs` that log probabilities were asked for; `stop`
    are the strings before which the answer ends.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        tools: bool = False,
        logprobs: bool = False,
        stop: Sequence[str] = (),
    ) -> None:
        self._upstream = upstream
        self._tools = tools
        self._calls = CallPieces()
        self._logprobs_wanted = logprobs
        self._stop = StopStrings(stop)
        self._splitter = ThinkingSplitter()
        self.done = False
        self._reason: str | None = None
        self._usage: tuple[int, int] | None = None
        self._odd = b""
        self._half = ""
        self._answered = 0
        self._reasoned = 0

    @property
    def complete(self) -> bool:
        """Whether the server has said why the answer ended; only token counts can still come."""
        return self._reason is not None

    @property
    def stopped(self) -> bool:
        """Whether a stop string has come: what the server still says is not wanted."""
        return self._stop.found

    @property
    def begun(self) -> bool:
        """Whether a word of answer or reasoning, or a call of a tool has come."""
        return bool(self._answered or self._reasoned or self._calls.size)

    def feed(self, data: bytes) -> list[Piece]:
        """The words in one event. Raises UpstreamError when it reports one or cannot be read.

        `[DONE]` sets `done`: no event follows.
        """
        if self.stopped:
            return []
        if data.startswith(b"[DONE]"):
            self.done = True
            return []
        try:
            event = json.loads(data.decode("utf-8", "replace"))
        except ValueError as error:
            raise unreadable(self._upstream, data) from error
        if not isinstance(event, dict) or event.get("error") or event.get("object") == "error":
            raise failed_in_stream(self._upstream, event)
        if isinstance(usage := event.get("usage"), dict):
            self._count(usage)
        # Azure's first chunk, the chunk with the usage and some pings have no choices.
        choices = event.get("choices")
        if not choices or not isinstance(choices, list) or not isinstance(choices[0], dict):
            self._odd = data if choices is None else b""
            return []
        return self._choice(choices[0])

    def feed_unfinished(self, data: bytes) -> list[Piece]:
        """The same for an event that the end of the stream left open.

        Whole JSON only missed its empty line. Anything less was cut off, and what it would have
        said is missing from the verdict.
        """
        try:
            json.loads(data)
        except ValueError:
            return []
        return self.feed(data)

    def verdict(self, *, prompt_tokens: int) -> list[ModelEvent]:
        """The last events, when no more is to come; ends with Finished.

        `prompt_tokens` is our estimate, for servers that do not count. Raises UpstreamEmpty or
        UpstreamTruncated when the answer is not complete.
        """
        events: list[ModelEvent] = []
        if self._reason is None or self._reason in _BROKEN_OFF:
            raise self._broken_off()
        events.extend(self._noted(self._splitter.rest()))
        if held := self._stop.rest():
            self._answered += len(held)
            events.append(TextDelta(held))
        if self.stopped:
            events.append(Adapted(CUT_AT_STOP, _WENT_ON, step=CUT_AT_STOP))
        called = self._tools and self._calls.size > 0
        if self._reason in _TOOLS and not called:
            events.append(self._tool_call())
        elif self._reason not in _TOOLS and self._reason not in _REASONS:
            unknown = self._upstream.quote(self._reason)
            events.append(
                Warned("finish_reason", f"the model ended for a reason not known here: {unknown!r}")
            )
        reason = _REASONS.get(self._reason, "stop")
        if called and reason == "stop":
            reason = "tool_calls"
        if not self._answered and not called:
            events.append(Warned("empty_answer", _SILENCE[reason]))
        if self._logprobs_wanted:
            events.append(Warned("no_logprobs", "the model server gave no log probabilities"))
        written = self._answered + self._reasoned + self._calls.size
        usage = self._usage or (prompt_tokens, estimated_tokens(written))
        events.append(
            Finished(
                reason=reason,
                usage=Usage(
                    prompt_tokens=usage[0],
                    completion_tokens=usage[1],
                    estimated=self._usage is None,
                ),
            )
        )
        return events

    def _choice(self, choice: dict[str, Any]) -> list[Piece]:
        reason = choice.get("finish_reason") or choice.get("finish_details")
        if reason:
            # The vision preview of Azure: {"type": "max_tokens"}.
            reason = reason.get("type") if isinstance(reason, dict) else reason
            self._reason = str(reason)
        delta = choice.get("delta") or choice.get("message")
        if not isinstance(delta, dict):
            return []
        words: list[Piece] = []
        # Some servers send both names with the same words.
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(reasoning, str) and (thought := self._whole(reasoning)):
            words.append(ReasoningDelta(thought))
        content = delta.get("content") or delta.get("refusal")
        if content and (text := self._whole(_joined(content))):
            words.extend(self._splitter.feed(text))
        called = self._calls.feed(calls_of(delta))
        if self._tools:
            words.extend(called)
        return [*self._noted(words), *self._log_probs(choice)]

    def _log_probs(self, choice: dict[str, Any]) -> list[LogProbs]:
        match choice.get("logprobs"):
            case {"content": [*tokens]} if tokens and all(isinstance(t, dict) for t in tokens):
                self._logprobs_wanted = False
                return [LogProbs(tuple(tokens))]
        return []

    def _whole(self, text: str) -> str:
        """The text in whole characters: servers that cut by UTF-16 send an emoji in two halves."""
        if text.isascii() and not self._half:
            return text
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text.removesuffix(self._half) if self._half else text
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _noted(self, words: Sequence[Piece]) -> Sequence[Piece]:
        noted: list[Piece] = []
        for event in words:
            match event:
                case TextDelta():
                    text = "" if self.stopped else self._stop.feed(event.text)
                    self._answered += len(text)
                    noted.extend([TextDelta(text)] if text else [])
                case ReasoningDelta():
                    self._reasoned += len(event.text)
                    noted.append(event)
                case _:
                    noted.append(event)
        if self.stopped:
            self._reason = "stop"
        return noted

    def _count(self, usage: dict[str, Any]) -> None:
        counts = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if isinstance(counts[0], int) and isinstance(counts[1], int):
            self._usage = counts[0], counts[1]

    def _broken_off(self) -> UpstreamError:
        if not self.begun and self._reason is None:
            sent = self._upstream.quote(self._odd.decode("utf-8", "replace"))
            instead = f"; it sent {sent}" if sent else ""
            return UpstreamEmpty(
                f"{self._upstream} accepted the question and answered with nothing{instead}.",
                hint="Its log may say why; often the prompt is longer than its context.",
            )
        said = f" and said {self._upstream.quote(self._reason)!r}" if self._reason else ""
        return UpstreamTruncated(
            f"{self._upstream} stopped after {self._answered} characters of answer{said},"
            " without saying that it was complete.",
            hint="Its log may say why; the words so far may be cut anywhere.",
        )

    def _tool_call(self) -> Warned:
        """It names none, or none were offered; the model has answered all the same or has not."""
        tool = self._upstream.quote(self._calls.name) if self._calls.name else "unnamed"
        if not self._answered:
            offered = "which tool, it did not say" if self._tools else "no tools are offered"
            raise UpstreamEmpty(
                f"{self._upstream} asked to call the tool {tool!r} instead of answering;"
                f" {offered}.",
                hint="Choose a model that answers without tools, or switch them off at the server.",
            )
        return Warned("tool_call", f"the model also asked to call the tool {tool!r}: not done")


_SILENCE: dict[FinishReason, str] = {
    "stop": "the model finished without an answer",
    "length": "the model used all its tokens before it answered; allow more with max_tokens",
    "content_filter": "the content filter of the model server held the answer back",
}


def estimated_tokens(characters: int) -> int:
    """Tokens of that many characters, rounded up."""
    return math.ceil(characters / CHARACTERS_PER_TOKEN)


def _joined(content: object) -> str:
    """Text of a content, which may be a list of parts."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return "".join(
        part["text"]
        for part in parts
        if isinstance(part, dict) and isinstance(part.get("text"), str)
    )
