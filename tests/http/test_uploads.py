"""Uploads over HTTP: files come in as multipart, one bad file does not spoil the others."""

import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image

from jobs_app import app_with, do_the_work
from sightline.errors import Unavailable
from sightline.jobs import Jobs
from sightline.storage.intake import Intake, UploadLimits
from sightline.workspace import Workspace
from wire.standin import standin

UPLOADS = "/api/uploads"
Files = list[tuple[str, tuple[str, bytes]]]


def picture(colour: str = "red", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (16, 12), colour).save(file, kind)
    return file.getvalue()


def named(*files: tuple[str, bytes]) -> Files:
    return [("files", file) for file in files]


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    limits = UploadLimits(file_bytes=5000, files=30, total_bytes=1 << 20)
    opened = Jobs(workspace.settings, limits=limits, launch=False)
    yield opened
    opened.close()


@pytest.fixture
async def client(workspace: Workspace, jobs: Jobs) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_with(workspace, jobs))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as opened:
        yield opened


def on_disk(workspace: Workspace) -> int:
    folder = workspace.settings.workspace / "uploads"
    return sum(path.is_file() for path in folder.rglob("*"))


def states(reply: httpx2.Response) -> list[tuple[str, str]]:
    return [(file["name"], file["state"]) for file in reply.json()["files"]]


async def test_every_kind_that_is_taken(client: httpx2.AsyncClient):
    kinds = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "AVIF")
    reply = await client.post(
        UPLOADS, files=named(*((f"a.{kind.lower()}", picture(kind=kind)) for kind in kinds))
    )
    assert reply.status_code == 201
    assert [file["media_type"] for file in reply.json()["files"]] == [
        f"image/{kind.lower()}" for kind in kinds
    ]


async def test_what_is_no_picture_is_refused_alone(
    client: httpx2.AsyncClient, workspace: Workspace
):
    reply = await client.post(
        UPLOADS,
        data={"comment": "a field that is no file"},
        files=named(
            ("a.png", picture()),
            ("notes.txt", b"hello"),
            ("paper.png", b"%PDF-1.7"),
            ("huge.png", picture() + b"\0" * 5000),
            ("empty.png", b""),
            ("b.jpg", picture("blue", "JPEG")),
        ),
    )
    assert states(reply) == [
        ("a.png", "Uploaded"),
        ("notes.txt", "Failed"),
        ("paper.png", "Failed"),
        ("huge.png", "Failed"),
        ("empty.png", "Failed"),
        ("b.jpg", "Uploaded"),
    ]
    errors = [file["error"] for file in reply.json()["files"]]
    assert "PDF" in errors[2]["message"]
    assert errors[3]["code"] == "file_too_large"
    assert on_disk(workspace) == 2
    shown = (await client.get(reply.json()["url"])).json()
    assert (shown["uploaded"], shown["failed"]) == (2, 4)
    assert shown["size"] == len(picture()) + len(picture("blue", "JPEG"))
    assert shown["estimated_seconds"] is None  # nothing was ingested here yet
    assert shown["files"] == reply.json()["files"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Größe – été 猫.png", "Größe – été 猫.png"),
        ("../../../../etc/passwd", "etc/passwd"),
        ("album/2024/a.png", "album/2024/a.png"),
        ("50%25 off %2e%2e%2f.png", "50%25 off %2e%2e%2f.png"),
        ("n" * 5000 + ".png", "n" * 234 + "….png"),
    ],
)
async def test_any_name_is_safe(
    client: httpx2.AsyncClient, workspace: Workspace, name: str, shown: str
):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="'
        + name.encode()
        + b'"\r\n\r\n'
        + picture()
        + b"\r\n--x--\r\n"
    )
    kind = {"content-type": "multipart/form-data; boundary=x"}
    reply = await client.post(UPLOADS, content=body, headers=kind)
    assert states(reply) == [(shown, "Uploaded")]
    folder = workspace.settings.workspace / "uploads"
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.name for path in kept] == [reply.json()["files"][0]["sha256"]]


async def test_more_files_and_pages_of_them(client: httpx2.AsyncClient):
    made = (await client.post(UPLOADS, files=named(("0.png", picture())))).json()
    more = await client.post(
        f"{made['url']}/files", files=named(*((f"{n}.png", picture()) for n in range(1, 40)))
    )
    assert more.status_code == 200
    assert len(more.json()["files"]) == 29
    assert "10 more were left out" in more.json()["notice"]
    names = []
    offset: int | None = 0
    while offset is not None:
        page = (await client.get(made["url"], params={"offset": offset, "limit": 13})).json()
        names += [file["name"] for file in page["files"]]
        offset = page["next_offset"]
    assert names == [f"{n}.png" for n in range(30)]


async def test_descriptions_one_by_one_and_all_at_once(client: httpx2.AsyncClient):
    made = (
        await client.post(UPLOADS, files=named(("a.png", picture()), ("b.png", picture("blue"))))
    ).json()
    one, two = (file["id"] for file in made["files"])
    reply = await client.put(
        f"{made['url']}/files/{one}/description", json={"description": " A red tent 猫\n"}
    )
    assert reply.json()["description"] == "A red tent 猫"
    every = {"descriptions": {one: "A tent", two: "A shoe"}}
    reply = await client.put(f"{made['url']}/descriptions", json=every)
    assert [file["description"] for file in reply.json()["files"]] == ["A tent", "A shoe"]
    unknown = await client.put(
        f"{made['url']}/descriptions", json={"descriptions": {one: "x", "file_0": "y"}}
    )
    assert unknown.status_code == 404
    shown = (await client.get(made["url"])).json()
    assert [file["description"] for file in shown["files"]] == ["A tent", "A shoe"]


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        ("application/json", b"{}", "multipart/form-data"),
        ("", b"", "multipart/form-data"),
        ("multipart/form-data", b"--x--", "boundary"),
        ("multipart/form-data; boundary=x", b"no boundary here", "cannot be read"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.gif"\r\n\r\nGIF89a',
            "ends in the middle",
        ),
        ("multipart/form-data; boundary=" + "x" * 400, b"", "cannot be read"),
    ],
)
async def test_a_body_that_is_not_what_it_says_leaves_nothing(
    client: httpx2.AsyncClient, workspace: Workspace, kind: str, body: bytes, words: str
):
    reply = await client.post(UPLOADS, content=body, headers={"content-type": kind})
    assert reply.status_code == 400
    assert words in reply.json()["error"]["message"]
    assert on_disk(workspace) == 0


async def test_a_deleted_upload_is_gone_and_one_in_use_stays(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs
):
    made = (await client.post(UPLOADS, files=named(("a.png", picture())))).json()
    wanted = {"index": "new", "source": {"upload": made["id"]}}
    assert (await client.post("/api/ingestions", json=wanted)).status_code == 201
    used = await client.delete(made["url"])
    assert (used.status_code, used.json()["error"]["code"]) == (409, "conflict")
    do_the_work(workspace, jobs)
    assert (await client.delete(made["url"])).json() == {"deleted": made["id"]}
    assert on_disk(workspace) == 0
    for ask in (client.get(made["url"]), client.delete(made["url"])):
        assert (await ask).status_code == 404
    late = await client.post(f"{made['url']}/files", files=named(("b.png", picture())))
    assert late.status_code == 404


async def test_from_an_upload_to_an_answerable_index(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs
):
    made = (
        await client.post(
            UPLOADS,
            files=named(
                ("a/tent.png", picture("red")), ("a/shoe.png", picture("blue")), ("x.pdf", b"%PDF")
            ),
        )
    ).json()
    tent = made["files"][0]["id"]
    await client.put(f"{made['url']}/files/{tent}/description", json={"description": "For six"})
    wanted = {"index": "mine", "source": {"upload": made["id"]}, "read_text": False}
    job = (await client.post("/api/ingestions", json=wanted)).json()
    do_the_work(workspace, jobs)
    ended: dict[str, Any] = (await client.get(job["url"])).json()
    assert (ended["state"], ended["counts"]["added"]) == ("Succeeded", 2)
    assert [notice["key"] for notice in ended["notices"]["files"]] == ["x.pdf"]
    hits = (await client.post("/api/indexes/mine/search", json={"text": "for six"})).json()["hits"]
    assert hits[0]["asset"]["key"] == "a/tent.png"
    original = await client.get(hits[0]["asset"]["original_url"])
    assert original.content == picture("red")


async def test_two_names_for_one_content_are_kept_once(
    client: httpx2.AsyncClient, workspace: Workspace
):
    reply = await client.post(UPLOADS, files=named(("a.png", picture()), ("b.png", picture())))
    assert states(reply) == [("a.png", "Uploaded"), ("b.png", "Uploaded")]
    assert on_disk(workspace) == 1


BEGUN = (
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="whole.png"\r\n\r\n'
    + picture()
    + b'\r\n--x\r\nContent-Disposition: form-data; name="f"; filename="half.png"\r\n\r\n'
    + picture()[:20]
)


async def cut_off(app: FastAPI, path: str) -> None:
    """A client that leaves in the middle of its second file."""
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "http_version": "1.1", "scheme": "http", "root_path": "",
        "server": ("127.0.0.1", 8477), "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"127.0.0.1:8477"), (b"content-type", b"multipart/form-data; boundary=x"),
        ],
    }  # fmt: skip
    coming: list[dict[str, Any]] = [
        {"type": "http.request", "body": BEGUN, "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(_message: object) -> None:
        pass

    await app(scope, receive, send)


async def test_a_client_that_leaves_in_the_middle(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs
):
    app = app_with(workspace, jobs)
    await cut_off(app, UPLOADS)
    assert on_disk(workspace) == 0
    made = (await client.post(UPLOADS, files=named(("a.png", picture("blue"))))).json()
    await cut_off(app, f"{UPLOADS}/{made['id']}/files")
    assert states(await client.get(made["url"])) == [
        ("a.png", "Uploaded"),
        ("whole.png", "Uploaded"),
    ]
    assert on_disk(workspace) == 2


async def test_a_body_above_the_limit_of_the_server(tmp_path: Path):
    small = standin(tmp_path, max_body_mb=1)
    jobs = Jobs(small.settings, limits=UploadLimits(video_bytes=500_000), launch=False)
    small._jobs = jobs
    transport = httpx2.ASGITransport(app_with(small, jobs))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as client:
        files = named(*((f"{n}.png", picture() + b"\0" * 200_000) for n in range(10)))
        reply = await client.post(UPLOADS, files=files)
        assert reply.status_code == 413
        assert on_disk(small) == 0
        # One video of the largest size goes through, whatever else a request may carry.
        reply = await client.post(UPLOADS, files=files[:7])
        assert reply.status_code == 201
        reply = await client.post("/v1/chat/completions", content=b" " * 1_400_000)
        assert reply.status_code == 413
    jobs.close()
    await small.close()


def test_a_full_disk_is_said_in_words(workspace: Workspace, jobs: Jobs):
    intake = Intake(jobs.uploads.create().id, jobs.uploads, jobs.blobs)
    intake.begin("a.png")
    arriving = intake._file
    assert arriving is not None
    arriving._file.close()
    with Path("/dev/full").open("wb", buffering=0) as full:
        arriving._file = full  # type: ignore[assignment]
        with pytest.raises(Unavailable, match="No space left"):
            intake.write(picture())
        intake.drop()
    assert on_disk(workspace) == 0


def test_the_paths_are_described(workspace: Workspace, jobs: Jobs):
    paths = app_with(workspace, jobs).openapi()["paths"]
    body = paths["/api/uploads"]["post"]["requestBody"]["content"]
    assert "multipart/form-data" in body
    assert "/api/ingestions/{ingestion}/events" in paths
