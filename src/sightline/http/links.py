"""Addresses of what this server serves, absolute, as the client of a request reaches it."""

from dataclasses import dataclass
from urllib.parse import quote

from sightline.assets import Asset, Hit
from sightline.http.wire_json import Json
from sightline.views import asset_json, hit_json


@dataclass(frozen=True, slots=True)
class Links:
    """Builds addresses below `base`, the server's own address with a slash at its end."""

    base: str

    def index(self, index: str) -> str:
        """What an index is."""
        return f"{self.base}api/indexes/{_segment(index)}"

    def timeline(self, index: str, key: str) -> str:
        """A video of it along its time."""
        return f"{self.index(index)}/timeline?key={_segment(key)}"

    def asset(self, index: str, asset_id: str) -> str:
        """What the index knows of an asset."""
        return f"{self.index(index)}/assets/{_segment(asset_id)}"

    def video(self, index: str, asset_id: str) -> str:
        """The video that a frame is of."""
        return f"{self.asset(index, asset_id)}/video"

    def original(self, index: str, asset_id: str) -> str:
        """The picture as it was found."""
        return f"{self.asset(index, asset_id)}/original"

    def thumbnail(self, index: str, asset_id: str, version: str = "") -> str:
        """A small JPEG of it; `version` goes with the picture, and the address may be kept then."""
        address = f"{self.asset(index, asset_id)}/thumbnail"
        return f"{address}?v={version}" if version else address


def linked_asset(asset: Asset, index: str, links: Links) -> Json:
    """An asset as everywhere, and where its pictures are."""
    return asset_json(asset) | {
        "index": index,
        "url": links.asset(index, asset.id),
        "original_url": links.original(index, asset.id),
        "thumbnail_url": links.thumbnail(index, asset.id, asset.sha256[:16]),
    }


def linked_hit(hit: Hit, links: Links) -> Json:
    """A hit as everywhere, with the addresses of its asset."""
    return hit_json(hit) | {"asset": linked_asset(hit.asset, hit.index, links)}


def _segment(name: str) -> str:
    return quote(name, safe="")
