"""Replaying a turn: the body that was sent, to another deployment, and how the answers differ.

Only the model's name changes. What the other server refuses is taken out, and that is said.
Compared is what the models wrote, before marks are turned into citations.
"""

import difflib
import json
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from typing import Any

from rapidfuzz.distance import Indel

from sightline.chat.base import ChatModel, ServedModel
from sightline.chat.upstream.reread import reread
from sightline.errors import InvalidRequest
from sightline.events import Adapted, Finished, TextDelta, Usage, Warned
from sightline.recorded_turn import Json, RecordedTurn
from sightline.sentences import sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One of the two answers. Times are seconds from sending; None where it did not come to it.

    `usage` is None when the server did not count and nothing was estimated.
    """

    deployment: str
    model: str
    answer: str
    finish_reason: str | None
    usage: Usage | None
    first_token: float | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """Both answers. `diff` is unified, a sentence a line; `similarity` 0..1 of the characters."""

    turn: str
    recorded: Told
    replayed: Told
    similarity: float
    diff: tuple[str, ...]
    notes: tuple[str, ...]


async def replay(turn: RecordedTurn, model: ChatModel) -> Replay:
    """Send a turn's last body to `model` and compare.

    Raises InvalidRequest for a turn or a model without a server, and what the model's own stream
    raises.
    """
    if not isinstance(model, ServedModel):
        raise InvalidRequest(
            f"Expected a deployment with a model server to replay on, got {model.name!r}.",
            param="deployment",
        )
    before = _recorded(turn)
    body = _body(turn)
    notes = _forebodings(turn, body, model)
    clock = _Clock()
    text: list[str] = []
    finished: Finished | None = None
    async with aclosing(model.recorded(clock).resend(body)) as events:
        async for event in events:
            match event:
                case TextDelta():
                    clock.word()
                    text.append(event.text)
                case Adapted():
                    pass  # the bodies tell, below
                case Warned():
                    notes.append(event.message)
                case Finished():
                    finished = event
                case _:
                    clock.word()
    after = Told(
        deployment=model.name,
        model=model.back_end.model,
        answer="".join(text),
        finish_reason=finished.reason if finished else None,
        usage=finished.usage if finished else None,
        first_token=clock.first,
        seconds=clock.now(),
    )
    notes.extend(_changes(body | {"model": model.back_end.model}, clock.body))
    return Replay(
        turn=turn.id,
        recorded=before,
        replayed=after,
        similarity=round(Indel.normalized_similarity(before.answer, after.answer), 4),
        diff=tuple(_diff(before, after)),
        notes=tuple(dict.fromkeys(notes)),
    )


def replay_json(found: Replay) -> Json:
    """A replay as plain JSON."""
    return {
        "turn": found.turn,
        "recorded": asdict(found.recorded),
        "replayed": asdict(found.replayed),
        "same": found.recorded.answer == found.replayed.answer,
        "similarity": found.similarity,
        "diff": list(found.diff),
        "notes": list(found.notes),
    }


@dataclass(slots=True)
class _Clock:
    """Hears the last attempt: what was sent, and when the first word came after that."""

    body: Json = field(default_factory=dict)
    first: float | None = None
    _sent: float = field(default_factory=time.monotonic)

    def sent(self, body: bytes) -> None:
        self.body = json.loads(body)
        self._sent = time.monotonic()

    def reply(self, status: int, headers: Mapping[str, str]) -> None:
        del status, headers

    def chunk(self, data: bytes) -> None:
        del data

    def ended(self, outcome: str) -> None:
        del outcome

    def word(self) -> None:
        if self.first is None:
            self.first = self.now()

    def now(self) -> float:
        return round(time.monotonic() - self._sent, 4)


def _recorded(turn: RecordedTurn) -> Told:
    last, outcome = turn.last, turn.outcome
    said = reread(last.reply, turn.deployment, str(turn.back_end.get("address", "")))
    first = outcome.get("first_token")
    counted = said.finished.usage if said.finished else None
    return Told(
        deployment=turn.deployment,
        model=str(turn.back_end.get("model", "")),
        answer=said.text,
        finish_reason=said.finished.reason if said.finished else None,
        usage=counted if counted and not counted.estimated else _usage(outcome.get("usage")),
        first_token=None if first is None else round(max(first - last.sent, 0.0), 4),
        seconds=round(last.ended - last.sent, 4),
    )


def _usage(given: Json | None) -> Usage | None:
    return Usage(**given) if given else None


def _body(turn: RecordedTurn) -> Json:
    try:
        body = json.loads(turn.last.body)
    except ValueError as error:
        raise InvalidRequest(f"The body of {turn.id} is not JSON: {error}.") from error
    if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
        raise InvalidRequest(f"The body of {turn.id} has no messages.")
    return body


def _forebodings(turn: RecordedTurn, body: Json, model: ChatModel) -> list[str]:
    """What a reader must know before comparing."""
    notes = []
    if turn.redacted:
        notes.append("words of the key were taken out of the recording; the body is not the same")
    ended = turn.outcome.get("ended")
    if ended != "complete":
        why = (turn.outcome.get("error") or {}).get("message", "its client left")
        notes.append(f"the recorded answer is not whole: {why}")
    pictures = sum(_pictures(message) for message in body["messages"])
    can = model.capabilities
    most = can.max_images if can.sees else 0
    if pictures > most:
        notes.append(f"{model.name} is set to take {most} pictures, and was sent {pictures}")
    return notes


def _pictures(message: Any) -> int:  # noqa: ANN401 (any JSON)
    parts = message.get("content") if isinstance(message, dict) else None
    if not isinstance(parts, list):
        return 0
    return sum(isinstance(part, dict) and part.get("type") == "image_url" for part in parts)


def _changes(wanted: Json, sent: Json) -> list[str]:
    """How the body that was answered differs from the recorded one."""
    gone = [name for name in wanted if name not in sent]
    new = [name for name in sent if name not in wanted]
    notes = [f"sent without {name!r}, which this server does not take" for name in gone]
    return notes + [f"sent with {name!r} in its place" for name in new]


def _diff(before: Told, after: Told) -> list[str]:
    return list(
        difflib.unified_diff(
            sentences(before.answer),
            sentences(after.answer),
            fromfile=f"{before.deployment} (recorded)",
            tofile=f"{after.deployment} (replayed)",
            lineterm="",
        )
    )
