"""Addresses of what this server serves, absolute, as the client of a request reaches it."""

from dataclasses import dataclass
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Links:
    """Builds addresses below `base`, the server's own address with a slash at its end."""

    base: str

    def asset(self, index: str, asset_id: str) -> str:
        """What the index knows of an asset."""
        return f"{self.base}api/indexes/{_segment(index)}/assets/{_segment(asset_id)}"

    def original(self, index: str, asset_id: str) -> str:
        """The picture as it was found."""
        return f"{self.asset(index, asset_id)}/original"

    def thumbnail(self, index: str, asset_id: str) -> str:
        """A small JPEG of it."""
        return f"{self.asset(index, asset_id)}/thumbnail"


def _segment(name: str) -> str:
    return quote(name, safe="")
