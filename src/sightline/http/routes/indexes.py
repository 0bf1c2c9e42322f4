"""Indexes: list, show, delete, search, and the assets in them, to look at and to change."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from sightline.answer import LOOKING_SIDE
from sightline.assets import Asset, Hit, Where
from sightline.changing import describe, remove
from sightline.errors import SightlineError, UnknownAsset, UnreadableImage
from sightline.http.data_sources import WhereBody, filtered
from sightline.http.errors import error_body
from sightline.http.links import Links, linked_asset, linked_hit
from sightline.http.pictures import picture_bytes
from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.wire_json import AnySpelling, Json, JsonResponse, checked
from sightline.media.stills import stills
from sightline.retrieve import neighbours
from sightline.views import listed_json, reading_json
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/indexes", tags=["indexes"])

MOST_HITS = 100
MOST_ASSETS = 500
LONGEST_DESCRIPTION = 20_000

COMES_BACK = (
    "The file stays where it is: the next ingestion of its source brings it back, "
    "unless it is removed there first."
)


class AssetBody(BaseModel):
    """What to change of an asset."""

    model_config = ConfigDict(extra="forbid")

    description: str | None = Field(
        max_length=LONGEST_DESCRIPTION, description='null or "" takes it away.'
    )


class SearchBody(AnySpelling):
    """A search by words, by a picture, or by both."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    image: str | None = Field(default=None, description="A data URL or base64.")
    top: int = Field(default=5, ge=1, le=MOST_HITS)
    where: WhereBody | None = None
    filter: str | None = Field(default=None, description="OData, besides `where`.")


@router.get("", response_model=None)
async def indexes(workspace: Opened, links: Addresses) -> JsonResponse:
    """All indexes; one that cannot be read shows its error and hides none of the others."""
    return JsonResponse({"indexes": await workspace.pool.run(lambda: index_list(workspace, links))})


@router.get("/{name}", response_model=None)
async def show(workspace: Opened, links: Addresses, name: str) -> JsonResponse:
    """One index."""
    return JsonResponse(await workspace.pool.run(_shown, workspace, links, name))


@router.delete("/{name}", response_model=None)
async def delete(workspace: Opened, name: str) -> JsonResponse:
    """Delete an index; the pictures themselves stay where they are."""
    return JsonResponse(await workspace.pool.run(_deleted, workspace, name))


@router.post("/{name}/search", response_model=None, openapi_extra=body_of(SearchBody))
async def search(request: Request, workspace: Opened, links: Addresses, name: str) -> JsonResponse:
    """The best assets for words, a picture, or both, with the reasons for each."""
    body = await parsed(request, workspace, partial(checked, SearchBody))
    hits = await workspace.pool.run(_found, workspace, name, body)
    return JsonResponse({"hits": [linked_hit(hit, links) for hit in hits]})


@router.get("/{name}/search", response_model=None)
async def search_words(
    workspace: Opened,
    links: Addresses,
    name: str,
    text: Annotated[str, Query(min_length=1)],
    top: Annotated[int, Query(ge=1, le=MOST_HITS)] = 5,
) -> JsonResponse:
    """The same by words only, to try in a browser."""
    body = SearchBody(text=text, top=top)
    hits = await workspace.pool.run(_found, workspace, name, body)
    return JsonResponse({"hits": [linked_hit(hit, links) for hit in hits]})


@router.get("/{name}/assets", response_model=None)
async def assets(
    workspace: Opened,
    links: Addresses,
    name: str,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ASSETS)] = 50,
    described: bool | None = None,
    filter: str | None = None,
) -> JsonResponse:
    """A page of all assets, by key; with `described` or `filter` (OData) of those that fit."""

    def looked_up() -> tuple[list[Asset], int]:
        where = None if described is None else Where(described=described)
        if filter:
            where = filtered(filter, where, "filter")
        index = workspace.look_at(name)
        return index.browse(offset, limit, where), index.count(where)

    page, total = await workspace.pool.run(looked_up)
    end = offset + len(page)
    return JsonResponse(
        {
            "assets": [linked_asset(asset, name, links) for asset in page],
            "total": total,
            "next_offset": end if page and end < total else None,
        }
    )


@router.get("/{name}/assets/{asset_id}", response_model=None)
async def asset(workspace: Opened, links: Addresses, name: str, asset_id: str) -> JsonResponse:
    """One asset, with the lines and words that were read on it and where they stand."""
    found = await workspace.pool.run(asset_of, workspace, name, asset_id)
    reading = None if found.reading is None else reading_json(found.reading)
    return JsonResponse(linked_asset(found, name, links) | {"reading": reading})


@router.get("/{name}/assets/{asset_id}/neighbours", response_model=None)
async def alike(
    workspace: Opened,
    links: Addresses,
    name: str,
    asset_id: str,
    top: Annotated[int, Query(ge=1, le=MOST_HITS)] = 5,
) -> JsonResponse:
    """The assets that look most like this one; nothing is encoded and no original is read."""
    hits = await workspace.pool.run(lambda: neighbours(workspace.own(name), asset_id, top))
    return JsonResponse({"hits": [linked_hit(hit, links) for hit in hits]})


@router.patch("/{name}/assets/{asset_id}", response_model=None, openapi_extra=body_of(AssetBody))
async def change(
    request: Request, workspace: Opened, links: Addresses, name: str, asset_id: str
) -> JsonResponse:
    """Set the description of an asset's file; a search finds it by the new words at once."""
    body = await parsed(request, workspace, partial(checked, AssetBody))

    def changed() -> Asset:
        workspace.own(name)
        text = body.description or ""
        return describe(workspace.indexes, name, workspace.text_encoder, asset_id, text)

    return JsonResponse(linked_asset(await workspace.pool.run(changed), name, links))


@router.delete("/{name}/assets/{asset_id}", response_model=None)
async def take_out(workspace: Opened, name: str, asset_id: str) -> JsonResponse:
    """Take one asset out of the index; its file stays where it is, and so do its other stills."""

    def taken_out() -> Asset:
        workspace.own(name)
        return remove(workspace.indexes, name, asset_id)

    gone = await workspace.pool.run(taken_out)
    return JsonResponse(
        {"deleted": gone.id, "key": gone.key, "source": gone.source, "notice": COMES_BACK}
    )


def asset_of(workspace: Workspace, name: str, asset_id: str) -> Asset:
    """A stored asset. Raises UnknownIndex, UnknownAsset."""
    found = workspace.look_at(name).assets([asset_id]).get(asset_id)
    if found is None:
        raise UnknownAsset(f"The index {name!r} has no asset {asset_id!r}.")
    return found


def index_list(workspace: Workspace, links: Links) -> list[Json]:
    """Every index as it is shown, in order of name."""
    listed: list[Json] = []
    for name in workspace.index_names():
        try:
            listed.append(listed_json(workspace, name) | {"url": links.index(name)})
        except SightlineError as error:
            listed.append({"name": name, "url": links.index(name)} | error_body(error))
    return listed


def _shown(workspace: Workspace, links: Links, name: str) -> Json:
    shown = listed_json(workspace, name) | {"url": links.index(name)}
    return shown | ({"rows": workspace.look_at(name).count()} if shown["rows"] is None else {})


def _deleted(workspace: Workspace, name: str) -> Json:
    attached = workspace.attachments.has(name)
    return {"deleted": name, "rows": workspace.delete_index(name), "detached": attached}


def _found(workspace: Workspace, name: str, body: SearchBody) -> list[Hit]:
    picture = None
    if body.image is not None:
        data = picture_bytes(body.image, "image")
        try:
            picture = stills(data, max_side=LOOKING_SIDE).stills[0].pixels
        except UnreadableImage as error:
            raise UnreadableImage(f"image: {error.message}", param="image") from error
    where = None if body.where is None else body.where.value
    if body.filter:
        where = filtered(body.filter, where, "filter")
    return workspace.search([name], picture=picture, text=body.text, top=body.top, where=where)
