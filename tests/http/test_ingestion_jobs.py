"""The retired ingestion jobs, in both forms, over a container of a real storage server."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from jobs_app import app_with, do_the_work
from sightline.errors import InvalidRequest
from sightline.http.ingestion_jobs_wire import index_of, new_job, old_job
from sightline.jobs import Jobs
from sightline.sources.connections import EMULATOR_ACCOUNT
from sightline.workspace import Workspace
from sources.conftest import azurite  # noqa: F401 (a fixture)
from sources.ingesting import picture
from sources.servers import Azurite

OLD = "/openai/extensions/on-your-data/ingestion-jobs"
NEW = "/openai/ingestion/jobs"
OF_2023 = {"api-version": "2023-10-01-preview"}
OF_2024 = {"api-version": "2024-05-01-preview"}
SECRET = "c2VjcmV0IG9mIHRoZSByZXF1ZXN0"
ELSEWHERE = f"AccountName=acme;AccountKey={SECRET};EndpointSuffix=core.windows.net"


@pytest.fixture
def container(azurite: Azurite, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: F811
    """Two pictures and a broken one; the connection is the environment's."""
    name = f"jobs-{uuid4().hex[:8]}"
    metadata = b'[{"image_blob_path": "red.png", "description": "A red tent"}]'
    files = {"red.png": picture("red"), "blue.png": picture("blue"), "broken.jpg": b"\xff\xd8\xff"}
    azurite.container(name, {**files, "metadata.json": metadata})
    for variable, value in azurite.environment.items():
        monkeypatch.setenv(variable, value)
    return name


@pytest.fixture
def jobs(workspace: Workspace) -> Iterator[Jobs]:
    opened = Jobs(workspace.settings, open_url=workspace.source, launch=False)
    yield opened
    opened.close()


@pytest.fixture
async def client(workspace: Workspace, jobs: Jobs) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app_with(workspace, jobs))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8477") as opened:
        yield opened


def headers(
    container: str, connection: str = f"AccountName={EMULATOR_ACCOUNT};AccountKey={SECRET}"
) -> dict[str, str]:
    return {
        "api-key": "any",
        "searchServiceEndpoint": "https://s.search.windows.net",
        "searchServiceAdminKey": SECRET,
        "storageConnectionString": connection,
        "storageContainer": container,
    }


def body(container: str, **more: object) -> dict[str, Any]:
    return {
        "kind": "SystemCompute",
        "datasource": {
            "kind": "Storage",
            "containerName": container,
            "storageAccountConnection": {
                "kind": "EndpointWithManagedIdentity",
                "endpoint": f"https://{EMULATOR_ACCOUNT}.blob.core.windows.net/",
            },
            "chunkingSettings": {"maxChunkSizeInTokens": 1024},
        },
        "dataRefreshIntervalInHours": 24,
        **more,
    }


async def test_the_form_of_2023(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, container: str
):
    started = await client.put(
        f"{OLD}/tents-2023",
        params=OF_2023,
        headers=headers(container),
        json={"dataRefreshIntervalInMinutes": 60, "chunkSize": 1024},
    )
    assert started.status_code == 200, started.text
    told = started.json()
    assert (told["id"], told["status"], told["storageContainer"]) == (
        "tents-2023", "NotRunning", container,
    )  # fmt: skip
    assert "chunkSize" in told["warnings"][1]["message"]
    assert SECRET not in started.text
    again = await client.put(f"{OLD}/tents-2023", params=OF_2023, headers=headers(container))
    assert again.json()["dataRefreshIntervalInMinutes"] == 0
    assert jobs.ingestions.page(0, 10)[1] == 1  # the one that waits is reported, not doubled

    do_the_work(workspace, jobs)
    done = (await client.get(f"{OLD}/tents-2023", params=OF_2023)).json()
    assert done["status"] == "Succeeded"
    assert done["progress"]["stageProgress"] == [
        {"name": name, "totalItems": 3, "processedItems": 3, "state": "Succeeded"}
        for name in ("Preprocessing", "Indexing")
    ]
    assert any("broken.jpg" in warning["message"] for warning in done["warnings"])
    listed = (await client.get(OLD, params=OF_2023)).json()["value"]
    assert [job["id"] for job in listed] == ["tents-2023"]
    hits = workspace.search(["tents-2023-v"], text="a red tent", top=1)
    assert hits[0].asset.description == "A red tent"


async def test_the_form_of_2024(
    client: httpx2.AsyncClient, workspace: Workspace, jobs: Jobs, container: str
):
    started = await client.put(f"{NEW}/tents-v", params=OF_2024, json=body(container))
    assert started.status_code == 200, started.text
    assert started.json()["dataRefreshIntervalInHours"] == 24
    assert jobs.sources.all()[0].refresh_minutes == 24 * 60
    run = started.headers["operation-location"]
    assert run.startswith(f"http://127.0.0.1:8477{NEW}/tents-v/runs/")
    assert (await client.get(run)).json()["status"] == "NotRunning"
    do_the_work(workspace, jobs)
    done = (await client.get(run)).json()
    assert (done["jobId"], done["status"]) == ("tents-v", "Succeeded")
    assert any("broken.jpg" in warning["message"] for warning in done["warnings"])
    job = (await client.get(f"{NEW}/tents-v", params=OF_2024)).json()
    assert (job["jobId"], job["lastRun"]["runId"]) == ("tents-v", done["runId"])
    runs = (await client.get(f"{NEW}/tents-v/runs", params=OF_2024)).json()["value"]
    assert [one["runId"] for one in runs] == [done["runId"]]
    assert (await client.get(NEW, params=OF_2024)).json()["value"][0]["jobId"] == "tents-v"
    assert workspace.indexes.open("tents-v").count() == 2


async def test_another_account_is_refused_with_what_to_configure(
    client: httpx2.AsyncClient, jobs: Jobs, container: str
):
    reply = await client.put(
        f"{OLD}/tents-x", params=OF_2023, headers=headers(container, ELSEWHERE), json={}
    )
    assert reply.status_code == 400
    assert "acme" in reply.json()["error"]["message"]
    assert SECRET not in reply.text
    assert jobs.sources.all() == []


async def test_a_job_keeps_its_container(client: httpx2.AsyncClient, container: str):
    await client.put(f"{NEW}/tents", params=OF_2024, json=body(container))
    other = await client.put(f"{NEW}/tents", params=OF_2024, json=body("another"))
    assert other.status_code == 409
    assert container in other.json()["error"]["message"]


async def test_what_there_is_not(client: httpx2.AsyncClient, container: str):
    await client.put(f"{NEW}/tents", params=OF_2024, json=body(container))
    for path in (f"{OLD}/none", f"{NEW}/none", f"{NEW}/none/runs", f"{NEW}/tents/runs/none"):
        assert (await client.get(path, params=OF_2024)).status_code == 404
    assert (await client.get(OLD)).status_code == 404  # without an api-version


@pytest.mark.parametrize(
    ("connection", "account"),
    [
        ("UseDevelopmentStorage=true", EMULATOR_ACCOUNT),
        ("AccountName=acme;AccountKey=K", "acme"),
        ("BlobEndpoint=https://acme.blob.core.windows.net;SharedAccessSignature=s", "acme"),
        (
            "ResourceId=/subscriptions/1/providers/Microsoft.Storage/storageAccounts/acme/;",
            "acme",
        ),
        (
            "BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;SharedAccessSignature=s",
            EMULATOR_ACCOUNT,
        ),
    ],
)
def test_the_account_is_all_that_is_taken_of_a_connection(connection: str, account: str):
    given = {"storagecontainer": "my pictures", "storageconnectionstring": connection}
    assert old_job(given, {}).address == f"az://my%20pictures?account={account}"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"kind": "Nothing"}, "kind"),
        ({"datasource": {}}, "datasource.kind"),
        ({"dataRefreshIntervalInHours": -1}, "dataRefreshIntervalInHours"),
    ],
)
def test_a_body_that_is_no_job_says_where(changes: dict[str, Any], param: str):
    with pytest.raises(InvalidRequest) as raised:
        new_job(body("c", **changes))
    assert raised.value.param == param


@pytest.mark.parametrize("kind", ["SystemCompute", "System", "system", "UserCompute"])
def test_kinds_in_every_spelling(kind: str):
    given = body("c", kind=kind)
    given["datasource"]["kind"] = "storage"
    assert new_job(given).refresh_minutes == 24 * 60


def test_the_suffix_is_put_once():
    assert (index_of("tents"), index_of("tents-v")) == ("tents-v", "tents-v")


# --- whether a browser may read the container ---------------------------------------------------


async def test_a_browser_is_let_in(client: httpx2.AsyncClient, jobs: Jobs, container: str):
    await client.put(f"{NEW}/tents", params=OF_2024, json=body(container))
    place = f"/api/sources/{jobs.sources.all()[0].id}/cors"
    page = f"http://{uuid4().hex}.example"
    asked = (await client.get(place, params={"origin": page})).json()
    assert (asked["origin"], asked["readable"], asked["settable"]) == (page, False, True)
    assert "az storage cors add" in asked["hint"]
    done = await client.put(place, json={"origin": page})
    assert done.json() == {"origin": page, "readable": True, "settable": True, "hint": None}
    own = (await client.put(place)).json()
    assert (own["origin"], own["readable"]) == ("http://127.0.0.1:8477", True)
    bad = await client.put(place, json={"origin": "*"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "origin")
