"""What a client gets when the model server behind its deployment is bad, in every dialect.

Before the first word it is a status, after it the words stay and the stream ends in an error. Each
says in a code what happened and in words what to do.
"""

import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
import pytest
import trustme
from openai import OpenAI

from chat.asking import deployed
from chat.quirks_server import (
    DONE,
    STOP,
    Behaviour,
    QuirksServer,
    answers,
    delta,
    event,
    in_a_thread,
    stays_silent,
    streams,
)
from sightline.chat.upstream.model_server import Patience
from wire.dialects import DIALECTS
from wire.serving import Served, serving
from wire.standin import standin

PATIENCE = Patience(between_chunks=0.6, overall=1.0, pause=0.01, retry_after=0.1)


@dataclass(frozen=True)
class Bad:
    """What the model server does, and how it shows: status, code, and words of the message."""

    does: Behaviour
    status: int
    code: str
    says: str
    retry: bool = True


def said(words: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": words, **more}}


BEFORE = {
    "wrong key": Bad(
        answers(401, said("Incorrect API key provided")),
        502,
        "upstream_rejected",
        "Check the API key",
        retry=False,
    ),
    "no such model": Bad(
        answers(404, said('model "huge" not found, try pulling it first')),
        502,
        "upstream_rejected",
        "Check `model` of the deployment",
        retry=False,
    ),
    "no vision": Bad(
        answers(400, said("/models/tiny is not a multimodal model")),
        502,
        "upstream_rejected",
        "set `sees = false`",
        retry=False,
    ),
    "too long": Bad(
        answers(400, said("the request exceeds the available context size")),
        400,
        "context_length_exceeded",
        "ask for fewer documents",
    ),
    "busy": Bad(
        answers(429, said("slow down"), retry_after="7"),
        429,
        "upstream_rate_limited",
        "Ask again later",
    ),
    "unavailable": Bad(
        answers(503, said("in maintenance"), retry_after="7"),
        429,
        "upstream_rate_limited",
        "Ask again later",
    ),
    "gateway": Bad(
        answers(502, b"<html><title>Bad Gateway</title>", media_type="text/html"),
        502,
        "upstream_error",
        "a web page titled 'Bad Gateway'. Its log",
    ),
    "error first": Bad(
        streams(event(said("CUDA out of memory", code=500))),
        502,
        "upstream_error",
        "CUDA out of memory. Its log",
    ),
    "a page": Bad(
        answers(200, b"<!doctype html><title>Router</title>", media_type="text/html"),
        502,
        "upstream_rejected",
        "Check base_url",
        retry=False,
    ),
    "no choices": Bad(
        answers(200, {"object": "chat.completion", "choices": []}),
        502,
        "upstream_empty",
        "answered with nothing. Its log",
    ),
    "nothing": Bad(streams(DONE), 502, "upstream_empty", "answered with nothing. Its log"),
    "never answers": Bad(
        stays_silent, 502, "upstream_unreachable", "nothing came for 0.6 s. Its log"
    ),
    "silent after its headers": Bad(
        streams(then="silent"), 502, "upstream_unreachable", "nothing came for 0.6 s. Its log"
    ),
    "only pings": Bad(
        streams(*[b": ping\n\n", 0.05] * 600), 502, "upstream_unreachable", "within 1 s. Its log"
    ),
    "refuses": Bad(stays_silent, 502, "upstream_unreachable", "Is it running"),
    "unknown certificate": Bad(stays_silent, 502, "upstream_unreachable", "not trusted here"),
}
FIRST = delta("Fi")
AFTER = {
    "an error": Bad(
        streams(FIRST, event(said("CUDA out of memory"))), 502, "upstream_error", "CUDA out of"
    ),
    "too long now": Bad(
        streams(FIRST, event(said("Context size has been exceeded.", code=500))),
        400,
        "context_length_exceeded",
        "Context size",
    ),
    "hangs up": Bad(streams(FIRST, then="hangs up"), 502, "upstream_truncated", "broke off"),
    "resets": Bad(streams(FIRST, then="resets"), 502, "upstream_truncated", "broke off"),
    "just ends": Bad(streams(FIRST, DONE), 502, "upstream_truncated", "without saying"),
    "goes silent": Bad(
        streams(FIRST, then="silent"), 502, "upstream_truncated", "nothing came for 0.6 s"
    ),
    "never ends": Bad(
        streams(FIRST, *[delta(""), 0.05] * 600), 502, "upstream_truncated", "within 1 s"
    ),
}


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A deployment for each quirk, by its name, and "goes on", which ignores stop strings."""
    with ExitStack() as opened:
        server = opened.enter_context(in_a_thread(QuirksServer()))
        server.models = {name: bad.does for name, bad in (BEFORE | AFTER).items()}
        server.models |= {
            "goes on": streams(delta("Fine. E"), delta("ND of"), *[delta(" it"), 0.02] * 3000),
            "well": streams(delta("Fine."), STOP, DONE),
        }
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        with in_a_thread(QuirksServer()) as gone:
            places = {"refuses": gone.base_url}
        places["unknown certificate"] = opened.enter_context(
            in_a_thread(QuirksServer(encrypted=context))
        ).base_url
        models = [
            deployed(places.get(name, server.base_url), name=name, model=name, patience=PATIENCE)
            for name in server.models
        ]
        yield opened.enter_context(serving(standin(tmp_path_factory.mktemp("served"), models)))


def asked(
    served: Served, dialect: str, model: str, *, stream: bool, **more: object
) -> httpx2.Response:
    path, body = DIALECTS[dialect].request(model, "Which?", stream=stream, **more)
    return httpx2.post(f"{served.address}{path}", json=body, timeout=10)


def chunks_of(reply: httpx2.Response) -> list[dict[str, Any]]:
    """The JSON of the frames of a stream."""
    data = (line.removeprefix("data: ") for line in reply.text.split("\n") if "data: {" in line)
    return [json.loads(chunk) for chunk in data]


def words_of(chunk: dict[str, Any]) -> str:
    if chunk.get("type") == "response.output_text.delta":
        return str(chunk["delta"])
    return "".join(choice["delta"].get("content", "") for choice in chunk.get("choices", ()))


def check(error: dict[str, Any], bad: Bad, model: str) -> None:
    assert error["code"] == bad.code
    assert bad.says in error["message"]
    assert repr(model) in error["message"], "the deployment is named"


WAITING = {"never answers", "silent after its headers", "only pings", "goes silent", "never ends"}
"""What is given up after a time; all dialects wait alike, so usually one of them does."""


def case(name: str, dialect: str, *more: object) -> Any:  # noqa: ANN401 (pytest's own)
    """One fault in one dialect."""
    long = name in WAITING and dialect != "chat"
    return pytest.param(name, dialect, *more, marks=[pytest.mark.torture] if long else [])


@pytest.mark.parametrize(
    ("name", "dialect", "stream"),
    [
        *(
            case(name, way, stream)
            for name in BEFORE
            for way in DIALECTS
            for stream in (False, True)
        ),
        *(case(name, way, False) for name in AFTER for way in DIALECTS),
    ],
)
def test_what_fails_before_a_word_is_sent_has_a_status(
    upstream: Served, name: str, dialect: str, stream: bool
):
    bad = (BEFORE | AFTER)[name]
    reply = asked(upstream, dialect, name, stream=stream)
    assert reply.status_code == bad.status
    check(reply.json()["error"], bad, name)
    assert reply.headers.get("x-should-retry") == (None if bad.retry else "false")
    assert reply.headers.get("retry-after") == ("7" if bad.status == 429 else None)


@pytest.mark.parametrize(
    ("name", "dialect"), [case(name, way) for name in AFTER for way in DIALECTS]
)
def test_words_that_came_before_the_failure_stay(upstream: Served, name: str, dialect: str):
    reply = asked(upstream, dialect, name, stream=True)
    assert reply.status_code == 200
    *chunks, last = chunks_of(reply)
    assert "".join(map(words_of, chunks)) == "Fi"
    check(last["error"], AFTER[name], name)
    assert "[DONE]" not in reply.text
    if DIALECTS[dialect].named:
        failed = chunks[-1]["response"]
        assert failed["status"] == "failed"
        assert failed["error"]["message"] == last["error"]["message"]
        assert failed["output"][0]["content"][0]["text"] == "Fi"


@pytest.mark.parametrize("name", ["no choices", "just ends", "never answers"])
def test_the_deployment_works_again_when_its_server_does(upstream: Served, name: str):
    asked(upstream, "chat", name, stream=False)
    reply = asked(upstream, "chat", "well", stream=False)
    assert reply.json()["choices"][0]["message"]["content"] == "Fine."


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("dialect", ["chat", "Azure", "Azure 2023"])  # responses have no stop
def test_a_server_that_ignores_stop_strings(upstream: Served, dialect: str, stream: bool):
    reply = asked(upstream, dialect, "goes on", stream=stream, stop=["END"])
    if stream:
        chunks = chunks_of(reply)
        reasons = [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]]
        assert ("".join(map(words_of, chunks)), reasons[-1]) == ("Fine. ", "stop")
    else:
        (choice,) = reply.json()["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("Fine. ", "stop")


def test_the_official_client_reads_what_to_do(upstream: Served):
    with OpenAI(base_url=f"{upstream.address}/v1", api_key="any", max_retries=0) as client:
        ask: Any = [{"role": "user", "content": "Which?"}]
        with pytest.raises(openai.BadRequestError, match="ask for fewer documents") as raised:
            client.chat.completions.create(model="too long", messages=ask)
        assert raised.value.code == "context_length_exceeded"
        with pytest.raises(openai.InternalServerError, match="Check the API key"):
            client.responses.create(model="wrong key", input="Which?")
        with pytest.raises(openai.RateLimitError, match="slow down"):
            client.chat.completions.create(model="busy", messages=ask, stream=True)
