"""A model server that can do everything a probe asks for, until it is told to behave otherwise."""

from dataclasses import dataclass, field
from typing import Any

from chat.quirks_server import (
    DONE,
    STOP,
    Behaviour,
    QuirksServer,
    Received,
    answers,
    counts,
    delta,
    streams,
)

CALL: Any = {
    "index": 0,
    "id": "c1",
    "function": {"name": "read_thermometer", "arguments": '{"place": "room"}'},
}


def says(*words: str) -> Behaviour:
    """A whole answer in these pieces, with its tokens counted."""
    return streams(*(delta(word) for word in words), STOP, counts(9, 2), DONE)


def refuses(message: str, status: int = 400) -> Behaviour:
    """No, and why."""
    return answers(status, {"error": {"message": message}})


def lists(*models: str, **more: object) -> Behaviour:
    """The list of models, each with what else is told about it."""
    return answers(200, {"object": "list", "data": [{"id": name, **more} for name in models]})


@dataclass
class CapableServer(QuirksServer):
    """`instead` says what it does otherwise, by what a request asks for (see `asks_for`).

    Of several behaviours each is for one request; the last one stays.
    """

    instead: dict[str, Behaviour | list[Behaviour]] = field(default_factory=dict)

    def chosen(self, received: Received) -> Behaviour:
        able = {
            "models": lists("tiny", "huge", max_model_len=4096),
            "text": says("Ready."),
            "picture": says("Red", "."),
            "pictures": says("Red, blue."),
            "json_schema": says('{"colour": "red"}'),
            "json_object": says('{"colour": "red"}'),
            "stop": says("alpha bravo "),
            "tools": streams(delta(tool_calls=[CALL]), delta(finish="tool_calls"), DONE),
        } | self.instead
        wanted = asks_for(received)
        found = next((able[one] for one in wanted if one in able), answers(404, {"error": "no"}))
        if isinstance(found, list):
            found = found.pop(0) if found[1:] else found[0]
        return found


def asks_for(received: Received) -> list[str]:
    """What a request asks for."""
    if received.target == "/v1/models":
        return ["models"]
    if not received.target.endswith("/chat/completions"):
        return [received.target]
    content = received.body["messages"][-1]["content"]
    parts = content if isinstance(content, list) else []
    pictures = sum(part["type"] == "image_url" for part in parts)
    json_form = received.body.get("response_format", {}).get("type")
    found = [name for name in ("stream_options",) if name in received.body]
    found += [json_form] if json_form else []
    found += [name for name in ("stop", "tools") if name in received.body]
    found += {0: [], 1: ["picture"]}.get(pictures, ["pictures"])
    return [*found, "text"]
