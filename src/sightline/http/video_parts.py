"""Videos inside messages: their bytes, an uploaded file, a place in an index, or a document.

Here a video only gets a name or its bytes; `sightline.video_names` looks the names up.
"""

from collections.abc import Iterable, Iterator

from sightline.errors import InvalidRequest, UnreadableVideo
from sightline.http.pictures import picture_bytes
from sightline.http.wire_json import Json, kind_of
from sightline.media.signatures import EXPECTED_VIDEO, HEAD, described, video_type
from sightline.messages import Part, VideoFile, VideoName, VideoPart

MAX_VIDEO_BYTES = 50 * 1000 * 1000
"""Largest video in bytes of the file inside a message; larger ones are uploaded."""


def video_part(part: Json, where: str) -> VideoPart:
    """The video of a part of type `video_url` or `acv_document_id`.

    Raises InvalidRequest, UnreadableVideo, or UrlNotAllowed for an address.
    """
    match part:
        case {"type": "acv_document_id", "acv_document_id": str(name)} if name:
            return VideoPart(VideoName("document", name))
        case {"type": "video_url", "video_url": reference}:
            return VideoPart(_video(reference, f"{where}.video_url"))
        case _:
            kind = part["type"]
            raise InvalidRequest(
                f"{where}: a part of type {kind!r} needs a field {kind!r}.", param=where
            )


def documents_in(parts: Iterable[Part], video_index: str) -> Iterator[Part]:
    """The parts, with the index in which documents are to be looked up."""
    for part in parts:
        match part:
            case VideoPart(VideoName("document", name)):
                yield VideoPart(VideoName("document", name, video_index))
            case _:
                yield part


def _video(reference: object, where: str) -> VideoFile | VideoName:
    """What one of the forms of a reference means.

    They are `"data:video/mp4;base64,…"`, `"file_…"`, `{"url": either}`, `{"file_id": …}` and
    `{"index": …, "key": …}`.
    """
    match reference:
        case {"index": str(index), "key": str(key)}:
            return VideoName("key", key, index)
        case {"file_id": str(name)}:
            return VideoName("file", name)
        case {"url": str(url)}:
            return _video(url, f"{where}.url")
        case str() if reference.startswith("file_"):
            return VideoName("file", reference)
        case str():
            data = picture_bytes(reference, where, MAX_VIDEO_BYTES, what="video")
            if video_type(data[:HEAD]) is None:
                raise UnreadableVideo(
                    f"{where}: expected {EXPECTED_VIDEO}, got {described(data)}.", param=where
                )
            return VideoFile(name="video", data=data)
        case _:
            raise InvalidRequest(
                f"{where}: expected a data URL, the id of an uploaded file, or an object with url, "
                f"file_id, or index and key, got {kind_of(reference)}.",
                param=where,
            )
