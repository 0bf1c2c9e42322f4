"""The page for somebody who opens the address in a browser: what is here, and how to ask.

Plain HTML without scripts. The policy in its headers forbids everything but its own style.
"""

import base64
import hashlib
import json
from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from sightline import __version__
from sightline.chat.base import ChatModel
from sightline.http.links import Links
from sightline.http.requests import Addresses, Opened
from sightline.http.routes.indexes import index_list
from sightline.http.wire_json import Json
from sightline.workspace import Workspace

router = APIRouter(include_in_schema=False)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
pre { background: #f3f3f3; color: #111; padding: .8rem; overflow-x: auto; border-radius: 6px }
td, th { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top }
@media (prefers-color-scheme: dark) { body { background: #1b1b1b; color: #eee } a { color: #8cf } }
"""

_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


@router.get("/")
async def home(workspace: Opened, links: Addresses) -> HTMLResponse:
    """What is served here."""
    return HTMLResponse(await workspace.pool.run(_page, workspace, links), headers=_HEADERS)


def _page(workspace: Workspace, links: Links) -> str:
    indexes = index_list(workspace, links)
    deployments = workspace.deployments
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sightline</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Sightline {escape(__version__)}</h1>
<p>Ask about your own pictures, on your own machine, and see where each answer comes from.
This address is an API; any OpenAI client works with <code>{escape(links.base)}v1</code> as its
base URL and any text as its key.</p>
<h2>Indexes</h2>
{_indexes(indexes)}
<h2>Deployments</h2>
{_deployments(deployments)}
<h2>Ask</h2>
<pre>{escape(_curl(links, indexes, deployments[0].name))}</pre>
<p>More: <a href="/openapi.json">/openapi.json</a>, <a href="/v1/models">/v1/models</a>,
<a href="/api/indexes">/api/indexes</a>, <a href="/health">/health</a>.</p>
</body>
</html>
"""


def _indexes(indexes: list[Json]) -> str:
    if not indexes:
        return "<p>None yet. Make one: <code>sightline ingest FOLDER --index NAME</code></p>"
    rows = "".join(
        f'<tr><td><a href="{escape(index["url"])}/assets">{escape(index["name"])}</a></td>'
        f"<td>{_size(index)}</td></tr>"
        for index in indexes
    )
    return f"<table>{rows}</table>"


def _size(index: Json) -> str:
    if "error" in index:
        return escape(f"cannot be read: {index['error']['message']}")
    if index["rows"] is None:
        return escape(f"at the search service {index['attached']['service']}")
    return f"{index['rows']:,} pictures"


def _deployments(deployments: list[ChatModel]) -> str:
    rows = "".join(
        f"<tr><td>{escape(model.name)}</td><td>{escape(model.capabilities.notice)}</td></tr>"
        for model in deployments
    )
    return f"<table>{rows}</table>"


def _curl(links: Links, indexes: list[Json], deployment: str) -> str:
    body: Json = {
        "model": deployment,
        "messages": [{"role": "user", "content": "Which picture shows a cat?"}],
    }
    if indexes:
        name = indexes[0]["name"]
        body["data_sources"] = [{"type": "sightline", "parameters": {"index_name": name}}]
    return (
        f"curl {links.base}v1/chat/completions -H 'content-type: application/json' \\\n"
        f"  -d '{json.dumps(body, indent=1)}'"
    )
