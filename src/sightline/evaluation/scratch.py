"""A throw-away index of the labelled pictures, made by the real ingest; the user's are not touched.

The same index is scored twice: with the descriptions of the folder, and with none.
"""

import hashlib
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, TypeVar

from sightline.answer import Collaborators
from sightline.assets import Hit, Pixels, Where
from sightline.errors import OriginalGone
from sightline.index.base import Index, Indexes, IndexInfo
from sightline.ingest import ingest
from sightline.ingestion import Failed, Tally
from sightline.passing_videos import PassingVideos
from sightline.retrieve import Searched, search
from sightline.sources.base import Listing, Source, SourceItem
from sightline.sources.folder import Folder
from sightline.watching import Watching
from sightline.workspace import Workspace

T = TypeVar("T")

NAME = "evaluation"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class Scratch:
    """The index while it lives, and what a search or an answer needs of it.

    `eyesight` looks at pictures with a memory as short as that.
    """

    def __init__(self, workspace: Workspace, folder: Path, pictures: Path) -> None:
        self._workspace = workspace
        self._folder = folder
        self._pictures = pictures
        self._described: bool | None = None
        self.eyesight = workspace.eyesight_with(folder)
        self.failed: list[Failed] = []

    def fill(self, progress: Progress, *, described: bool) -> None:
        """Bring the pictures in, or give those that are in their descriptions back, or take them.

        Raises UnreadableSource when there are none.
        """
        if self._described == described:
            return
        step = "indexing pictures" if self._described is None else "changing descriptions"
        folder = Folder(self._pictures)
        source: Source = folder if described else Undescribed(folder)
        if self._described is None:
            self._create()
        tally = Tally()
        with self._indexes.writing(NAME) as index:
            engines = self._workspace.engines(read_text=True)
            threads = self._workspace.settings.threads
            for event in ingest(source, index, engines, threads=threads):
                tally.count(event)
                progress(step, tally.done, tally.total)
        self._described = described
        self.failed = tally.failed

    @property
    def index(self) -> Index:
        """The index, open for reading."""
        return self._indexes.open(NAME)

    def ranked(
        self, top: int, *, picture: Pixels | None = None, text: str | None = None
    ) -> list[str]:
        """Keys of the pictures a search finds, best first; one that has several stills once."""
        hits = self.search([NAME], picture=picture, text=text, top=top)
        return list(dict.fromkeys(hit.asset.key for hit in hits))

    def search(
        self,
        _names: Sequence[str],
        *,
        picture: Pixels | None = None,
        text: str | None = None,
        top: int = 5,
        where: Where | None = None,
    ) -> list[Hit]:
        """As `Workspace.search`, in this index."""
        one = Searched(
            index=self.index,
            encoder=self._workspace.encoder,
            text_encoder=self._workspace.text_encoder,
        )
        return search([one], picture=picture, text=text, top=top, where=where)

    def original(self, _name: str, asset_id: str) -> tuple[bytes, str]:
        """As `Workspace.original`, of this index. Raises OriginalGone."""
        asset = self.index.assets([asset_id])[asset_id]
        data = Path(asset.location).read_bytes()
        if hashlib.sha256(data).hexdigest() != asset.sha256:
            raise OriginalGone(f"The picture {asset.key!r} has changed during the evaluation.")
        return data, asset.media_type

    @cached_property
    def _indexes(self) -> Indexes:
        from sightline.index.lance import LanceIndexes  # noqa: PLC0415 - heavy

        return LanceIndexes(self._folder)

    @cached_property
    def videos(self) -> Watching:
        """As `Workspace.videos`, of this index."""
        workspace = self._workspace
        passing = PassingVideos(
            self._folder / "videos",
            lambda: workspace.engines(read_text=True),
            threads=workspace.settings.threads,
        )

        def searched(name: str) -> Searched:
            index = passing.open(name) or self.index
            encoder, text_encoder = workspace.encoder, workspace.text_encoder
            return Searched(index=index, encoder=encoder, text_encoder=text_encoder)

        return Watching(searched, lambda asset: Path(asset.location).open("rb"), passing)

    def _create(self) -> None:
        self._indexes.create(
            IndexInfo(
                name=NAME,
                encoder=self._workspace.encoder.identity,
                text_encoder=self._workspace.text_encoder.identity,
                created_at=datetime.now(UTC),
            )
        )

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """As `Workspace.wait_for`."""
        return self._workspace.wait_for(work)

    def collaborators(self) -> Collaborators:
        """What the answer flow needs, with this index in place of the workspace's."""
        workspace = self._workspace
        return Collaborators(
            search=self.search,
            original=self.original,
            thumbnail=lambda _name, asset_id: self.index.thumbnail(asset_id),
            encoder=lambda: workspace.encoder,
            eyes=self.eyesight.eyes(),
            pool=workspace.pool,
            videos=self.videos,
        )


@contextmanager
def scratch(workspace: Workspace, pictures: Path) -> Iterator[Scratch]:
    """An index to be filled with the pictures of a folder, somewhere temporary."""
    with TemporaryDirectory(prefix="sightline-evaluation-") as folder:
        made = Scratch(workspace, Path(folder), pictures)
        try:
            yield made
        finally:
            made.eyesight.close()


class Undescribed:
    """A source as if nobody had described its pictures."""

    def __init__(self, source: Source) -> None:
        self._source = source

    @property
    def uri(self) -> str:
        """The same as with descriptions: it is the same source."""
        return self._source.uri

    def listing(self) -> Listing:
        """Every item with an empty description. Raises UnreadableSource."""
        listing = self._source.listing()
        items = tuple(replace(item, description="") for item in listing.items)
        return replace(listing, items=items, descriptions_complete=True)

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        return self._source.read(item)

    def open(self, item: SourceItem) -> BinaryIO:
        """The file. Raises UnreadableSource."""
        return self._source.open(item)
