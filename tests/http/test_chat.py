"""Chat completions over HTTP: what reaches the model, and what is refused before it is asked."""

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sightline.chat.base import Capabilities
from sightline.chat.extractive import Extractive
from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamRateLimited, UpstreamTruncated
from sightline.events import Finished, TextDelta, Usage
from sightline.messages import Sampling
from sightline.workspace import Workspace
from wire.standin import picture_file

CHAT = "/v1/chat/completions"
AZURE = "/openai/deployments/scripted/{}chat/completions?api-version={}"
TENTS = {"type": "sightline", "parameters": {"index_name": "tents"}}
BLIND = Capabilities(sees=False, max_images=0, language_model=True)
END = Finished(reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=1, estimated=True))


def ask(*parts: Any, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON)
    content = [{"type": "text", "text": p} if isinstance(p, str) else p for p in parts]
    return {"model": "scripted", "messages": [{"role": "user", "content": content}], **fields}


def image(data: bytes) -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.fixture
def scripted(workspace: Workspace) -> ScriptedChat:
    """The model behind the deployment, which remembers what it was asked."""
    model = workspace.deployment("scripted")
    assert isinstance(model, ScriptedChat)
    return model


async def test_the_model_gets_the_question_its_pictures_and_the_settings(
    client: httpx2.AsyncClient, scripted: ScriptedChat, tmp_path: Path
):
    file = picture_file(tmp_path / "q.png", "red")
    reply = await client.post(CHAT, json=ask("What is this?", image(file), seed=7, stop="END"))
    assert reply.status_code == 200
    (prompt,) = scripted.prompts
    assert prompt.question == "What is this?"
    assert [picture.data for picture in prompt.images] == [file]
    assert prompt.sampling == Sampling(seed=7, stop=("END",))


async def test_an_index_is_searched_and_its_pictures_are_cited(
    client: httpx2.AsyncClient, scripted: ScriptedChat
):
    reply = await client.post(CHAT, json=ask("Which tent is red?", data_sources=[TENTS]))
    message = reply.json()["choices"][0]["message"]
    assert message["content"] == "The tent is red [doc1]."
    first = message["context"]["citations"][0]
    assert (first["title"], first["filepath"]) == ("red.png", "red.png")
    assert first["sightline"]["cited"] is True
    assert (await client.get(first["url"])).headers["content-type"] == "image/png"
    assert (await client.get(first["sightline"]["thumbnail_url"])).status_code == 200
    assert scripted.prompts[0].evidence[0].description == "A red tent on a mountain"


async def test_an_odata_filter_narrows_the_evidence(
    client: httpx2.AsyncClient, scripted: ScriptedChat
):
    named = {"index_name": "tents", "filter": "not (key eq 'red.png') and width gt 1.5"}
    source = {"type": "azure_search", "parameters": named}
    reply = await client.post(CHAT, json=ask("Which tent is red?", data_sources=[source]))
    citations = reply.json()["choices"][0]["message"]["context"]["citations"]
    found = {citation["filepath"] for citation in citations}
    assert len(scripted.prompts[0].evidence) == len(citations)
    assert "shoes/blue.png" in found
    assert "red.png" not in found


async def test_without_a_language_model_the_reply_and_the_list_say_so(
    client: httpx2.AsyncClient, workspace: Workspace
):
    workspace._models["extractive"] = Extractive(text_encoder=workspace.text_encoder)
    body = ask("Which tent is red?", data_sources=[TENTS]) | {"model": "extractive"}
    reply = (await client.post(CHAT, json=body)).json()
    assert "[doc1]" in reply["choices"][0]["message"]["content"]
    (warning,) = reply["sightline"]["warnings"]
    assert warning["code"] == "no_language_model"
    shown = (await client.get("/v1/models/extractive")).json()
    assert shown["notice"] == warning["message"]
    assert shown["capabilities"]["language_model"] is False


async def test_the_ocr_enhancement_adds_what_is_read(
    client: httpx2.AsyncClient, scripted: ScriptedChat, tmp_path: Path
):
    file = picture_file(tmp_path / "q.png", "red")
    both = {"ocr": {"enabled": True}, "grounding": {"enabled": True}}
    reply = await client.post(CHAT, json=ask("How much?", image(file), enhancements=both))
    reading = scripted.prompts[0].evidence[0].reading
    assert reading is not None
    assert reading.text == "SALE 49"
    assert reply.json()["sightline"]["warnings"] == []
    await client.post(CHAT, json=ask("How much?", image(file)))
    assert scripted.prompts[1].evidence[0].reading is None


def _filtered(condition: str) -> dict[str, Any]:
    return {"type": "sightline", "parameters": {"index_name": "tents", "filter": condition}}


BEFORE_THE_MODEL: dict[str, tuple[dict[str, Any], int, str]] = {
    "broken picture": (ask("?", image(b"\x89PNG\r\n\x1a\n broken")), 400, "unreadable_image"),
    "a file that is none": (ask("?", image(b"%PDF-1.7")), 400, "unreadable_image"),
    "11 pictures": (ask("?", *[image(b"x")] * 11), 400, "invalid_request"),
    "an address": (
        ask("?", {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}),
        400,
        "url_not_allowed",
    ),
    "unknown index": (
        ask("?", data_sources=[{"type": "sightline", "parameters": {"index_name": "nowhere"}}]),
        404,
        "index_not_found",
    ),
    "a filter of other fields": (
        ask("?", data_sources=[_filtered("colour eq 'red'")]),
        400,
        "invalid_request",
    ),
    "half a filter": (ask("?", data_sources=[_filtered("width gt")]), 400, "invalid_request"),
    "unknown deployment": (ask("?") | {"model": "gpt-4"}, 404, "DeploymentNotFound"),
    "two answers": (ask("?", n=2), 400, "invalid_request"),
}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("body", "status", "code"), BEFORE_THE_MODEL.values(), ids=BEFORE_THE_MODEL.keys()
)
async def test_what_is_refused_before_the_model_is_asked(
    client: httpx2.AsyncClient,
    scripted: ScriptedChat,
    body: dict[str, Any],
    status: int,
    code: str,
    stream: bool,
):
    reply = await client.post(CHAT, json=body | {"stream": stream})
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert scripted.prompts == []


async def test_a_large_body_is_parsed_in_the_pool(
    client: httpx2.AsyncClient, scripted: ScriptedChat
):
    words = "tent " * 40_000
    assert (await client.post(CHAT, json=ask(words))).status_code == 200
    assert scripted.prompts[0].question == words


async def test_errors_of_the_model_keep_their_status_before_the_first_word(
    client: httpx2.AsyncClient, workspace: Workspace
):
    workspace._models["busy"] = ScriptedChat("busy", [UpstreamRateLimited("wait", retry_after=3)])
    for stream in (False, True):
        reply = await client.post(CHAT, json=ask("?", stream=stream) | {"model": "busy"})
        assert reply.status_code == 429
        assert reply.headers["retry-after"] == "3"
        assert reply.json()["error"]["type"] == "rate_limit_error"


async def test_an_answer_that_breaks_off(client: httpx2.AsyncClient, workspace: Workspace):
    workspace._models["cut"] = ScriptedChat("cut", [TextDelta("Half"), UpstreamTruncated("cut")])
    whole = await client.post(CHAT, json=ask("?") | {"model": "cut"})
    assert (whole.status_code, whole.json()["error"]["code"]) == (502, "upstream_truncated")
    streamed = await client.post(CHAT, json=ask("?", stream=True) | {"model": "cut"})
    assert streamed.status_code == 200
    assert '"code":"upstream_truncated"' in streamed.text
    assert "[DONE]" not in streamed.text


async def test_a_model_that_does_not_see_gets_words(
    client: httpx2.AsyncClient, workspace: Workspace, tmp_path: Path
):
    blind = ScriptedChat("blind", [TextDelta("49."), END], capabilities=BLIND)
    workspace._models["blind"] = blind
    body = ask("How much?", image(picture_file(tmp_path / "q.png", "red"))) | {"model": "blind"}
    streamed = await client.post(CHAT, json=body | {"stream": True})
    assert streamed.text.startswith(": reading picture 1 of 1\n\n")
    assert blind.prompts[0].evidence[0].tags == ("red",)


PATHS = {
    "2024": (AZURE.format("", "2024-02-15-preview"), "data_sources", "azure_search", "index_name"),
    "2023": (
        AZURE.format("extensions/", "2023-12-01-preview"),
        "dataSources",
        "AzureCognitiveSearch",
        "indexName",
    ),
}


@pytest.mark.parametrize(("path", "field", "kind", "name"), PATHS.values(), ids=PATHS.keys())
async def test_both_azure_paths(
    client: httpx2.AsyncClient, path: str, field: str, kind: str, name: str
):
    vision = {"type": "AzureComputerVision", "parameters": {"endpoint": "https://v", "key": "K"}}
    search = {"type": kind, "parameters": {"endpoint": "https://s", "key": "K", name: "tents"}}
    body = ask("Which tent is red?") | {"model": "ignored", field: [search, vision]}
    reply = await client.post(path, json=body, headers={"api-key": "K"})
    assert reply.status_code == 200
    (choice,) = reply.json()["choices"]
    assert choice["finish_reason"] == "stop"
    context = choice["message"]["context"]
    if field == "dataSources":
        context = json.loads(context["messages"][0]["content"])
    assert context["citations"][0]["title"] == "red.png"
    assert context["intent"] == "Which tent is red?"
    (warning,) = reply.json()["sightline"]["warnings"]
    assert "endpoint is not asked" in warning["message"]


async def test_the_endpoint_of_this_server_needs_no_remark(client: httpx2.AsyncClient):
    search = {
        "type": "azure_search",
        "parameters": {"endpoint": "http://127.0.0.1:8477", "index_name": "tents"},
    }
    reply = await client.post(CHAT, json=ask("red tent?", data_sources=[search]))
    assert reply.json()["sightline"]["warnings"] == []
