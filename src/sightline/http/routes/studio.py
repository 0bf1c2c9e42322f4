"""The Studio: the page for somebody who opens the address in a browser, and the files it loads.

It is built into the package from `studio/`. The policy in its headers lets it load and ask nothing
but this server: no other address, no inline script, no frame around it.
"""

import secrets
from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from sightline.errors import MissingPackage

BUILT: Final = Path(str(files("sightline"))) / "studio"
"""Where the build puts it: `index.html`, and `studio/` with everything else."""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def studio() -> HTMLResponse:
    """The page. Raises MissingPackage where it was not built."""
    try:
        page = (BUILT / "index.html").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise MissingPackage(
            "The Studio is not built into this copy of Sightline.",
            hint="Run `python studio/build_hook.py` in the clone; the API works without it.",
        ) from error
    nonce = secrets.token_urlsafe(18)
    return HTMLResponse(page.replace("{nonce}", nonce), headers=_headers(nonce))


class _Files(StaticFiles):
    """Files whose names change with their content: a browser need never ask for them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or 404."""
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response


def studio_files() -> Mount:
    """What the page loads, compressed for the way."""
    served = _Files(directory=BUILT / "studio", check_dir=False)
    return Mount("/studio", app=GZipMiddleware(served, minimum_size=1024), name="studio")


def _headers(nonce: str) -> dict[str, str]:
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        # The components put their rules into style elements that carry the page's nonce.
        f"style-src 'self' 'nonce-{nonce}'",
        # Pictures of a question are shown from the browser's own database.
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "content-security-policy": "; ".join(policy),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
    }
