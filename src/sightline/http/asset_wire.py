"""Assets, hits and readings as JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from sightline.assets import Asset, Hit, Moment, Page, Place, Reading, Whole
from sightline.geometry import Polygon
from sightline.http.links import Links
from sightline.http.wire_json import Json


def asset_json(asset: Asset, index: str, links: Links) -> Json:
    """What a list of assets shows of one: all but its reading and its place on this machine."""
    return {
        "id": asset.id,
        "index": index,
        "name": asset.name,
        "key": asset.key,
        "source": asset.source,
        "place": place_json(asset.place),
        "description": asset.description,
        "tags": [
            {"name": tag.name, "probability": tag.probability, "broader": list(tag.broader)}
            for tag in asset.tags
        ],
        "text": None if asset.reading is None else asset.reading.text,
        "width": asset.width,
        "height": asset.height,
        "media_type": asset.media_type,
        "size": asset.size,
        "sha256": asset.sha256,
        "taken_at": _time(asset.taken_at),
        "indexed_at": _time(asset.indexed_at),
        "url": links.asset(index, asset.id),
        "original_url": links.original(index, asset.id),
        "thumbnail_url": links.thumbnail(index, asset.id),
    }


def whole_asset_json(asset: Asset, index: str, links: Links) -> Json:
    """All of one asset, with the lines and words that were read on it."""
    reading = None if asset.reading is None else reading_json(asset.reading)
    return {**asset_json(asset, index, links), "reading": reading}


def hit_json(hit: Hit, links: Links) -> Json:
    """A found asset with its score and the reasons, strongest first."""
    return {
        "index": hit.index,
        "score": hit.score,
        "reasons": dict(hit.reasons),
        "asset": asset_json(hit.asset, hit.index, links),
    }


def reading_json(reading: Reading) -> Json:
    """Lines and words; polygons are fractions of the upright picture, `confidence` is 0..1."""
    return {
        "lines": [
            {
                "text": line.text,
                "confidence": line.confidence,
                "polygon": polygon_json(line.polygon),
                "words": [
                    {
                        "text": word.text,
                        "confidence": word.confidence,
                        "polygon": polygon_json(word.polygon),
                    }
                    for word in line.words
                ],
            }
            for line in reading.lines
        ]
    }


def place_json(place: Place) -> Json:
    """Which part of the file it is: all of it, a page, or a moment in seconds."""
    match place:
        case Whole():
            return {"kind": "whole"}
        case Page():
            return {"kind": "page", "number": place.number, "count": place.count}
        case Moment():
            return {"kind": "moment", "seconds": place.seconds}
        case _:
            assert_never(place)


def regions_json(regions: Iterable[Polygon]) -> list[list[Json]]:
    """Several polygons."""
    return [polygon_json(region) for region in regions]


def polygon_json(polygon: Polygon) -> list[Json]:
    """Corners as `{x, y}`, 0..1 of the upright picture, clockwise from the top left."""
    return [{"x": round(point.x, _DIGITS), "y": round(point.y, _DIGITS)} for point in polygon]


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


_DIGITS = 5  # a tenth of a pixel on the largest pictures that are taken
