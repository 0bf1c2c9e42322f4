"""The events of an answer to the events of the Responses API.

A whole response is the one that ends its stream, so both say the same. Reasoning that comes after
the first words is an item of its own in a stream; a whole response has all reasoning in one.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, assert_never
from uuid import uuid4

from sightline.events import (
    Answer,
    AnswerEvent,
    Cited,
    Finished,
    Gathered,
    Grounded,
    LogProbs,
    Progress,
    ReasoningDelta,
    Recorded,
    TextDelta,
    ToolCalled,
    Warned,
)
from sightline.evidence import Citation
from sightline.http.citations import citations_json, quoted_json, videos_json
from sightline.http.enhancements import enhancements_json
from sightline.http.links import Links
from sightline.http.responses_items import Item
from sightline.http.responses_wire import AskedResponse, failure_json, usage_json
from sightline.http.wire_json import Json
from sightline.views import remarks_json


@dataclass(slots=True, kw_only=True)
class ResponsesReply:
    """Encodes the events of one answer. `token` is what all its ids end with."""

    asked: AskedResponse
    links: Links
    token: str = field(default_factory=lambda: uuid4().hex)
    clock: Callable[[], float] = time.time
    named: bool = field(default=True, init=False)
    _created: int = 0
    _sent: int = 0
    _items: list[Item] = field(default_factory=list)
    _gathered: Gathered = field(default_factory=lambda: Gathered((), ""))
    _sources: list[Json] = field(default_factory=list)
    _citations: list[Citation] = field(default_factory=list)
    _warnings: list[Warned] = field(default_factory=list)
    _grounded: Grounded | None = None
    _turn: str | None = None

    def __post_init__(self) -> None:
        self._created = int(self.clock())

    def chunks(self, event: AnswerEvent) -> Sequence[Json]:
        """The stream's events for one event; the first of all carry the evidence."""
        return list(self._events(event))

    def body(self, answer: Answer) -> Json:
        """The whole response."""
        last = [chunk for event in _unfolded(answer) for chunk in self._events(event)][-1]
        response: Json = last["response"]
        return response

    def broken(self, error: Json) -> Sequence[Json]:
        """The response as far as it came, with why it failed, and then the error itself.

        The error has its fields twice: flat as the API documents them, and inside `error`, where
        clients look for something to raise.
        """
        said = error["error"]
        events = list(self._opening())
        for item in self._items:
            item.status = "incomplete" if item.status == "in_progress" else item.status
        failed = self._response("failed") | {"error": failure_json(said)}
        events.append(self._event("response.failed", response=failed))
        flat = {name: said[name] for name in ("code", "message", "param")}
        return [*events, self._event("error", **flat, **error)]

    def _events(self, event: AnswerEvent) -> Iterator[Json]:  # noqa: C901 (a case each)
        match event:
            case Progress():
                return
            case Warned():
                self._warnings.append(event)
                return
            case Recorded(turn):
                self._turn = turn
                return
            case Gathered():
                self._gathered = event
                self._sources = citations_json(event.evidence, self.links)
            case Cited(citation):
                self._citations.append(citation)
            case Grounded():
                self._grounded = event
            case ReasoningDelta() | TextDelta() | Finished():
                pass
            case ToolCalled() | LogProbs():
                return  # this API offers no tools and asks for no probabilities
            case _:
                assert_never(event)
        yield from self._opening()
        match event:
            case ReasoningDelta(text):
                yield from self._think(text)
            case TextDelta(text):
                yield from self._say(text)
            case Finished():
                yield from self._end(event)

    def _opening(self) -> Iterator[Json]:
        if not self._sent:
            for name in ("created", "in_progress"):
                yield self._event(f"response.{name}", response=self._response("in_progress"))

    def _think(self, text: str) -> Iterator[Json]:
        item = self._open("reasoning")
        if item is None:
            item = self._new("reasoning")
            yield from self._begun(item)
        item.add(text)
        yield self._in_part("response.reasoning_text.delta", item, delta=text)

    def _say(self, text: str) -> Iterator[Json]:
        yield from self._close("reasoning")
        item = self._open("message")
        if item is None:
            item = self._new("message")
            yield from self._begun(item)
        item.add(text)
        yield self._in_part("response.output_text.delta", item, delta=text, logprobs=[])
        before = len(item.annotations)
        for number, annotation in enumerate(item.annotate(text, self._sources), before):
            yield self._in_part(
                "response.output_text.annotation.added",
                item,
                annotation_index=number,
                annotation=annotation,
            )

    def _end(self, event: Finished) -> Iterator[Json]:
        status: Literal["completed", "incomplete"] = (
            "completed" if event.reason == "stop" else "incomplete"
        )
        yield from self._close("reasoning")
        if self._open("message") is None:
            yield from self._begun(self._new("message"))
        yield from self._close("message", status)
        response = self._response(status) | {"usage": usage_json(event.usage)}
        if status == "completed":
            response["completed_at"] = int(self.clock())
        else:
            reason = "max_output_tokens" if event.reason == "length" else event.reason
            response["incomplete_details"] = {"reason": reason}
        yield self._event(f"response.{status}", response=response)

    def _open(self, kind: Literal["reasoning", "message"]) -> Item | None:
        return next(
            (one for one in self._items if one.kind == kind and one.status == "in_progress"), None
        )

    def _new(self, kind: Literal["reasoning", "message"]) -> Item:
        index = len(self._items)
        name = f"msg_{self.token}" if kind == "message" else f"rs_{index}_{self.token}"
        self._items.append(Item(kind=kind, id=name, index=index))
        return self._items[-1]

    def _begun(self, item: Item) -> Iterator[Json]:
        yield self._event(
            "response.output_item.added", output_index=item.index, item=item.json(empty=True)
        )
        yield self._in_part("response.content_part.added", item, part=item.part())

    def _close(
        self,
        kind: Literal["reasoning", "message"],
        status: Literal["completed", "incomplete"] = "completed",
    ) -> Iterator[Json]:
        item = self._open(kind)
        if item is None:
            return
        item.status = status
        if kind == "message":
            yield self._in_part("response.output_text.done", item, text=item.text, logprobs=[])
        else:
            yield self._in_part("response.reasoning_text.done", item, text=item.text)
        yield self._in_part("response.content_part.done", item, part=item.part())
        yield self._event("response.output_item.done", output_index=item.index, item=item.json())

    def _in_part(self, name: str, item: Item, **more: Any) -> Json:  # noqa: ANN401 (any JSON)
        return self._event(name, item_id=item.id, output_index=item.index, content_index=0, **more)

    def _event(self, name: str, **more: Any) -> Json:  # noqa: ANN401 (any JSON)
        event = {"type": name, "sequence_number": self._sent, **more}
        self._sent += 1
        return event

    def _response(self, status: str) -> Json:
        return {
            "id": f"resp_{self.token}",
            "object": "response",
            "created_at": self._created,
            "status": status,
            "completed_at": None,
            "error": None,
            "incomplete_details": None,
            **self.asked.repeated,
            "output": [item.json() for item in self._items],
            "usage": None,
            "sightline": self._ours(),
        }

    def _ours(self) -> Json:
        ours = remarks_json(self._warnings)
        if self._gathered.evidence or self.asked.grounded:
            evidence = self._gathered.evidence
            ours["citations"] = quoted_json(evidence, self._citations, self.links)
            ours["intent"] = self._gathered.intent
            ours |= videos_json(self._gathered.watched)
        if self._grounded is not None:
            ours |= enhancements_json(self._grounded)
        if self._turn:
            ours["turn"] = self._turn
        return ours


def _unfolded(answer: Answer) -> Iterator[AnswerEvent]:
    """Events that come to this answer."""
    yield from answer.warnings
    yield Gathered(answer.evidence, answer.intent)
    if answer.reasoning:
        yield ReasoningDelta(answer.reasoning)
    if answer.text:
        yield TextDelta(answer.text)
    yield from map(Cited, answer.citations)
    if answer.grounding is not None:
        yield answer.grounding
    if answer.turn:
        yield Recorded(answer.turn)
    yield Finished(reason=answer.finish_reason, usage=answer.usage)
