"""Which scope a key needs for which path: one table, and the first row that fits decides.

A path without a row needs `admin`, so that a new one is closed until it is written down here.
Asking is more than looking: an answer may quote every index that a request names.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.routing import compile_path

from sightline.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a request needs: a key with any of `scopes`, or no key where there are none.

    `removes`: the name of the index that it deletes.
    """

    scopes: tuple[Scope, ...]
    removes: str | None = None

    def met_by(self, scopes: tuple[str, ...]) -> bool:
        """Whether a key with these scopes opens it."""
        return "admin" in scopes or not set(self.scopes).isdisjoint(scopes)


def need_of(method: str, path: str) -> Need:
    """What a request needs."""
    method = "GET" if method == "HEAD" else method
    for row in _ROWS:
        if row.method == method and (found := row.path.match(path)):
            return Need(scopes=row.scopes, removes=found["name"] if row.removes else None)
    return Need(scopes=("admin",))


OPEN: Final = ("GET /", "GET /health", "GET /studio/{rest:path}", "* /api/session")
"""For everybody: nothing of the workspace is in it."""

REMOVING: Final = (
    "DELETE /api/indexes/{name}",
    "DELETE /computervision/retrieval/indexes/{name}",
    "DELETE /indexes('{name}')",
    "DELETE /indexes/{name}",
)
"""A whole index goes."""

TABLE: Final[tuple[tuple[tuple[Scope, ...], tuple[str, ...]], ...]] = (
    (
        ("admin",),
        (
            "* /api/keys",
            "* /api/keys/{name}",
            "* /api/turns",
            "* /api/turns/{rest:path}",
            "POST /api/deployments",
            "GET /api/deployments/found",
            "DELETE /api/deployments/{name}",
            "POST /api/deployments/{name}/probe",
            "PUT /api/sources/{source}/cors",
            *REMOVING,
        ),
    ),
    (
        ("chat",),
        (
            "POST /v1/chat/completions",
            "POST /v1/responses",
            "POST /openai/v1/responses",
            "POST /openai/responses",
            "POST /openai/deployments/{deployment}/chat/completions",
            "POST /openai/deployments/{deployment}/extensions/chat/completions",
            "POST /computervision/imageanalysis:analyze",
            "POST /computervision/retrieval:vectorizeImage",
            "POST /computervision/retrieval:vectorizeText",
        ),
    ),
    (
        ("ingest",),
        (
            "POST /api/uploads",
            "* /api/uploads/{rest:path}",
            "POST /api/ingestions",
            "POST /api/ingestions/{ingestion}/cancel",
            "POST /api/sources",
            "POST /api/sources/test",
            "POST /api/sources/{source}/sync",
            "PATCH /api/sources/{source}",
            "DELETE /api/sources/{source}",
            "GET /api/sources/{source}/cors",
            "GET /api/search-services",
            "GET /api/search-services/{service}/indexes",
            "PUT /api/indexes/{name}/attachment",
            "PATCH /api/indexes/{name}/assets/{asset}",
            "DELETE /api/indexes/{name}/assets/{asset}",
            "POST /api/videos",
            "DELETE /api/videos/{video}",
            "PUT /openai/extensions/on-your-data/ingestion-jobs/{job}",
            "PUT /openai/ingestion/jobs/{job}",
            "PUT /computervision/retrieval/indexes/{index}",
            "PATCH /computervision/retrieval/indexes/{index}",
            "PUT /computervision/retrieval/indexes/{index}/ingestions/{ingestion}",
            "POST /indexes",
            "PUT /indexes('{name}')",
            "PUT /indexes/{name}",
            "POST /indexes('{name}')/docs/search.index",
            "POST /indexes/{name}/docs/search.index",
            "POST /indexes('{name}')/docs/index",
            "POST /indexes/{name}/docs/index",
        ),
    ),
    (
        ("read",),
        (
            "GET /api/indexes",
            "GET /api/indexes/{rest:path}",
            "POST /api/indexes/{name}/search",
            "POST /computervision/retrieval/indexes/{index}:queryByText",
            "GET /servicestats",
            "GET /indexes",
            "GET /indexes({rest:path}",
            "GET /indexes/{rest:path}",
            "POST /indexes('{name}')/docs/search.post.search",
            "POST /indexes/{name}/docs/search.post.search",
            "POST /indexes('{name}')/docs/search",
            "POST /indexes/{name}/docs/search",
        ),
    ),
    (
        ("read", "ingest"),
        (
            "GET /api/ingestions",
            "GET /api/ingestions/{rest:path}",
            "GET /api/sources",
            "GET /api/sources/{source}",
            "GET /openai/extensions/on-your-data/ingestion-jobs",
            "GET /openai/extensions/on-your-data/ingestion-jobs/{job}",
            "GET /openai/ingestion/jobs",
            "GET /openai/ingestion/jobs/{rest:path}",
            "GET /computervision/retrieval/indexes",
            "GET /computervision/retrieval/indexes/{rest:path}",
        ),
    ),
    (
        ("read", "chat"),
        (
            "GET /v1/models",
            "GET /v1/models/{name:path}",
            "GET /openai/models",
            "GET /api/deployments",
            "GET /api/deployments/{name}",
        ),
    ),
    (
        ("read", "chat", "ingest"),
        ("GET /openapi.json", "GET /api/server", "GET /api/videos/{video}"),
    ),
)
"""Any of the scopes before its rows is enough; `*` is every method."""


@dataclass(frozen=True, slots=True)
class _Row:
    method: str
    path: re.Pattern[str]
    scopes: tuple[Scope, ...]
    removes: bool


def _rows() -> Iterator[_Row]:
    for scopes, rows in (((), OPEN), *TABLE):
        for row in rows:
            methods, path = row.split(" ")
            pattern = compile_path(path)[0]
            every = ("GET", "POST", "PUT", "PATCH", "DELETE")
            for method in every if methods == "*" else (methods,):
                yield _Row(method, pattern, scopes, row in REMOVING)


_ROWS: Final = tuple(_rows())
