"""The Azure dialects: the plain one with the changes that its clients of 2023 and 2024 expect.

Which one a reply speaks follows from the request: its path, its api-version and how it spells
`dataSources`. `docs/api.md` has the table.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sightline.events import Answer, AnswerEvent, Gathered
from sightline.evidence import Retrieved
from sightline.http.openai_wire import Reply
from sightline.http.video_retrieval_wire import clock
from sightline.http.wire_json import Json

OLDEST_UNTIL = "2023-07-01-preview"
"""Up to this version a choice of an extensions reply holds `messages`, not one message."""

SNAKE_SINCE = "2024-02-15-preview"
"""Since this version: `context.citations`, and no `finish_details`."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a reply has besides the plain shape.

    `tool_turn`: sources as `context.messages[0]`, a turn of the role tool whose content is JSON in
    a string, and `end_turn`. `turns`: choices that hold `messages` (the oldest form).
    `finish_details`: the stop reason as an object, too.
    """

    tool_turn: bool = False
    turns: bool = False
    finish_details: bool = False


def is_version(text: str) -> bool:
    """Whether it has the form of an api-version; any date is taken."""
    return _VERSION.fullmatch(text) is not None


def dialect(version: str, given: Json, *, extensions: bool) -> Dialect:
    """The dialect of a request. ISO dates compare as text."""
    camel = any(key.lower() == "datasources" for key in given)
    connected = extensions or camel or "data_sources" in given
    turns = connected and version <= OLDEST_UNTIL
    return Dialect(
        tool_turn=extensions or camel or turns,
        turns=turns,
        finish_details=version < SNAKE_SINCE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureReply:
    """Encodes the events of one answer in an Azure dialect."""

    plain: Reply
    dialect: Dialect
    named: bool = field(default=False, init=False)

    def chunks(self, event: AnswerEvent) -> Sequence[Json]:
        """The stream's chunks for one event."""
        chunks = [
            self._dressed(part) for chunk in self.plain.chunks(event) for part in self._split(chunk)
        ]
        if self.dialect.turns and isinstance(event, Gathered) and event.watched:
            return [_frames_found(event), *chunks]
        return chunks

    def body(self, answer: Answer) -> Json:
        """The whole reply."""
        body = self.plain.body(answer)
        (choice,) = body["choices"]
        message = choice["message"]
        if self.dialect.finish_details:
            choice["finish_details"] = _FINISH_DETAILS[choice["finish_reason"]]
        if self.dialect.tool_turn:
            message["end_turn"] = True
            _add_tool_turn(message)
        if self.dialect.turns:
            tool_turns = message.get("context", {}).get("messages", [])
            said = {"role": "assistant", "content": message["content"], "end_turn": True}
            said |= {key: message[key] for key in _CALLS if key in message}
            choice["messages"] = [
                {"index": number, **turn} for number, turn in enumerate([*tool_turns, said])
            ]
        return body

    def broken(self, error: Json) -> Sequence[Json]:
        """The same in every dialect of chats."""
        return self.plain.broken(error)

    def _split(self, chunk: Json) -> list[Json]:
        """Sources come in a chunk of their own, before the one with the role."""
        if not self.dialect.tool_turn or not chunk["choices"]:
            return [chunk]
        (choice,) = chunk["choices"]
        if "context" not in choice["delta"]:
            return [chunk]
        delta = dict(choice["delta"])
        sources = {"context": delta.pop("context")}
        return [chunk | {"choices": [choice | {"delta": part}]} for part in (sources, delta)]

    def _dressed(self, chunk: Json) -> Json:
        if not chunk["choices"]:
            return chunk
        (choice,) = chunk["choices"]
        reason = choice["finish_reason"]
        delta = dict(choice["delta"])
        choice = choice | {"delta": delta}
        if self.dialect.finish_details:
            choice["finish_details"] = _FINISH_DETAILS.get(reason)
        if self.dialect.tool_turn:
            choice["end_turn"] = reason is not None
            _add_tool_turn(delta)
        if self.dialect.turns:
            turn = delta.get("context", {}).get("messages", [None])[0] or {
                key: delta.get(key) for key in ("role", "content", *_CALLS)
            }
            choice["messages"] = [{"delta": {k: v for k, v in turn.items() if v is not None}}]
        return chunk | {"choices": [choice]}


def _frames_found(gathered: Gathered) -> Json:
    """What the service of 2023 said before an answer about a video: the times of its frames."""
    numbers = [frame.number for video in gathered.watched for frame in video.frames]
    origins = [gathered.evidence[number - 1].origin for number in numbers]
    hits = [origin.hit for origin in origins if isinstance(origin, Retrieved)]
    times = "".join(f"{clock(hit.asset.seconds)}, " for hit in hits)
    said = {"role": "tool", "content": f"Found following frames from your video: {{ {times}}}"}
    return {"choices": [{"messages": [{"delta": said}]}]}


def _add_tool_turn(message: Json) -> None:
    """Sources also as the tool turn of 2023; `citations` stay beside it, which costs nothing."""
    if "context" in message:
        turn = {"role": "tool", "content": json.dumps(message["context"], ensure_ascii=False)}
        message["context"] = {
            "messages": [turn | {"end_turn": False}],
            **message["context"],
        }


_CALLS = ("tool_calls", "function_call")

_FINISH_DETAILS: dict[str | None, Json | None] = {
    None: None,
    "stop": {"type": "stop", "stop": "<|fim_suffix|>"},  # what the service of 2023 sent
    "length": {"type": "max_tokens"},
    "content_filter": {"type": "content_filter"},
    # The reasons that `finish_details` has no type for.
    "tool_calls": None,
    "function_call": None,
}
