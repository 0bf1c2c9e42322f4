"""Image Analysis 4.0 as its clients speak it: the query to what is wanted, results and errors.

Places are whole pixels of the upright original, counted from its top left corner. Facts of the
wire: Azure AI Vision, api-versions 2023-10-01 and 2024-02-01.
"""

import math
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException

from sightline import __version__
from sightline.assets import Line, Reading, Vector
from sightline.cropping import NARROWEST, WIDEST
from sightline.errors import InvalidRequest, SightlineError, UnreadableImage, UrlNotAllowed
from sightline.geometry import Box, Polygon, bounds, four_corners, pixel_box, pixel_points
from sightline.http.errors import verdict
from sightline.http.wire_json import Json, kind_of, squashed
from sightline.image_analysis import FEATURES, Analysis, Caption, Feature, Wanted
from sightline.regions import Region
from sightline.single_words import single_words
from sightline.vision.base import Identity

MODEL_VERSION: Final = f"sightline-{__version__}"
"""What analyses say made them."""

MOST_WORDS: Final = 70
"""Words of a text that becomes a vector."""

MOST_CROPS: Final = 20
"""Aspect ratios in one request."""

UNKNOWN: Final = 0.0
"""The confidence of a caption: the field must be there, and a chat model tells none."""

_LANGUAGE: Final = "en"
_BAD_ARGUMENT, _BAD_FORMAT, _BAD_URL = "BadArgument", "InvalidImageFormat", "InvalidImageUrl"
_INNER: Final = {
    "features": "NotSupportedVisualFeature",
    "language": "NotSupportedLanguage",
    "size": "InvalidImageSize",
    "url": _BAD_URL,
}
"""Inner codes by the field that an error is about."""

INNER_CODES: Final = (_BAD_ARGUMENT, _BAD_FORMAT, *_INNER.values())
"""What says more of an invalid request."""


def wanted(
    *,
    features: Sequence[str],
    model_name: str | None = None,
    language: str | None = None,
    gender_neutral: str | None = None,
    aspect_ratios: Sequence[str] = (),
) -> Wanted:
    """What a query asks for; a list is written with commas, in one parameter or in several.

    Raises InvalidRequest that names the parameter.
    """
    if model_name:
        raise InvalidRequest(
            f"model-name: custom models are not served here, got {kind_of(model_name)}.",
            hint=f"Leave it out and name features: {','.join(FEATURES)}.",
            param="model-name",
        )
    chosen = _features(",".join(features))
    spoken = (language or _LANGUAGE).strip()
    if spoken.casefold() != _LANGUAGE and (worded := sorted(chosen - {"read"})):
        raise InvalidRequest(
            f"language: expected 'en' for {', '.join(worded)}, got {kind_of(spoken)}.",
            hint="The feature `read` takes any language.",
            param="language",
        )
    return Wanted(
        features=chosen,
        gender_neutral=_switch(gender_neutral),
        aspect_ratios=_ratios(",".join(aspect_ratios)),
    )


def words_in(given: Json) -> str:
    """The text of a body that is to become a vector. Raises InvalidRequest."""
    text = given.get("text")
    words = text.split() if isinstance(text, str) else []
    if not isinstance(text, str) or not words:
        raise InvalidRequest(
            f"text: expected 1 to {MOST_WORDS} words, got {kind_of(text)}.", param="text"
        )
    if len(words) > MOST_WORDS:
        raise InvalidRequest(
            f"text: expected 1 to {MOST_WORDS} words, got {len(words)}.", param="text"
        )
    return text


def vector_json(vector: Vector, identity: Identity) -> Json:
    """A vector, and the encoders that made it: vectors of different versions do not compare."""
    return {"modelVersion": str(identity), "vector": [float(number) for number in vector]}


def analysis_json(found: Analysis) -> Json:
    """The results that were asked for, and `sightline.failures` where something is missing."""
    size = (found.width, found.height)
    reply: Json = {
        "modelVersion": MODEL_VERSION,
        "metadata": {"width": found.width, "height": found.height},
    }
    if found.caption is not None:
        reply["captionResult"] = {"text": found.caption.text, "confidence": UNKNOWN}
    if found.dense is not None:
        reply["denseCaptionsResult"] = _values(_caption(one, *size) for one in found.dense)
    if found.tags is not None:
        reply["tagsResult"] = _values(_tag(one.name, one.probability) for one in found.tags)
    if found.things is not None:
        reply["objectsResult"] = _values(_thing(one, *size) for one in found.things)
    if found.reading is not None:
        reply["readResult"] = _reading(found.reading, *size)
    if found.crops is not None:
        reply["smartCropsResult"] = _values(
            {"aspectRatio": round(one.aspect_ratio, 4), "boundingBox": _box(one.box, *size)}
            for one in found.crops
        )
    if found.people is not None:
        reply["peopleResult"] = _values(
            {"boundingBox": _place(one, *size), "confidence": _confidence(one.score)}
            for one in found.people
        )
    if found.failures:
        reply["sightline"] = {"failures": found.failures}
    return reply


def error_json(error: SightlineError) -> Json:
    """The body of an error."""
    status = verdict(error).status
    match error:
        case UnreadableImage():
            inner = _BAD_FORMAT
        case UrlNotAllowed():
            inner = _BAD_URL
        case InvalidRequest():
            inner = _INNER.get(error.param or "", _BAD_ARGUMENT)
        case _:
            inner = error.code
    phrase = HTTPStatus(status).phrase.title().replace(" ", "")
    told: Json = {
        "code": "InvalidRequest" if status == HTTPStatus.BAD_REQUEST else phrase,
        "message": str(error),
        "innererror": {"code": inner, "message": error.message},
    }
    return {"error": told}


def plain_error(error: HTTPException) -> Json:
    """The body for what the framework itself refuses."""
    missing = error.status_code == HTTPStatus.NOT_FOUND
    message = f"Resource not found. {error.detail}" if missing else error.detail
    return {"error": {"code": str(error.status_code), "message": message}}


def _features(text: str) -> frozenset[Feature]:
    known: dict[str, Feature] = {squashed(feature): feature for feature in FEATURES}
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InvalidRequest(
            f"Expected the query parameter features with one or more of {','.join(FEATURES)}, "
            "got nothing."
        )
    for name in names:
        if squashed(name) not in known:
            raise InvalidRequest(
                f"features: expected some of {','.join(FEATURES)}, got {kind_of(name)}.",
                param="features",
            )
    return frozenset(known[squashed(name)] for name in names)


def _switch(text: str | None) -> bool:
    said = (text or "false").strip().casefold()
    if said not in {"true", "false"}:
        raise InvalidRequest(
            f"gender-neutral-caption: expected true or false, got {kind_of(text)}.",
            param="gender-neutral-caption",
        )
    return said == "true"


def _ratios(text: str) -> tuple[float, ...]:
    ratios = []
    for part in (part.strip() for part in text.split(",") if part.strip()):
        try:
            ratio = float(part)
        except ValueError:
            ratio = math.nan
        if not NARROWEST <= ratio <= WIDEST:
            raise InvalidRequest(
                f"smartcrops-aspect-ratios: expected numbers from {NARROWEST} to {WIDEST}, got "
                f"{kind_of(part)}.",
                param="smartcrops-aspect-ratios",
            )
        ratios.append(ratio)
    if len(ratios) > MOST_CROPS:
        raise InvalidRequest(
            f"smartcrops-aspect-ratios: expected at most {MOST_CROPS}, got {len(ratios)}.",
            param="smartcrops-aspect-ratios",
        )
    return tuple(ratios)


def _values(values: Iterable[Json]) -> Json:
    return {"values": list(values)}


def _caption(found: Caption, width: int, height: int) -> Json:
    return {
        "text": found.text,
        "confidence": UNKNOWN,
        "boundingBox": _box(found.box, width, height),
    }


def _thing(region: Region, width: int, height: int) -> Json:
    tags = [_tag(region.label, region.score)]
    return {"boundingBox": _place(region, width, height), "tags": tags}


def _tag(name: str, sure: float) -> Json:
    return {"name": name, "confidence": _confidence(sure)}


def _reading(reading: Reading, width: int, height: int) -> Json:
    """All text is one block, even where there is none."""
    return {"blocks": [{"lines": [_line(line, width, height) for line in reading.lines]}]}


def _line(line: Line, width: int, height: int) -> Json:
    return {
        "text": line.text,
        "boundingPolygon": _polygon(line.polygon, width, height),
        "words": [
            {
                "text": word.text,
                "boundingPolygon": _polygon(word.polygon, width, height),
                "confidence": _confidence(word.confidence),
            }
            for word in single_words(line)
        ],
    }


def _polygon(polygon: Polygon, width: int, height: int) -> list[Json]:
    points = pixel_points(four_corners(polygon), width, height)
    return [{"x": x, "y": y} for x, y in points]


def _place(region: Region, width: int, height: int) -> Json:
    return _box(bounds(region.polygon), width, height)


def _box(box: Box, width: int, height: int) -> Json:
    return dict(zip("xywh", pixel_box(box, width, height), strict=True))


def _confidence(share: float) -> float:
    return round(share, 4)
