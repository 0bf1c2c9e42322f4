"""The frames of a question's videos as evidence: each video is taken in, looked through, shown."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sightline.assets import Pixels, clock
from sightline.bridge import Pool
from sightline.chat.base import Capabilities
from sightline.errors import InvalidRequest, OriginalGone, UnreadableSource
from sightline.events import Progress, Warned
from sightline.evidence import Evidence, Watched
from sightline.frames import MOST_FRAMES, aim_of
from sightline.ingestion import Watched as Looked
from sightline.messages import ChatRequest, Video, VideoPlace
from sightline.prompt import (
    ANSWER_TOKENS,
    CHARACTERS_PER_TOKEN,
    DOCUMENTS_CHARACTERS,
    PICTURE_TOKENS,
)
from sightline.watching import LookedThrough, Watching, evidence_of

MAX_VIDEOS: Final = 4
"""Videos in one message; the frames that a model takes are shared among them."""

MAX_CLIP: Final = 50_000_000
"""Bytes of the largest video that is sent whole."""

FRAMES_QUOTED: Final = 8
"""Frames for a model that sees none."""

TELL_SECONDS: Final = 0.5
"""Seconds between two words on how far a video has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What is looked for: by words, perhaps by a picture; `each` is how many frames of a video.

    `sees`: the model is shown the frames. `whole`: the request wants it to get the videos; `able`:
    it takes them.
    """

    question: str
    picture: Pixels | None
    each: int
    sees: bool
    whole: bool = False
    able: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shots:
    """The frames of one video as evidence."""

    evidence: tuple[Evidence, ...]
    watched: Watched


def room_for_frames(request: ChatRequest, pictures: int, able: Capabilities) -> int:
    """How many frames a model takes beside the question's pictures and an answer; at least one."""
    if not able.sees:
        return FRAMES_QUOTED
    room = min(able.max_images - pictures, MOST_FRAMES)
    if able.context_tokens is not None:
        words = DOCUMENTS_CHARACTERS / CHARACTERS_PER_TOKEN
        left = able.context_tokens - (request.sampling.max_tokens or ANSWER_TOKENS) - int(words)
        room = min(room, left // PICTURE_TOKENS)
    return max(room, 1)


async def frames_of(
    videos: Sequence[Video], looking: Looking, watching: Watching, usual: Pool, before: int
) -> AsyncGenerator[Progress | Warned | Shots]:
    """The frames that a question needs of each video, numbered after the first `before`.

    Raises InvalidRequest for too many videos, UnreadableVideo, NotFound.
    """
    if len(videos) > MAX_VIDEOS:
        raise InvalidRequest(
            f"Expected at most {MAX_VIDEOS} videos in a message, got {len(videos)}.",
            hint="Ask about fewer, or put them into an index and ask about that.",
            param="messages",
        )
    aim = aim_of(looking.question)
    for video in videos:
        yield Progress(f"looking through {video.name}")
        heard: list[Looked] = []
        pool = watching.pool_for(video, usual)
        placing = asyncio.ensure_future(pool.run(watching.place, video, heard.append))
        placing.add_done_callback(_heard_by_nobody)
        async for told in _told_until(placing, heard):
            yield told
        place = placing.result()
        seen = await usual.run(watching.look_through, place, aim, looking.each, looking.picture)
        pixels: Mapping[str, Pixels] = {}
        clip, why_not = b"", ""
        if looking.whole:
            clip, why_not = await usual.run(_clip, looking, watching, seen)
        if why_not:
            yield Warned("video_not_sent", why_not)
        if looking.sees and not clip:
            assets = [hit.asset for hit in seen.hits]
            pixels, remark = await usual.run(watching.frames, place.index, assets)
            if remark:
                yield Warned("thumbnails_shown", remark)
        evidence, watched = evidence_of(seen, before, pixels)
        before += len(evidence)
        yield Shots(evidence=tuple(evidence), watched=replace(watched, clip=clip))


def _clip(looking: Looking, watching: Watching, seen: LookedThrough) -> tuple[bytes, str]:
    """The file of a video, or why the model gets its frames instead."""
    asset = seen.hits[0].asset
    if not looking.able:
        return b"", f"{asset.name}: the model takes no videos; it was given frames."
    if asset.size > MAX_CLIP:
        size = f"{asset.size / 1e6:.0f} of at most {MAX_CLIP / 1e6:.0f} MB"
        return b"", f"{asset.name} was not sent ({size}); the model was given frames."
    try:
        return watching.file(asset), ""
    except (OriginalGone, UnreadableSource) as error:
        return b"", f"{error} The model was given frames."


def _heard_by_nobody(done: asyncio.Future[VideoPlace]) -> None:
    """Take the error of a video whose asker has left, so that nobody is told of a lost one."""
    if not done.cancelled():
        done.exception()


async def _told_until(
    done: asyncio.Future[VideoPlace], heard: Sequence[Looked]
) -> AsyncGenerator[Progress]:
    """How far the frames of a video are indexed, now and then until they all are."""
    told = 0
    while not done.done():
        await asyncio.wait({done}, timeout=TELL_SECONDS)
        if len(heard) > told:
            told = len(heard)
            last = heard[-1]
            yield Progress(f"indexing frames: {clock(last.seconds)} of {clock(last.duration)}")
