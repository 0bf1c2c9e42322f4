"""Recording a turn: the exact bytes to and from a model server, and what came of them.

A `Tape` hears the model server and the events of the answer; nothing is copied or written while
the answer comes. When the model is done, and before the last event goes out, the turn is written
in the pool; a turn that fails or is left is written as such. A disk that does not take it costs
the recording, never the answer.

What this guards: the API key, and parameters of the address that may be secrets, are in nothing
that is kept: headers of requests are not kept at all, headers of replies by a list, and where a
server repeats the key it is taken out. What it does not guard: a key that a server sends in pieces
or in an encoding of its own; a secret in the path of an address; keys shorter than 8 characters.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any, Final, TypeVar
from urllib.parse import quote

from sightline.bridge import Pool
from sightline.chat.base import BackEnd, ChatModel, ServedModel
from sightline.errors import SightlineError
from sightline.events import (
    AnswerEvent,
    Finished,
    Gathered,
    ReasoningDelta,
    Recorded,
    TextDelta,
    Warned,
)
from sightline.evidence import Evidence, Retrieved
from sightline.messages import ChatRequest, Message
from sightline.recorded_turn import Attempt, Json, RecordedTurn

log = logging.getLogger("sightline.recording")

MOST_REPLY: Final = 32 * 1024 * 1024
"""Bytes of one raw reply that are kept; how many more there were is said."""

Kept = TypeVar("Kept")


async def recorded(
    events: AsyncGenerator[AnswerEvent],
    tape: "Tape",
    keep: Callable[[RecordedTurn], None],
    pool: Pool,
) -> AsyncGenerator[AnswerEvent]:
    """The events as they come, with `Recorded` or a warning "not_recorded" before `Finished`."""
    try:
        async with aclosing(events):
            async for event in events:
                tape.hear(event)
                if isinstance(event, Finished):
                    yield await _written(tape, keep, pool)
                yield event
    except (Exception, GeneratorExit, asyncio.CancelledError) as error:
        if not tape.finished:
            tape.broke(error)
            await _written(tape, keep, pool)
        raise


async def _written(
    tape: "Tape", keep: Callable[[RecordedTurn], None], pool: Pool
) -> Recorded | Warned:
    try:
        await pool.run(lambda: keep(tape.turn()))
    except Exception as error:
        reason = str(error) if isinstance(error, SightlineError) else type(error).__name__
        log.warning("the turn %s was not recorded: %s", tape.id, reason, exc_info=error)
        return Warned("not_recorded", f"The turn was not recorded. {reason}")
    return Recorded(tape.id)


@dataclass(slots=True)
class _Heard:
    """An attempt that is under way; times by the clock of the tape."""

    body: bytes
    sent: float
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    reply: list[bytes] = field(default_factory=list)
    size: int = 0
    first_byte: float | None = None
    ended: float | None = None
    outcome: str = "left"


class Tape:
    """Everything of one turn, in memory until it is written. Hears on the event loop."""

    def __init__(self, request: ChatRequest, model: ChatModel) -> None:
        self.id = f"turn_{time.time_ns() // 1_000_000:012x}{token_hex(6)}"
        self.finished = False
        self._at = datetime.now(UTC)
        self._began = time.monotonic()
        self._request = request
        self._model = model
        self._back_end = model.back_end if isinstance(model, ServedModel) else None
        self._attempts: list[_Heard] = []
        self._evidence: tuple[Evidence, ...] = ()
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._warnings: list[Warned] = []
        self._end: Finished | None = None
        self._error: Json | None = None
        self._ended = "complete"
        self._first_token: float | None = None
        self._seconds = 0.0

    @property
    def model(self) -> ChatModel:
        """The model, heard by this tape where there is a server behind it."""
        return self._model.recorded(self) if isinstance(self._model, ServedModel) else self._model

    def sent(self, body: bytes) -> None:
        """An attempt begins."""
        self._attempts.append(_Heard(body, self._now()))

    def reply(self, status: int, headers: Mapping[str, str]) -> None:
        """The server has accepted or refused."""
        self._attempts[-1].status = status
        self._attempts[-1].headers = headers

    def chunk(self, data: bytes) -> None:
        """The next bytes of the reply."""
        attempt = self._attempts[-1]
        if attempt.first_byte is None:
            attempt.first_byte = self._now()
        if attempt.size <= MOST_REPLY:
            attempt.reply.append(data)
        attempt.size += len(data)

    def ended(self, outcome: str) -> None:
        """The attempt is over; what is said a second time adds nothing."""
        if self._attempts and self._attempts[-1].ended is None:
            self._attempts[-1].ended = self._now()
            self._attempts[-1].outcome = outcome

    def hear(self, event: AnswerEvent) -> None:
        """An event of the answer."""
        match event:
            case TextDelta() | ReasoningDelta():
                if self._first_token is None:
                    self._first_token = self._now()
                said = self._text if isinstance(event, TextDelta) else self._reasoning
                said.append(event.text)
            case Gathered():
                self._evidence = event.evidence
            case Warned():
                self._warnings.append(event)
            case Finished():
                self.finished, self._end = True, event
                self._seconds = self._now()
            case _:
                pass

    def broke(self, error: BaseException) -> None:
        """The answer did not come to its end."""
        self._seconds = self._now()
        self._ended = "failed" if isinstance(error, Exception) else "left"
        if isinstance(error, SightlineError):
            self._error = {"code": error.code, "message": error.message, "hint": error.hint}
        elif isinstance(error, Exception):
            self._error = {"code": "internal_error", "message": type(error).__name__, "hint": None}

    def turn(self) -> RecordedTurn:
        """What is to be kept, without secrets. For a thread: it joins all pieces."""
        server = self._back_end
        washing = _Washing(server.secrets if server else ())
        return RecordedTurn(
            id=self.id,
            at=self._at,
            deployment=self._request.deployment,
            back_end=washing.json(_back_end_json(server) if server else {}),
            request=washing.json(_request_json(self._request)),
            evidence=tuple(washing.json([_evidence_json(one) for one in self._evidence])),
            attempts=tuple(self._attempt(heard, washing) for heard in self._attempts),
            outcome=washing.json(self._outcome()),
            redacted=washing.found,
        )

    def _attempt(self, heard: _Heard, washing: "_Washing") -> Attempt:
        reply = b"".join(heard.reply)
        headers = {
            name.lower(): value for name, value in heard.headers.items() if _TELLING.fullmatch(name)
        }
        return Attempt(
            body=washing.bytes(heard.body),
            sent=heard.sent,
            status=heard.status,
            headers=washing.json(headers),
            reply=washing.bytes(reply),
            left_out=heard.size - len(reply),
            first_byte=heard.first_byte,
            ended=self._seconds if heard.ended is None else heard.ended,
            outcome=heard.outcome,
        )

    def _outcome(self) -> Json:
        end = self._end
        return {
            "ended": self._ended,
            "answer": "".join(self._text),
            "reasoning": "".join(self._reasoning),
            "finish_reason": end.reason if end else None,
            "usage": asdict(end.usage) if end else None,
            "error": self._error,
            "warnings": [asdict(warning) for warning in self._warnings],
            "first_token": None if self._first_token is None else round(self._first_token, 4),
            "seconds": round(self._seconds, 4),
        }

    def _now(self) -> float:
        return time.monotonic() - self._began


class _Washing:
    """Takes secrets out, in the forms in which JSON and addresses write them."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        forms = {
            form
            for secret in secrets
            for inner in (secret, json.dumps(secret)[1:-1])
            for form in (inner, inner.replace("/", "\\/"), quote(inner, safe=""), quote(inner))
        }
        # The longest first: one form may hold another.
        ordered = sorted(forms, key=len, reverse=True)
        every = "|".join(re.escape(form) for form in ordered)
        self._secret = re.compile(every.encode()) if every else None
        self.found = False

    def bytes(self, data: bytes) -> bytes:
        if self._secret is None:
            return data
        washed, times = self._secret.subn(b"(the API key)", data)
        self.found = self.found or times > 0
        return washed

    def json(self, value: Kept) -> Kept:
        text = json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")
        washed: Kept = json.loads(self.bytes(text))
        return washed


_TELLING = re.compile(
    r"content-type|date|server|retry-after(-ms)?|x-ratelimit-.*|openai-(model|processing-ms|version)"
    r"|(x-|apim-|x-ms-|x-ms-client-)?request-id|x-ms-region|x-envoy-upstream-service-time|cf-ray",
    re.IGNORECASE,
)
"""Headers of a reply that say what served it and how fast, and nothing about who asked."""


def _back_end_json(server: BackEnd) -> Json:
    return {
        "address": server.address,
        "model": server.model,
        "azure": server.azure,
        "key_variable": server.key_variable,
        "left_out": list(server.left_out),
    }


def _request_json(request: ChatRequest) -> Json:
    grounds = request.grounds
    return {
        "messages": [_message_json(message) for message in request.messages],
        "sampling": asdict(request.sampling),
        "indexes": [str(index) for index in grounds.indexes],
        "top": grounds.top,
        "strictness": grounds.strictness,
        "in_scope": grounds.in_scope,
        "where": asdict(grounds.where) if grounds.where else None,
        "read_text": request.read_text,
        "ground": request.ground,
        "eyes": asdict(request.eyes),
        "notes": list(request.notes),
    }


def _message_json(message: Message) -> Json:
    pictures = [
        {
            "sha256": sha256(picture.data).hexdigest(),
            "size": len(picture.data),
            "name": picture.name,
            "detail": picture.detail,
        }
        for picture in message.images
    ]
    return {"role": message.role, "text": message.text, "pictures": pictures}


def _evidence_json(evidence: Evidence) -> Json:
    found: dict[str, Any] = {
        "number": evidence.number,
        "title": evidence.title,
        "description": evidence.description,
        "text": evidence.reading.text if evidence.reading else None,
        "tags": list(evidence.tags),
    }
    match evidence.origin:
        case Retrieved(hit):
            found |= {"index": hit.index, "asset": hit.asset.id, "score": round(hit.score, 4)}
        case attached:
            found |= {"attached": attached.position}
    return found
