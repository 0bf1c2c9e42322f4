"""The videos that a question names: uploaded files, keys of indexes, documents of video indexes."""

from collections.abc import Callable
from dataclasses import replace

from sightline.assets import Asset, Where
from sightline.errors import InvalidRequest, NotFound
from sightline.index.base import Searchable
from sightline.messages import (
    ChatRequest,
    Message,
    Video,
    VideoFile,
    VideoName,
    VideoPart,
    VideoPlace,
)
from sightline.storage.blobs import Blobs
from sightline.storage.uploads import Uploads

_LISTED = 10


class VideoNames:
    """Looks names of videos up; `open_index` and `document` are told index and name.

    `document` knows the documents of indexes of videos, and gives None for any other index.
    """

    def __init__(
        self,
        uploads: Callable[[], tuple[Uploads, Blobs]],
        open_index: Callable[[str], Searchable],
        document: Callable[[str, str], VideoPlace | None] = lambda _index, _name: None,
    ) -> None:
        self._uploads = uploads
        self._open_index = open_index
        self._document = document

    def looked_up(self, request: ChatRequest) -> ChatRequest:
        """The request with every name in the place of which there is a video now. NotFound."""
        return replace(request, messages=tuple(map(self._in_message, request.messages)))

    def _in_message(self, message: Message) -> Message:
        if not message.videos:
            return message
        parts = (
            VideoPart(self.video(part.video)) if isinstance(part, VideoPart) else part
            for part in message.parts
        )
        return replace(message, parts=tuple(parts))

    def video(self, video: Video) -> Video:
        """The video behind a name; any other stays. Raises NotFound, InvalidRequest."""
        match video:
            case VideoName("file", name):
                return self._file(name)
            case VideoName("key", name, index):
                return self._place(index, name)
            case VideoName("document", name, index):
                if not index:
                    raise InvalidRequest(
                        "acv_document_id: the video enhancement requires a data source of type "
                        "AzureComputerVisionVideoIndex, got none.",
                        param="messages",
                    )
                return self._document(index, name) or self._place(index, name)
            case _:
                return video

    def _file(self, id: str) -> VideoFile:
        uploads, blobs = self._uploads()
        upload, file = uploads.find(id)
        if file.sha256 is None:
            raise NotFound(
                f"The file {id!r} was refused when it was uploaded: {file.message}",
                param="messages",
            )
        path = blobs.path(upload, file.sha256)
        return VideoFile(name=file.key, data=path, sha256=file.sha256)

    def _place(self, index: str, key: str) -> VideoPlace:
        found = self._frames(index, Where(key_prefix=key))
        asset = next((one for one in found if one.key == key and one.film), None)
        if asset is None:
            known = {one.key for one in self._frames(index, None) if one.film}
            there = ", ".join(map(repr, sorted(known)[:_LISTED])) or "none"
            raise NotFound(
                f"The index {index!r} has no video {key!r}; of its videos the first are: {there}.",
                param="messages",
            )
        return VideoPlace(index=index, source=asset.source, key=key)

    def _frames(self, index: str, where: Where | None) -> list[Asset]:
        return self._open_index(index).browse(0, 1000, where)
