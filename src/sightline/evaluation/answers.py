"""Scores of answers: how often what must be said is said."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sightline.answer import answer
from sightline.chat.base import ChatModel
from sightline.errors import SightlineError
from sightline.evaluation.ranking import mean
from sightline.evaluation.scratch import NAME, Progress, Scratch
from sightline.evaluation.text_match import groups_found
from sightline.evaluation.truth import Question, questions
from sightline.events import AnswerEvent, fold
from sightline.messages import (
    ChatRequest,
    Grounds,
    ImagePart,
    Message,
    Part,
    TextPart,
    VideoFile,
    VideoPart,
)

FROM_INDEX = "rag"
"""Questions with this need are asked with the indexed pictures as data source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question with its answer; `groups` says of each thing that must be said whether it was.

    `failed` is the code of an error that came instead of an answer.
    """

    question: Question
    answer: str
    groups: tuple[bool, ...]
    failed: str = ""

    @property
    def right(self) -> bool:
        """Whether everything was said."""
        return all(self.groups)


def asks_index(dataset: Path) -> bool:
    """Whether any question needs the indexed pictures."""
    return any(question.needs == FROM_INDEX for question in questions(dataset))


def score_answers(
    dataset: Path, model: ChatModel, index: Scratch, progress: Progress
) -> dict[str, Any]:
    """Right answers and the mean share of groups, of all questions and for each need."""
    asked = questions(dataset)
    if any(question.needs == FROM_INDEX for question in asked):
        index.fill(progress, described=True)
    judged = index.wait_for(_ask_all(asked, model, index, progress))
    needs: dict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        needs[one.question.needs].append(one)
    return {
        **_scores(judged),
        "needs": {need: _scores(needs[need]) for need in sorted(needs)},
        "wrong": [
            {"id": one.question.id, "answer": one.failed or one.answer}
            for one in judged
            if not one.right
        ],
    }


async def _ask_all(
    asked: Sequence[Question], model: ChatModel, index: Scratch, progress: Progress
) -> list[Judged]:
    judged = []
    for number, question in enumerate(asked, start=1):
        judged.append(await _ask(question, model, index))
        progress("asking questions", number, len(asked))
    return judged


async def _ask(question: Question, model: ChatModel, index: Scratch) -> Judged:
    parts: list[Part] = [TextPart(question.question)]
    if question.video is not None:
        parts.append(VideoPart(VideoFile(question.video.name, question.video)))
    if question.picture is not None:
        parts.append(ImagePart(question.picture.read_bytes(), name=question.picture.name))
    names = (NAME,) if question.needs == FROM_INDEX else ()
    request = ChatRequest(
        deployment=model.name,
        messages=(Message("user", tuple(parts)),),
        grounds=Grounds(indexes=names),
        read_text=True,
    )
    events: list[AnswerEvent] = []
    try:
        async with aclosing(answer(request, model, index.collaborators())) as stream:
            events.extend([event async for event in stream])
    except SightlineError as error:
        nothing = (False,) * len(question.must)
        return Judged(question=question, answer="", groups=nothing, failed=error.code)
    text = fold(events).text
    return Judged(question=question, answer=text, groups=tuple(groups_found(text, question.must)))


def _scores(judged: Sequence[Judged]) -> dict[str, float]:
    scores: dict[str, float] = {"right": sum(one.right for one in judged), "n": len(judged)}
    if judged:
        scores["groups"] = mean([sum(one.groups) / len(one.groups) for one in judged])
    return scores
