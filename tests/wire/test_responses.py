"""The newest official client uses the Responses API of a real server."""

import base64
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from openai.types.responses import Response, ResponseStreamEvent

from sightline.chat.fake import ScriptedChat
from sightline.events import Finished, TextDelta, Usage
from sightline.messages import TextPart
from wire.deployments import Deployment
from wire.serving import Served, serving
from wire.standin import END, picture_file, standin

ASK = "Which tent is red?"
TENTS = {"data_sources": [{"type": "sightline", "parameters": {"index_name": "tents"}}]}
GROUNDED = {"enhancements": {"grounding": {"enabled": True}}}
SHORT = Finished(reason="length", usage=Usage(prompt_tokens=3, completion_tokens=2, estimated=True))


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    """The plain client."""
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Further deployments: short (cut off at its length); offers (writes JSON)."""
    models = [
        ScriptedChat("short", [TextDelta("The tent"), SHORT]),
        ScriptedChat("offers", [TextDelta('{"price": '), TextDelta("49.5}"), END]),
    ]
    with serving(standin(tmp_path_factory.mktemp("more"), models)) as running:
        yield running


@pytest.fixture
def other(more: Served) -> Iterator[OpenAI]:
    """A client of those."""
    with OpenAI(base_url=f"{more.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def ours(response: Response) -> dict[str, Any]:
    """What a response says beyond the API."""
    extra: dict[str, Any] = response.model_extra["sightline"]  # type: ignore[index]
    return extra


def types(events: Iterable[ResponseStreamEvent]) -> list[str]:
    return [event.type for event in events]


def asked_with(path: Path) -> tuple[bytes, Any]:
    data = picture_file(path, "red")
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    parts = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": url, "detail": "high"},
    ]
    return data, [{"role": "user", "content": parts}]


def test_a_whole_answer(deployment: Deployment):
    with deployment.client() as client:
        response = client.responses.create(
            model=deployment.name,
            input=ASK,
            metadata={"ticket": "7"},
            extra_body=TENTS,
            **deployment.output_limit,
        )
    assert deployment.said(response.output_text)
    assert (response.status, response.object) == (status_of(deployment), "response")
    assert response.metadata == {"ticket": "7"}
    assert response.usage is not None
    assert deployment.counted(response.usage.total_tokens)
    message = response.output[-1]
    assert message.type == "message"
    (part,) = message.content
    assert part.type == "output_text"
    cites = "[doc1]" in part.text
    assert cites == (deployment.says is not None)
    for citation in part.annotations:
        assert citation.type == "url_citation"
        assert part.text[citation.start_index : citation.end_index] == "[doc1]"
        assert citation.title == "red.png"
        assert httpx2.get(citation.url).content.startswith(b"\x89PNG")
    assert len(part.annotations) == cites
    first = ours(response)["citations"][0]
    assert (first["filepath"], first["sightline"].get("cited", False)) == ("red.png", cites)


def status_of(deployment: Deployment) -> str:
    """The status of its whole responses."""
    return "completed" if deployment.reason == "stop" else "incomplete"


def test_a_streamed_answer(deployment: Deployment):
    asking: Any = {"model": deployment.name, "input": ASK, "extra_body": TENTS}
    with (
        deployment.client() as client,
        client.responses.create(stream=True, **asking, **deployment.output_limit) as stream,
    ):
        events: list[ResponseStreamEvent] = list(stream)
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert deployment.said(text)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    first, last = events[0], events[-1]
    assert first.type == "response.created"
    assert ours(first.response)["citations"][0]["title"] == "red.png"
    assert last.type in {"response.completed", "response.incomplete"}
    assert last.response.status == status_of(deployment)
    assert last.response.id == first.response.id
    assert last.response.output_text == text
    assert ("response.output_text.annotation.added" in types(events)) == ("[doc1]" in text)


def test_frames_have_names_and_no_done(served: Served):
    body = {"model": "scripted", "input": ASK, "stream": True}
    reply = httpx2.post(f"{served.address}/v1/responses", json=body)
    assert reply.headers["content-type"].startswith("text/event-stream")
    frames = reply.text.split("\n\n")[:-1]
    assert all(frame.startswith("event: response.") for frame in frames)
    name, data = frames[0].split("\n")
    assert name == "event: response.created"
    assert data.startswith('data: {"type":"response.created","sequence_number":0,')
    assert frames[-1].startswith("event: response.completed\n")


def test_the_stream_helper_puts_the_answer_together(client: OpenAI):
    with client.responses.stream(model="scripted", input=ASK, extra_body=TENTS) as stream:
        seen = [event for event in stream if event.type == "response.output_text.delta"]
        response = stream.get_final_response()
    assert seen[-1].snapshot == response.output_text == "The tent is red [doc1]."
    assert response.usage is not None


def test_reasoning_is_an_item_before_the_message(client: OpenAI):
    response = client.responses.create(model="thinking", input=ASK)
    reasoning, message = response.output
    assert reasoning.type == "reasoning"
    assert reasoning.content is not None
    assert reasoning.content[0].text == "Hm."
    assert (message.type, response.output_text) == ("message", "Yes.")
    with client.responses.stream(model="thinking", input=ASK) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert [item.type for item in final.output] == ["reasoning", "message"]
    seen = types(events)
    assert seen.index("response.reasoning_text.done") < seen.index("response.output_text.delta")


def test_a_response_sent_back_goes_on_with_the_conversation(client: OpenAI, served: Served):
    first = client.responses.create(model="thinking", input=ASK)
    history: Any = [{"role": "user", "content": ASK}, *first.output]
    client.responses.create(
        model="scripted",
        input=[*history, {"role": "user", "content": "And which is blue?"}],
        instructions="Be brief.",
    )
    prompt = served.model("scripted").prompts[-1]
    assert prompt.question == "And which is blue?"
    assert [(turn.role, turn.text) for turn in prompt.history] == [
        ("system", "Be brief."),
        ("user", ASK),
        ("assistant", "Yes."),
    ]


def test_a_picture_in_the_question(client: OpenAI, served: Served, picture: Path):
    data, question = asked_with(picture)
    response = client.responses.create(model="scripted", input=question)
    prompt = served.model("scripted").prompts[-1]
    (sent,) = prompt.images
    assert (sent.data, sent.detail) == (data, "high")
    assert prompt.parts[0] == TextPart("What is this?")
    (attached,) = ours(response)["citations"]
    assert attached["sightline"]["attached"] == 1


def test_words_tied_to_places_on_a_picture(client: OpenAI, picture: Path):
    _, question = asked_with(picture)
    asking: Any = {"model": "scripted", "input": question, "extra_body": GROUNDED}
    whole = client.responses.create(**asking)
    grounding = ours(whole)["grounding"]
    assert grounding["status"] == "Success"
    (line,) = grounding["lines"]
    assert line["text"] == whole.output_text
    assert [span["text"] for span in line["spans"]] == ["The tent"]
    with client.responses.stream(**asking) as stream:
        assert ours(stream.get_final_response())["grounding"] == grounding


def test_an_answer_that_is_cut_at_its_length(other: OpenAI):
    response = other.responses.create(model="short", input=ASK, max_output_tokens=2)
    assert response.status == "incomplete"
    assert response.incomplete_details is not None
    assert response.incomplete_details.reason == "max_output_tokens"
    assert response.output_text == "The tent"
    with other.responses.create(model="short", input=ASK, stream=True) as stream:
        last = list(stream)[-1]
    assert last.type == "response.incomplete"
    assert last.response.output_text == "The tent"


def test_what_has_no_effect_is_in_the_warnings(client: OpenAI):
    response = client.responses.create(
        model="scripted", input=ASK, store=True, reasoning={"effort": "low"}
    )
    stored, reasoned = ours(response)["warnings"]
    assert "'store' has no effect" in stored["message"]
    assert "'reasoning' (effort)" in reasoned["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_errors_before_the_first_event_have_a_status(client: OpenAI, stream: bool):
    create: Any = client.responses.create
    with pytest.raises(openai.NotFoundError) as unknown:
        create(model="gpt-4", input=ASK, stream=stream)
    assert unknown.value.code == "DeploymentNotFound"
    with pytest.raises(openai.BadRequestError) as refused:
        create(model="scripted", input=ASK, previous_response_id="resp_1", stream=stream)
    assert refused.value.param == "previous_response_id"
    with pytest.raises(openai.RateLimitError, match="wait a moment"):
        create(model="busy", input=ASK, stream=stream)


def test_a_model_that_breaks_off(client: OpenAI):
    with pytest.raises(openai.InternalServerError, match="broke off"):
        client.responses.create(model="cut", input=ASK)
    events = []
    with client.responses.create(model="cut", input=ASK, stream=True) as stream:
        with pytest.raises(openai.APIError, match="the model broke off") as raised:
            events += [(event.type, event) for event in stream]
        assert raised.value.code == "upstream_truncated"


def test_words_before_a_model_breaks_off_and_the_failed_response(client: OpenAI):
    events: list[Any] = []

    def read(stream: Iterable[Any]) -> None:
        for event in stream:
            events.append(event)  # noqa: PERF402 (what came before the error counts)

    with client.responses.stream(model="cut", input=ASK) as stream:
        with pytest.raises(openai.APIError, match="the model broke off"):
            read(stream)
        with pytest.raises(RuntimeError):
            stream.get_final_response()
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["Half an ans"]
    failed = events[-1]
    assert failed.type == "response.failed"
    assert failed.response.error.code == "server_error"
    assert failed.response.output[0].status == "incomplete"


def test_azure_clients(deployment: Deployment):
    asking: Any = {"model": deployment.name, "input": ASK, "extra_body": TENTS}
    asking |= deployment.output_limit
    dated = deployment.azure(version="2025-03-01-preview")
    undated = OpenAI(base_url=f"{deployment.address}/openai/v1/", api_key="any")
    for client in (dated, undated):
        with client:
            assert deployment.said(client.responses.create(**asking).output_text)
            with client.responses.stream(**asking) as stream:
                *_, last = stream
            assert last.type == f"response.{status_of(deployment)}"
            assert deployment.said(last.response.output_text)
    assert httpx2.post(f"{deployment.address}/openai/responses", json={}).status_code == 404


async def test_the_async_client(served: Served):
    address = f"{served.address}/v1"
    async with AsyncOpenAI(base_url=address, api_key="any", max_retries=0) as client:
        whole = await client.responses.create(model="thinking", input=ASK)
        assert whole.output_text == "Yes."
        events = [
            event
            async for event in await client.responses.create(
                model="thinking", input=ASK, stream=True
            )
        ]
        assert events[-1].type == "response.completed"
        async with client.responses.stream(model="scripted", input=ASK) as stream:
            final = await stream.get_final_response()
        assert final.output_text.startswith("The tent is red")


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_ends_the_work(served: Served, stream: bool):
    slow = served.model("slow")
    before, asked = slow.closed_early, len(slow.prompts)
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client:
        if stream:
            with client.responses.create(model="slow", input="Talk.", stream=True) as events:
                next(event for event in events if event.type == "response.output_text.delta")
        else:
            with pytest.raises(openai.APITimeoutError):
                client.responses.create(model="slow", input="Talk.", timeout=0.3)
    until = time.monotonic() + 5
    while slow.closed_early == before:
        assert time.monotonic() < until
        time.sleep(0.005)
    assert len(slow.prompts) == asked + 1
