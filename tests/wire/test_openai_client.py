"""The newest official client talks to a real server, in every dialect it can be set up for."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AzureOpenAI, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from wire.deployments import QUESTION, Deployment
from wire.serving import Served
from wire.standin import picture_file

ASK: Any = [{"role": "user", "content": QUESTION}]
TENTS = {"data_sources": [{"type": "sightline", "parameters": {"index_name": "tents"}}]}
AZURE_2024 = {
    "data_sources": [
        {
            "type": "azure_search",
            "parameters": {
                "endpoint": "https://search.example",
                "index_name": "tents",
                "authentication": {"type": "api_key", "key": "K"},
                "query_type": "vector",
                "fields_mapping": {"image_vector_fields": ["image_vector"]},
            },
        }
    ]
}
AZURE_2023 = {
    "enhancements": {"ocr": {"enabled": True}, "grounding": {"enabled": True}},
    "dataSources": [
        {
            "type": "AzureCognitiveSearch",
            "parameters": {"endpoint": "https://s", "key": "K", "indexName": "tents"},
        },
        {"type": "AzureComputerVision", "parameters": {"endpoint": "https://v", "key": "K"}},
    ],
}


@pytest.fixture
def client(served: Served) -> Iterator[OpenAI]:
    """The plain client."""
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def test_a_whole_answer(deployment: Deployment):
    with deployment.client() as client:
        answer = client.chat.completions.create(
            model=deployment.name, messages=ASK, extra_body=TENTS, **deployment.limit
        )
    (choice,) = answer.choices
    assert deployment.said(choice.message.content)
    assert choice.finish_reason == deployment.reason
    assert answer.usage is not None
    assert deployment.counted(answer.usage.total_tokens)
    context: Any = choice.message.model_extra["context"]  # type: ignore[index]
    assert context["citations"][0]["filepath"] == "red.png"
    assert answer.object == "chat.completion"


def test_a_streamed_answer(deployment: Deployment):
    with (
        deployment.client() as client,
        client.chat.completions.create(
            model=deployment.name,
            messages=ASK,
            stream=True,
            stream_options={"include_usage": True},
            extra_body=TENTS,
            **deployment.limit,
        ) as stream,
    ):
        chunks = list(stream)
    assert deployment.said(text_of(chunks))
    first: Any = chunks[0].choices[0].delta
    assert first.role == "assistant"
    assert first.context["citations"][0]["title"] == "red.png"
    assert chunks[-2].choices[0].finish_reason == deployment.reason
    assert chunks[-1].choices == []
    assert chunks[-1].usage is not None
    assert deployment.counted(chunks[-1].usage.total_tokens)


def test_the_stream_helper_puts_the_answer_together(client: OpenAI):
    with client.chat.completions.stream(model="thinking", messages=ASK) as stream:
        answer = stream.until_done().get_final_completion()
    message: Any = answer.choices[0].message
    assert message.content == "Yes."
    assert answer.usage is not None


def test_replies_fit_the_types_of_the_client_strictly(deployment: Deployment):
    with deployment.client() as client:
        asking: Any = {"model": deployment.name, "messages": ASK, "extra_body": TENTS}
        asking |= deployment.limit
        raw = client.chat.completions.with_raw_response.create(**asking)
        ChatCompletion.model_validate(json.loads(raw.text), strict=False)
        assert raw.headers["x-request-id"]
        with client.chat.completions.with_streaming_response.create(
            stream=True, **asking
        ) as response:
            lines = [line for line in response.iter_lines() if line.startswith("data: {")]
    assert len(lines) >= 3
    for line in lines:
        ChatCompletionChunk.model_validate_json(line.removeprefix("data: "))


def test_a_picture_in_the_question(client: OpenAI, served: Served, picture: Path):
    data = picture_file(picture, "red")
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    client.chat.completions.create(
        model="scripted",
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is this?"},
                    {"type": "image_url", "image_url": {"url": url, "detail": "high"}},
                ],
            }
        ],
    )
    (sent,) = served.model("scripted").prompts[-1].images
    assert (sent.data, sent.detail) == (data, "high")


def text_of(chunks: list[ChatCompletionChunk]) -> str:
    """The usual loop of a user, which must not fail on any chunk."""
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices or not chunk.usage
    )


ADDRESSES = {
    "by endpoint": ("", "2024-02-15-preview", AZURE_2024),
    "by deployment": ("/", "2024-10-21", AZURE_2024),
    "extensions of 2023": ("/extensions", "2023-12-01-preview", AZURE_2023),
    "extensions of 2023-06": ("/extensions", "2023-06-01-preview", AZURE_2023),
}


@pytest.mark.parametrize(("path", "version", "body"), ADDRESSES.values(), ids=ADDRESSES.keys())
def test_the_azure_client(deployment: Deployment, path: str, version: str, body: dict[str, Any]):
    asking: Any = {"model": deployment.name, "messages": ASK, "max_tokens": 800, "extra_body": body}
    asking |= deployment.limit
    with deployment.azure(path, version) as client:
        whole = client.chat.completions.create(**asking)
        assert deployment.said(whole.choices[0].message.content)
        assert whole.choices[0].finish_reason == deployment.reason
        context: Any = whole.choices[0].message.model_extra["context"]  # type: ignore[index]
        with client.chat.completions.create(stream=True, **asking) as stream:
            chunks = list(stream)
    assert all(chunk.choices for chunk in chunks)
    assert deployment.said(text_of(chunks))
    early: Any = chunks[0].choices[0].delta
    if "dataSources" in body:
        told = json.loads(early.context["messages"][0]["content"])
        assert told["citations"][0]["title"] == "red.png"
        assert json.loads(context["messages"][0]["content"])["intent"] == "Which tent is red?"
    assert early.context["citations"][0]["title"] == context["citations"][0]["title"] == "red.png"


def test_a_token_instead_of_a_key(served: Served):
    with AzureOpenAI(
        azure_endpoint=served.address,
        azure_ad_token="token",
        api_version="2024-02-15-preview",
        max_retries=0,
    ) as client:
        assert client.chat.completions.create(model="thinking", messages=ASK).choices
        assert "scripted" in [model.id for model in client.models.list()]


def test_models_are_listed(client: OpenAI):
    assert "scripted" in [model.id for model in client.models.list()]
    assert client.models.retrieve("slow").owned_by == "sightline"


def test_errors_come_out_as_the_clients_own(client: OpenAI):
    with pytest.raises(openai.NotFoundError) as unknown:
        client.chat.completions.create(model="gpt-4", messages=ASK)
    assert unknown.value.code == "DeploymentNotFound"
    assert unknown.value.request_id is not None
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="scripted", messages=ASK, n=2)
    assert refused.value.param == "n"
    with pytest.raises(openai.RateLimitError, match="wait a moment"):
        client.chat.completions.create(model="busy", messages=ASK)
    with pytest.raises(openai.InternalServerError, match="broke off"):
        client.chat.completions.create(model="cut", messages=ASK)


def test_an_error_inside_a_stream_is_raised_after_the_words(client: OpenAI):
    with client.chat.completions.create(model="cut", messages=ASK, stream=True) as stream:
        assert next(stream).choices[0].delta.role == "assistant"
        assert next(stream).choices[0].delta.content == "Half an ans"
        with pytest.raises(openai.APIError, match="the model broke off") as raised:
            next(stream)
    assert raised.value.code == "upstream_truncated"


def test_a_client_asks_again_only_where_that_helps(served: Served):
    busy, rejecting = served.model("busy"), served.model("rejecting")
    before = len(busy.prompts), len(rejecting.prompts)
    client = OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=2)
    with client, pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="busy", messages=ASK)
    client = OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=2)
    with client, pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="rejecting", messages=ASK)
    assert len(busy.prompts) == before[0] + 3
    assert len(rejecting.prompts) == before[1] + 1


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_recorded_turn_is_named_where_the_client_finds_it(served: Served, stream: bool):
    client = OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0)
    answer = client.chat.completions.create(
        model="scripted",
        messages=ASK,
        stream=stream,
        extra_headers={"x-sightline-record": "true"},
    )
    said = list(answer)[-1].sightline if stream else answer.sightline
    turn = served.workspace.turns.get(said["turn"])
    assert turn.outcome["answer"] == "The tent is red [doc1]."
    client.close()
