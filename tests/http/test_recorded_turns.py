"""The paths of recorded turns, and the id in replies."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from chat.asking import KEY, deployed
from chat.quirks_server import QuirksServer
from flows.recorded import says
from sightline.http.app import create_app
from wire.standin import standin

ASK = {"model": "gpt", "messages": [{"role": "user", "content": "Is it red?"}]}
RECORD = {"x-sightline-record": "true"}
PATH = "/v1/chat/completions"


@pytest.fixture
async def server() -> AsyncIterator[QuirksServer]:
    async with QuirksServer() as running:
        running.will(says("It is ", "red."))
        yield running


@pytest.fixture
async def client(tmp_path: Path, server: QuirksServer) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a workspace that records only when it is asked to."""
    workspace = standin(tmp_path, [deployed(server.base_url)])
    transport = httpx2.ASGITransport(create_app(workspace))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as one:
        yield one
    await workspace.close()


async def test_a_reply_names_its_turn(client: httpx2.AsyncClient, server: QuirksServer):
    reply = (await client.post(PATH, json=ASK, headers=RECORD)).json()
    turn = reply["sightline"]["turn"]
    shown = (await client.get(f"/api/turns/{turn}")).json()
    assert shown["attempts"][0]["body"] == [server.requests[0].raw.decode()]
    assert shown["outcome"]["answer"] == "It is red."
    assert KEY not in json.dumps(shown)


@pytest.mark.parametrize("usage", [False, True], ids=["usage inside", "usage apart"])
async def test_the_last_chunk_of_a_stream_names_its_turn(client: httpx2.AsyncClient, usage: bool):
    options = {"stream_options": {"include_usage": True}} if usage else {}
    text = (await client.post(PATH, json=ASK | {"stream": True} | options, headers=RECORD)).text
    *frames, done = [line[6:] for line in text.splitlines() if line.startswith("data: ")]
    assert done == "[DONE]"
    last = json.loads(frames[-1])
    assert (await client.get(f"/api/turns/{last['sightline']['turn']}")).status_code == 200


async def test_the_azure_paths_heed_the_header_too(client: httpx2.AsyncClient):
    path = "/openai/deployments/gpt/chat/completions?api-version=2024-02-15-preview"
    reply = (await client.post(path, json=ASK, headers=RECORD)).json()
    assert reply["sightline"]["turn"].startswith("turn_")


async def test_nothing_is_recorded_unasked(client: httpx2.AsyncClient):
    for headers in ({}, {"x-sightline-record": "false"}):
        reply = (await client.post(PATH, json=ASK, headers=headers)).json()
        assert "turn" not in reply["sightline"]
    empty = {"turns": [], "total": 0, "next_offset": None}
    assert (await client.get("/api/turns")).json() == empty


async def test_a_header_that_says_neither_is_refused(
    client: httpx2.AsyncClient, server: QuirksServer
):
    reply = await client.post(PATH, json=ASK, headers={"x-sightline-record": "maybe"})
    assert reply.status_code == 400
    assert "Expected true or false" in reply.json()["error"]["message"]
    assert server.requests == []


async def test_turns_come_in_pages_the_newest_first_and_can_be_deleted(client: httpx2.AsyncClient):
    ids = [
        (await client.post(PATH, json=ASK, headers=RECORD)).json()["sightline"]["turn"]
        for _ in range(3)
    ]
    page = (await client.get("/api/turns?limit=2")).json()
    assert (len(page["turns"]), page["total"], page["next_offset"]) == (2, 3, 2)
    rest = (await client.get("/api/turns?offset=2")).json()
    assert rest["next_offset"] is None
    listed = [*page["turns"], *rest["turns"]]
    assert {turn["id"] for turn in listed} == set(ids)
    assert listed[0]["question"] == "Is it red?"
    assert (await client.delete(f"/api/turns/{ids[0]}")).json() == {"deleted": ids[0]}
    gone = await client.get(f"/api/turns/{ids[0]}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "turn_not_found")


async def test_exports_have_their_names_and_types(client: httpx2.AsyncClient):
    turn = (await client.post(PATH, json=ASK, headers=RECORD)).json()["sightline"]["turn"]
    for form, suffix in (("curl", "sh"), ("python", "py"), ("json", "json")):
        reply = await client.get(f"/api/turns/{turn}/export?as={form}")
        assert reply.status_code == 200
        assert f'"{turn}.{suffix}"' in reply.headers["content-disposition"]
        assert "Is it red?" in reply.text
        assert KEY not in reply.text
    for path in (f"/api/turns/{turn}/export", f"/api/turns/{turn}/export?as=ruby"):
        assert (await client.get(path)).status_code == 400


@pytest.mark.parametrize("id", ["..%2F..%2Fsettings", "turn_x", "turn_" + "0" * 24])
async def test_what_is_no_turn_is_not_found(client: httpx2.AsyncClient, id: str):
    for reply in (
        await client.get(f"/api/turns/{id}"),
        await client.get(f"/api/turns/{id}/export?as=json"),
        await client.delete(f"/api/turns/{id}"),
    ):
        assert reply.status_code == 404


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_response_names_its_turn_too(client: httpx2.AsyncClient, stream: bool):
    body = {"model": "gpt", "input": "Is it red?", "stream": stream}
    reply = await client.post("/v1/responses", json=body, headers=RECORD)
    if stream:
        frames = [line[6:] for line in reply.text.splitlines() if line.startswith("data: {")]
        response = json.loads(frames[-1])["response"]
    else:
        response = reply.json()
    shown = (await client.get(f"/api/turns/{response['sightline']['turn']}")).json()
    assert shown["outcome"]["answer"] == "It is red."
