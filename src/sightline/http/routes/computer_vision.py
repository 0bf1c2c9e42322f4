"""Azure AI Vision's paths: one picture analysed, a picture or a text as a vector."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sightline.answer import LOOKING_SIDE
from sightline.errors import InvalidRequest, SightlineError
from sightline.http.errors import retry_headers, verdict
from sightline.http.image_analysis_wire import (
    analysis_json,
    error_json,
    plain_error,
    vector_json,
    wanted,
    words_in,
)
from sightline.http.picture_body import picture_of
from sightline.http.requests import Opened, Version, parsed
from sightline.http.stream import unless_gone
from sightline.http.wire_json import Json, JsonResponse, write
from sightline.image_analysis import analyse

_SMALLEST: Final = 10
_LARGEST: Final = 16_000
"""Pixels that each side of a picture must be above and below to become a vector."""


class _Route(APIRoute):
    """Errors of these paths in the service's own shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def telling(request: Request) -> Response:
            try:
                return await handler(request)
            except SightlineError as error:
                return JsonResponse(error_json(error), verdict(error).status, retry_headers(error))
            except HTTPException as error:
                return JsonResponse(plain_error(error), error.status_code)
            except ClientDisconnect:
                return _nobody_reads()

        return telling


_SINGLE: Final = (
    *("api-version", "model-version", "modelVersion"),
    *("language", "model-name", "gender-neutral-caption"),
)


def _said_once(request: Request) -> None:
    """Raises InvalidRequest for a parameter that is no list and comes several times."""
    for name in _SINGLE:
        if (count := len(request.query_params.getlist(name))) > 1:
            raise InvalidRequest(f"{name}: expected one value, got {count}.")


router = APIRouter(
    prefix="/computervision",
    tags=["computer vision"],
    route_class=_Route,
    dependencies=[Depends(_said_once)],
)


def _body(*kinds: str, field: str) -> Json:
    """The description of a body: JSON with one text, or the bytes of a picture."""
    text = {"type": "object", "required": [field], "properties": {field: {"type": "string"}}}
    content = {"application/json": {"schema": text}}
    content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    return {"requestBody": {"required": True, "content": content}}


_PICTURE: Final = _body("application/octet-stream", "multipart/form-data", field="url")


@router.post("/imageanalysis:analyze", response_model=None, openapi_extra=_PICTURE)
async def analyze(
    request: Request,
    workspace: Opened,
    version: Version,
    features: Annotated[list[str] | None, Query()] = None,
    language: Annotated[str | None, Query()] = None,
    model_name: Annotated[str | None, Query(alias="model-name")] = None,
    gender_neutral: Annotated[str | None, Query(alias="gender-neutral-caption")] = None,
    aspect_ratios: Annotated[list[str] | None, Query(alias="smartcrops-aspect-ratios")] = None,
) -> Response:
    """What is on a picture: tags, captions, objects, text, crops, people, as `features` says."""
    del version
    asked = wanted(
        features=features or (),
        model_name=model_name,
        language=language,
        gender_neutral=gender_neutral,
        aspect_ratios=aspect_ratios or (),
    )
    still = await picture_of(request, workspace.pool, max_side=LOOKING_SIDE)

    async def found() -> bytes:
        analysis = await analyse(still, asked, workspace.analysts())
        return await workspace.pool.run(lambda: write(analysis_json(analysis)))

    return await _while_there(request, found)


@router.post("/retrieval:vectorizeImage", response_model=None, openapi_extra=_PICTURE)
async def vectorize_image(request: Request, workspace: Opened, version: Version) -> Response:
    """A picture as a vector that compares with those of pictures and of texts."""
    del version
    still = await picture_of(request, workspace.pool, max_side=LOOKING_SIDE)
    if not (
        _SMALLEST < min(still.width, still.height) <= max(still.width, still.height) < _LARGEST
    ):
        raise InvalidRequest(
            f"Expected a picture larger than {_SMALLEST} × {_SMALLEST} and smaller than "
            f"{_LARGEST:,} × {_LARGEST:,} pixels, got {still.width:,} × {still.height:,}.",
            param="size",
        )

    def made() -> Json:
        joint = workspace.joint
        return vector_json(joint.picture(still.pixels), joint.identity)

    return JsonResponse(await workspace.pool.run(made))


@router.post("/retrieval:vectorizeText", response_model=None, openapi_extra=_body(field="text"))
async def vectorize_text(request: Request, workspace: Opened, version: Version) -> Response:
    """A text of 1 to 70 words as a vector that compares with those of texts and of pictures."""
    del version
    text = await parsed(request, workspace, words_in)

    def made() -> Json:
        joint = workspace.joint
        return vector_json(joint.text(text), joint.identity)

    return JsonResponse(await workspace.pool.run(made))


async def _while_there(request: Request, made: Callable[[], Awaitable[bytes]]) -> Response:
    """The reply, unless the client leaves before it is made."""
    replies: list[bytes] = []

    async def work() -> None:
        replies.append(await made())

    await unless_gone(request.receive, work())
    return Response(replies[0], media_type="application/json") if replies else _nobody_reads()


def _nobody_reads() -> Response:
    return Response(status_code=400)
