"""A video in an index, looked through for one question: what is known of each of its frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from sightline.assets import Asset, Hit, Pixels, Where
from sightline.bridge import Pool
from sightline.errors import (
    NotFound,
    OriginalGone,
    Unavailable,
    UnreadableSource,
    UnreadableVideo,
)
from sightline.everyday_things import EVERYDAY
from sightline.evidence import Evidence, Retrieved, Watched, WatchedFrame
from sightline.frames import Aim, Choice, Frame, choose
from sightline.index.base import Channel, Index
from sightline.media import videos
from sightline.media.stills import stills
from sightline.messages import Video, VideoFile, VideoPlace
from sightline.passing_videos import PassingVideos, Say
from sightline.vision.base import Identity, TextEncoder

if TYPE_CHECKING:
    from sightline.retrieve import Searched

WHOLE_SIDE = 8192
"""Longer side in pixels that no frame has: it is given as it is."""

LIKELY = 0.55
"""Cosine of a frame's concept from which on it is said to show an everyday thing."""

SHOWN_SIDE = 512
"""Longer side in pixels of a frame as a model that sees gets it: low detail, many frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedThrough:
    """The frames of a video that a question needs, as hits in order of time.

    `hits` are those of `choice.frames`, one for one.
    """

    place: VideoPlace
    choice: Choice
    hits: tuple[Hit, ...]


class Watching:
    """Looks through the videos of indexes; `open_index` and `original` are the workspace's.

    `passing` are the videos that come with questions, `pool` is where they are taken in.
    """

    def __init__(
        self,
        open_index: Callable[[str], "Searched"],
        original: Callable[[Asset], BinaryIO],
        passing: PassingVideos | None = None,
        pool: Pool | None = None,
    ) -> None:
        self._open_index = open_index
        self._original = original
        self._passing = passing
        self._pool = pool

    def pool_for(self, video: Video, usual: Pool) -> Pool:
        """Where `place` is run: a video that must be taken in keeps its thread for minutes."""
        return self._pool if self._pool and isinstance(video, VideoFile) else usual

    def place(self, video: Video, say: Say) -> VideoPlace:
        """Where a video is indexed; one that is not is taken in first, and `say` hears how far.

        Raises UnreadableVideo and what an ingest raises.
        """
        if isinstance(video, VideoPlace):
            return video
        if isinstance(video, VideoFile) and self._passing is not None:
            return self._passing.take_in(video, say)
        raise Unavailable(f"The video {video.name!r} is not indexed and is not taken in here.")

    def look_through(
        self, place: VideoPlace, aim: Aim, count: int, picture: Pixels | None = None
    ) -> LookedThrough:
        """Choose at most `count` frames of a video. Raises UnknownIndex, NotFound."""
        assets, frames = self._looked_at(place, aim, picture)
        choice = choose(frames, aim, count)
        by_id = {asset.id: asset for asset in assets}
        hits = tuple(
            Hit(
                asset=by_id[one.frame.id],
                index=place.index,
                score=one.share,
                reasons=one.reasons,
            )
            for one in choice.frames
        )
        return LookedThrough(place=place, choice=choice, hits=hits)

    def frames_for(self, place: VideoPlace, aim: Aim) -> list[Frame]:
        """Every frame of a video with what is known of it for a question, in order of time."""
        return self._looked_at(place, aim, None)[1]

    def _looked_at(
        self, place: VideoPlace, aim: Aim, picture: Pixels | None
    ) -> tuple[list[Asset], list[Frame]]:
        searched = self._open_index(place.index)
        assets = _frames_of(searched, place)
        return assets, _scored(searched, place, assets, aim, picture)

    def file(self, asset: Asset) -> bytes:
        """The file of the video that a frame is of. Raises OriginalGone, UnreadableSource."""
        with self._original(asset) as file:
            return file.read()

    def frame(self, asset: Asset, *, max_side: int = WHOLE_SIDE) -> Pixels:
        """A frame decoded anew. Raises OriginalGone, UnreadableSource, UnreadableVideo."""
        with self._original(asset) as file, videos.Video(file) as video:
            return video.still_at(asset.seconds, max_side=max_side).pixels

    def frames(self, index: str, assets: Sequence[Asset]) -> tuple[dict[str, Pixels], str]:
        """Frames of one video by id, decoded anew, or their thumbnails and why.

        Ids that have neither are left out. Raises UnknownIndex.
        """
        try:
            with self._original(assets[0]) as file, videos.Video(file) as video:
                shown = {
                    asset.id: video.still_at(asset.seconds, max_side=SHOWN_SIDE).pixels
                    for asset in assets
                }
                return shown, ""
        except (OriginalGone, UnreadableSource, UnreadableVideo) as error:
            small = self._open_index(index).index.thumbnails([asset.id for asset in assets])
            pixels = {id_: stills(data).stills[0].pixels for id_, data in small.items()}
            return pixels, f"{error} The model was shown thumbnails."


def evidence_of(
    seen: LookedThrough, before: int, pixels: Mapping[str, Pixels]
) -> tuple[list[Evidence], Watched]:
    """The frames as evidence after the first `before`, and what is told of their video."""
    found = [
        Evidence(
            number=number,
            origin=Retrieved(hit),
            title=seen.place.name,
            description=hit.asset.description,
            reading=hit.asset.reading,
            tags=tuple(tag.name for tag in hit.asset.tags) or one.frame.likely,
            pixels=pixels.get(hit.asset.id),
        )
        for number, (hit, one) in enumerate(
            zip(seen.hits, seen.choice.frames, strict=True), start=before + 1
        )
    ]
    choice = seen.choice
    watched = Watched(
        video=seen.place,
        film=choice.frames[0].frame.film,
        about_all=choice.aim.route == "whole",
        looked_for=choice.aim.thing,
        found=choice.found,
        frames=tuple(
            WatchedFrame(
                number=one.number, rank=c.rank, nearly=c.nearly, start=c.start, until=c.until
            )
            for one, c in zip(found, choice.frames, strict=True)
        ),
    )
    return found, watched


def _frames_of(searched: "Searched", place: VideoPlace) -> list[Asset]:
    """In order of time."""
    index = searched.index
    where = _of(place)
    found = index.browse(0, index.count(where), where)
    assets = [asset for asset in found if asset.key == place.key and asset.film]
    if not assets:
        raise NotFound(f"The index {place.index!r} has no video {place.key!r}.")
    return sorted(assets, key=lambda asset: asset.seconds)


def _scored(
    searched: "Searched",
    place: VideoPlace,
    assets: list[Asset],
    aim: Aim,
    picture: Pixels | None,
) -> list[Frame]:
    from sightline.retrieve import share_of_words  # noqa: PLC0415 - needs OpenCV

    index, where, most = _own(searched), _of(place), len(assets)
    ids = [asset.id for asset in assets]
    things = _everyday(searched.text_encoder)
    meant = searched.text_encoder.encode([aim.thing, aim.unwanted or aim.thing])
    shows = _cosines(index, "concept", ids, np.concatenate([meant, things]))
    concept, unwanted, of_things = shows[:, 0], shows[:, 1] * bool(aim.unwanted), shows[:, 2:]
    alike = np.zeros(most, np.float32)
    if picture is not None:
        (encoded,) = searched.encoder.encode([picture])
        alike = _cosines(index, "picture", ids, encoded.vector[None])[:, 0]
    matching = index.matching(aim.thing, most, where)
    written = {one.id: share_of_words(one.score, aim.thing, most) for one in matching}
    # All frames have the name and the description of their video in common.
    common = min((written.get(asset.id, 0.0) for asset in assets), default=0.0)
    return [
        Frame(
            id=asset.id,
            seconds=asset.seconds,
            film=asset.film,
            concept=float(concept[number]),
            unwanted=float(unwanted[number]),
            rivals=int((of_things[number] > concept[number]).sum()),
            likely=_likely(of_things[number]),
            written=written.get(asset.id, 0.0) - common,
            picture=float(alike[number]),
        )
        for number, asset in enumerate(assets)
        if asset.film
    ]


def _cosines(
    index: Index, channel: Channel, ids: Sequence[str], vectors: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(ids, vectors); 0 for a row that has none in this channel."""
    stored = index.vectors(channel, ids)
    nothing = np.zeros(vectors.shape[1], np.float32)
    rows = np.stack([stored.get(id_, nothing) for id_ in ids])
    cosines: NDArray[np.float32] = rows @ vectors.T
    return cosines


_EVERYDAY: dict[Identity, NDArray[np.float32]] = {}


def _everyday(encoder: TextEncoder) -> NDArray[np.float32]:
    """The names of everyday things in an encoder's space, a row each; kept."""
    if encoder.identity not in _EVERYDAY:
        _EVERYDAY[encoder.identity] = encoder.encode(EVERYDAY)
    return _EVERYDAY[encoder.identity]


def _likely(cosines: NDArray[np.float32]) -> tuple[str, ...]:
    """The everyday thing that fits a frame best, if it fits well."""
    best = int(np.argmax(cosines))
    return (EVERYDAY[best],) if cosines[best] >= LIKELY else ()


def _own(searched: "Searched") -> Index:
    """Only indexes of this workspace have frames of videos."""
    return cast("Index", searched.index)


def _of(place: VideoPlace) -> Where:
    return Where(source=place.source, key_prefix=place.key)
