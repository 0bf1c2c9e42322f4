"""Ingestions over HTTP: asked for, watched, cancelled; the work is done by somebody else."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jobs_app import app_with, do_the_work
from sightline.assets import Pixels, Reading
from sightline.jobs import Jobs
from sightline.storage.records import Progress, Remark
from sightline.workspace import Workspace
from wire.standin import picture_file

INGESTIONS = "/api/ingestions"


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    opened = Jobs(workspace.settings, launch=False)
    yield opened
    opened.close()


@pytest.fixture
async def client(workspace: Workspace, jobs: Jobs) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_with(workspace, jobs))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures, a broken one and a text."""
    source = tmp_path / "shop % ü"
    for name, colour in {"a": "red", "b": "blue", "c": "green", "d": "red"}.items():
        picture_file(source / f"{name}.png", colour)
    (source / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    (source / "notes.txt").write_text("not a picture")
    return source


async def start(client: httpx2.AsyncClient, folder: Path, **more: object) -> dict[str, Any]:
    wanted = {"index": "shop", "source": {"folder": str(folder)}, **more}
    reply = await client.post(INGESTIONS, json=wanted)
    assert reply.status_code == 201, reply.text
    assert reply.headers["location"] == reply.json()["url"]
    made: dict[str, Any] = reply.json()
    return made


async def test_from_asked_to_searchable(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await start(client, folder)
    assert (made["state"], made["index"], made["source"]) == (
        "Queued",
        "shop",
        {"folder": str(folder)},
    )
    do_the_work(workspace, jobs)
    shown = (await client.get(made["url"])).json()
    assert shown["state"] == "Succeeded"
    assert shown["progress"]["stage"] == "done"
    assert (shown["progress"]["done"], shown["progress"]["total"]) == (5, 5)
    assert shown["counts"] == {
        "added": 4, "updated": 0, "skipped": 0, "removed": 0, "failed": 1, "noticed": 2,
        "undescribed": 5,
    }  # fmt: skip
    assert [failure["key"] for failure in shown["failures"]["files"]] == ["broken.jpg"]
    assert {notice["key"] for notice in shown["notices"]["files"]} == {"notes.txt", "d.png"}
    assert (await client.get("/api/indexes/shop")).json()["rows"] == 4

    again = await start(client, folder)
    do_the_work(workspace, jobs)
    counts = (await client.get(again["url"])).json()["counts"]
    assert (counts["added"], counts["skipped"], counts["failed"]) == (0, 4, 1)
    listed = (await client.get(INGESTIONS)).json()
    assert [one["id"] for one in listed["ingestions"]] == [again["id"], made["id"]]
    assert listed["total"] == 2


@pytest.mark.parametrize(
    ("change", "status", "param"),
    [
        ({"index": "no/such name"}, 400, "index"),
        ({"index": None}, 400, "index"),
        ({"source": {}}, 400, "source"),
        ({"source": {"folder": "/a", "upload": "b"}}, 400, "source"),
        ({"source": {"folder": ""}}, 400, "source"),
        ({"source": {"folder": "relative/path"}}, 400, "source.folder"),
        ({"source": {"folder": "/nowhere/at/all"}}, 400, None),
        ({"source": {"folder": "/x\0y"}}, 400, "source.folder"),
        ({"source": {"folder": "/" + "x" * 5000}}, 400, None),
        ({"source": {"folder": "/half \ud800"}}, 400, None),
        ({"source": {"upload": "upload_0"}}, 404, None),
        ({"source": {"url": "gopher://x/y"}}, 400, "source.url"),
        ({"surprise": 1}, 400, "surprise"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_written_down(
    client: httpx2.AsyncClient, folder: Path, change: dict[str, Any], status: int, param: str | None
):
    wanted = {"index": "shop", "source": {"folder": str(folder)}} | change
    reply = await client.post(INGESTIONS, content=json.dumps(wanted).encode())
    assert reply.status_code == status, reply.text
    if param:
        assert reply.json()["error"]["param"] == param
    assert (await client.get(INGESTIONS)).json()["total"] == 0


async def test_a_file_address_is_a_folder(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await start(client, folder, source={"url": folder.as_uri()})
    do_the_work(workspace, jobs)
    assert (await client.get(made["url"])).json()["counts"]["added"] == 4


async def test_what_fails_says_why(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, tmp_path: Path
):
    (tmp_path / "empty").mkdir()
    made = await start(client, tmp_path / "empty")
    do_the_work(workspace, jobs)
    shown = (await client.get(made["url"])).json()
    assert (shown["state"], shown["error"]["code"]) == ("Failed", "unreadable_source")
    assert "shop" not in workspace.indexes.names()


async def test_a_source_that_was_emptied_needs_force(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    await start(client, folder)
    do_the_work(workspace, jobs)
    await asyncio.to_thread(shutil.rmtree, folder)
    await asyncio.to_thread(folder.mkdir)
    refused, forced = await start(client, folder), await start(client, folder, force=True)
    do_the_work(workspace, jobs)
    assert (await client.get(refused["url"])).json()["error"]["code"] == "would_wipe"
    shown = (await client.get(forced["url"])).json()
    assert (shown["state"], shown["counts"]["removed"]) == ("Succeeded", 4)


async def test_a_busy_index_is_waited_for(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await start(client, folder, index="tents")
    with workspace.indexes.writing("tents"):
        do_the_work(workspace, jobs)
        shown = (await client.get(made["url"])).json()
        assert shown["state"] == "Queued"
        assert "being written to" in shown["waiting"]
    assert (await client.post(f"{made['url']}/cancel")).json()["state"] == "Cancelled"


async def test_an_unforeseen_mistake_fails_the_ingestion_and_not_the_worker(
    client: httpx2.AsyncClient,
    workspace: Workspace,
    jobs: Jobs,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
):
    first = await start(client, folder, index="tents")
    engine, workspace._encoder = workspace._encoder, object()  # type: ignore[assignment]
    do_the_work(workspace, jobs)
    workspace._encoder = engine
    shown = (await client.get(first["url"])).json()
    assert (shown["state"], shown["error"]["code"]) == ("Failed", "internal_error")
    assert first["id"] in caplog.text
    caplog.clear()


async def test_failures_are_paged(client: httpx2.AsyncClient, jobs: Jobs, folder: Path):
    made = await start(client, folder)
    jobs.ingestions.claim(1)
    said = [Remark("failure", f"{n}.jpg", "unreadable_image", "bad") for n in range(7)]
    jobs.ingestions.note(made["id"], Progress(stage="pictures", total=9, failed=7), said)
    page = (await client.get(made["url"], params={"offset": 5, "limit": 5})).json()["failures"]
    assert page == {
        "files": [
            {"key": f"{n}.jpg", "code": "unreadable_image", "message": "bad"} for n in (5, 6)
        ],
        "total": 7,
        "next_offset": None,
    }


async def events_of(client: httpx2.AsyncClient, url: str) -> list[tuple[str, dict[str, Any]]]:
    told = []
    async with client.stream("GET", url) as reply:
        assert reply.headers["content-type"].startswith("text/event-stream")
        name = ""
        async for line in reply.aiter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                told.append((name, json.loads(line.removeprefix("data: "))))
    return told


async def test_progress_is_streamed_and_ends_with_the_final_state(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await start(client, folder)
    listening = asyncio.create_task(events_of(client, made["events_url"]))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(do_the_work, workspace, jobs)
    told = await asyncio.wait_for(listening, 10)
    assert (told[0][0], told[0][1]["state"]) == ("progress", "Queued")
    assert (told[-1][0], told[-1][1]["state"]) == ("end", "Succeeded")
    assert [name for name, _ in told[:-1]] == ["progress"] * (len(told) - 1)
    (late,) = await events_of(client, made["events_url"])
    assert late == told[-1]


async def test_unknown_ingestions(client: httpx2.AsyncClient):
    url = f"{INGESTIONS}/ingestion_0"
    for ask in (client.get(url), client.post(f"{url}/cancel"), client.get(f"{url}/events")):
        reply = await ask
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")


async def test_cancelling_while_it_runs_leaves_no_empty_index(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    """Asked before the first picture was read."""
    made = await start(client, folder)
    reached, go = threading.Event(), threading.Event()
    reader = workspace._reader.read

    def slow(picture: Pixels) -> Reading:
        reached.set()
        go.wait(10)
        return reader(picture)

    workspace._reader.read = slow  # type: ignore[method-assign]
    for number in range(60):
        picture_file(folder / f"{number}.png", "red")
    working = asyncio.create_task(asyncio.to_thread(do_the_work, workspace, jobs))
    await asyncio.to_thread(reached.wait, 10)
    asked = (await client.post(f"{made['url']}/cancel")).json()
    assert (asked["state"], asked["cancel_requested"]) == ("Running", True)
    await asyncio.sleep(1)  # a tick, in which the worker sees it
    go.set()
    await working
    assert (await client.get(made["url"])).json()["state"] == "Cancelled"
    assert "shop" not in workspace.indexes.names()
