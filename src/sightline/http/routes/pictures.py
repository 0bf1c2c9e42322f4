"""The pictures behind citations and hits: the original file and a small JPEG.

The bytes are a stranger's: a browser is told their type from the fixed list of what can be decoded,
not to guess another, and to run nothing in them. Pages of other sites cannot embed them.
"""

import hashlib
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from sightline.http.requests import Opened
from sightline.http.routes.indexes import asset_of
from sightline.media.stills import FORMATS

router = APIRouter(prefix="/api/indexes/{name}/assets/{asset_id}", tags=["indexes"])

FOR_GOOD = "private, max-age=31536000, immutable"
"""For an address that is another one when the picture is."""


@router.get("/original", response_class=Response)
async def original(request: Request, workspace: Opened, name: str, asset_id: str) -> Response:
    """The file as it was indexed, byte for byte; 410 when it was moved or changed since."""
    asset = await workspace.pool.run(asset_of, workspace, name, asset_id)
    headers = _headers(f'"{asset.sha256}"', asset.name)
    if asset.sha256 and _has(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    data, media_type = await workspace.pool.run(workspace.original, name, asset_id)
    if not asset.sha256:  # it lies elsewhere: only its bytes say whether it is the same
        headers["etag"] = f'"{hashlib.sha256(data).hexdigest()}"'
        if _has(request, headers["etag"]):
            return Response(status_code=304, headers=headers)
    known = media_type if media_type in FORMATS else "application/octet-stream"
    return Response(data, headers=headers, media_type=known)


@router.get("/thumbnail", response_class=Response)
async def thumbnail(
    request: Request, workspace: Opened, name: str, asset_id: str, v: str = ""
) -> Response:
    """A small JPEG, from the index itself: it stays when the original is gone.

    With `v`, the version in the addresses of assets, a browser keeps it and does not ask again.
    """
    data = await workspace.pool.run(workspace.thumbnail, name, asset_id)
    headers = _headers(f'"{hashlib.sha256(data).hexdigest()}"', "thumbnail.jpg")
    if v:
        headers["cache-control"] = FOR_GOOD
    if _has(request, headers["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type="image/jpeg")


def content_disposition(file_name: str) -> str:
    """Shown in the page, saved under its own name: plain for old clients, in full for others."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._- ") else "_" for c in file_name)
    full = quote(file_name, safe="", errors="replace")
    return f"inline; filename=\"{plain}\"; filename*=UTF-8''{full}"


def guarded(file_name: str) -> dict[str, str]:
    """What goes with the bytes of a stranger, so that a browser shows them and nothing else."""
    return {
        # Ask each time, which costs no more than the 304: an asset's picture may change.
        "cache-control": "private, no-cache",
        "content-disposition": content_disposition(file_name),
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-site",
        "x-content-type-options": "nosniff",
    }


def _headers(etag: str, file_name: str) -> dict[str, str]:
    return {"etag": etag, **guarded(file_name)}


def _has(request: Request, etag: str) -> bool:
    """Whether the client holds this version already."""
    given = request.headers.get("if-none-match", "")
    held = {tag.strip().removeprefix("W/") for tag in given.split(",")}
    return etag in held or "*" in held
