"""Signing in with a browser: a key comes once, and a cookie stands for it from then on.

The cookie is no key: no script can read it, it goes to this server only, is worth nothing when the
key is revoked or the server has started again, and ends with the browser or after twelve hours.
"""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from sightline.errors import InvalidRequest, Refused
from sightline.http.gate import Gate
from sightline.http.requests import body_of
from sightline.http.sign_ins import COOKIE
from sightline.http.wire_json import Json, JsonResponse, read_object
from sightline.storage.records import KeyRecord

router = APIRouter(prefix="/api/session", tags=["keys"])

LONGEST_BODY = 4096
"""Bytes that somebody may send who has no key yet."""


class SignInBody(BaseModel):
    """Who wants to come in."""

    key: str = Field(description="An API key of this server.")


@router.get("", response_model=None)
async def session(request: Request) -> JsonResponse:
    """Whether this server wants a key, and whose came along with this request."""
    gate = _gate(request)
    record = await gate.holder(request) if gate.asks else None
    return JsonResponse({"key_needed": gate.asks, "signed_in": _json(record) if record else None})


@router.post("", response_model=None, openapi_extra=body_of(SignInBody))
async def sign_in(request: Request) -> JsonResponse:
    """Give a key, get a cookie."""
    gate = _gate(request)
    if not gate.asks:
        raise Refused("Expected a server that asks for keys, and this one does not.")
    record, token = await gate.sign_in(request, _key(await _small_body(request)))
    reply = JsonResponse({"key_needed": True, "signed_in": _json(record)})
    reply.set_cookie(
        COOKIE,
        token,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return reply


@router.delete("", response_model=None)
async def sign_out(request: Request) -> JsonResponse:
    """Forget the sign-in of this browser."""
    gate = _gate(request)
    gate.sign_out(request)
    reply = JsonResponse({"key_needed": gate.asks, "signed_in": None})
    reply.delete_cookie(COOKIE)
    return reply


def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


async def _small_body(request: Request) -> bytes:
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_BODY:
            raise InvalidRequest(f"Expected a key, got more than {LONGEST_BODY} bytes.")
    return body


def _key(body: bytes) -> str:
    key = read_object(body).get("key")
    if not isinstance(key, str) or not key.strip():
        # What came instead may be a key under another name, and is not repeated.
        raise InvalidRequest('Expected {"key": "…"} with an API key.', param="key")
    return key.strip()


def _json(record: KeyRecord) -> Json:
    return {"key": record.name, "scopes": list(record.scopes)}
