"""API keys: made, listed and revoked over HTTP. Who may come in decides who else may."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from sightline.access import LONGEST_LIFE, Scope, key_json
from sightline.errors import Refused
from sightline.http.gate import Gate
from sightline.http.requests import Opened, body_of, parsed
from sightline.http.wire_json import JsonResponse, checked

router = APIRouter(prefix="/api/keys", tags=["keys"])


class KeyBody(BaseModel):
    """A key to make."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(description="What the list and the audit log call it.")
    scopes: list[Scope] = Field(description="What it opens.", min_length=1)
    expires_days: Annotated[int, Field(strict=True, ge=1, le=LONGEST_LIFE)] | None = Field(
        None, description="How many days it is good for; for ever when left out."
    )


@router.get("", response_model=None)
async def keys(request: Request, workspace: Opened) -> JsonResponse:
    """All keys by name: what each opens, and when it was made, used and will expire."""
    _check_asked(request)
    found = await workspace.pool.run(workspace.access.all)
    return JsonResponse({"keys": [key_json(one) for one in found]})


@router.post("", response_model=None, openapi_extra=body_of(KeyBody))
async def create(request: Request, workspace: Opened) -> JsonResponse:
    """Make a key. This reply is the only place where it is ever shown."""
    _check_asked(request)
    wanted = await parsed(request, workspace, partial(checked, KeyBody))
    who: str = request.state.who
    record, key = await workspace.pool.run(
        lambda: workspace.access.create(
            wanted.name, wanted.scopes, days=wanted.expires_days, by=who
        )
    )
    return JsonResponse(key_json(record) | {"key": key}, 201, {"cache-control": "no-store"})


@router.delete("/{name}", response_model=None)
async def revoke(request: Request, workspace: Opened, name: str) -> JsonResponse:
    """Make a key worthless at once, and sign out the browsers that were signed in with it."""
    _check_asked(request)
    who: str = request.state.who
    await workspace.pool.run(lambda: workspace.access.revoke(name, by=who))
    return JsonResponse({"revoked": name})


def _check_asked(request: Request) -> None:
    """Raises Refused where no key is asked for: whoever comes by could make one for later."""
    gate: Gate = request.app.state.gate
    if not gate.asks:
        raise Refused(
            "Expected a server that asks for keys, and this one does not.",
            hint="Use `sightline keys`, or set `require_key`.",
        )
