"""The vision enhancements of a request, and what they add to a reply.

`ocr` widens the prompt and shows nowhere in the reply, as in the retired service. `grounding` adds
`choices[].enhancements.grounding`, whose fields are those of the service; what it had not is listed
under `sightline.extensions`, for clients that want only the old ones.
"""

from collections.abc import Iterator

from sightline.events import Grounded
from sightline.evidence import Span
from sightline.geometry import four_corners
from sightline.http.fields import Enhancements
from sightline.http.wire_json import Json
from sightline.messages import EyeChoice
from sightline.views import polygon_json, span_json

EXTENSIONS = ("image_index", "label", "score", "source")
"""Fields of a span that the service had not."""


def reads_text(enhancements: Enhancements | None) -> bool:
    """Whether the text in the question's pictures is wanted."""
    return bool(enhancements and enhancements.ocr and enhancements.ocr.enabled)


def sends_video(enhancements: Enhancements | None) -> bool:
    """Whether a model that takes videos is to get them whole, and not only their frames."""
    return bool(enhancements and enhancements.video and enhancements.video.whole)


def grounds_words(enhancements: Enhancements | None) -> bool:
    """Whether the words of the answer are to be tied to places on the pictures."""
    grounding = enhancements and enhancements.grounding
    return bool(grounding and grounding.enabled)


def eyes_chosen(enhancements: Enhancements | None) -> EyeChoice:
    """Who is to read and to look. What `ocr` says holds for every reading of the question."""
    ocr, grounding = (enhancements.ocr, enhancements.grounding) if enhancements else (None, None)
    return EyeChoice(
        reader=ocr.engine if ocr else None,
        language=ocr.language if ocr else None,
        detector=grounding.engine if grounding else None,
    )


def notes_on(enhancements: Enhancements | None) -> Iterator[str]:
    """Remarks on enhancements that have no effect."""
    for name in (enhancements.model_extra or {}) if enhancements else {}:
        yield f"The enhancement {name!r} is not known here and has no effect."


def enhancements_json(grounded: Grounded) -> Json:
    """`choices[].enhancements`. The whole answer is one line, as the service sent it.

    `offset` and `length` count code points of the line. Polygons have four points, 0..1.
    """
    return {
        "grounding": {
            "status": grounded.status,
            "lines": [{"text": grounded.text, "spans": [_span(one) for one in grounded.spans]}],
            "sightline": {"extensions": EXTENSIONS, "failures": grounded.failures},
        }
    }


def _span(span: Span) -> Json:
    return {**span_json(span), "polygon": polygon_json(four_corners(span.polygon))}
