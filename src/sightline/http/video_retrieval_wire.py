"""Video Retrieval as its clients read it: records of ours, moments and errors as replies.

Facts of the wire: Azure AI Vision, api-version 2023-05-01-preview.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from sightline.errors import AlreadyExists, NotFound, SightlineError
from sightline.http.errors import verdict
from sightline.http.video_retrieval_fields import NO_SPEECH
from sightline.http.wire_json import Json
from sightline.known_videos import Outcome, Standing
from sightline.storage.records import Fault, VideoDocument, VideoIndex, VideoIngestion
from sightline.video_moments import VideoMoment

VERSIONS: Final = "2023-01-15-preview,2023-05-01-preview"
"""What replies say is understood; any date is taken."""


def index_json(index: VideoIndex, warnings: Iterable[str] = ()) -> Json:
    """An index, and what of it has no effect."""
    told: Json = {"name": index.name, "userData": index.user_data}
    if index.language is not None:
        told["metadataSchema"] = {
            "language": index.language,
            "fields": [
                {
                    "name": field.name,
                    "searchable": field.searchable,
                    "filterable": field.filterable,
                    "type": field.type,
                }
                for field in index.fields
            ],
        }
    told["features"] = [
        {"name": one.name, "modelVersion": one.model_version, "domain": one.domain}
        for one in index.features
    ]
    told |= {
        "eTag": f'"{index.etag}"',
        "createdDateTime": _iso(index.created_at),
        "lastModifiedDateTime": _iso(index.changed_at),
    }
    speech = any(feature.name == "speech" for feature in index.features)
    return told | _warned([*([NO_SPEECH] if speech else []), *warnings])


def ingestion_json(ingestion: VideoIngestion, standing: Standing, *, details: bool = True) -> Json:
    """An ingestion, with the videos that are dealt with where `details` are wanted."""
    told: Json = {"name": ingestion.name, "state": standing.state}
    if standing.error is not None:
        told["error"] = _fault(standing.error)
    if ingestion.run is not None:
        told["batchName"] = ingestion.run
    told |= {
        "createdDateTime": _iso(ingestion.created_at),
        "lastModifiedDateTime": _iso(standing.changed_at),
    }
    if details:
        told["fileStatusDetails"] = [
            _file(outcome, standing.changed_at) for outcome in standing.outcomes
        ]
    return told | _warned(ingestion.warnings)


def document_json(document: VideoDocument) -> Json:
    """A document."""
    return {
        "documentId": document.id,
        "documentUrl": document.url,
        "metadata": document.metadata,
        "userData": document.user_data,
        **({"error": _fault(document.error)} if document.error else {}),
        "createdDateTime": _iso(document.created_at),
        "lastModifiedDateTime": _iso(document.changed_at),
    }


def moments_json(moments: Iterable[VideoMoment], warnings: Iterable[str] = ()) -> Json:
    """What was found."""
    found = [
        {
            "documentId": moment.document,
            "documentKind": "VideoFrame",
            "start": clock(moment.start),
            "end": clock(moment.end),
            "best": clock(moment.best),
            "relevance": round(min(max(moment.score, 0.0), 1.0), 4),
        }
        for moment in moments
    ]
    return {"value": found, **_warned(warnings)}


def clock(seconds: float) -> str:
    """`hh:mm:ss`, with seven digits of a second where it is no whole one."""
    ticks = round(seconds * _TICKS)
    whole, rest = divmod(ticks, _TICKS)
    minutes, second = divmod(whole, 60)
    shown = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
    return f"{shown}.{rest:07}" if rest else shown


def error_json(error: SightlineError) -> Json:
    """The body of an error."""
    status = verdict(error).status
    phrase = HTTPStatus(status).phrase.title().replace(" ", "")
    code = "InvalidRequest" if status == HTTPStatus.BAD_REQUEST else phrase
    told: Json = {
        "code": _pascal(error.code) if isinstance(error, AlreadyExists | NotFound) else code,
        "message": str(error),
        "innererror": {"code": _pascal(error.code), "message": error.message},
    }
    return {"error": told | ({"target": error.param} if error.param else {})}


def _file(outcome: Outcome, at: datetime) -> Json:
    error = outcome.error
    return {
        "lastUpdateTime": _iso(at),
        "documentId": outcome.file.id,
        "documentUrl": outcome.file.url,
        "succeeded": error is None,
        **({"error": _fault(error)} if error else {}),
    }


def _fault(fault: Fault) -> Json:
    return {"code": _pascal(fault.code), "message": fault.message}


def _pascal(code: str) -> str:
    """`unreadable_source` as `UnreadableSource`."""
    return "".join(word[:1].upper() + word[1:] for word in code.split("_"))


def _warned(warnings: Iterable[str]) -> Json:
    told = [{"message": one} for one in warnings]
    return {"warnings": told} if told else {}


def _iso(moment: datetime) -> str:
    """A time in UTC with seven digits of a second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


_TICKS: Final = 10_000_000
