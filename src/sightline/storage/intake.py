"""Files on their way into an upload: bounded, judged by their content, and recorded one by one."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sightline.errors import UnreadableImage
from sightline.media.signatures import EXPECTED_VIDEO, described, media_type, video_type
from sightline.storage.blobs import Arriving, Blobs
from sightline.storage.records import Arrived, UploadFile

if TYPE_CHECKING:
    from sightline.storage.uploads import Uploads

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """How much one upload may hold: bytes of a file, files (refused ones too), bytes of all.

    `video_bytes` is for a file whose first bytes are those of a video.
    """

    file_bytes: int = 200 * MEBIBYTE
    video_bytes: int = 4096 * MEBIBYTE
    files: int = 20_000
    total_bytes: int = 50 * 1024 * MEBIBYTE


class Intake:
    """Takes the files of one request into an upload: `begin`, `write` …, `end` for each.

    A file that cannot be taken is recorded as Failed with the reason, and the next one goes on.
    Of files beyond the number that an upload may hold only the count is kept, in `left_out`.
    """

    def __init__(
        self, upload: str, uploads: "Uploads", blobs: Blobs, limits: UploadLimits = UploadLimits()
    ) -> None:
        """Raises NotFound when there is no such upload."""
        self._upload = upload
        self._uploads = uploads
        self._blobs = blobs
        self._limits = limits
        self._before = uploads.get(upload)
        self._count = self._before.uploaded + self._before.failed
        self._total = self._before.size
        self._name = ""
        self._size = 0
        self._file: Arriving | None = None
        self._refusal: tuple[str, str] | None = None
        self.files: list[UploadFile] = []
        self.left_out = 0

    def begin(self, name: str) -> None:
        """A file of that name comes now."""
        self._name, self._size, self._refusal = name, 0, None
        self._file = self._blobs.receive(self._upload)

    def write(self, data: bytes) -> None:
        """The next bytes of it; those of a refused file are passed over."""
        self._size += len(data)
        if self._file is None:
            return
        self._file.write(data)
        self._refusal = self._too_much()
        if self._refusal:
            self.drop()

    def end(self) -> None:
        """It is whole."""
        if self._count >= self._limits.files:
            self.left_out += 1
            self.drop()
            return
        sha256 = kind = None
        if self._file is not None:
            kind = media_type(self._file.head) or video_type(self._file.head)
            if kind is None:
                self._refusal = _foreign(self._file.head)
                self.drop()
            else:
                sha256 = self._file.keep()
                self._file = None
                self._total += self._size
        code, message = self._refusal or (None, None)
        self._count += 1
        self.files.append(
            self._uploads.add(
                self._upload,
                Arrived(
                    name=self._name,
                    size=self._size,
                    sha256=sha256,
                    media_type=kind,
                    code=code,
                    message=message,
                ),
            )
        )

    def drop(self) -> None:
        """Forget the file that is on its way, if one is."""
        if self._file is not None:
            self._file.drop()
            self._file = None

    def _too_much(self) -> tuple[str, str] | None:
        is_video = self._file is not None and video_type(self._file.head)
        most = self._limits.video_bytes if is_video else self._limits.file_bytes
        if self._size > most:
            limit = most / MEBIBYTE
            return "file_too_large", f"Expected a file of at most {limit:,g} MiB, got more."
        if self._total + self._size > self._limits.total_bytes:
            limit = self._limits.total_bytes / MEBIBYTE
            return "upload_too_large", f"Expected an upload of at most {limit:,g} MiB, got more."
        return None


def _foreign(head: bytes) -> tuple[str, str]:
    """Why these first bytes are neither those of a picture nor of a video."""
    return (
        UnreadableImage.code,
        f"Expected a picture or {EXPECTED_VIDEO}, got {described(head)}.",
    )
