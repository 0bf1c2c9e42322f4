"""The retired Video Retrieval over HTTP: indexes, ingestions, documents, moments found by words."""

import base64
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from filming import film, shots
from jobs_app import app_with, do_the_work
from sightline.errors import Conflict, NotFound, UnknownDocument
from sightline.jobs import Jobs
from sightline.known_videos import find_video
from sightline.messages import VideoPlace
from sightline.sources.connections import EMULATOR_ACCOUNT
from sightline.workspace import Workspace
from sources.conftest import azurite  # noqa: F401 (a fixture)
from sources.servers import Azurite

INDEXES = "/computervision/retrieval/indexes"
OF_2023 = {"api-version": "2023-05-01-preview"}
SCHEMA = {
    "language": "en",
    "fields": [
        {"name": "cameraId", "searchable": False, "filterable": True, "type": "string"},
        {"name": "timestamp", "searchable": False, "filterable": True, "type": "datetime"},
        {"name": "place", "searchable": True, "filterable": False, "type": "string"},
    ],
}


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    opened = Jobs(workspace.settings, open_url=workspace.source, launch=False)
    yield opened
    opened.close()


@pytest.fixture
async def client(workspace: Workspace, jobs: Jobs) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_with(workspace, jobs))
    async with httpx2.AsyncClient(
        transport=transport,
        base_url="http://127.0.0.1:8477",
        params=OF_2023,
        headers={"Ocp-Apim-Subscription-Key": "any"},
    ) as opened:
        yield opened


@pytest.fixture
def clips(tmp_path: Path) -> dict[str, str]:
    """Where three videos and a broken one are. Of two scenes the first lasts four seconds."""
    scenes = {
        "red": [("red", 2.0)],
        "blue": [("blue", 2.0)],
        "both": [("red", 4.0), ("blue", 3.0)],
    }
    for name, shown in scenes.items():
        film(tmp_path / f"{name}.mp4", shots(*shown))
    (tmp_path / "broken.mp4").write_bytes((tmp_path / "red.mp4").read_bytes()[:2000])
    return {name: str(tmp_path / f"{name}.mp4") for name in (*scenes, "broken", "none")}


def mend(clips: dict[str, str]) -> None:
    """Make the broken one whole."""
    shutil.copy(clips["red"], clips["broken"])


def on_disk(folder: Path) -> list[Path]:
    """All files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def data_url(path: str) -> str:
    """A video inside of a request."""
    return "data:video/mp4;base64," + base64.b64encode(Path(path).read_bytes()).decode()


def part(path: str) -> tuple[str, bytes]:
    """A file of a multipart body."""
    return Path(path).name, Path(path).read_bytes()


def descriptions(workspace: Workspace) -> dict[str, str]:
    """What is said of each video of the index."""
    return {one.key: one.description for one in workspace.indexes.open("films").browse(0, 99)}


async def made(client: httpx2.AsyncClient, name: str = "films", **body: object) -> dict[str, Any]:
    reply = await client.put(f"{INDEXES}/{name}", json={"metadataSchema": SCHEMA, **body})
    assert reply.status_code == 201, reply.text
    return reply.json()


async def ingested(
    client: httpx2.AsyncClient, *videos: dict[str, Any], name: str = "first", **more: object
) -> dict[str, Any]:
    body = {"videos": list(videos), **more}
    reply = await client.put(f"{INDEXES}/films/ingestions/{name}", json=body)
    assert reply.status_code == 202, reply.text
    return reply.json()


async def told(client: httpx2.AsyncClient, name: str = "first") -> dict[str, Any]:
    return (await client.get(f"{INDEXES}/films/ingestions/{name}")).json()


async def followed(client: httpx2.AsyncClient, link: str) -> dict[str, Any]:
    """What is behind a link of a reply, and nothing but the link."""
    reply = await client.get(link, params=dict(httpx2.URL(link).params))
    assert reply.status_code == 200, reply.text
    return reply.json()


async def asked(client: httpx2.AsyncClient, text: str, **body: object) -> list[dict[str, Any]]:
    reply = await client.post(f"{INDEXES}/films:queryByText", json={"queryText": text, **body})
    assert reply.status_code == 200, reply.text
    return reply.json()["value"]


def add(id: str, url: str, **metadata: object) -> dict[str, Any]:
    return {"mode": "add", "documentId": id, "documentUrl": url, "metadata": metadata}


async def test_an_index_from_its_making_to_its_end(client: httpx2.AsyncClient):
    created = await made(
        client, features=[{"name": "vision", "domain": "surveillance"}], userData={"team": "a"}
    )
    assert (created["name"], created["userData"]) == ("films", {"team": "a"})
    assert [field["name"] for field in created["metadataSchema"]["fields"]] == [
        "cameraid", "timestamp", "place",
    ]  # fmt: skip
    assert created["features"][0]["domain"] == "surveillance"
    assert re.fullmatch(r'"\w+"', created["eTag"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", created["createdDateTime"])

    shown = await client.get(f"{INDEXES}/films")
    assert shown.json() == created
    assert shown.headers["api-supported-versions"] == "2023-01-15-preview,2023-05-01-preview"
    again = await client.put(f"{INDEXES}/films", json={})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "AlreadyExists")
    changed = (await client.patch(f"{INDEXES}/films", json={"userData": {"team": "b"}})).json()
    assert changed["userData"] == {"team": "b"}
    assert changed["metadataSchema"] == created["metadataSchema"]
    assert changed["eTag"] != created["eTag"]

    assert (await client.delete(f"{INDEXES}/films")).status_code == 204
    gone = await client.get(f"{INDEXES}/films")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "IndexNotFound")
    assert gone.headers["api-supported-versions"]
    assert (await made(client))["userData"] == {}


async def test_indexes_come_in_pages(client: httpx2.AsyncClient):
    for name in ("a", "b", "c"):
        await made(client, name)
    first = (await client.get(INDEXES, params={"$top": 2})).json()
    assert [one["name"] for one in first["value"]] == ["a", "b"]
    assert "api-version=2023-05-01-preview&$skip=2&$top=2" in first["nextLink"]
    second = await followed(client, first["nextLink"])
    assert [one["name"] for one in second["value"]] == ["c"]
    assert "nextLink" not in second


async def test_an_index_of_pictures_is_not_one_of_videos(client: httpx2.AsyncClient):
    taken = await client.put(f"{INDEXES}/tents", json={})
    assert (taken.status_code, taken.json()["error"]["code"]) == (409, "AlreadyExists")
    assert (await client.get(f"{INDEXES}/tents")).status_code == 404
    assert (await client.get(INDEXES)).json() == {"value": []}


async def test_one_that_was_deleted_as_an_index_of_pictures_is_gone(client: httpx2.AsyncClient):
    await made(client)
    await client.delete("/api/indexes/films")
    assert (await client.get(f"{INDEXES}/films")).status_code == 404
    assert (await client.get(INDEXES)).json() == {"value": []}
    await made(client)


async def test_videos_are_added_found_and_removed(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    begun = await ingested(
        client,
        add("red one", clips["red"], cameraId="north", timestamp="2023-06-30 17:40:33"),
        add("blue one", clips["blue"], cameraId="south", timestamp="2023-07-30 17:40:33"),
        add("none", clips["none"]),
    )
    assert begun["state"] == "Running"
    assert [one["documentId"] for one in begun["fileStatusDetails"]] == ["none"]
    do_the_work(workspace, jobs)
    done = await told(client)
    assert done["state"] == "PartiallySucceeded"
    by_id = {one["documentId"]: one for one in done["fileStatusDetails"]}
    assert (by_id["red one"]["succeeded"], by_id["blue one"]["succeeded"]) == (True, True)
    assert by_id["none"]["error"]["code"] == "UnreadableSource"
    assert "none.mp4" in by_id["none"]["error"]["message"]

    documents = (await client.get(f"{INDEXES}/films/documents")).json()["value"]
    assert [one["documentId"] for one in documents] == ["red one", "blue one", "none"]
    assert documents[0]["documentUrl"] == clips["red"]
    assert documents[0]["metadata"]["cameraId"] == "north"
    assert documents[2]["error"]["code"] == "UnreadableSource"

    best, *_ = await asked(client, "red")
    assert (best["documentId"], best["documentKind"]) == ("red one", "VideoFrame")
    assert (best["start"], best["end"][:8]) == ("00:00:00", "00:00:01")
    north = {"stringFilters": [{"fieldName": "CAMERAID", "values": ["north"]}]}
    assert [one["documentId"] for one in await asked(client, "red", filters=north)] == ["red one"]
    july = {"datetimeFilters": [{"fieldName": "timestamp", "startTime": "2023-07-01T00:00:00Z"}]}
    assert [one["documentId"] for one in await asked(client, "red", filters=july)] == ["blue one"]
    assert await asked(client, "red", filters={"featureFilters": ["speech"]}) == []
    both = await asked(client, "red", top=1, skip=1)
    assert [one["documentId"] for one in both] == ["blue one"]

    await ingested(
        client,
        {"mode": "remove", "documentId": "red one", "documentUrl": clips["red"]},
        {"mode": "remove", "documentId": "unknown", "documentUrl": clips["red"]},
        name="second",
    )
    do_the_work(workspace, jobs)
    second = await told(client, "second")
    assert second["state"] == "PartiallySucceeded"
    assert second["fileStatusDetails"][1]["error"]["code"] == "DocumentNotFound"
    assert [one["documentId"] for one in await asked(client, "red")] == ["blue one"]
    listed = (await client.get(f"{INDEXES}/films/ingestions", params={"$top": 1})).json()
    assert ([one["name"] for one in listed["value"]], "nextLink" in listed) == (["first"], True)
    assert "fileStatusDetails" not in listed["value"][0]


async def test_a_moment_of_a_video(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("both", clips["both"]))
    do_the_work(workspace, jobs)
    (blue,) = await asked(client, "blue", top=1)
    assert (blue["documentId"], blue["start"], blue["best"]) == ("both", "00:00:04", "00:00:04")
    assert blue["end"].startswith("00:00:06.9")
    (red,) = await asked(client, "red", top=1)
    assert (red["start"], red["end"]) == ("00:00:00", "00:00:04")


async def test_the_last_video_can_be_removed(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["red"]))
    do_the_work(workspace, jobs)
    gone = {"mode": "remove", "documentId": "a", "documentUrl": clips["red"]}
    await ingested(client, gone, name="second")
    do_the_work(workspace, jobs)
    assert (await told(client, "second"))["state"] == "Completed"
    # Nothing of it ever came in: the run has nothing to list and nothing to remove.
    await ingested(client, add("b", clips["red"]), name="third")
    await ingested(client, {**gone, "documentId": "b"}, name="fourth")
    do_the_work(workspace, jobs)
    assert (await told(client, "fourth"))["state"] == "Completed"
    assert workspace.indexes.open("films").count() == 0


async def test_an_id_is_added_once_and_again_when_it_failed(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["red"]), add("b", clips["broken"]))
    do_the_work(workspace, jobs)
    first = await told(client)
    assert first["state"] == "PartiallySucceeded"
    assert first["fileStatusDetails"][1]["error"]["code"] == "UnreadableVideo"
    documents = (await client.get(f"{INDEXES}/films/documents")).json()["value"]
    assert documents[1]["error"]["code"] == "UnreadableVideo"

    mend(clips)
    await ingested(client, add("a", clips["red"]), add("b", clips["broken"]), name="second")
    do_the_work(workspace, jobs)
    second = (await told(client, "second"))["fileStatusDetails"]
    assert [one["succeeded"] for one in second] == [False, True]
    assert second[0]["error"]["code"] == "AlreadyExists"
    documents = (await client.get(f"{INDEXES}/films/documents")).json()["value"]
    assert not any("error" in one for one in documents)
    again = await client.put(
        f"{INDEXES}/films/ingestions/second", json={"videos": [add("c", clips["blue"])]}
    )
    assert (again.status_code, again.json()["error"]["code"]) == (409, "AlreadyExists")


async def test_what_failed_is_not_tried_by_the_next_ingestion(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["broken"]))
    do_the_work(workspace, jobs)
    await ingested(client, add("b", clips["red"]), name="second")
    do_the_work(workspace, jobs)
    assert (await told(client))["state"] == "Failed"
    assert (await told(client, "second"))["state"] == "Completed"
    (second, first), _ = jobs.ingestions.page(0, 2)
    assert (first.progress.total, second.progress.total) == (1, 1)


async def test_what_is_said_of_a_video_is_searched_and_can_be_changed(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(
        client,
        add("a", clips["red"], place="harbour", cameraId="north"),
        add("b", clips["blue"], place="station"),
    )
    do_the_work(workspace, jobs)
    best, *_ = await asked(client, "harbour")
    assert best["documentId"] == "a"
    unsaid = await asked(client, "harbour", disableMetadataSearch=True)
    assert best["relevance"] >= 0.5 + max(one["relevance"] for one in unsaid)
    update = {**add("b", "file:///ignored", Place="harbour pier"), "mode": "update"}
    await ingested(client, update, name="second")
    do_the_work(workspace, jobs)
    assert (await told(client, "second"))["state"] == "Completed"
    descriptions = {
        one.key: one.description for one in workspace.indexes.open("films").browse(0, 9)
    }
    assert descriptions == {"a": "harbour", "b": "harbour pier"}

    wider = {"fields": [*SCHEMA["fields"][1:], {**SCHEMA["fields"][0], "searchable": True}]}
    await client.patch(f"{INDEXES}/films", json={"metadataSchema": wider})
    do_the_work(workspace, jobs)
    descriptions = {
        one.key: one.description for one in workspace.indexes.open("films").browse(0, 9)
    }
    assert descriptions["a"] == "harbour\nnorth"
    other = {"fields": [{**SCHEMA["fields"][0], "type": "datetime"}]}
    refused = await client.patch(f"{INDEXES}/films", json={"metadataSchema": other})
    assert (refused.status_code, refused.json()["error"]["target"]) == (400, "metadataSchema")


async def test_a_video_inside_of_the_request_is_kept_as_long_as_its_document(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    url = data_url(clips["red"])
    begun = await ingested(client, add("a", url), add("a", url), add("b", "data:,x"))
    assert [one["error"]["code"] for one in begun["fileStatusDetails"]] == [
        "AlreadyExists", "InvalidRequest",
    ]  # fmt: skip
    assert begun["fileStatusDetails"][0]["documentUrl"] == "data:video/mp4;base64,…"
    do_the_work(workspace, jobs)
    assert (await asked(client, "red"))[0]["documentId"] == "a"
    kept = workspace.settings.workspace / "sent_videos"
    assert len(on_disk(kept)) == 1
    await ingested(client, {"mode": "remove", "documentId": "a", "documentUrl": url}, name="second")
    assert on_disk(kept) == []


async def test_an_upload_is_taken(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    files = [("files", part(clips["red"])), ("files", ("a.txt", b"words"))]
    upload = (await client.post("/api/uploads", files=files)).json()
    refused = upload["files"][1]["id"]
    await made(client)
    begun = await ingested(
        client, add("a", upload["files"][0]["id"]), add("b", "file_none"), add("c", refused)
    )
    none, bad = begun["fileStatusDetails"]
    assert (none["documentId"], none["error"]["code"]) == ("b", "NotFound")
    assert (bad["documentId"], bad["error"]["code"]) == ("c", "UnreadableSource")
    do_the_work(workspace, jobs)
    assert (await told(client))["state"] == "PartiallySucceeded"


async def test_blobs_of_a_connection(
    client: httpx2.AsyncClient,
    workspace: Workspace,
    jobs: Jobs,
    clips: dict[str, str],
    azurite: Azurite,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    container = f"clips-{uuid4().hex[:8]}"
    azurite.container(container, {"by day/red 1.mp4": part(clips["red"])[1]})
    for variable, value in azurite.environment.items():
        monkeypatch.setenv(variable, value)
    await made(client)
    begun = await ingested(
        client,
        add("a", f"{azurite.endpoint}/{container}/by%20day/red%201.mp4?sv=1&sig=secret"),
        add("b", f"https://{EMULATOR_ACCOUNT}.blob.core.windows.net/{container}/none.mp4"),
        add("c", f"az://{container}/by%20day/red%201.mp4"),
    )
    (missing,) = begun["fileStatusDetails"]
    assert (missing["documentId"], missing["error"]["code"]) == ("b", "UnreadableSource")
    do_the_work(workspace, jobs)
    done = await told(client)
    assert [one["succeeded"] for one in done["fileStatusDetails"]] == [True, False, True]
    assert done["fileStatusDetails"][0]["documentUrl"] == (
        f"{azurite.endpoint}/{container}/by%20day/red%201.mp4"
    )
    assert {one["documentId"] for one in await asked(client, "red")} == {"a", "c"}


async def test_other_addresses_are_not_fetched_and_no_secret_is_kept(
    client: httpx2.AsyncClient, jobs: Jobs
):
    await made(client)
    begun = await ingested(
        client,
        add("a", "https://user:pass@example.com/a.mp4?sig=secret"),
        add("b", "https://acme.blob.core.windows.net/clips/a.mp4?sv=1&sig=secret"),
        add("c", "clips/a.mp4"),
    )
    web, blob, relative = begun["fileStatusDetails"]
    assert begun["state"] == "Failed"
    assert (web["error"]["code"], web["documentUrl"]) == (
        "UrlNotAllowed", "https://example.com/a.mp4",
    )  # fmt: skip
    assert blob["documentUrl"] == "https://acme.blob.core.windows.net/clips/a.mp4"
    assert blob["error"]["code"] == relative["error"]["code"] == "UnreadableSource"
    assert "secret" not in str(begun)
    assert "secret" not in str(jobs.videos.documents("films"))
    assert jobs.ingestions.page(0, 1)[1] == 0


async def test_what_has_no_effect_is_said(client: httpx2.AsyncClient, clips: dict[str, str]):
    speech = await made(client, features=[{"name": "vision"}, {"name": "Speech"}], colour="red")
    assert "no passages of speech" in speech["warnings"][0]["message"]
    assert "colour" in speech["warnings"][1]["message"]
    begun = await ingested(
        client,
        add("a", clips["red"], weather="rain"),
        moderation=True,
        generateInsightIntervals=True,
        filterDefectedFrames=True,
        includeSpeechTranscrpt=True,
    )
    said = " ".join(one["message"] for one in begun["warnings"])
    for word in (
        "moderation", "generateInsightIntervals", "filterDefectedFrames", "weather", "speech",
        "includeSpeechTranscrpt",
    ):  # fmt: skip
        assert word in said
    assert (await told(client))["warnings"] == begun["warnings"]
    reply = await client.post(
        f"{INDEXES}/films:queryByText",
        json={"queryText": "x", "moderation": True, "weather": "rain"},
    )
    said = " ".join(one["message"] for one in reply.json()["warnings"])
    assert all(word in said for word in ("moderation", "weather", "speech"))


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("", {"metadataSchema": {"fields": [{"name": "a"}]}}, "searchable"),
        ("", {"features": [{"name": "smell"}]}, "features"),
        ("/ingestions/x", {"videos": []}, "videos"),
        ("/ingestions/x", {"videos": [{"mode": "add"}]}, "document_url"),
        ("/ingestions/x", {"videos": [{"mode": "remove", "documentUrl": "/a"}]}, "documentId"),
    ],
)
async def test_a_body_that_cannot_be_says_where(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], word: str
):
    await made(client)
    refused = await client.put(f"{INDEXES}/{'films' if path else 'new'}{path}", json=body)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "InvalidRequest")
    assert word in error["message"]


@pytest.mark.parametrize(
    ("filters", "word"),
    [
        ({"stringFilters": [{"fieldName": "place", "values": ["x"]}]}, "cameraid"),
        ({"stringFilters": [{"fieldName": "timestamp", "values": ["x"]}]}, "cameraid"),
        ({"datetimeFilters": [{"fieldName": "none"}]}, "timestamp"),
        ({"datetimeFilters": [{"fieldName": "timestamp", "endTime": "soon"}]}, "time"),
    ],
)
async def test_a_filter_that_cannot_be_names_the_fields(
    client: httpx2.AsyncClient, filters: dict[str, Any], word: str
):
    await made(client)
    refused = await client.post(
        f"{INDEXES}/films:queryByText", json={"queryText": "red", "filters": filters}
    )
    assert refused.status_code == 400
    assert word in refused.json()["error"]["message"]


async def test_several_indexes_are_searched_at_once(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await made(client, "more")
    await ingested(client, add("blue", clips["blue"]))
    body = {"videos": [add("red", clips["red"])]}
    await client.put(f"{INDEXES}/more/ingestions/x", json=body)
    do_the_work(workspace, jobs)
    found = await asked(client, "red", additionalIndexNames=["more"])
    assert [one["documentId"] for one in found] == ["red", "blue"]
    missing = await client.post(
        f"{INDEXES}/films:queryByText", json={"queryText": "x", "additionalIndexNames": ["none"]}
    )
    assert missing.status_code == 404


async def test_what_was_cancelled_has_failed_and_can_be_added_again(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    begun = await ingested(client, add("a", clips["red"]))
    await client.post(f"/api/ingestions/{begun['batchName']}/cancel")
    stopped = await told(client)
    assert (stopped["state"], stopped["error"]["code"]) == ("Failed", "Cancelled")
    assert stopped["fileStatusDetails"][0]["error"]["code"] == "Cancelled"
    with pytest.raises(NotFound, match="stopped on request"):
        find_video(jobs, workspace.indexes, "films", "a")
    await ingested(client, add("a", clips["red"]), name="second")
    do_the_work(workspace, jobs)
    assert (await told(client, "second"))["state"] == "Completed"


async def test_there_is_nothing_without_a_version(client: httpx2.AsyncClient):
    missing = await client.get(INDEXES, params={"api-version": ""})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "404")
    assert "api-version" in missing.json()["error"]["message"]


async def test_where_the_operation_is_told(client: httpx2.AsyncClient, clips: dict[str, str]):
    await made(client)
    reply = await client.put(
        f"{INDEXES}/films/ingestions/my first", json={"videos": [add("a", clips["red"])]}
    )
    place = reply.headers["operation-location"]
    assert place.startswith("http://127.0.0.1:8477/computervision/retrieval/indexes/films/")
    assert (await followed(client, place))["fileStatusDetails"] == []
    summary = await followed(client, f"{place}&detailLevel=summary")
    assert (summary["name"], summary["state"]) == ("my first", "Running")
    assert "fileStatusDetails" not in summary
    assert (await client.get(place, params={"detailLevel": "all"})).status_code == 400


async def test_one_video_is_found_for_a_question(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["red"]), add("b", clips["broken"]))
    with pytest.raises(Conflict, match="still being ingested: it has not begun yet"):
        find_video(jobs, workspace.indexes, "films", "a")
    do_the_work(workspace, jobs)
    found = find_video(jobs, workspace.indexes, "films", "a")
    assert found == VideoPlace(index="films", source="videos:films", key="a")
    with pytest.raises(NotFound, match="cannot be asked about"):
        find_video(jobs, workspace.indexes, "films", "b")
    with pytest.raises(UnknownDocument, match="no document 'c'; it has: 'a', 'b'"):
        find_video(jobs, workspace.indexes, "films", "c")


async def test_a_chat_about_a_document(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["both"]))

    async def reply(document: str, index: str = "films") -> httpx2.Response:
        parts = [
            {"type": "acv_document_id", "acv_document_id": document},
            {"type": "text", "text": "When is it blue?"},
        ]
        parameters = {"indexName": index, "videoUrls": ["https://acme.example/both.mp4?sas"]}
        return await client.post(
            "/openai/deployments/scripted/extensions/chat/completions",
            json={
                "messages": [{"role": "user", "content": parts}],
                "enhancements": {"video": {"enabled": True}},
                "dataSources": [
                    {"type": "AzureComputerVisionVideoIndex", "parameters": parameters}
                ],
            },
        )

    early = await reply("a")
    assert (early.status_code, "still being ingested" in early.text) == (409, True)
    do_the_work(workspace, jobs)
    assert (await reply("a")).status_code == 200
    unknown = await reply("b")
    assert (unknown.status_code, "it has: 'a'" in unknown.text) == (404, True)
    pictures = await reply("b", "tents")
    assert (pictures.status_code, "no video 'b'" in pictures.text) == (404, True)


async def test_an_index_is_deleted_while_videos_wait(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, clips: dict[str, str]
):
    await made(client)
    await ingested(client, add("a", clips["red"]))
    assert (await client.delete(f"{INDEXES}/films")).status_code == 204
    do_the_work(workspace, jobs)
    (run,), _ = jobs.ingestions.page(0, 1)
    assert run.state == "Cancelled"
    assert "films" not in workspace.index_names()
