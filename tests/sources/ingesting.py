"""An index in memory with fakes for engines, filled from any address."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from itertools import count

from PIL import Image

from sightline.index.base import IndexInfo
from sightline.index.memory import MemoryIndexes
from sightline.ingest import ingest
from sightline.ingestion import Tally
from sightline.row_desk import Engines
from sightline.sources.base import Listing, Source, SourceItem
from sightline.sources.connections import Connection
from sightline.sources.limits import Limits
from sightline.sources.opening import open_source
from sightline.vision.fake import FakePictureEncoder, FakeTextEncoder

HASTY = Limits(connect=2, silence=2, request=20, retries=1, retry_for=3, pause=5)
"""A test does not outlast outages."""


def picture(colour: str | tuple[int, int, int] = "red", side: int = 8) -> bytes:
    content = BytesIO()
    Image.new("RGB", (side, side), colour).save(content, "PNG")
    return content.getvalue()


class Unplugged:
    """A source whose server goes away at the `after`-th read."""

    def __init__(self, source: Source, stop: Callable[[], None], *, after: int) -> None:
        self._source = source
        self._stop = stop
        self._after = after
        self._reads = count(1)

    @property
    def uri(self) -> str:
        return self._source.uri

    def listing(self) -> Listing:
        return self._source.listing()

    def read(self, item: SourceItem) -> bytes:
        if next(self._reads) == self._after:
            self._stop()
        return self._source.read(item)


class Shelf:
    """One index, and what it takes to bring a source into it."""

    def __init__(
        self,
        environment: Mapping[str, str],
        connections: Mapping[str, Connection] | None = None,
    ) -> None:
        text_encoder = FakeTextEncoder()
        self.encoder = FakePictureEncoder(text_encoder=text_encoder)
        self.engines = Engines(encoder=self.encoder, text_encoder=text_encoder, reader=None)
        self.environment = environment
        self.connections = connections or {}
        self.index = MemoryIndexes().create(
            IndexInfo(
                name="shop",
                encoder=self.encoder.identity,
                text_encoder=text_encoder.identity,
                created_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )

    def open(self, url: str) -> Source:
        return open_source(url, self.connections, environment=self.environment, limits=HASTY)

    def sync(self, source: str | Source, *, force: bool = False) -> Tally:
        opened = self.open(source) if isinstance(source, str) else source
        tally = Tally()
        for event in ingest(opened, self.index, self.engines, force=force):
            tally.count(event)
        return tally

    def encoded(self) -> int:
        return sum(len(call) for call in self.encoder.calls)

    def descriptions(self) -> dict[str, str]:
        return {asset.key: asset.description for asset in self.index.browse(0, 100_000)}
