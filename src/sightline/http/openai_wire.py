"""The plain OpenAI dialect: a request body to `ChatRequest`, and events to chunks or one answer.

The Azure dialects are this one with changes (`azure_wire.py`). What has no name in the OpenAI
shapes travels under "sightline": warnings, adaptations, and what the answer quotes.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never
from uuid import uuid4

from sightline.errors import InvalidRequest
from sightline.events import (
    Adapted,
    Answer,
    AnswerEvent,
    Cited,
    Finished,
    FinishReason,
    Gathered,
    Grounded,
    LogProbs,
    Progress,
    ReasoningDelta,
    Recorded,
    TextDelta,
    ToolCalled,
    Usage,
    Warned,
)
from sightline.http.citations import (
    citations_json,
    cited_json,
    videos_json,
    whole_citations_json,
)
from sightline.http.data_sources import Reachable, connected
from sightline.http.enhancements import (
    enhancements_json,
    eyes_chosen,
    grounds_words,
    notes_on,
    reads_text,
    sends_video,
)
from sightline.http.fields import chat_body, notes_on_fields
from sightline.http.links import Links
from sightline.http.tool_fields import calls_json, piece_of_call_json
from sightline.http.turns import messages_of, with_role_information
from sightline.http.wire_json import Json
from sightline.messages import ChatRequest
from sightline.views import adaptations_json, remarks_json, warning_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request with what its reply must look like.

    `usage_chunk`: the client wants token counts in a chunk of their own at the end of a stream.
    `grounded`: it named an index, so the reply has a `context` even without evidence.
    `functions`: it offered tools in the older form, so a call is written in that form.
    """

    request: ChatRequest
    stream: bool
    usage_chunk: bool
    grounded: bool
    functions: bool = False


def asked(given: Json, *, reachable: Reachable, deployment: str | None = None) -> Asked:
    """The request of a parsed body. `deployment`: from the path, else `model` names it.

    Raises InvalidRequest or UrlNotAllowed.
    """
    body = chat_body(given)
    name = deployment or body.model
    if not name:
        raise InvalidRequest(
            "model: expected the name of a deployment, got nothing.",
            hint="GET /v1/models lists them; 'extractive' is always there.",
            param="model",
        )
    sources = connected(body.data_sources or (), reachable)
    return Asked(
        request=ChatRequest(
            deployment=name,
            messages=with_role_information(
                messages_of(body.messages, sources.video_index), sources.role_information
            ),
            sampling=body.sampling,
            grounds=sources.grounds,
            read_text=reads_text(body.enhancements),
            ground=grounds_words(body.enhancements),
            whole_videos=sends_video(body.enhancements),
            eyes=eyes_chosen(body.enhancements),
            output=body.output,
            tools=body.offered,
            notes=(*notes_on_fields(body), *sources.notes, *notes_on(body.enhancements)),
        ),
        stream=bool(body.stream),
        usage_chunk=bool(body.stream_options and body.stream_options.include_usage),
        grounded=sources.given,
        functions=body.in_older_form,
    )


@dataclass(slots=True, kw_only=True)
class Reply:
    """Encodes the events of one answer. `model` is the name the client knows it by."""

    asked: Asked
    links: Links
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))
    named: bool = field(default=False, init=False)
    _opened: bool = False
    _held: list[Warned] = field(default_factory=list)
    _turn: str | None = None
    _adapted: list[Adapted] = field(default_factory=list)

    def chunks(self, event: AnswerEvent) -> Sequence[Json]:
        """The stream's chunks for one event.

        The first chunk of all carries the role and the evidence; warnings before it are held back.
        """
        if isinstance(event, Adapted):
            self._adapted.append(event)
            return []
        if isinstance(event, Warned) and not self._opened:
            self._held.append(event)
            return []
        return [*self._opening(event), *self._continuing(event)]

    def body(self, answer: Answer) -> Json:
        """The whole reply."""
        message: Json = {"role": "assistant", "content": answer.text}
        if answer.tool_calls:
            message["content"] = answer.text or None
            message |= calls_json(answer.tool_calls, old=self.asked.functions)
        if answer.reasoning:
            message["reasoning_content"] = answer.reasoning
        if answer.evidence or self.asked.grounded:
            citations = whole_citations_json(answer, self.links)
            message["context"] = {"citations": citations, "intent": answer.intent}
            message["context"] |= videos_json(answer.watched)
        reason = self._finish_reason(answer.finish_reason)
        choice: Json = {"index": 0, "finish_reason": reason, "message": message}
        if self.asked.request.sampling.logprobs is not None:
            choice["logprobs"] = _logprobs(answer.logprobs)
        if answer.grounding is not None:
            choice["enhancements"] = enhancements_json(answer.grounding)
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.asked.request.deployment,
            "choices": [choice],
            "usage": _usage(answer.usage),
            "sightline": {
                **remarks_json(answer.warnings),
                **({"turn": answer.turn} if answer.turn else {}),
            },
        }

    def broken(self, error: Json) -> Sequence[Json]:
        """The error alone, in the shape that it has everywhere."""
        return [error]

    def _opening(self, event: AnswerEvent) -> Iterator[Json]:
        if self._opened or isinstance(event, Progress):
            return
        self._opened = True
        delta: Json = {"role": "assistant", "content": ""}
        if isinstance(event, Gathered) and (event.evidence or self.asked.grounded):
            citations = citations_json(event.evidence, self.links)
            delta["context"] = {"citations": citations, "intent": event.intent}
            delta["context"] |= videos_json(event.watched)
        yield self._chunk(delta)
        for warning in self._held:
            yield from self._continuing(warning)

    def _continuing(self, event: AnswerEvent) -> Iterator[Json]:  # noqa: C901, PLR0912 (a case each)
        match event:
            case Progress() | Gathered():
                return
            case TextDelta(text):
                yield self._chunk({"content": text})
            case ReasoningDelta(text):
                yield self._chunk({"reasoning_content": text})
            case ToolCalled():
                if delta := piece_of_call_json(event, old=self.asked.functions):
                    yield self._chunk(delta)
            case LogProbs(tokens):
                chunk = self._chunk({})
                chunk["choices"][0]["logprobs"] = _logprobs(tokens)
                yield chunk
            case Cited(citation):
                yield self._chunk({}) | {"sightline": {"cited": [cited_json(citation)]}}
            case Grounded():
                chunk = self._chunk({})
                chunk["choices"][0]["enhancements"] = enhancements_json(event)
                yield chunk
            case Warned():
                yield self._chunk({}) | {"sightline": {"warnings": [warning_json(event)]}}
            case Recorded(turn):
                self._turn = turn
            case Finished():
                last = self._chunk({}, self._finish_reason(event.reason))
                ours = adaptations_json(self._adapted) | (
                    {"turn": self._turn} if self._turn else {}
                )
                if ours:
                    last["sightline"] = ours
                if not self.asked.usage_chunk:
                    yield last | {"usage": _usage(event.usage)}
                    return
                yield last
                yield last | {"choices": [], "usage": _usage(event.usage)}
            case _:
                assert_never(event)

    def _finish_reason(self, reason: FinishReason) -> str:
        return "function_call" if reason == "tool_calls" and self.asked.functions else reason

    def _chunk(self, delta: Json, finish_reason: str | None = None) -> Json:
        chunk: Json = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.asked.request.deployment,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
        }
        return chunk | {"usage": None} if self.asked.usage_chunk else chunk


def _logprobs(tokens: Sequence[Mapping[str, Any]]) -> Json | None:
    return {"content": list(tokens), "refusal": None} if tokens else None


def _usage(usage: Usage) -> Json:
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "estimated": usage.estimated,
    }
