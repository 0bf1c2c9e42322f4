"""What a client should know of this server before it asks: limits, what is taken, who looks."""

from fastapi import APIRouter

from sightline import __version__
from sightline.answer import MAX_IMAGES
from sightline.choosing import readers
from sightline.http.guards import MEBIBYTE
from sightline.http.pictures import MAX_IMAGE_BYTES
from sightline.http.requests import Opened
from sightline.http.routes.indexes import LONGEST_DESCRIPTION, MOST_ASSETS, MOST_HITS
from sightline.http.routes.ingestions import Work
from sightline.http.wire_json import Json, JsonResponse
from sightline.media.stills import FORMATS
from sightline.sources.listing import PICTURE_ENDINGS, VIDEO_ENDINGS
from sightline.workspace import Workspace

router = APIRouter(prefix="/api/server", tags=["server"])


@router.get("", response_model=None)
async def server(workspace: Opened, jobs: Work) -> JsonResponse:
    """Version, limits and engines; no engine is opened for it."""
    settings = workspace.settings
    return JsonResponse(
        {
            "version": __version__,
            "deployment": settings.deployment,
            "recording": settings.record,
            "limits": {
                "body_bytes": settings.max_body_mb * MEBIBYTE,
                "pictures_per_request": MAX_IMAGES,
                "picture_bytes": MAX_IMAGE_BYTES,
                "upload_files": jobs.limits.files,
                "upload_file_bytes": jobs.limits.file_bytes,
                "upload_bytes": jobs.limits.total_bytes,
                "source_file_bytes": settings.max_file_mb * MEBIBYTE,
                "description_characters": LONGEST_DESCRIPTION,
                "hits": MOST_HITS,
                "assets_per_page": MOST_ASSETS,
            },
            "pictures": {"media_types": list(FORMATS), "endings": sorted(PICTURE_ENDINGS)},
            "videos": {
                "media_types": await workspace.pool.run(_video_types),
                "endings": sorted(VIDEO_ENDINGS),
                "upload_file_bytes": jobs.limits.video_bytes,
            },
            "engines": await workspace.pool.run(_engines, workspace),
        }
    )


def _video_types() -> list[str]:
    from sightline.media.videos import DEMUXERS  # noqa: PLC0415 - heavy

    return list(DEMUXERS)


def _engines(workspace: Workspace) -> Json:
    """By the names that the settings give them; `vlm:NAME` is a deployment that draws boxes."""
    who_answers = (None, *workspace.deployments)
    looking = (name for model in who_answers for name in workspace.eyesight.detectors(model))
    return {
        "encoder": workspace.settings.encoder,
        "text_encoder": workspace.settings.text_encoder,
        "reader": workspace.settings.reader,
        "readers": [
            {"name": name, "languages": languages}
            for name, languages in readers(workspace.settings).items()
        ],
        "detectors": list(dict.fromkeys(looking)),
    }
