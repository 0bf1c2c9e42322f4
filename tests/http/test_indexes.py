"""Indexes, assets, search and pictures over HTTP."""

import base64
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sightline.http.routes.pictures import content_disposition
from sightline.workspace import Workspace
from wire.standin import picture_file

TENTS = "/api/indexes/tents"


async def asset(client: httpx2.AsyncClient, key: str) -> dict[str, Any]:
    listed = (await client.get(f"{TENTS}/assets")).json()["assets"]
    return next(entry for entry in listed if entry["key"] == key)


async def test_indexes_are_listed_and_shown(client: httpx2.AsyncClient):
    (listed,) = (await client.get("/api/indexes")).json()["indexes"]
    assert (listed["name"], listed["rows"]) == ("tents", 3)
    assert listed["encoder"].startswith("fake-colours@")
    assert (await client.get(listed["url"])).json() == listed


async def test_an_index_is_deleted_and_its_pictures_stay(
    client: httpx2.AsyncClient, tmp_path: Path
):
    assert (await client.delete(TENTS)).json() == {
        "deleted": "tents",
        "rows": 3,
        "detached": False,
    }
    gone = await client.get(TENTS)
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "index_not_found")
    assert (await client.delete(TENTS)).status_code == 404
    assert (tmp_path / "pictures" / "red.png").exists()


async def test_an_index_that_is_being_written_is_not_deleted(
    client: httpx2.AsyncClient, workspace: Workspace
):
    with workspace.indexes.writing("tents"):
        reply = await client.delete(TENTS)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "index_busy")


async def test_search_by_words(client: httpx2.AsyncClient):
    reply = await client.post(f"{TENTS}/search", json={"text": "red tent", "top": 2})
    first = reply.json()["hits"][0]
    assert first["index"] == "tents"
    assert first["asset"]["key"] == "red.png"
    assert 0 < first["score"] <= 1
    assert first["reasons"]
    in_browser = await client.get(f"{TENTS}/search", params={"text": "red tent", "top": 2})
    assert in_browser.json() == reply.json()


@pytest.mark.parametrize("packing", ["data:image/png;base64,{}", "{}"])
async def test_search_by_picture(client: httpx2.AsyncClient, tmp_path: Path, packing: str):
    file = picture_file(tmp_path / "query.png", "blue")
    image = packing.format(base64.b64encode(file).decode())
    hits = (await client.post(f"{TENTS}/search", json={"image": image, "top": 1})).json()["hits"]
    assert [hit["asset"]["key"] for hit in hits] == ["shoes/blue.png"]


async def test_search_with_a_filter(client: httpx2.AsyncClient):
    body = {"text": "red tent shoes", "where": {"key_prefix": "shoes/"}}
    hits = (await client.post(f"{TENTS}/search", json=body)).json()["hits"]
    assert {hit["asset"]["key"] for hit in hits} == {"shoes/blue.png"}


async def test_search_with_an_odata_filter(client: httpx2.AsyncClient):
    body: dict[str, Any] = {"text": "red tent shoes", "filter": "not (key eq 'red.png')"}
    hits = (await client.post(f"{TENTS}/search", json=body)).json()["hits"]
    found = {hit["asset"]["key"] for hit in hits}
    assert "shoes/blue.png" in found
    assert "red.png" not in found
    body["where"] = {"key_prefix": "red"}
    assert (await client.post(f"{TENTS}/search", json=body)).json() == {"hits": []}


BAD_SEARCHES: dict[str, tuple[dict[str, Any], str, str | None]] = {
    "nothing to search with": ({}, "invalid_request", None),
    "too many": ({"text": "x", "top": 101}, "invalid_request", "top"),
    "bad base64": ({"image": "data:image/png;base64,?"}, "invalid_request", "image"),
    "an address": ({"image": "https://example.com/a.png"}, "url_not_allowed", "image"),
    "no picture": ({"image": "bm8gcGljdHVyZQ=="}, "unreadable_image", "image"),
    "an unknown field": ({"text": "x", "colour": "red"}, "invalid_request", "colour"),
    "an unknown filter": ({"text": "x", "where": {"a": 1}}, "invalid_request", "where.a"),
    "half a filter": ({"text": "x", "filter": "width gt"}, "invalid_request", "filter"),
    "a filter of other fields": ({"text": "x", "filter": "a eq 1"}, "invalid_request", "filter"),
}


@pytest.mark.parametrize(("body", "code", "param"), BAD_SEARCHES.values(), ids=BAD_SEARCHES.keys())
async def test_a_bad_search_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], code: str, param: str | None
):
    reply = await client.post(f"{TENTS}/search", json=body)
    assert reply.status_code == 400
    assert (reply.json()["error"]["code"], reply.json()["error"]["param"]) == (code, param)


async def test_pages_of_assets(client: httpx2.AsyncClient):
    seen: list[str] = []
    offset: int | None = 0
    while offset is not None:
        page = (await client.get(f"{TENTS}/assets?offset={offset}&limit=2")).json()
        assert page["total"] == 3
        seen += [entry["key"] for entry in page["assets"]]
        offset = page["next_offset"]
    assert seen == sorted(seen)
    assert len(set(seen)) == 3
    beyond = (await client.get(f"{TENTS}/assets?offset=9")).json()
    assert (beyond["assets"], beyond["next_offset"]) == ([], None)


async def test_one_asset_with_what_was_read_on_it(client: httpx2.AsyncClient):
    listed = await asset(client, "red.png")
    whole = (await client.get(listed["url"])).json()
    (line,) = whole.pop("reading")["lines"]
    assert line["text"] == "SALE 49"
    assert line["polygon"][0] == {"x": 0.0, "y": 0.0}
    assert whole == listed


UNKNOWN = {
    "index": ("/api/indexes/nowhere/assets/x", "index_not_found"),
    "asset": (f"{TENTS}/assets/x", "asset_not_found"),
    "original": (f"{TENTS}/assets/x/original", "asset_not_found"),
    "thumbnail": (f"{TENTS}/assets/x/thumbnail", "asset_not_found"),
    "index of a search": ("/api/indexes/nowhere/search?text=x", "index_not_found"),
}


@pytest.mark.parametrize(("path", "code"), UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_what_does_not_exist(client: httpx2.AsyncClient, path: str, code: str):
    reply = await client.get(path)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, code)


async def test_the_original_byte_for_byte(client: httpx2.AsyncClient, tmp_path: Path):
    listed = await asset(client, "ein grünes Zelt.jpg")
    reply = await client.get(listed["original_url"])
    assert reply.content == (tmp_path / "pictures" / "ein grünes Zelt.jpg").read_bytes()
    assert reply.headers["content-type"] == "image/jpeg"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in reply.headers["content-security-policy"]
    assert reply.headers["content-disposition"] == (
        "inline; filename=\"ein gr_nes Zelt.jpg\"; filename*=UTF-8''ein%20gr%C3%BCnes%20Zelt.jpg"
    )


async def test_the_thumbnail_is_a_jpeg(client: httpx2.AsyncClient):
    listed = await asset(client, "shoes/blue.png")
    reply = await client.get(listed["thumbnail_url"])
    assert reply.content.startswith(b"\xff\xd8")
    assert reply.headers["content-type"] == "image/jpeg"
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("which", ["original_url", "thumbnail_url"])
async def test_a_picture_the_client_holds_is_not_sent_again(client: httpx2.AsyncClient, which: str):
    address = (await asset(client, "red.png"))[which]
    first = await client.get(address)
    etag = first.headers["etag"]
    for held in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(address, headers={"if-none-match": held})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    other = await client.get(address, headers={"if-none-match": '"other"'})
    assert other.content == first.content


async def test_an_original_that_is_gone_or_changed_is_not_passed_off(
    client: httpx2.AsyncClient, tmp_path: Path
):
    listed = await asset(client, "red.png")
    picture_file(tmp_path / "pictures" / "red.png", "black")
    changed = await client.get(listed["original_url"])
    assert (changed.status_code, changed.json()["error"]["code"]) == (410, "original_gone")
    (tmp_path / "pictures" / "red.png").unlink()
    assert (await client.get(listed["original_url"])).status_code == 410
    assert (await client.get(listed["thumbnail_url"])).status_code == 200


HEADERS = {
    "plain.jpg": "inline; filename=\"plain.jpg\"; filename*=UTF-8''plain.jpg",
    "a b.jpg": "inline; filename=\"a b.jpg\"; filename*=UTF-8''a%20b.jpg",
    'a"; x="y\r\nset-cookie: z': 'inline; filename="a__ x__y__set-cookie_ z"; '
    "filename*=UTF-8''a%22%3B%20x%3D%22y%0D%0Aset-cookie%3A%20z",
    "猫.png": "inline; filename=\"_.png\"; filename*=UTF-8''%E7%8C%AB.png",
    "\ud83d.png": "inline; filename=\"_.png\"; filename*=UTF-8''%3F.png",
}


@pytest.mark.parametrize(("name", "header"), HEADERS.items())
def test_a_name_cannot_leave_its_header(name: str, header: str):
    assert content_disposition(name) == header


async def test_a_description_is_changed_found_and_taken_away(client: httpx2.AsyncClient):
    listed = await asset(client, "ein grünes Zelt.jpg")
    changed = await client.patch(listed["url"], json={"description": "An igloo of cloth"})
    assert changed.json() == listed | {"description": "An igloo of cloth"}
    found = (await client.get(f"{TENTS}/search?text=igloo&top=1")).json()["hits"]
    assert found[0]["asset"] == changed.json()
    assert "words" in found[0]["reasons"]
    again = await client.patch(listed["url"], json={"description": None})
    assert again.json()["description"] == ""


BAD_CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing to change": ({}, "description"),
    "another field": ({"description": "a tent", "key": "b.png"}, "key"),
    "no text": ({"description": 7}, "description"),
    "far too long": ({"description": "x" * 20_001}, "description"),
}


@pytest.mark.parametrize(("body", "param"), BAD_CHANGES.values(), ids=BAD_CHANGES.keys())
async def test_a_bad_change_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], param: str
):
    listed = await asset(client, "red.png")
    reply = await client.patch(listed["url"], json=body)
    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)
    assert await asset(client, "red.png") == listed


async def test_an_asset_is_taken_out_and_its_file_stays(client: httpx2.AsyncClient, tmp_path: Path):
    listed = await asset(client, "red.png")
    reply = (await client.delete(listed["url"])).json()
    assert (reply["deleted"], reply["key"]) == (listed["id"], "red.png")
    assert "brings it back" in reply["notice"]
    for gone in (listed["url"], listed["thumbnail_url"], listed["original_url"]):
        assert (await client.get(gone)).status_code == 404
    assert (await client.get(f"{TENTS}/assets")).json()["total"] == 2
    assert (tmp_path / "pictures" / "red.png").exists()


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_assets_are_not_changed_while_somebody_writes(
    client: httpx2.AsyncClient,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
):
    monkeypatch.setattr("sightline.changing.PATIENCE", 0.05)
    listed = await asset(client, "red.png")
    body = {"description": "a"} if method == "PATCH" else None
    with workspace.indexes.writing("tents"):
        reply = await client.request(method, listed["url"], json=body)
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "index_busy")
    for unknown, code in (
        (f"{TENTS}/assets/x", "asset_not_found"),
        ("/api/indexes/nowhere/assets/x", "index_not_found"),
    ):
        reply = await client.request(method, unknown, json=body)
        assert (reply.status_code, reply.json()["error"]["code"]) == (404, code)


async def test_neighbours_of_an_asset_whose_original_is_gone(
    client: httpx2.AsyncClient, tmp_path: Path
):
    (tmp_path / "pictures" / "red.png").unlink()
    listed = await asset(client, "red.png")
    reply = await client.get(f"{listed['url']}/neighbours?top=2")
    hits = reply.json()["hits"]
    assert {hit["asset"]["key"] for hit in hits} == {"shoes/blue.png", "ein grünes Zelt.jpg"}
    assert hits[0]["score"] >= hits[1]["score"]
    assert "picture" in hits[0]["reasons"]
    assert hits[0]["asset"] == await asset(client, hits[0]["asset"]["key"])
    assert (await client.get(f"{listed['url']}/neighbours?top=101")).status_code == 400
    unknown = await client.get(f"{TENTS}/assets/x/neighbours")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "asset_not_found")


async def test_pages_of_assets_that_fit(client: httpx2.AsyncClient):
    page = (await client.get(f"{TENTS}/assets?described=true&limit=1")).json()
    assert [entry["key"] for entry in page["assets"]] == ["red.png"]
    assert (page["total"], page["next_offset"]) == (2, 1)
    page = (await client.get(f"{TENTS}/assets?described=false")).json()
    assert [entry["key"] for entry in page["assets"]] == ["ein grünes Zelt.jpg"]
    query = {"described": "true", "filter": "not (key eq 'red.png')"}
    page = (await client.get(f"{TENTS}/assets", params=query)).json()
    assert ([entry["key"] for entry in page["assets"]], page["total"]) == (["shoes/blue.png"], 1)
    for query, param in (({"described": "perhaps"}, "described"), ({"filter": "a b"}, "filter")):
        bad = await client.get(f"{TENTS}/assets", params=query)
        assert (bad.status_code, bad.json()["error"]["param"]) == (400, param)


async def test_a_thumbnail_is_kept_for_good_under_an_address_that_changes_with_it(
    client: httpx2.AsyncClient,
):
    listed = await asset(client, "red.png")
    address, _, version = listed["thumbnail_url"].partition("?v=")
    assert listed["sha256"].startswith(version)
    kept = await client.get(listed["thumbnail_url"])
    assert "immutable" in kept.headers["cache-control"]
    plain = await client.get(address)
    assert plain.headers["cache-control"] == "private, no-cache"
    assert plain.content == kept.content
