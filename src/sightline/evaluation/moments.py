"""Scores of frames: whether those that are chosen for a description lie where it is true."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sightline.answer import answer
from sightline.chat.base import ChatModel
from sightline.evaluation.ranking import mean
from sightline.evaluation.scratch import Progress, Scratch
from sightline.evaluation.truth import MomentQuery, moment_queries
from sightline.events import AnswerEvent, fold
from sightline.frames import aim_of, uniform
from sightline.messages import ChatRequest, Message, TextPart, VideoFile, VideoPart, VideoPlace

CHOSEN: Final = 5
"""Frames that are chosen for each description, and taken by uniform sampling."""

WIDER: Final = 0.5
"""Seconds by which an interval is widened at both ends: its ends were set by eye."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A description with what came of it: whether frames fit, best first, and what was said.

    `uniform` is of frames that were spread evenly. `said` is whether the answer says that the thing
    is there.
    """

    query: MomentQuery
    chosen: tuple[bool, ...]
    uniform: tuple[bool, ...]
    said: bool


def score_moments(
    dataset: Path, model: ChatModel, index: Scratch, progress: Progress
) -> dict[str, Any]:
    """Hits of the chosen frames and of uniform sampling, and how often presence is told right.

    A frame hits where its second lies in an interval of the description, widened by `WIDER`.
    `absent_right` is the share of things that are not in the video of which the answer says so,
    None without such descriptions; `present_right` is the same of those that are.
    """
    queries = moment_queries(dataset)
    judged = index.wait_for(_judge_all(queries, model, index, progress))
    there = [one for one in judged if one.query.intervals]
    absent = [one for one in judged if not one.query.intervals]
    return {
        "n": len(there),
        **(_hits(there) if there else {}),
        "absent_n": len(absent),
        "absent_right": mean([not one.said for one in absent]) if absent else None,
        "present_right": mean([one.said for one in there]) if there else None,
        "missed": [
            {"id": one.query.id, "text": one.query.text} for one in there if not any(one.chosen)
        ],
    }


def _hits(judged: Sequence[Judged]) -> dict[str, float]:
    return {
        "hit@1": mean([one.chosen[0] for one in judged]),
        f"hit@{CHOSEN}": mean([any(one.chosen) for one in judged]),
        f"uniform_hit@{CHOSEN}": mean([any(one.uniform) for one in judged]),
        f"share@{CHOSEN}": mean([sum(one.chosen) / len(one.chosen) for one in judged]),
        f"uniform_share@{CHOSEN}": mean([sum(one.uniform) / CHOSEN for one in judged]),
    }


async def _judge_all(
    queries: Sequence[MomentQuery], model: ChatModel, index: Scratch, progress: Progress
) -> list[Judged]:
    judged = []
    for number, query in enumerate(queries, start=1):
        judged.append(await _judge(query, model, index))
        progress("watching videos", number, len(queries))
    return judged


async def _judge(query: MomentQuery, model: ChatModel, index: Scratch) -> Judged:
    work = index.collaborators()
    file = VideoFile(query.video.name, query.video)
    place: VideoPlace = await work.pool.run(index.videos.place, file, lambda _: None)
    aim = aim_of(query.text)
    seen = await work.pool.run(index.videos.look_through, place, aim, CHOSEN)
    duration = seen.choice.frames[0].frame.film.duration
    question = TextPart(f"When can you see {query.text} in this video?")
    request = ChatRequest(
        deployment=model.name, messages=(Message("user", (VideoPart(place), question)),)
    )
    events: list[AnswerEvent] = []
    async with aclosing(answer(request, model, work)) as stream:
        events.extend([event async for event in stream])
    return Judged(
        query=query,
        chosen=tuple(query.holds(one.frame.seconds, WIDER) for one in seen.choice.best),
        uniform=tuple(query.holds(seconds, WIDER) for seconds in uniform(duration, CHOSEN)),
        said=bool(fold(events).citations),
    )
