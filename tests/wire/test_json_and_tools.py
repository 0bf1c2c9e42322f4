"""JSON answers and calls of tools, by the official client through Sightline to a model server."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from pydantic import BaseModel

from wire.serving import Served, serving
from wire.standin import standin

ASK: Any = [{"role": "user", "content": "What does the red tent cost?"}]
TOOL: Any = {
    "type": "function",
    "function": {
        "name": "price_of",
        "description": "The price of a tent.",
        "parameters": {"type": "object", "properties": {"tent": {"type": "string"}}},
    },
}


class Offer(BaseModel):
    """What the answer must be."""

    price: float
    currency: str


class ModelServer(BaseHTTPRequestHandler):
    """Says what `script` has for the next request; `asked` are the bodies that came.

    A script entry is a list of deltas, or a number and words to refuse with.
    """

    protocol_version = "HTTP/1.1"
    asked: list[Any]
    script: list[Any]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(body)
        said = self.script.pop(0)
        if isinstance(said, tuple):
            data = json.dumps({"error": {"message": said[1]}}).encode()
            self._send(said[0], "application/json", data)
            return
        reason = "tool_calls" if any("tool_calls" in delta for delta in said) else "stop"
        choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in said]
        choices.append({"index": 0, "delta": {}, "finish_reason": reason})
        frames = [f"data: {json.dumps({'choices': [choice]})}\n\n" for choice in choices]
        self._send(200, "text/event-stream", "".join([*frames, "data: [DONE]\n\n"]).encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[type[ModelServer]]:
    handler = type("Handler", (ModelServer,), {"asked": [], "script": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        handler.port = server.server_address[1]  # type: ignore[attr-defined]
        yield handler
        server.shutdown()


@pytest.fixture
def served(upstream: Any, tmp_path: Path) -> Iterator[Served]:  # noqa: ANN401
    address = f"http://127.0.0.1:{upstream.port}/v1"
    deployments = [{"name": "vlm", "base_url": address, "model": "m"}]
    workspace = standin(tmp_path, deployments=deployments)
    scripted = workspace.__dict__.pop("_models")
    workspace._models |= scripted
    with serving(workspace) as running:
        yield running


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def test_an_answer_is_parsed_by_its_schema(client: OpenAI, upstream: Any):  # noqa: ANN401
    upstream.script += [
        [{"content": '```json\n{"price": 199, '}, {"content": '"currency": "EUR"}\n```'}]
    ]
    answer = client.chat.completions.parse(model="vlm", messages=ASK, response_format=Offer)
    assert answer.choices[0].message.parsed == Offer(price=199, currency="EUR")
    (body,) = upstream.asked
    assert body["response_format"]["json_schema"]["name"] == "Offer"
    assert "price" in json.dumps(body["messages"])  # in words, too: many servers ignore the field


def test_a_server_that_refuses_the_field_is_asked_without_it(client: OpenAI, upstream: Any):  # noqa: ANN401
    refusal = (400, "'response_format.type' must be 'text'")
    good = [{"content": '{"price": 1, "currency": "EUR"}'}]
    upstream.script += [refusal, refusal, good, good]
    for _ in range(2):
        answer = client.chat.completions.parse(model="vlm", messages=ASK, response_format=Offer)
        assert answer.choices[0].message.parsed == Offer(price=1, currency="EUR")
    assert "response_format" not in upstream.asked[-1]
    warnings: Any = (answer.model_extra or {})["sightline"]["warnings"]
    assert isinstance(warnings, list)


def test_a_streamed_json_answer_is_whole_when_it_comes(client: OpenAI, upstream: Any):  # noqa: ANN401
    upstream.script += [[{"content": "It is 1."}], [{"content": '{"a": 1}'}]]
    with client.chat.completions.create(
        model="vlm", messages=ASK, response_format={"type": "json_object"}, stream=True
    ) as stream:
        pieces = [c.choices[0].delta.content for c in stream if c.choices]
    assert [piece for piece in pieces if piece] == ['{"a": 1}']
    assert len(upstream.asked) == 2


def test_a_tool_is_called_and_its_result_answered(client: OpenAI, upstream: Any):  # noqa: ANN401
    call = {"index": 0, "id": "c1", "type": "function"}
    upstream.script += [
        [
            {"tool_calls": [{**call, "function": {"name": "price_of", "arguments": '{"te'}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": 'nt": "red"}'}}]},
        ],
        [{"content": "It costs 199 euros."}],
    ]
    first = client.chat.completions.create(model="vlm", messages=ASK, tools=[TOOL])
    (choice,) = first.choices
    assert choice.finish_reason == "tool_calls"
    (called,) = choice.message.tool_calls or []
    assert called.function.name == "price_of"  # type: ignore[union-attr]
    assert json.loads(called.function.arguments) == {"tent": "red"}  # type: ignore[union-attr]
    talk = [*ASK, choice.message, {"role": "tool", "tool_call_id": called.id, "content": "199 EUR"}]
    second = client.chat.completions.create(model="vlm", messages=talk, tools=[TOOL])
    assert second.choices[0].message.content == "It costs 199 euros."
    sent = upstream.asked[-1]["messages"]
    assert [message["role"] for message in sent[-3:]] == ["user", "assistant", "tool"]
    assert sent[-1]["tool_call_id"] == "c1"
    assert upstream.asked[0]["tools"][0]["function"]["name"] == "price_of"


def test_a_streamed_call_comes_in_pieces(client: OpenAI, upstream: Any):  # noqa: ANN401
    call = {"index": 0, "id": "c1", "type": "function"}
    upstream.script += [
        [
            {"tool_calls": [{**call, "function": {"name": "price_of", "arguments": "{"}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]},
        ]
    ]
    with client.chat.completions.create(
        model="vlm", messages=ASK, tools=[TOOL], stream=True
    ) as stream:
        chunks = [c for c in stream if c.choices]
    pieces = [call for c in chunks for call in c.choices[0].delta.tool_calls or []]
    assert pieces[0].id == "c1"
    assert "".join(p.function.arguments or "" for p in pieces if p.function) == "{}"
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].name"),
        ({"tools": [TOOL], "tool_choice": "never"}, "tool_choice"),
        ({"top_logprobs": 2}, "top_logprobs"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(client: OpenAI, fields: Any, param: str):  # noqa: ANN401
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="vlm", messages=ASK, extra_body=fields)
    assert raised.value.param == param


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [TOOL]}, "tools"),
    ],
)
def test_the_built_in_answerer_refuses_them(client: OpenAI, fields: Any, param: str):  # noqa: ANN401
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="extractive", messages=ASK, extra_body=fields)
    assert raised.value.param == param
