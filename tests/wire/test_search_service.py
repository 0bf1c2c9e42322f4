"""The official clients of Azure AI Search work on this server, the newest and the one before."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme
import uvicorn
from azure.core.exceptions import ResourceNotFoundError
from azure.search.documents import SearchClient
from azure.search.documents.indexes import SearchIndexClient
from azure.search.documents.indexes.models import SearchIndex
from azure.search.documents.models import IndexDocumentsBatch, VectorizedQuery

from sightline.errors import InvalidRequest
from sightline.http.app import create_app
from sightline.http.search_options import REFUSED as REFUSED_NAMES
from sightline.http.search_options import (
    REFUSED_OF_VECTORS,
    WITHOUT_EFFECT,
    WITHOUT_EFFECT_ON_VECTORS,
)
from sightline.serve import serve, tls_options
from wire.search_client import COUNT, FIELDS, KEY, VECTORS, by_picture, main, tent
from wire.serving import Served, serving
from wire.standin import picture_file, standin

CHECKOUT = Path(__file__).parents[2]
OLD = Path(
    os.environ.get(
        "SIGHTLINE_AZURE_SEARCH_11", CHECKOUT / ".venv" / "clients" / "azure-search-11.6.0"
    )
)
VERSION = {"api-version": "2024-07-01"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(standin(tmp_path_factory.mktemp("search"), index="pictures")) as running:
        yield running


def check(told: dict[str, Any]) -> None:
    """What a client must have got, whatever its version."""
    assert told["made"] == ["id", "description", "price", "group_ids", "image_vector"]
    assert told["listed"]
    assert told["uploaded"] == COUNT + 1 - 1_000
    assert [tuple(one) for one in told["merged"]] == [(True, 200), (False, 404)]
    assert told["deleted"]
    assert (told["count"], told["price"], told["statistics"]) == (COUNT, -5, COUNT)
    assert told["nearest"] == ["doc-0000", "doc-0003", "doc-0006"]
    assert told["nearest_score"] == pytest.approx(1, abs=1e-4)
    assert told["hybrid"] == 5
    assert told["words"] == "a blue shoe"
    assert told["allowed"] == COUNT // 2
    assert told["cheap"] == [2, 1, 0, -5]
    assert list(told["pages"]) == [COUNT // 50, COUNT]
    assert told["many"] == 1_500
    assert told["service"]
    assert told["changed"] == "note"
    assert "'tents-v' for service 'sightline' was not found" in told["gone"]
    assert (told["field"][0], told["filter"][0], told["vector"][0]) == (400, 400, 400)
    assert told["facets"][0] == 400
    assert "colour" in told["field"][1]
    assert told["document"] == 404


def test_the_newest_client(server: Served):
    told = main(server.address, "tents-v")
    assert told["version"].startswith("12.")
    check(told)


@pytest.mark.skipif(
    not (OLD / "azure").is_dir(),
    reason=f"azure-search-documents 11.6 is not in {OLD} (set SIGHTLINE_AZURE_SEARCH_11)",
)
def test_the_client_before_over_https(tmp_path: Path):
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    trusted, pem, key = (tmp_path / name for name in ("ca.pem", "server.pem", "key.pem"))
    authority.cert_pem.write_to_path(trusted)
    certificate.cert_chain_pems[0].write_to_path(pem)
    certificate.private_key_pem.write_to_path(key)
    workspace = standin(tmp_path, tls_certificate=pem, tls_key=key)
    secure = tls_options(workspace.settings)
    config = uvicorn.Config(create_app(workspace), port=0, log_config=None, **secure)
    server = uvicorn.Server(config)
    running = threading.Thread(target=server.run)
    running.start()
    try:
        while not server.started:
            running.join(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "wire.search_client", f"https://127.0.0.1:{port}", trusted],
            env={"PYTHONPATH": f"{OLD}:{Path(__file__).parents[1]}", "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        server.should_exit = True
        running.join()
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["version"] == "11.6.0"
    check(told)


@pytest.mark.parametrize(
    "given", [("tls_key",), ("tls_certificate",), ("tls_key", "tls_certificate")]
)
def test_a_certificate_that_cannot_be_used_is_refused(tmp_path: Path, given: tuple[str, ...]):
    (tmp_path / "empty.pem").touch()
    files = dict.fromkeys(given, tmp_path / "empty.pem")
    with pytest.raises(InvalidRequest, match="PEM files"):
        serve(standin(tmp_path, **files))


def test_an_index_of_pictures_is_searched_by_a_picture(server: Served, tmp_path: Path):
    picture = picture_file(tmp_path / "question.png", "blue")
    assert by_picture(server.address, "pictures", picture)[0] == "shoes/blue.png"


def ask(server: Served, method: str, path: str, **options: Any) -> httpx2.Response:  # noqa: ANN401
    return httpx2.request(method, f"{server.address}{path}", params=VERSION, **options)


def test_both_forms_of_a_path(server: Served):
    for name in ("/indexes('pictures')", "/indexes/pictures", "/indexes(%27pictures%27)"):
        assert ask(server, "GET", name).json()["name"] == "pictures"
        assert ask(server, "GET", f"{name}/docs/$count").text == "3"
    body = {"search": "red", "top": 1, "select": "key,url"}
    for path in ("docs/search", "docs/search.post.search"):
        (found,) = ask(server, "POST", f"/indexes/pictures/{path}", json=body).json()["value"]
        assert found["key"] == "red.png"
        assert httpx2.get(found["url"]).content.startswith(b"\x89PNG")


def test_indexes_of_pictures_are_not_written_to(server: Served):
    reply = ask(server, "POST", "/indexes/pictures/docs/index", json={"value": [{"id": "1"}]})
    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "")
    assert ask(server, "DELETE", "/indexes/pictures").status_code == 403
    definition = {"name": "pictures", "fields": [{"name": "k", "type": "Edm.String", "key": True}]}
    assert ask(server, "POST", "/indexes", json=definition).status_code == 409
    assert ask(server, "GET", "/indexes/pictures/docs/$count").text == "3"


NAMES = {*REFUSED_NAMES, *REFUSED_OF_VECTORS, *WITHOUT_EFFECT, *WITHOUT_EFFECT_ON_VECTORS}


@pytest.mark.parametrize("name", sorted(NAMES - {"facet"}))
def test_what_is_not_served_is_on_the_page(name: str):
    page = (CHECKOUT / "docs" / "search-service.md").read_text(encoding="utf-8")
    assert f"`{name}`" in page


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "an address": (
        {
            "vectorQueries": [
                {"kind": "imageUrl", "url": "http://x/a.jpg", "fields": "image_vector"}
            ]
        },
        "does not fetch addresses",
    ),
    "words for pictures' vectors": (
        {"vectorQueries": [{"kind": "text", "text": "red", "fields": "image_vector"}]},
        "concept_vector",
    ),
    "no base64": (
        {"vectorQueries": [{"kind": "imageBinary", "base64Image": "?", "fields": "image_vector"}]},
        "Invalid image (base64) data",
    ),
    "nothing to search with": (
        {"vectorQueries": [{"kind": "vector", "fields": "image_vector"}]},
        "got nothing",
    ),
    "a filter of a vector query": (
        {
            "vectorQueries": [
                {
                    "text": "x",
                    "kind": "text",
                    "fields": "concept_vector",
                    "filterOverride": "x eq 1",
                }
            ]
        },
        "vectorQueries[0].filterOverride",
    ),
    "a threshold": (
        {
            "vectorQueries": [
                {"text": "x", "kind": "text", "fields": "concept_vector", "threshold": {"value": 1}}
            ]
        },
        "vectorQueries[0].threshold",
    ),
    "facets in another spelling": ({"Facets": ["width"]}, "not served"),
    "an unknown parameter": ({"search": "red", "fliter": "width gt 1"}, "fliter"),
    "a vector out of range": (
        {"vectorQueries": [{"kind": "vector", "vector": [1e300], "fields": "image_vector"}]},
        "single float",
    ),
    "a highlight": ({"search": "red", "highlight": "description"}, "not served"),
    "Lucene": ({"search": "red~2", "queryType": "full"}, "Lucene"),
    "an order": ({"search": "red", "orderby": "key sideways"}, "sideways"),
    "a negative top": ({"top": -1}, "top"),
    "a filter": ({"filter": "colour eq 'red'"}, "colour"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_not_served_is_refused_by_name(server: Served, what: str):
    body, words = REFUSED[what]
    reply = ask(server, "POST", "/indexes/pictures/docs/search", json=body)
    assert reply.status_code == 400, reply.text
    assert set(reply.json()["error"]) == {"code", "message", "details"}
    assert words in reply.json()["error"]["message"]


def test_what_has_no_effect_is_noted(server: Served):
    body = {"search": "red", "queryType": "semantic", "semanticConfiguration": "default"}
    notes = ask(server, "POST", "/indexes/pictures/docs/search", json=body).json()
    assert "semantic ranker" in notes["@sightline.notes"][0]
    assert "semanticConfiguration" in notes["@sightline.notes"][1]
    assert "@search.rerankerScore" not in notes["value"][0]


def test_a_semantic_query_is_answered_without_what_is_not_here(server: Served):
    with SearchClient(server.address, "pictures", KEY) as client:
        asked = {"query_type": "semantic", "semantic_configuration_name": "default"}
        for kind in ("none", "extractive"):
            found = client.search("red", query_caption=kind, query_answer=kind, **asked)
            assert found.get_answers() is None
            best = next(iter(found))
            assert (best["key"], best["@search.reranker_score"]) == ("red.png", None)
            assert best["@search.captions"] is None
    body = {"search": "red", "captions": "extractive", "answers": "none"}
    (note,) = ask(server, "POST", "/indexes/pictures/docs/search", json=body).json()[
        "@sightline.notes"
    ]
    assert "captions" in note
    assert "answers" not in note


def test_settings_of_vector_queries_without_effect_are_noted(server: Served):
    query = {"kind": "text", "text": "red", "fields": "concept_vector", "oversampling": 4}
    reply = ask(server, "POST", "/indexes/pictures/docs/search", json={"vectorQueries": [query]})
    assert reply.json()["@sightline.notes"] == ["Without effect here: vectorQueries.oversampling."]


def test_coverage_is_told_when_it_is_asked_for(server: Served):
    with SearchClient(server.address, "pictures", KEY) as client:
        assert client.search("red", minimum_coverage=80).get_coverage() == 100
        assert client.search("red").get_coverage() is None


def test_a_search_in_the_address_of_a_get(server: Served):
    asked = {"search": "*", "$filter": "width gt 1", "$select": "key", "$count": "true", "$top": 2}
    first = httpx2.get(f"{server.address}/indexes('pictures')/docs", params={**VERSION, **asked})
    assert first.json()["@odata.count"] == 3
    assert [set(one) for one in first.json()["value"]] == [{"@search.score", "key"}] * 2
    assert "@odata.nextLink" not in first.json()
    assert ask(server, "GET", "/indexes/pictures/docs").json()["value"]
    wrong = httpx2.get(f"{server.address}/indexes/pictures/docs", params={**VERSION, "facet": "x"})
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "InvalidRequestParameter")


def test_the_next_page_of_a_get_is_an_address(server: Served):
    definition = {"name": "many", "fields": [{"name": "k", "type": "Edm.String", "key": True}]}
    assert ask(server, "POST", "/indexes", json=definition).status_code == 201
    batch = {"value": [{"k": f"{number:03}"} for number in range(120)]}
    assert ask(server, "POST", "/indexes/many/docs/index", json=batch).status_code == 200
    address, keys = f"{server.address}/indexes/many/docs?api-version=1&search=*", []
    while address:
        page = httpx2.get(address).json()
        keys += [one["k"] for one in page["value"]]
        address = page.get("@odata.nextLink", "")
    assert keys == [one["k"] for one in batch["value"]]


def test_pages_of_words_vectors_and_a_filter_in_an_order(server: Served):
    with SearchIndexClient(server.address, KEY) as indexes:
        indexes.create_index(SearchIndex(name="paged", fields=FIELDS, vector_search=VECTORS))
    with SearchClient(server.address, "paged", KEY) as client:
        client.upload_documents([tent(number) for number in range(300)])
        near = VectorizedQuery(
            vector=[1.0, 0.0, 0.0, 0.0], k_nearest_neighbors=130, fields="image_vector"
        )
        asked = {"vector_queries": [near], "filter": "price ge 20", "select": ["id", "price"]}
        found = [one["price"] for one in client.search(None, order_by=["price desc"], **asked)]
        assert len(found) == 130
        assert found == sorted(set(found), reverse=True)
        hybrid = client.search("lamp", search_fields=["description"], **asked)
        # The nearest are the tents and some shoes, so that every lamp is one more.
        assert len({one["id"] for one in hybrid}) == 130 + 94
        pages = client.search("*", select=["id"]).by_page()
        first = {one["id"] for one in next(pages)}
        rest = client.search("*").by_page(continuation_token=pages.continuation_token)
        assert not first & {one["id"] for one in next(rest)}


def test_actions_on_one_document_are_done_in_order(server: Served):
    with SearchIndexClient(server.address, KEY) as indexes:
        indexes.create_index(SearchIndex(name="mixed", fields=FIELDS, vector_search=VECTORS))
    batch = IndexDocumentsBatch()
    batch.add_upload_actions([{"id": "x", "description": "a tent"}])
    batch.add_merge_actions([{"id": "x", "price": 3}])
    batch.add_delete_actions([{"id": "x"}])
    batch.add_merge_actions([{"id": "x", "price": 4}])
    batch.add_merge_or_upload_actions([{"id": "x", "price": None, "group_ids": None}])
    batch.add_upload_actions([{"id": "a b"}, {"id": "y", "colour": "red"}])
    with SearchClient(server.address, "mixed", KEY) as client:
        written = client.index_documents(batch)
        assert [one.status_code for one in written] == [201, 200, 200, 404, 201, 400, 400]
        assert "search.documentFields" in (written[-1].error_message or "")
        assert client.get_document("x") == {
            "id": "x", "description": None, "price": None, "group_ids": [], "image_vector": None
        }  # fmt: skip
        assert client.get_document_count() == 1


OTHERS = [
    ("POST", "/indexes('pictures')/search.analyze"),
    ("POST", "/indexes('pictures')/docs/search.post.suggest"),
    ("PATCH", "/indexes/pictures"),
    ("GET", "/indexes('pictures')/docs('a%2Fb')"),
]


@pytest.mark.parametrize(("method", "path"), OTHERS)
def test_the_rest_of_the_protocol_is_refused_in_its_own_shape(
    server: Served, method: str, path: str
):
    reply = ask(server, method, path)
    assert reply.status_code == 404
    assert set(reply.json()["error"]) == {"code", "message", "details"}
    assert "not served" in reply.json()["error"]["message"]


def test_an_unknown_index_is_told_in_the_words_of_the_service(server: Served):
    with (
        SearchClient(server.address, "nobody", KEY) as client,
        pytest.raises(ResourceNotFoundError) as raised,
    ):
        client.get_document_count()
    said = "() The index 'nobody' for service 'sightline' was not found."
    assert str(raised.value).startswith(said)


def test_an_index_that_cannot_be_read_hides_no_other(tmp_path: Path):
    workspace = standin(tmp_path, index="pictures")
    (workspace.settings.documents_dir / "broken.lance").mkdir(parents=True)
    with serving(workspace) as server:
        listed = ask(server, "GET", "/indexes").json()["value"]
        assert [one["name"] for one in listed] == ["broken", "pictures"]
        assert "cannot be read" in listed[0]["@sightline.notes"][0]
        counters = ask(server, "GET", "/servicestats").json()["counters"]
        assert counters["indexesCount"]["usage"] == 2
        assert counters["documentCount"]["usage"] == 3


def test_a_definition_that_comes_back_as_it_was_read_is_the_same(server: Served):
    field = {"name": "k", "type": "Edm.String", "key": True, "analyzer": "en.lucene"}
    made = ask(server, "PUT", "/indexes/same", json={"name": "same", "fields": [field]}).json()
    assert made["@sightline.notes"]
    assert ask(server, "PUT", "/indexes/same", json=made).json() == made


def test_a_definition_is_changed_only_as_it_was_read(server: Served):
    definition = {"name": "marked", "fields": [{"name": "k", "type": "Edm.String", "key": True}]}
    made = ask(server, "PUT", "/indexes/marked", json=definition)
    assert made.status_code == 201
    stale = {"if-match": '"something else"'}
    assert ask(server, "PUT", "/indexes/marked", json=definition, headers=stale).status_code == 412
    there = {"if-none-match": "*"}
    assert ask(server, "PUT", "/indexes/marked", json=definition, headers=there).status_code == 412
    fresh = {"if-match": made.json()["@odata.etag"]}
    assert ask(server, "PUT", "/indexes/marked", json=definition, headers=fresh).status_code == 200
    assert ask(server, "DELETE", "/indexes/marked", headers=stale).status_code == 412
    assert ask(server, "DELETE", "/indexes/marked").status_code == 204
    assert ask(server, "DELETE", "/indexes/marked").status_code == 404


def test_without_a_version_nothing_is_done(server: Served):
    reply = httpx2.get(f"{server.address}/indexes")
    assert (reply.status_code, "api-version" in reply.json()["error"]["message"]) == (400, True)


def test_lists_show_an_index_of_documents_that_no_encoder_fits(server: Served):
    vector = {"name": "v", "type": "Collection(Edm.Single)", "dimensions": 3}
    fields = [{"name": "k", "type": "Edm.String", "key": True}, vector]
    made = ask(server, "POST", "/indexes", json={"name": "odd", "fields": fields})
    assert made.status_code == 201, made.text
    listed = httpx2.get(f"{server.address}/api/indexes").json()["indexes"]
    (odd,) = [one for one in listed if one["name"] == "odd"]
    assert (odd["rows"], odd["documents"]) == (0, {"fields": ["k", "v"]})
    assert httpx2.get(f"{server.address}/api/indexes/odd").json()["rows"] == 0
    gone = httpx2.delete(f"{server.address}/api/indexes/odd").json()
    assert (gone["deleted"], gone["rows"]) == ("odd", 0)
