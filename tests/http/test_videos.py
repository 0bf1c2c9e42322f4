"""Videos over HTTP: taken in, asked about in every form, and shown along their time."""

import asyncio
import base64
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from filming import film, shots
from jobs_app import app_with
from sightline.chat.extractive import Extractive
from sightline.jobs import Jobs
from sightline.vision.fake import FakeTextEncoder
from sightline.workspace import Workspace
from wire.standin import standin

Json = dict[str, Any]


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    opened = standin(tmp_path, [Extractive(text_encoder=FakeTextEncoder())])
    yield opened
    await opened.close()


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    opened = Jobs(workspace.settings, launch=False)
    workspace._jobs = opened
    yield opened
    opened.close()


@pytest.fixture
async def client(workspace: Workspace, jobs: Jobs) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_with(workspace, jobs))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as opened:
        yield opened


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Four seconds of red, three of blue, three of green."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    scenes = shots(("red", 4.0), ("blue", 3.0), ("green", 3.0))
    return film(path, scenes, codec="libx264", gop=100).read_bytes()


def data_url(video: bytes) -> str:
    return f"data:video/mp4;base64,{base64.b64encode(video).decode()}"


def asked(video: Json | str, question: str = "When is it blue?", **more: object) -> Json:
    content = [{"type": "video_url", "video_url": video}, {"type": "text", "text": question}]
    return {
        "model": "extractive",
        "messages": [{"role": "user", "content": content}],
        **more,
    }


async def uploaded(client: httpx2.AsyncClient, video: bytes, name: str = "street.mp4") -> str:
    reply = await client.post("/api/uploads", files=[("files", (name, video))])
    (file,) = reply.json()["files"]
    assert file["state"] == "Uploaded", file
    return file["id"]


async def taken_in(client: httpx2.AsyncClient, file: str) -> Json:
    begun = await client.post("/api/videos", json={"file": file})
    assert begun.status_code == 202
    for _ in range(200):
        shown = (await client.get(f"/api/videos/{begun.json()['id']}")).json()
        if shown["state"] != "Running":
            return shown
        await asyncio.sleep(0.05)
    raise AssertionError(shown)


async def answered(client: httpx2.AsyncClient, body: Json) -> Json:
    reply = await client.post("/v1/chat/completions", json=body, timeout=60)
    assert reply.status_code == 200, reply.text
    message: Json = reply.json()["choices"][0]["message"]
    return message


async def test_a_video_in_the_message(client: httpx2.AsyncClient, street: bytes):
    message = await answered(client, asked({"url": data_url(street)}))

    assert message["content"].startswith("“blue” fits best at 0:04 (0:04 to 0:07)")
    (video,) = message["context"]["videos"]
    assert video["coverage"] == "every 0.5 s, 20 frames, 0 bad"
    assert (video["looked_for"], video["found"], video["about_all"]) == ("blue", True, False)
    best = next(frame for frame in video["frames"] if frame["rank"] == 1)
    assert (best["start"], best["until"]) == (4.0, 7.0)
    citation = message["context"]["citations"][best["number"] - 1]
    assert citation["sightline"]["place"] == {"seconds": 4.0}
    assert citation["sightline"]["cited"] is True
    assert "concept" in citation["sightline"]["reasons"]
    thumbnail = await client.get(citation["sightline"]["thumbnail_url"])
    assert thumbnail.headers["content-type"] == "image/jpeg"
    assert (await client.get(citation["sightline"]["video_url"])).content == street
    original = await client.get(citation["url"])
    assert original.content.startswith(b"\xff\xd8")


async def test_an_uploaded_video_is_taken_in_and_asked_about(
    client: httpx2.AsyncClient, street: bytes
):
    file = await uploaded(client, street)

    shown = await taken_in(client, file)
    message = await answered(client, asked({"file_id": file}, "When is it green?"))

    assert shown["state"] == "Succeeded", shown
    assert (shown["name"], shown["duration"], shown["frames_kept"]) == ("street.mp4", 10.0, 3)
    assert message["content"].startswith("“green” fits best at 0:07")
    timeline = (await client.get(shown["timeline_url"])).json()
    assert [(shot["start"], shot["until"]) for shot in timeline["shots"]] == [
        (0.0, 4.0),
        (4.0, 7.0),
        (7.0, 10.0),
    ]
    assert [frame["seconds"] for frame in timeline["frames"]] == [0.0, 4.0, 7.0]
    assert all(frame["text"] == "SALE 49" for frame in timeline["frames"])


async def test_the_address_of_a_timeline_holds_any_name(client: httpx2.AsyncClient, street: bytes):
    shown = await taken_in(client, await uploaded(client, street, "Tom & Jerry #1.mp4"))
    assert (await client.get(shown["timeline_url"])).json()["key"] == "Tom & Jerry #1.mp4"


async def test_a_player_gets_the_file_in_parts(client: httpx2.AsyncClient, street: bytes):
    shown = await taken_in(client, await uploaded(client, street))
    timeline = (await client.get(shown["timeline_url"])).json()
    address = f"/api/indexes/{shown['id']}/assets/{timeline['frames'][0]['asset']}/video"

    whole = await client.get(address)
    part = await client.get(address, headers={"range": "bytes=10-19"})

    assert whole.content == street
    assert whole.headers["content-type"] == "video/mp4"
    assert (part.status_code, part.content) == (206, street[10:20])


async def test_what_is_not_there_is_said(client: httpx2.AsyncClient, street: bytes):
    message = await answered(client, asked(data_url(street), "When does an elephant come by?"))

    assert message["content"].startswith("I found no moment in “video” that fits “elephant”")
    assert message["context"]["videos"][0]["found"] is False
    assert not any(c["sightline"].get("cited") for c in message["context"]["citations"])


async def test_a_question_about_all_of_it(client: httpx2.AsyncClient, street: bytes):
    message = await answered(client, asked(data_url(street), "What happens in this video?"))

    assert "“video” lasts 0:10." in message["content"]
    assert "At 0:04 it shows blue" in message["content"]
    assert message["context"]["videos"][0]["about_all"] is True


async def test_the_same_video_is_indexed_once(
    client: httpx2.AsyncClient, workspace: Workspace, street: bytes
):
    await answered(client, asked(data_url(street)))
    calls = len(workspace.encoder.calls)
    await answered(client, asked(data_url(street), "When is it red?"))
    assert len(workspace.encoder.calls) == calls


async def test_two_who_bring_the_same_video_at_once_both_get_it(client: httpx2.AsyncClient):
    scenes = shots(("red", 1.0), ("blue", 1.0))
    with tempfile.TemporaryDirectory() as folder:
        twice = film(Path(folder) / "twice.mp4", scenes, codec="libx264").read_bytes()
    file = await uploaded(client, twice)
    shown, message = await asyncio.gather(
        taken_in(client, file), answered(client, asked({"file_id": file}))
    )
    assert shown["state"] == "Succeeded", shown
    assert message["content"].startswith("“blue” fits best at 0:01")


async def test_a_video_of_an_index(client: httpx2.AsyncClient, tmp_path: Path, street: bytes):
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "street.mp4").write_bytes(street)
    workspace: Workspace = client._transport.app.state.workspace  # type: ignore[attr-defined]
    with workspace.writing("clips") as index:
        from sightline.ingest import ingest  # noqa: PLC0415
        from sightline.sources.folder import Folder  # noqa: PLC0415

        list(ingest(Folder(folder), index, workspace.engines(read_text=False)))

    message = await answered(client, asked({"index": "clips", "key": "street.mp4"}))
    missing = await client.post(
        "/v1/chat/completions", json=asked({"index": "clips", "key": "other.mp4"})
    )

    assert message["content"].startswith("“blue” fits best at 0:04")
    assert missing.status_code == 404
    assert "no video 'other.mp4'; of its videos the first are: 'street.mp4'" in missing.text


async def test_a_follow_up_is_about_the_same_video(client: httpx2.AsyncClient, street: bytes):
    body = asked(data_url(street))
    body["messages"] += [
        {"role": "assistant", "content": "At 0:04."},
        {"role": "user", "content": "And when is it green?"},
    ]
    message = await answered(client, body)
    assert "fits best at 0:07" in message["content"]


@pytest.mark.parametrize(
    ("reference", "status", "words"),
    [
        ("data:video/mp4;base64,AAAA", 400, "expected a video"),
        (data_url(b"\0\0\0\x20ftypisom" + bytes(600)), 400, "Expected a"),
        ("https://example.org/a.mp4", 400, "expected the video itself"),
        ("file_0123", 404, "no uploaded file"),
        ({"url": 7}, 400, "expected a data URL"),
        ({"index": "nowhere", "key": "a.mp4"}, 404, "nowhere"),
    ],
)
async def test_what_cannot_be_a_video(
    client: httpx2.AsyncClient, reference: Json | str, status: int, words: str
):
    reply = await client.post("/v1/chat/completions", json=asked(reference))
    assert reply.status_code == status, reply.text
    assert words in reply.json()["error"]["message"]


async def test_a_broken_upload_says_so_and_is_gone(client: httpx2.AsyncClient):
    shown = await taken_in(client, await uploaded(client, b"\0\0\0\x20ftypisom" + bytes(600)))
    assert shown["state"] == "Failed"
    assert shown["error"]["code"] == "unreadable_video"


async def test_a_document_needs_a_video_index(client: httpx2.AsyncClient):
    content = [
        {"type": "acv_document_id", "acv_document_id": "vid-1"},
        {"type": "text", "text": "Summarise"},
    ]
    body = {"model": "extractive", "messages": [{"role": "user", "content": content}]}
    reply = await client.post("/v1/chat/completions", json=body)
    assert reply.status_code == 400
    assert "AzureComputerVisionVideoIndex" in reply.json()["error"]["message"]


async def test_the_oldest_dialect_tells_the_times_of_the_frames_first(
    client: httpx2.AsyncClient, street: bytes
):
    reply = await client.post(
        "/openai/deployments/extractive/extensions/chat/completions",
        params={"api-version": "2023-07-01-preview"},
        json=asked(data_url(street), stream=True),
        timeout=60,
    )

    first = next(line for line in reply.text.splitlines() if line.startswith("data: "))
    ((delta,),) = [choice["messages"] for choice in json.loads(first[6:])["choices"]]
    assert delta["delta"]["role"] == "tool"
    assert "Found following frames from your video: { " in delta["delta"]["content"]
    assert "00:00:04, " in delta["delta"]["content"]


async def test_a_forgotten_video_is_gone(client: httpx2.AsyncClient, street: bytes):
    shown = await taken_in(client, await uploaded(client, street))

    await client.delete(f"/api/videos/{shown['id']}")

    assert (await client.get(f"/api/videos/{shown['id']}")).status_code == 404
    names = [one["name"] for one in (await client.get("/api/indexes")).json()["indexes"]]
    assert names == ["tents"]
