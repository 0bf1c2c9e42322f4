"""Search services that are configured here, the indexes there, and attaching them."""

from functools import partial

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from sightline.http.requests import Addresses, Opened, body_of, parsed
from sightline.http.wire_json import Json, JsonResponse, checked
from sightline.messages import Distant
from sightline.views import examined_json

router = APIRouter(prefix="/api", tags=["search services"])


class AttachmentBody(BaseModel):
    """An index that lies at a configured search service, and how to read it."""

    model_config = ConfigDict(extra="forbid")

    service: str = Field(description="The name of a search service in settings.toml.")
    index: str = Field(min_length=1, description="The name of the index there.")
    fields_mapping: dict[str, str | list[str]] = Field(
        default_factory=dict, description="Which field holds what; what is left out is guessed."
    )
    encoder: str = Field("", description="The vision service that made its vectors; else our own.")
    dry_run: bool = Field(default=False, description="Look, and attach nothing.")

    @property
    def distant(self) -> Distant:
        """The place, as the workspace takes it."""
        fields = tuple(
            (name, (value,) if isinstance(value, str) else tuple(value))
            for name, value in self.fields_mapping.items()
        )
        return Distant(service=self.service, index=self.index, fields=fields, encoder=self.encoder)


@router.get("/search-services", response_model=None)
async def services(workspace: Opened) -> JsonResponse:
    """The configured services by name; a request may speak of these and no others."""
    found = workspace.settings.search_services
    visions = workspace.settings.vision_services
    return JsonResponse(
        {
            "search_services": [{"name": one.name, "endpoint": one.endpoint} for one in found],
            "vision_services": [
                {"name": one.name, "endpoint": one.endpoint, "model_version": one.model_version}
                for one in visions
            ],
        }
    )


@router.get("/search-services/{service}/indexes", response_model=None)
async def indexes(workspace: Opened, service: str) -> JsonResponse:
    """The names of the indexes there; the service wants an admin key for that."""
    found = await workspace.pool.run(lambda: workspace.elsewhere.service(service).indexes())
    return JsonResponse({"indexes": found})


@router.put(
    "/indexes/{name}/attachment", response_model=None, openapi_extra=body_of(AttachmentBody)
)
async def attach(request: Request, workspace: Opened, links: Addresses, name: str) -> JsonResponse:
    """Attach an index once its vectors are seen to fit; with `dry_run`, say what was seen."""
    body = await parsed(request, workspace, partial(checked, AttachmentBody))

    def done() -> Json:
        examined = workspace.attach(name, body.distant, dry_run=body.dry_run)
        return examined_json(examined) | {"url": None if body.dry_run else links.index(name)}

    return JsonResponse(await workspace.pool.run(done), 200 if body.dry_run else 201)
