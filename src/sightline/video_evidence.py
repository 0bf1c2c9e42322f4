"""The frames of a question's videos as evidence: each video is taken in, looked through, shown."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sightline.assets import Pixels, clock
from sightline.bridge import Pool
from sightline.chat.base import Capabilities
from sightline.errors import InvalidRequest
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
from sightline.watching import Watching, evidence_of

MAX_VIDEOS: Final = 4
"""Videos in one message; the frames that a model takes are shared among them."""

FRAMES_QUOTED: Final = 8
"""Frames for a model that sees none."""

TELL_SECONDS: Final = 0.5
"""Seconds between two words on how far a video has come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What is looked for: by words, perhaps by a picture; `each` is how many frames of a video.

    `sees`: the model is shown the frames.
    """

    question: str
    picture: Pixels | None
    each: int
    sees: bool


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
        if looking.sees:
            assets = [hit.asset for hit in seen.hits]
            pixels, remark = await usual.run(watching.frames, place.index, assets)
            if remark:
                yield Warned("thumbnails_shown", remark)
        evidence, watched = evidence_of(seen, before, pixels)
        before += len(evidence)
        yield Shots(evidence=tuple(evidence), watched=watched)


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
