"""An index of one server searched by another through the search protocol: both ends are real."""

import base64
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from azure.core.credentials import AzureKeyCredential
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex
from PIL import Image

from loopback import running
from sightline.assets import Where
from sightline.errors import (
    Conflict,
    EncoderMismatch,
    InvalidRequest,
    ServiceFailed,
    UnknownIndex,
)
from sightline.messages import Distant
from sightline.settings import ServiceSettings, VisionServiceSettings
from sightline.vision.fake import COLOURS, FakePictureEncoder
from sightline.workspace import Workspace
from wire.serving import Served, serving
from wire.standin import standin

TENTS = Distant(service="far", index="tents")


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server that has the pictures."""
    with serving(standin(tmp_path_factory.mktemp("far"))) as running:
        yield running


@pytest.fixture
def near(far: Served, tmp_path: Path) -> Iterator[Served]:
    """The server that people ask; of its own it has the index "here"."""
    service = ServiceSettings(name="far", endpoint=far.address)
    with serving(standin(tmp_path, index="here", search_services=(service,))) as running:
        yield running


@pytest.fixture
def workspace(near: Served) -> Workspace:
    return near.workspace


def attached(workspace: Workspace, **options: bool) -> tuple[str, ...]:
    return workspace.attach("catalogue", TENTS, **options).findings


def colour(name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.full((60, 80, 3), COLOURS[name], np.uint8)


def data_url(name: str) -> str:
    packed = io.BytesIO()
    Image.fromarray(colour(name)).save(packed, "PNG")
    return f"data:image/png;base64,{base64.b64encode(packed.getvalue()).decode()}"


def ask(near: Served, question: str, source: dict[str, Any], picture: str = "") -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": question}]
    if picture:
        content.append({"type": "image_url", "image_url": {"url": data_url(picture)}})
    body = {
        "model": "scripted",
        "messages": [{"role": "user", "content": content}],
        "data_sources": [source],
    }
    reply = httpx2.post(f"{near.address}/v1/chat/completions", json=body, timeout=30)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()
    return answer


def test_an_index_is_attached_when_its_vectors_are_seen_to_fit(workspace: Workspace):
    findings = attached(workspace)
    assert any("finds itself" in finding for finding in findings)
    assert any("near its stored vector (cosine 1.00)" in finding for finding in findings)
    mapping = workspace.attachments.get("catalogue").mapping
    assert mapping.image_vector == "image_vector"
    assert mapping.concept_vector == "concept_vector"
    assert mapping.description_vector == "description_vector"
    assert (mapping.url, mapping.thumbnail) == ("url", "thumbnail_url")
    assert "description" in mapping.content


def test_a_look_attaches_nothing(workspace: Workspace):
    assert attached(workspace, dry_run=True)
    assert workspace.index_names() == ["here"]


def test_it_is_searched_like_one_of_our_own(workspace: Workspace, far: Served):
    attached(workspace)
    encoded = len(far.workspace.encoder.calls)  # type: ignore[attr-defined]
    for question in ({"picture": colour("red")}, {"text": "a red tent on a mountain"}):
        theirs = workspace.search(["catalogue"], **question, top=3)
        ours = far.workspace.search(["tents"], **question, top=3)
        assert [hit.asset.key for hit in theirs] == [hit.asset.key for hit in ours]
        assert [hit.score for hit in theirs] == pytest.approx([hit.score for hit in ours], abs=1e-4)
        assert [hit.index for hit in theirs] == ["catalogue"] * 3
        assert [set(hit.reasons) for hit in theirs] == [set(hit.reasons) for hit in ours]
    asked = len(far.workspace.encoder.calls)  # type: ignore[attr-defined]
    assert asked == encoded + 1  # for its own search; nothing is encoded anew for ours


def test_a_chat_over_it_cites_the_pictures_there(near: Served, far: Served):
    attached(near.workspace)
    source = {"type": "azure_search", "parameters": {"index_name": "catalogue"}}
    answer = ask(near, "What is this?", source, "red")
    citation = answer["choices"][0]["message"]["context"]["citations"][0]
    assert citation["filepath"] == "red.png"
    assert "A red tent on a mountain" in citation["content"]
    assert citation["url"].startswith(f"{far.address}/api/indexes/tents/assets/")
    assert httpx2.get(citation["url"]).content.startswith(b"\x89PNG")
    (prompt,) = near.model("scripted").prompts[-1:]
    assert prompt.evidence[0].pixels is not None  # fetched for a model that sees


def test_indexes_here_and_there_are_fused(workspace: Workspace):
    attached(workspace)
    hits = workspace.search(["here", "catalogue"], text="blue running shoes", top=2)
    assert [(hit.index, hit.asset.key) for hit in hits] == [
        ("catalogue", "shoes/blue.png"),
        ("here", "shoes/blue.png"),
    ]
    assert hits[0].score == pytest.approx(hits[1].score, abs=0.05)


def test_a_request_may_name_a_configured_endpoint_without_attaching(near: Served, far: Served):
    parameters = {"endpoint": far.address, "indexName": "tents", "key": "K"}
    source = {"type": "AzureCognitiveSearch", "parameters": parameters}
    answer = ask(near, "What is this?", source, "red")
    citation = answer["choices"][0]["message"]["context"]["citations"][0]
    assert (citation["filepath"], citation["sightline"]["index"]) == ("red.png", "far:tents")
    thumbnail = httpx2.get(citation["sightline"]["thumbnail_url"])
    assert thumbnail.content.startswith(b"\xff\xd8")
    assert answer["sightline"]["warnings"] == []


def test_the_fields_of_a_request_decide(near: Served, far: Served):
    parameters = {
        "endpoint": far.address,
        "index_name": "tents",
        "fields_mapping": {"content_fields": ["media_type"], "title_field": "id"},
    }
    answer = ask(near, "red", {"type": "azure_search", "parameters": parameters}, "red")
    citation = answer["choices"][0]["message"]["context"]["citations"][0]
    assert citation["content"] == "image/png"


def test_an_endpoint_that_is_not_configured_is_never_asked(near: Served):
    parameters = {"endpoint": "http://127.0.0.1:1", "index_name": "here"}
    answer = ask(near, "red", {"type": "azure_search", "parameters": parameters}, "red")
    assert any("is not asked" in one["message"] for one in answer["sightline"]["warnings"])


def test_filters_are_the_services_own(workspace: Workspace, near: Served):
    attached(workspace)
    parameters = {"index_name": "catalogue", "filter": "filepath eq 'x'"}
    reply = httpx2.post(
        f"{near.address}/v1/chat/completions",
        json={
            "model": "scripted",
            "messages": [{"role": "user", "content": "red"}],
            "data_sources": [{"type": "azure_search", "parameters": parameters}],
        },
    )
    assert reply.status_code == 400, reply.text
    assert "filepath" in reply.json()["error"]["message"]
    parameters["filter"] = "width gt 10 and key ne 'red.png'"
    answer = ask(near, "red", {"type": "azure_search", "parameters": parameters}, "red")
    found = answer["choices"][0]["message"]["context"]["citations"]
    assert "red.png" not in {one["filepath"] for one in found}
    assert len([one for one in found if one["sightline"].get("index")]) == 2


def test_other_encoders_are_refused_by_their_names(near: Served):
    workspace = near.workspace
    workspace._encoder = FakePictureEncoder(text_encoder=workspace.text_encoder, version="2")
    with pytest.raises(EncoderMismatch, match="made by fake-colours-1-64"):
        attached(workspace)
    assert "catalogue" not in workspace.index_names()


def test_an_encoder_that_changes_later_is_noticed(workspace: Workspace):
    attached(workspace)
    workspace._encoder = FakePictureEncoder(text_encoder=workspace.text_encoder, version="2")
    with pytest.raises(EncoderMismatch, match="was attached for fake-colours@1:64"):
        workspace.search(["catalogue"], text="red")


@pytest.mark.parametrize(
    ("distant", "error"),
    [
        (Distant(service="far", index="none"), UnknownIndex),
        (Distant(service="nobody", index="tents"), InvalidRequest),
        (Distant(service="far", index="tents", encoder="nobody"), InvalidRequest),
        (
            Distant(service="far", index="tents", fields=(("image_vector", ("description",)),)),
            InvalidRequest,
        ),
    ],
)
def test_what_cannot_be_attached_says_why(
    workspace: Workspace, distant: Distant, error: type[Exception]
):
    with pytest.raises(error):
        workspace.attach("catalogue", distant)
    assert workspace.index_names() == ["here"]


def test_a_name_is_given_once(workspace: Workspace):
    attached(workspace)
    for name in ("catalogue", "here"):
        with pytest.raises(Conflict), workspace.writing(name):
            workspace.attach(name, TENTS)
    with pytest.raises(Conflict), workspace.writing("catalogue"):
        pass


def test_detaching_leaves_the_index_where_it_is(near: Served, far: Served):
    put = httpx2.put(
        f"{near.address}/api/indexes/catalogue/attachment",
        json={"service": "far", "index": "tents"},
        timeout=30,
    )
    assert (put.status_code, put.json()["rows"]) == (201, 3)
    listed = httpx2.get(f"{near.address}/api/indexes").json()["indexes"]
    assert [one["name"] for one in listed] == ["catalogue", "here"]
    gone = httpx2.delete(f"{near.address}/api/indexes/catalogue").json()
    assert gone == {"deleted": "catalogue", "rows": None, "detached": True}
    assert far.workspace.indexes.open("tents").count() == 3
    services = httpx2.get(f"{near.address}/api/search-services").json()
    assert services["search_services"] == [{"name": "far", "endpoint": far.address}]
    there = httpx2.get(f"{near.address}/api/search-services/far/indexes").json()
    assert "tents" in there["indexes"]


def test_a_service_that_went_away_is_named(tmp_path: Path):
    service = ServiceSettings(name="gone", endpoint="http://127.0.0.1:1")
    workspace = standin(tmp_path, search_services=(service,))
    with pytest.raises(ServiceFailed, match="'gone' cannot be reached") as raised:
        workspace.attach("catalogue", Distant(service="gone", index="tents"))
    assert "127.0.0.1" not in raised.value.message


# --- indexes that somebody made with fields of their own ----------------------------------------


def own_index(
    far: Served, name: str, *, hidden: bool, vectors: dict[str, str], url: str = ""
) -> None:
    """An index as the official samples make it, `url` beside: colours by document key."""
    key = AzureKeyCredential("any")
    fields = [
        {"name": "id", "type": "Edm.String", "key": True, "filterable": True},
        {"name": "description", "type": "Edm.String", "searchable": True},
        {"name": "url", "type": "Edm.String"},
        {
            "name": "image_vector",
            "type": "Collection(Edm.Single)",
            "searchable": True,
            "retrievable": not hidden,
            "dimensions": 64,
            "vectorSearchProfile": "p",
        },
    ]
    search = {
        "profiles": [{"name": "p", "algorithm": "h"}],
        "algorithms": [{"name": "h", "kind": "hnsw", "hnswParameters": {"metric": "cosine"}}],
    }
    definition = SearchIndex({"name": name, "fields": fields, "vectorSearch": search})
    with SearchIndexClient(far.address, key) as client:
        client.create_or_update_index(definition)
    red = next(
        asset.id
        for asset in far.workspace.indexes.open("tents").browse(0, 10)
        if asset.key == "red.png"
    )
    encoder = FakePictureEncoder()
    with SearchClient(far.address, name, key) as client:
        client.upload_documents(
            [
                {
                    "id": document,
                    "description": f"a {document} thing",
                    "url": url or f"{far.address}/api/indexes/tents/assets/{red}/original",
                    "image_vector": encoder.encode([colour(shade)])[0].vector.tolist(),
                }
                for document, shade in vectors.items()
            ]
        )


def test_hidden_vectors_are_tried_by_a_picture(workspace: Workspace, far: Served):
    own_index(far, "sample", hidden=True, vectors={"a": "red"})
    findings = workspace.attach("sample", Distant(service="far", index="sample")).findings
    assert any("hidden" in finding for finding in findings)
    assert any("cosine 1.00" in finding for finding in findings)
    (hit,) = workspace.search(["sample"], picture=colour("red"), text="something", top=1)
    assert hit.reasons["picture"] == pytest.approx(1, abs=1e-3)
    assert hit.asset.description == "a a thing"


def test_vectors_of_other_pictures_are_refused(workspace: Workspace, far: Served):
    own_index(far, "wrong", hidden=True, vectors={"a": "blue"})
    with pytest.raises(EncoderMismatch, match=r"cosine of 0\.\d+ to the vector"):
        workspace.attach("wrong", Distant(service="far", index="wrong"))


def test_an_index_with_fields_of_ones_own_is_chatted_over_where_it_lies(far: Served):
    own_index(far, "mine", hidden=True, vectors={"x": "red", "y": "blue"})
    source = {"type": "azure_search", "parameters": {"index_name": "mine"}}
    answer = ask(far, "What is this?", source, "blue")
    found = answer["choices"][0]["message"]["context"]["citations"]
    assert found[0]["content"] == "a y thing"


def test_a_document_cannot_make_us_read_anything_but_pictures(near: Served, far: Served):
    secret = f"{far.address}/indexes?api-version=2024-07-01"
    own_index(far, "nosy", hidden=True, vectors={"x": "red"}, url=secret)
    findings = near.workspace.attach("nosy", Distant(service="far", index="nosy")).findings
    assert any("instead of a picture" in finding for finding in findings)
    for picture in ("original", "thumbnail"):
        reply = httpx2.get(f"{near.address}/api/indexes/nosy/assets/x/{picture}")
        assert (reply.status_code, reply.json()["error"]["code"]) == (410, "original_gone")


def test_a_picture_elsewhere_is_asked_for_each_time(near: Served):
    attached(near.workspace)
    (asset,) = near.workspace.look_at("catalogue").browse(0, 1)
    place = f"{near.address}/api/indexes/catalogue/assets/{asset.id}/original"
    first = httpx2.get(place)
    same = httpx2.get(place, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, same.status_code) == (200, 304)
    assert httpx2.get(place, headers={"if-none-match": '""'}).status_code == 200


def test_our_own_filters_work_there(workspace: Workspace):
    attached(workspace)
    since = datetime(2000, 1, 1)  # noqa: DTZ001 (as a request may write it)
    assert workspace.search(["catalogue"], text="tent", where=Where(taken_from=since)) == []
    hits = workspace.search(["catalogue"], text="tent", where=Where(tag="RED"), top=5)
    assert {hit.asset.key for hit in hits} == {"red.png"}


def test_a_page_of_what_is_described_there(workspace: Workspace):
    workspace.attach("catalogue", replace(TENTS, fields=(("content", ("description",)),)))
    there = workspace.look_at("catalogue")
    for described, keys in (
        (True, ["red.png", "shoes/blue.png"]),
        (False, ["ein grünes Zelt.jpg"]),
    ):
        only = Where(described=described)
        assert sorted(asset.key for asset in there.browse(0, 10, only)) == keys
        assert there.count(only) == len(keys)


@pytest.mark.parametrize("endpoint", ["https://[x", "http://", "::", "https://a:b"])
def test_an_endpoint_that_is_none_is_no_mistake_of_ours(near: Served, endpoint: str):
    parameters = {"endpoint": endpoint, "index_name": "here"}
    answer = ask(near, "red", {"type": "azure_search", "parameters": parameters}, "red")
    assert any("is not asked" in one["message"] for one in answer["sightline"]["warnings"])


# --- vectors of a vision service ------------------------------------------------------------------


class VisionHandler(BaseHTTPRequestHandler):
    """Pictures by their colours, and words by the colour that they name, in one space."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if "vectorizeImage" in self.path:
            pixels = np.asarray(Image.open(io.BytesIO(body)).convert("RGB"))
        else:
            named = [name for name in COLOURS if name in json.loads(body)["text"]]
            pixels = colour(named[0])
        vector = FakePictureEncoder().encode([pixels])[0].vector.tolist()
        packed = json.dumps({"modelVersion": "2023-04-15", "vector": vector}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def eyes() -> Iterator[VisionServiceSettings]:
    with running(HTTPServer(("127.0.0.1", 0), VisionHandler)) as server:
        endpoint = f"http://127.0.0.1:{server.server_port}"
        yield VisionServiceSettings(name="eyes", endpoint=endpoint, dimension=64)


def test_a_vision_service_makes_the_vectors_of_its_indexes(
    far: Served, tmp_path: Path, eyes: VisionServiceSettings
):
    own_index(far, "seen", hidden=True, vectors={"x": "red", "y": "blue"})
    service = ServiceSettings(name="far", endpoint=far.address)
    settings = {"search_services": (service,), "vision_services": (eyes,)}
    with serving(standin(tmp_path, index="here", **settings)) as near:
        distant = Distant(service="far", index="seen", encoder="eyes")
        found = near.workspace.attach("seen", distant)
        assert str(found.attachment.picture) == "azure-vision@2023-04-15:64"
        (by_picture,) = near.workspace.search(["seen"], picture=colour("blue"), top=1)
        (by_words,) = near.workspace.search(["seen"], text="something blue", top=1)
        assert (by_picture.asset.id, by_words.asset.id) == ("y", "y")
        assert by_words.reasons["concept"] == pytest.approx(1, abs=1e-3)
        both = near.workspace.search(["here", "seen"], text="blue", top=2)
        assert {hit.index for hit in both} == {"here", "seen"}  # each asked by its own encoder

        parameters = {"endpoint": far.address, "indexName": "seen"}
        vision = {"type": "AzureComputerVision", "parameters": {"endpoint": eyes.endpoint}}
        reply = httpx2.post(
            f"{near.address}/openai/deployments/scripted/extensions/chat/completions",
            params={"api-version": "2023-12-01-preview"},
            json={
                "messages": [{"role": "user", "content": "blue"}],
                "dataSources": [
                    {"type": "AzureCognitiveSearch", "parameters": parameters},
                    vision,
                ],
            },
            timeout=30,
        )
        tool = reply.json()["choices"][0]["message"]["context"]["messages"][0]["content"]
        assert json.loads(tool)["citations"][0]["content"] == "a y thing"


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", ""), ("DELETE", ""), ("GET", "/neighbours")]
)
def test_its_pictures_are_not_changed_or_compared_from_here(near: Served, method: str, path: str):
    attached(near.workspace)
    (asset, *_) = near.workspace.look_at("catalogue").browse(0, 1)
    reply = httpx2.request(
        method,
        f"{near.address}/api/indexes/catalogue/assets/{asset.id}{path}",
        json={"description": "x"} if method == "PATCH" else None,
    )
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "conflict")
    assert "'catalogue', which is attached" in reply.json()["error"]["message"]
