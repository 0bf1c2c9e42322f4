"""An upload as a source: the files that came whole, with the descriptions given since."""

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from sightline.errors import UnreadableSource
from sightline.sources.base import Listing, SourceItem, SourceProblem
from sightline.sources.folder import opened
from sightline.storage.blobs import Blobs
from sightline.storage.records import UploadFile

if TYPE_CHECKING:
    from sightline.storage.uploads import Uploads


class UploadSource:
    """The files of one upload. Those that were refused are listed as problems."""

    def __init__(self, id: str, uploads: "Uploads", blobs: Blobs) -> None:
        """Raises NotFound when there is no such upload."""
        uploads.get(id)
        self._id = id
        self._uploads = uploads
        self._blobs = blobs

    @property
    def uri(self) -> str:
        """`upload:` and the id."""
        return f"upload:{self._id}"

    def listing(self) -> Listing:
        """All files, sorted by key. Raises NotFound when the upload was deleted."""
        files = sorted(self._uploads.files(self._id), key=lambda file: file.key)
        return Listing(
            items=tuple(self._item(file, file.sha256) for file in files if file.sha256),
            problems=tuple(
                SourceProblem(file.key, file.code or "", file.message or "")
                for file in files
                if not file.sha256
            ),
        )

    def read(self, item: SourceItem) -> bytes:
        """The file's bytes. Raises UnreadableSource."""
        try:
            return Path(item.location).read_bytes()
        except OSError as error:
            raise UnreadableSource(f"{item.key!r} cannot be read: {error.strerror}.") from error

    def open(self, item: SourceItem) -> BinaryIO:
        """The file. Raises UnreadableSource."""
        return opened(item)

    def _item(self, file: UploadFile, sha256: str) -> SourceItem:
        return SourceItem(
            key=file.key,
            location=str(self._blobs.path(self._id, sha256)),
            size=file.size,
            etag=sha256,
            description=file.description,
        )
