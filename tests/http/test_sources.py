"""Sources over HTTP: looked at, remembered, brought in, changed and taken out again."""

import json
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jobs_app import app_with, do_the_work
from sightline.jobs import Jobs
from sightline.workspace import Workspace
from wire.standin import picture_file

SOURCES = "/api/sources"


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
    """Three pictures, one of them described, and a description of a picture that is not there."""
    source = tmp_path / "shop"
    for name, colour in {"a": "red", "b": "blue", "c": "green"}.items():
        picture_file(source / f"{name}.png", colour)
    describe(source, **{"a.png": "A red tent", "gone.png": "A tent that was sold"})
    return source


def describe(folder: Path, **descriptions: str) -> None:
    entries = [{"image_blob_path": key, "description": text} for key, text in descriptions.items()]
    (folder / "metadata.json").write_text(json.dumps(entries))


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def add(client: httpx2.AsyncClient, folder: Path, **more: object) -> dict[str, Any]:
    wanted = {"index": "shop", "source": {"folder": str(folder)}, **more}
    reply = await client.post(SOURCES, json=wanted)
    assert reply.status_code == 201, reply.text
    made: dict[str, Any] = reply.json()
    assert reply.headers["location"] == made["url"]
    return made


async def descriptions(client: httpx2.AsyncClient) -> dict[str, str]:
    page = (await client.get("/api/indexes/shop/assets")).json()
    return {asset["key"]: asset["description"] for asset in page["assets"]}


async def test_a_look_says_what_is_there_and_keeps_nothing(
    client: httpx2.AsyncClient, folder: Path
):
    seen = await client.post(f"{SOURCES}/test", json={"source": {"folder": str(folder)}})
    assert seen.status_code == 200
    assert {k: v for k, v in seen.json().items() if k != "problems"} == {
        "uri": folder.as_uri(),
        "pictures": 3,
        "size": sum((folder / f"{name}.png").stat().st_size for name in "abc"),
        "estimated_seconds": None,
        "described": 1,
        "undescribed": 2,
        "descriptions_without_picture": 1,
    }
    assert [problem["key"] for problem in seen.json()["problems"]] == ["gone.png"]
    assert (await client.get(SOURCES)).json() == {"sources": []}


async def test_from_added_to_kept_in_step_to_removed(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await add(client, folder, name="The shop")
    assert (made["found"]["pictures"], made["last_ingestion"], made["next_due_at"]) == (
        3,
        None,
        None,
    )

    asked = await client.post(f"{made['url']}/sync")
    assert (asked.status_code, asked.json()["source_id"]) == (201, made["id"])
    twice = await client.post(f"{made['url']}/sync")
    assert (twice.status_code, twice.json()["id"]) == (200, asked.json()["id"])
    assert (await client.delete(made["url"])).status_code == 409
    do_the_work(workspace, jobs)
    shown = (await client.get(made["url"])).json()
    assert shown["last_ingestion"]["state"] == "Succeeded"
    assert shown["last_ingestion"]["counts"]["undescribed"] == 2
    place = {"source": {"folder": str(folder)}}
    seen = (await client.post(f"{SOURCES}/test", json=place)).json()
    assert seen["estimated_seconds"] is not None
    seen = (await client.post(f"{SOURCES}/test", json=place | {"read_text": False})).json()
    assert seen["estimated_seconds"] is None  # no run went without reading yet
    assert await descriptions(client) == {"a.png": "A red tent", "b.png": "", "c.png": ""}

    describe(folder, **{"a.png": "A green tent", "b.png": "Shoes"})
    again = await client.post("/api/ingestions", json={"source": {"source": made["id"]}})
    assert again.status_code == 201
    do_the_work(workspace, jobs)
    assert await descriptions(client) == {"a.png": "A green tent", "b.png": "Shoes", "c.png": ""}
    assert [run["id"] for run in (await client.get(made["url"])).json()["ingestions"]] == [
        again.json()["id"],
        asked.json()["id"],
    ]

    gone = (await client.delete(made["url"])).json()
    assert (gone["rows"], gone["files"]) == ("remove", 3)
    assert await descriptions(client) == {}
    assert (await client.get(made["url"])).status_code == 404
    assert files_in(folder) == {"a.png", "b.png", "c.png", "metadata.json"}


async def test_a_sync_that_replaces_a_changed_description_says_so(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await add(client, folder)
    await client.post(f"{made['url']}/sync")
    do_the_work(workspace, jobs)
    first = (await client.get("/api/indexes/shop/assets?limit=1")).json()["assets"][0]
    await client.patch(first["url"], json={"description": "A red dinghy"})
    await client.post(f"{made['url']}/sync")
    do_the_work(workspace, jobs)
    assert (await descriptions(client))["a.png"] == "A red dinghy"

    describe(folder, **{"a.png": "A red tent for six"})
    asked = await client.post(f"{made['url']}/sync")
    do_the_work(workspace, jobs)
    assert (await descriptions(client))["a.png"] == "A red tent for six"
    (notice,) = (await client.get(asked.json()["url"])).json()["notices"]["files"]
    assert notice["key"] == "a.png"
    assert "'A red dinghy'" in notice["message"]


async def test_a_source_can_go_while_its_pictures_stay(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await add(client, folder)
    await client.post(f"{made['url']}/sync")
    do_the_work(workspace, jobs)
    gone = await client.delete(f"{made['url']}?rows=keep")
    assert gone.json()["files"] == 0
    assert len(await descriptions(client)) == 3


async def test_an_index_that_is_being_written_to_is_a_409_and_the_source_stays(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await add(client, folder)
    await client.post(f"{made['url']}/sync")
    do_the_work(workspace, jobs)
    with workspace.indexes.writing("shop"):
        busy = await client.delete(made["url"])
    assert (busy.status_code, busy.json()["error"]["code"]) == (409, "index_busy")
    assert (await client.get(made["url"])).status_code == 200


async def test_what_fails_at_a_refresh_is_seen_in_the_source(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, folder: Path
):
    made = await add(client, folder, refresh_minutes=30)
    shutil.rmtree(folder)
    jobs._refresh()
    do_the_work(workspace, jobs)
    shown = (await client.get(made["url"])).json()
    assert shown["last_ingestion"]["asked_by"] == "refresh"
    assert shown["last_ingestion"]["error"]["code"] == "unreadable_source"
    assert shown["refresh_minutes"] == 30
    assert shown["next_due_at"] > shown["last_ingestion"]["finished_at"]


async def test_name_and_interval_can_be_changed(client: httpx2.AsyncClient, folder: Path):
    made = await add(client, folder)
    reply = await client.patch(made["url"], json={"name": "Tents", "refresh_minutes": 60})
    assert (reply.json()["name"], reply.json()["refresh_minutes"]) == ("Tents", 60)
    assert reply.json()["next_due_at"] is not None
    (listed,) = (await client.get(SOURCES)).json()["sources"]
    assert listed["name"] == "Tents"
    wrong = await client.patch(made["url"], json={"refresh_minutes": -1})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "refresh_minutes")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"source": {"folder": "/nowhere/at/all"}}, "source.folder"),
        ({"source": {"source": "source_0"}}, "source.source"),
        ({"index": "a/b"}, "index"),
        ({"name": ""}, "name"),
        ({"refresh_minutes": 10**9}, "refresh_minutes"),
    ],
)
async def test_what_cannot_be_is_refused_and_not_kept(
    client: httpx2.AsyncClient, folder: Path, change: dict[str, object], param: str
):
    wanted = {"index": "shop", "source": {"folder": str(folder)}} | change
    reply = await client.post(SOURCES, json=wanted)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert (await client.get(SOURCES)).json() == {"sources": []}


async def test_an_ingestion_of_the_same_place_is_one_of_the_source(
    client: httpx2.AsyncClient, folder: Path
):
    made = await add(client, folder)
    wanted = {"index": "shop", "source": {"url": folder.as_uri()}}
    asked = (await client.post("/api/ingestions", json=wanted)).json()
    assert asked["source_id"] == made["id"]
    other = {"index": "other", "source": {"source": made["id"]}}
    refused = await client.post("/api/ingestions", json=other)
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "index")


async def test_an_upload_that_is_a_source_is_not_deleted(client: httpx2.AsyncClient, folder: Path):
    files = [("files", ("a.png", (folder / "a.png").read_bytes()))]
    upload = (await client.post("/api/uploads", files=files)).json()["id"]
    made = await client.post(SOURCES, json={"index": "shop", "source": {"upload": upload}})
    assert made.status_code == 201
    refused = await client.delete(f"/api/uploads/{upload}")
    assert refused.status_code == 409
    assert "is the source" in refused.json()["error"]["message"]
