"""The deployment as a whole: what it asks, where, with which key, and that it can be left."""

import asyncio
import logging
from contextlib import aclosing
from typing import Any

import pytest

from chat.asking import KEY, asking, deployed, events_of, failure_of, text_of
from chat.quirks_server import (
    DONE,
    STOP,
    Behaviour,
    QuirksServer,
    answers,
    delta,
    event,
    resets,
    stays_silent,
    streams,
    well,
)
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.model_server import Patience
from sightline.errors import (
    InvalidInput,
    UpstreamError,
    UpstreamTruncated,
)
from sightline.events import Finished, TextDelta, Usage
from sightline.messages import Sampling


async def test_a_whole_answer_and_what_was_asked_for_it(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(well)
    prompt = asking(sampling=Sampling(temperature=0.2, stop=("END",), seed=7))
    assert await events_of(model, prompt) == [
        TextDelta("Fine."),
        Finished(reason="stop", usage=Usage(prompt_tokens=9, completion_tokens=2, estimated=False)),
    ]
    [request] = server.requests
    assert request.target == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "How are you?"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.2,
        "stop": ["END"],
        "seed": 7,
    }


ADDRESSES = [
    ("http://{host}/v1", "/v1/chat/completions"),
    ("http://{host}/v1/", "/v1/chat/completions"),
    ("http://{host}", "/chat/completions"),
    ("http://{host}/v1/chat/completions", "/v1/chat/completions"),
    (
        "http://{host}/openai/deployments/gpt-4?api-version=2024-02-01",
        "/openai/deployments/gpt-4/chat/completions?api-version=2024-02-01",
    ),
    (
        "http://{host}/openai/deployments/gpt-4/?api-version=2024-02-01",
        "/openai/deployments/gpt-4/chat/completions?api-version=2024-02-01",
    ),
]


@pytest.mark.parametrize(("address", "target"), ADDRESSES)
async def test_addresses(server: QuirksServer, address: str, target: str):
    server.will(well)
    host = server.base_url.removeprefix("http://").removesuffix("/v1")
    model = deployed(address.format(host=host))
    await events_of(model)
    await model.close()
    assert server.requests[0].target == target


@pytest.mark.parametrize(
    ("settings", "header"),
    [
        ({"azure": True}, ("api-key", KEY)),
        ({"azure": False}, ("authorization", f"Bearer {KEY}")),
        ({"api_key": f" {KEY}\n"}, ("authorization", f"Bearer {KEY}")),
        ({"api_key": None}, None),
        ({"api_key": ""}, None),
    ],
)
async def test_how_the_key_is_sent(
    server: QuirksServer, settings: dict[str, Any], header: tuple[str, str] | None
):
    server.will(well)
    model = deployed(server.base_url, **settings)
    await events_of(model)
    await model.close()
    sent = server.requests[0].headers
    assert [(name, sent[name]) for name in ("api-key", "authorization") if name in sent] == (
        [header] if header else []
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost:11434/v1",
        "ftp://host/v1",
        "http:///v1",
        "http://user:pw@host/v1",
        "http://host:port/v1",
    ],
)
def test_addresses_that_cannot_be_used(address: str):
    with pytest.raises(InvalidInput) as caught:
        deployed(address)
    assert caught.value.param == "base_url"
    assert "pw" not in str(caught.value)


def test_a_key_that_no_header_takes_is_refused_without_being_repeated():
    with pytest.raises(InvalidInput) as caught:
        deployed("http://127.0.0.1/v1", api_key="schlüssel\x00")
    assert "schlüssel" not in str(caught.value)


@pytest.mark.parametrize(
    "behaviour",
    [
        answers(401, {"error": {"message": f"Incorrect API key provided: {KEY}."}}),
        answers(500, f"Traceback: headers={{'authorization': 'Bearer {KEY}'}}".encode()),
        answers(429, {"error": {"message": KEY}}),
        streams(event({"error": f"bad key {KEY}"})),
        streams(event(f"not JSON {KEY}".encode())),
        streams(event({"said": KEY})),
        streams(delta("Fi"), delta(finish="error " + KEY)),
        answers(200, f"<title>{KEY}</title>".encode()),
        resets,
    ],
)
async def test_the_key_is_in_no_message_and_no_log(
    server: QuirksServer,
    model: OpenAICompatible,
    behaviour: Behaviour,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.DEBUG)
    server.will(behaviour)
    said: list[object] = []
    try:
        said.extend(await events_of(model))
    except UpstreamError as error:
        said.extend([str(error), repr(error), str(error.__cause__), repr(error.__cause__)])
    assert said
    assert KEY not in f"{said} {model!r} {caplog.text}"
    assert "send_request_headers" in caplog.text, "the log was looked at"


async def test_closing_the_answer_ends_the_work_behind_it(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(streams(*[delta("word "), 0.02] * 500))
    async with aclosing(model.stream(asking())) as events:
        assert await anext(events) == TextDelta("word ")
    await asyncio.wait_for(server.left.wait(), timeout=1)


@pytest.mark.parametrize("silence", [stays_silent, streams(then="silent")])
async def test_leaving_before_the_first_word_ends_the_work_too(
    server: QuirksServer, silence: Behaviour
):
    model = deployed(server.base_url, patience=Patience())
    server.will(silence)
    waiting = asyncio.ensure_future(anext(model.stream(asking())))
    await asyncio.wait_for(server.arrived.wait(), timeout=1)
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.wait_for(server.left.wait(), timeout=1)
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await model.close()


async def test_an_answer_has_an_end_even_when_words_never_stop(server: QuirksServer):
    model = deployed(server.base_url, patience=Patience(overall=1.0, between_chunks=5))
    server.will(streams(*[delta("word "), 0.02] * 500))
    words, error = await failure_of(model)
    assert words.startswith("word word ")
    assert isinstance(error, UpstreamTruncated)
    assert "no whole answer within 1 s" in str(error)
    await asyncio.wait_for(server.left.wait(), timeout=1)
    await model.close()


async def test_questions_at_once_do_not_mix(server: QuirksServer, model: OpenAICompatible):
    names = [f"answer {number}" for number in range(20)]
    server.will(*(streams(*(delta(f"{n} ") for n in [name] * 20), STOP, DONE) for name in names))
    texts = await asyncio.gather(*(text_of(model) for _ in names))
    assert sorted(texts) == sorted(f"{name} " * 20 for name in names)


async def test_it_can_be_closed_and_asked_again(server: QuirksServer, model: OpenAICompatible):
    server.will(well)
    assert await text_of(model) == "Fine."
    await model.close()
    await model.close()
    assert await text_of(model) == "Fine."
