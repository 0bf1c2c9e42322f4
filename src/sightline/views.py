"""Values as plain JSON: one shape for each, the same on the command line and over HTTP."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol

from sightline.assets import Asset, Film, Hit, Moment, Page, Reading, Tag
from sightline.documents.base import DocumentIndexes, Documents
from sightline.events import Adapted, Answer, Grounded, Warned
from sightline.evidence import Citation, Retrieved, Span, Watched
from sightline.geometry import Polygon
from sightline.index.attachments import Attachment, Attachments
from sightline.index.base import Indexes, Searchable
from sightline.known_sources import Look
from sightline.regions import Region
from sightline.storage.records import Ingestion, SourceRecord

if TYPE_CHECKING:
    from sightline.elsewhere import Examined
    from sightline.image_analysis import Analysis

Json = dict[str, Any]


def asset_json(asset: Asset) -> Json:
    """An asset without its reading's polygons (`reading_json` has them)."""
    return {
        "id": asset.id,
        "key": asset.key,
        "name": asset.name,
        "source": asset.source,
        "place": _place(asset),
        "media_type": asset.media_type,
        "width": asset.width,
        "height": asset.height,
        "size": asset.size,
        "sha256": asset.sha256,
        "description": asset.description,
        "text": asset.reading.text if asset.reading else None,
        "tags": [tag_json(tag) for tag in asset.tags],
        "taken_at": asset.taken_at.isoformat() if asset.taken_at else None,
        "indexed_at": asset.indexed_at.isoformat() if asset.indexed_at else None,
        **({"film": film_json(asset.film)} if asset.film else {}),
    }


def film_json(film: Film) -> Json:
    """What is known of a frame of a video beside the picture; times in seconds."""
    return asdict(film) | {"coverage": film.coverage}


def tag_json(tag: Tag) -> Json:
    """A class name with its probability and broader names."""
    return {
        "name": tag.name,
        "probability": round(tag.probability, 4),
        "broader": list(tag.broader),
    }


def hit_json(hit: Hit) -> Json:
    """A hit: its score, why it was found, and the asset."""
    return {
        "index": hit.index,
        "score": round(hit.score, 4),
        "reasons": {reason: round(value, 4) for reason, value in hit.reasons.items()},
        "asset": asset_json(hit.asset),
    }


def reading_json(reading: Reading) -> Json:
    """Lines and words with polygons, 0..1 of the upright picture."""
    return {
        "text": reading.text,
        "lines": [
            {
                "text": line.text,
                "confidence": round(line.confidence, 4),
                "polygon": polygon_json(line.polygon),
                "words": [
                    {
                        "text": word.text,
                        "confidence": round(word.confidence, 4),
                        "polygon": polygon_json(word.polygon),
                    }
                    for word in line.words
                ],
            }
            for line in reading.lines
        ],
    }


def polygon_json(polygon: Polygon) -> list[Json]:
    """Points as x and y, 0..1."""
    return [{"x": round(point.x, 5), "y": round(point.y, 5)} for point in polygon]


def index_json(index: Searchable) -> Json:
    """An index: how many rows, when it was made, and with which encoders."""
    info = index.info
    return {
        "name": info.name,
        "rows": index.count(),
        "encoder": str(info.encoder),
        "text_encoder": str(info.text_encoder),
        "created_at": info.created_at.isoformat(),
    }


def attachment_json(attachment: Attachment) -> Json:
    """An attached index as its file tells, without asking its service."""
    return {
        "name": attachment.name,
        "rows": None,
        "encoder": str(attachment.picture),
        "text_encoder": str(attachment.words),
        "created_at": attachment.attached_at.isoformat(),
        "attached": {
            "service": attachment.service,
            "index": attachment.index,
            "encoder": attachment.encoder or "own",
            "fields": {
                field: value for field, value in asdict(attachment.mapping).items() if value
            },
        },
    }


def documents_json(name: str, documents: Documents) -> Json:
    """An index of documents, without asking which encoder fits it."""
    return {
        "name": name,
        "rows": documents.count(),
        "encoder": None,
        "text_encoder": None,
        "created_at": None,
        "documents": {"fields": [field.name for field in documents.definition.fields]},
    }


class Holder(Protocol):
    """Who has indexes of every kind: a workspace."""

    @property
    def attachments(self) -> Attachments:
        """Those that lie elsewhere."""
        ...

    @property
    def documents(self) -> DocumentIndexes:
        """Those of documents."""
        ...

    @property
    def indexes(self) -> Indexes:
        """Those of pictures."""
        ...


def listed_json(holder: Holder, name: str) -> Json:
    """What a list of indexes says of one: no service is asked and no encoder opened for it.

    Raises UnknownIndex, BrokenIndex.
    """
    if holder.attachments.has(name):
        return attachment_json(holder.attachments.get(name))
    if name in holder.documents.names():
        return documents_json(name, holder.documents.open(name))
    return index_json(holder.indexes.open(name))


def examined_json(examined: "Examined") -> Json:
    """What was found out about an index elsewhere, and how it is read."""
    return attachment_json(examined.attachment) | {
        "rows": examined.documents,
        "findings": list(examined.findings),
    }


def citation_json(citation: Citation) -> Json:
    """A citation: the mark, the quoted words, the picture and the regions on it."""
    evidence = citation.evidence
    found: Json = {}
    if isinstance(evidence.origin, Retrieved):
        hit = evidence.origin.hit
        found = {
            "index": hit.index,
            "asset": hit.asset.id,
            "key": hit.asset.key,
            "location": hit.asset.location,
            "score": round(hit.score, 4),
            **({"seconds": hit.asset.seconds} if hit.asset.film else {}),
        }
    return {
        "mark": f"doc{evidence.number}",
        "title": evidence.title,
        "content": citation.content,
        "regions": [polygon_json(region) for region in citation.regions],
        "inferred": citation.inferred,
        **found,
    }


def watched_json(watched: Watched) -> Json:
    """A video of a question, what was looked at of it, and which of its frames were taken."""
    film = watched.film
    return {
        "name": watched.video.name,
        "index": watched.video.index,
        "key": watched.video.key,
        "duration": film.duration,
        "coverage": film.coverage,
        "step": film.step,
        "frames_looked_at": film.frames,
        "bad_frames": film.bad,
        "about_all": watched.about_all,
        "looked_for": watched.looked_for,
        "found": watched.found,
        "frames": [
            {"number": one.number, "rank": one.rank, "start": one.start, "until": one.until}
            for one in watched.frames
        ],
    }


def answer_json(answer: Answer) -> Json:
    """A whole answer with its citations and warnings."""
    return {
        "answer": answer.text,
        "citations": [citation_json(citation) for citation in answer.citations],
        "evidence": [
            {"mark": f"doc{evidence.number}", "title": evidence.title}
            for evidence in answer.evidence
        ],
        **({"videos": [watched_json(w) for w in answer.watched]} if answer.watched else {}),
        "grounding": None if answer.grounding is None else grounding_json(answer.grounding),
        **remarks_json(answer.warnings),
        "turn": answer.turn,
        "finish_reason": answer.finish_reason,
        "usage": {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "total_tokens": answer.usage.total_tokens,
            "estimated": answer.usage.estimated,
        },
    }


def grounding_json(grounded: Grounded) -> Json:
    """Which words of the answer are where on which picture."""
    return {
        "status": grounded.status,
        "spans": [span_json(span) for span in grounded.spans],
        "failures": list(grounded.failures),
    }


def span_json(span: Span) -> Json:
    """A stretch of the answer, in code points, and its place on the picture `image_index`."""
    return {
        "text": span.text,
        "offset": span.offset,
        "length": span.length,
        "polygon": polygon_json(span.polygon),
        "image_index": span.image_index,
        "label": span.label,
        "score": round(span.score, 4),
        "source": span.source,
    }


def region_json(region: Region) -> Json:
    """A thing found on a picture; `text` is what is written on it, where that was read."""
    return {
        "label": region.label,
        "score": round(region.score, 4),
        "polygon": polygon_json(region.polygon),
        "source": region.source,
        "broader": list(region.broader),
        **({"text": region.text} if region.text else {}),
    }


def analysis_json(analysis: "Analysis") -> Json:
    """What was found on a picture; what was not asked for is not there. Polygons are 0..1."""
    found: Json = {"width": analysis.width, "height": analysis.height}
    if analysis.reading is not None:
        found["read"] = reading_json(analysis.reading)
    if analysis.things is not None:
        found["objects"] = [region_json(region) for region in analysis.things]
    if analysis.people is not None:
        found["people"] = [region_json(region) for region in analysis.people]
    if analysis.tags is not None:
        found["tags"] = [
            {"name": tag.name, "probability": round(tag.probability, 4)} for tag in analysis.tags
        ]
    if analysis.caption is not None:
        found["caption"] = analysis.caption.text
    if analysis.dense is not None:
        found["denseCaptions"] = [
            {"text": one.text, "polygon": polygon_json(one.box.polygon)} for one in analysis.dense
        ]
    if analysis.crops is not None:
        found["smartCrops"] = [
            {"aspect_ratio": crop.aspect_ratio, "polygon": polygon_json(crop.box.polygon)}
            for crop in analysis.crops
        ]
    found["failures"] = list(analysis.failures)
    return found


def _place(asset: Asset) -> Json | None:
    match asset.place:
        case Page():
            return {"page": asset.place.number, "pages": asset.place.count}
        case Moment():
            return {"seconds": asset.place.seconds}
        case _:
            return None


def look_json(look: Look) -> Json:
    """What a source was seen to hold."""
    return {
        "uri": look.uri,
        "pictures": look.pictures,
        "size": look.size,
        "described": look.described,
        "undescribed": look.undescribed,
        "descriptions_without_picture": look.without_picture,
        "problems": [
            {"key": problem.key, "code": problem.code, "message": problem.message}
            for problem in look.problems
        ],
    }


def source_json(record: SourceRecord, last: Ingestion | None) -> Json:
    """A source's record, with how its last ingestion is or was."""
    return {
        "id": record.id,
        "name": record.name,
        "kind": record.kind,
        "value": record.value,
        "uri": record.uri,
        "index": record.index_name,
        "read_text": record.read_text,
        "refresh_minutes": record.refresh_minutes,
        "created_at": record.created_at.isoformat(),
        "next_due_at": record.next_due_at.isoformat() if record.next_due_at else None,
        "last_ingestion": None if last is None else _last_json(last),
    }


def interval(minutes: int) -> str:
    """Minutes in words as the command line takes them; "by hand" for none."""
    if not minutes:
        return "by hand"
    for length, unit in ((24 * 60, "d"), (60, "h")):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def _last_json(last: Ingestion) -> Json:
    error = {"code": last.error_code, "message": last.error_message} if last.error_code else None
    return {
        "id": last.id,
        "state": last.state,
        "asked_by": last.asked_by,
        "updated_at": last.updated_at.isoformat(),
        "finished_at": last.finished_at.isoformat() if last.finished_at else None,
        "pictures": last.progress.total,
        "undescribed": last.progress.undescribed,
        "failed": last.progress.failed,
        "error": error,
    }


def remarks_json(warnings: Sequence[Warned]) -> Json:
    """Warnings, and apart from them how the request was adapted, if it was."""
    adapted = [warning for warning in warnings if isinstance(warning, Adapted)]
    others = [warning for warning in warnings if not isinstance(warning, Adapted)]
    return {"warnings": [warning_json(other) for other in others], **adaptations_json(adapted)}


def adaptations_json(adapted: Sequence[Adapted]) -> Json:
    """How the request was changed for its deployment; empty when it was not."""
    return {"adaptations": [warning_json(one) for one in adapted]} if adapted else {}


def warning_json(warning: Warned) -> Json:
    """What a reader must know, with a code that stays the same."""
    return {"code": warning.code, "message": warning.message}
