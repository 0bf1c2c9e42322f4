"""What is taken of a source, wherever it lies: one place for the rules.

Pictures and videos are known by their ending. `metadata*.json` at the top of the source describes
them. A name with a part that starts with a dot is hidden and passed over. What else lies there is
reported, and so is a picture under a name that cannot be stored; the rest goes on.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from sightline.errors import UnreadableMetadata, UnreadableSource
from sightline.sources.base import Listing, SourceItem, SourceProblem
from sightline.sources.limits import LARGEST
from sightline.sources.metadata import (
    MAX_BYTES,
    is_metadata_name,
    read_descriptions,
    too_large,
)

PICTURE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"}
)

VIDEO_ENDINGS = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".wmv", ".asf", ".flv"),
        *(".mpg", ".mpeg", ".ts", ".m2ts", ".mts", ".ogv", ".3gp", ".3g2"),
    }
)

_SHOWN = 200


def sort_out(
    found: Iterable[SourceItem | SourceProblem], read: Callable[[SourceItem], bytes]
) -> Listing:
    """The listing of a source in which these files were found, in any order.

    `read` gives the content of a metadata file and may raise UnreadableSource.
    """
    pictures: dict[str, SourceItem] = {}
    metadata: dict[str, SourceItem] = {}
    problems: list[SourceProblem] = []
    complete = True
    for item in found:
        if isinstance(item, SourceProblem):
            problems.append(item)
            complete = complete and not ("/" not in item.key and is_metadata_name(item.key))
        elif is_hidden(item.key):
            continue
        elif "/" not in item.key and is_metadata_name(item.key):
            metadata[item.key] = item
        elif PurePosixPath(item.key).suffix.lower() not in PICTURE_ENDINGS | VIDEO_ENDINGS:
            problems.append(_not_a_picture(item.key))
        elif item.key in pictures:
            problems.append(_listed_twice(item.key))
        else:
            pictures[item.key] = item
    descriptions = read_descriptions(
        (name, _content(metadata[name], read)) for name in sorted(metadata)
    )
    return Listing(
        items=tuple(
            replace(pictures[key], description=descriptions.of(key)) for key in sorted(pictures)
        ),
        problems=(*descriptions.problems, *descriptions.without_picture(pictures), *problems),
        descriptions_complete=complete and descriptions.complete,
    )


def is_video(item: SourceItem) -> bool:
    """Whether a file is said to be a video, by its source or by the ending of its name."""
    return item.video or PurePosixPath(item.key).suffix.lower() in VIDEO_ENDINGS


def is_hidden(key: str) -> bool:
    """Whether a part of the name starts with a dot."""
    return key.startswith(".") or "/." in key


def check_size(item: SourceItem, largest: int = LARGEST) -> None:
    """Refuse, before it is read, a file that is empty or too large. Raises UnreadableSource."""
    if item.size == 0:
        raise UnreadableSource(
            f"{shown(item.key)} is empty (0 bytes).", hint="Copy the picture there again."
        )
    if item.size > largest:
        raise UnreadableSource(
            f"{shown(item.key)}: expected at most {largest / 2**20:.1f} MiB, "
            f"got {item.size / 2**20:.1f} MiB.",
            hint="Make the picture smaller.",
        )


def shown(key: str) -> str:
    """A name for a message: quoted, and cut when it is very long."""
    return repr(key if len(key) <= _SHOWN else f"{key[:150]}…{key[-40:]}")


def _content(item: SourceItem, read: Callable[[SourceItem], bytes]) -> bytes | UnreadableMetadata:
    if item.size > MAX_BYTES:
        return too_large(item.key, item.size)
    try:
        return read(item)
    except UnreadableSource as error:
        return UnreadableMetadata(str(error))


def _not_a_picture(key: str) -> SourceProblem:
    return SourceProblem(
        key,
        "not_a_picture",
        "Expected a picture (jpg png gif bmp tiff webp heic avif) or a video (mp4 mov mkv webm avi "
        f"wmv flv mpg ts ogv), got {shown(key)}.",
    )


def _listed_twice(key: str) -> SourceProblem:
    return SourceProblem(
        key,
        "listed_twice",
        f"Expected one file of the name {shown(key)}, got two (names that differ only in a slash "
        "at their start or end); rename one.",
    )
