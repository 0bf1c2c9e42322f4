"""A recorded turn: what a model server was sent, what it answered, and what came of it. Values.

Its JSON is the form on disk, over HTTP and in exports. A body is a string, or, where its pictures
are kept beside it, a list of strings and `{"picture": "<sha256>"}`; put together they are the body
byte for byte.
"""

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sightline.errors import InvalidRequest, UnknownTurn

Json = dict[str, Any]

FORMAT: Final = "sightline.turn/1"

TURN_ID: Final = re.compile(r"turn_[0-9a-f]{24}")

_PICTURE: Final = re.compile(rb"(?<=;base64,)[A-Za-z0-9+/]{64,}={0,2}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request and its raw reply; several when a field was refused or a connection broke.

    Times are seconds: `sent` and `first_byte` (None: nothing came) since the turn began, `ended`
    as well. `status` is None when no reply began. `left_out` are bytes of a reply that were too
    many to keep. `outcome` is "complete", "left" or the code of an error.
    """

    body: bytes
    sent: float
    status: int | None = None
    headers: Mapping[str, str]
    reply: bytes
    left_out: int = 0
    first_byte: float | None = None
    ended: float
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTurn:
    """One turn. `at` is when it began, in UTC.

    `back_end` says where it went (see `sightline.chat.base.BackEnd`); it is empty for a deployment
    without a server. `request` is the question as we were asked it, `evidence` what the answer
    could rest on, `outcome` the answer and how it ended. `redacted` says that words of the key
    stood in it and were taken out, so that it is not byte for byte what went over the line.
    """

    id: str
    at: datetime
    deployment: str
    back_end: Json
    request: Json
    evidence: tuple[Json, ...]
    attempts: tuple[Attempt, ...]
    outcome: Json
    redacted: bool = False

    @property
    def last(self) -> Attempt:
        """The attempt that was answered. Raises InvalidRequest for a turn without a server."""
        if not self.attempts:
            raise InvalidRequest(
                f"The turn {self.id} was sent to no model server: {self.deployment!r} has none,"
                " or it failed before it was asked.",
                hint="`as=json` has all there is of it.",
            )
        return self.attempts[-1]


def check_id(id: str) -> str:
    """The id of a turn. Raises UnknownTurn for what cannot be one."""
    if not TURN_ID.fullmatch(id):
        raise UnknownTurn(f"There is no recorded turn {id!r}.")
    return id


def pictures_of(turn: RecordedTurn) -> dict[str, bytes]:
    """The pictures inside the bodies, by SHA-256: the same one once."""
    return {
        sha256(picture).hexdigest(): picture
        for attempt in turn.attempts
        for _, picture in _pieces(attempt.body)
        if picture
    }


def turn_json(turn: RecordedTurn, *, whole: bool) -> Json:
    """The turn as JSON; `whole` with its pictures in place, else with references to them."""
    return {
        "format": FORMAT,
        "id": turn.id,
        "at": turn.at.isoformat(),
        "deployment": turn.deployment,
        "back_end": turn.back_end,
        "redacted": turn.redacted,
        "request": turn.request,
        "evidence": list(turn.evidence),
        "attempts": [_attempt_json(attempt, whole=whole) for attempt in turn.attempts],
        "outcome": turn.outcome,
    }


def summary_json(turn: Json) -> Json:
    """What a list says of a turn, from its JSON."""
    outcome = turn["outcome"]
    question = next(
        (m["text"] for m in reversed(turn["request"]["messages"]) if m["role"] == "user"), ""
    )
    return {
        "id": turn["id"],
        "at": turn["at"],
        "deployment": turn["deployment"],
        "model": turn["back_end"].get("model", ""),
        "question": question[:_SHOWN],
        "attempts": len(turn["attempts"]),
        "ended": outcome["ended"],
        "finish_reason": outcome["finish_reason"],
        "seconds": outcome["seconds"],
    }


def turn_of(given: object, picture: Callable[[str], bytes]) -> RecordedTurn:
    """The turn of its JSON; `picture` gives those that are kept beside it, by SHA-256.

    Raises InvalidRequest for what is no recorded turn, and what `picture` raises.
    """
    if not isinstance(given, dict) or given.get("format") != FORMAT:
        raise InvalidRequest(
            f"Expected a recorded turn (JSON with the format {FORMAT!r}), got something else.",
            hint="`sightline turns export ID --as json` writes one.",
        )
    try:
        return RecordedTurn(
            id=str(given["id"]),
            at=datetime.fromisoformat(given["at"]),
            deployment=str(given["deployment"]),
            back_end=dict(given["back_end"]),
            redacted=bool(given["redacted"]),
            request=dict(given["request"]),
            evidence=tuple(given["evidence"]),
            attempts=tuple(_attempt_of(one, picture) for one in given["attempts"]),
            outcome=dict(given["outcome"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRequest(f"The recorded turn cannot be read: {error!r}.") from error


def _attempt_json(attempt: Attempt, *, whole: bool) -> Json:
    return {
        "body": attempt.body.decode() if whole else _body_json(attempt.body),
        "sent": round(attempt.sent, 4),
        "status": attempt.status,
        "headers": dict(attempt.headers),
        "reply": _text_or_base64(attempt.reply),
        "left_out": attempt.left_out,
        "first_byte": None if attempt.first_byte is None else round(attempt.first_byte, 4),
        "ended": round(attempt.ended, 4),
        "outcome": attempt.outcome,
    }


def _attempt_of(given: Json, picture: Callable[[str], bytes]) -> Attempt:
    return Attempt(
        body=_body_of(given["body"], picture),
        sent=float(given["sent"]),
        status=given["status"],
        headers=dict(given["headers"]),
        reply=_bytes_of(given["reply"]),
        left_out=int(given["left_out"]),
        first_byte=given["first_byte"],
        ended=float(given["ended"]),
        outcome=str(given["outcome"]),
    )


def _body_json(body: bytes) -> str | list[str | Json]:
    pieces: list[str | Json] = []
    for text, picture in _pieces(body):
        pieces.append({"picture": sha256(picture).hexdigest()} if picture else text.decode())
    return pieces


def _body_of(given: object, picture: Callable[[str], bytes]) -> bytes:
    if isinstance(given, str):
        return given.encode()
    if not isinstance(given, list):
        raise TypeError("a body that is neither text nor a list")
    body = b""
    for piece in given:
        match piece:
            case str():
                body += piece.encode()
            case {"picture": str(name)} if _SHA256.fullmatch(name):
                body += base64.b64encode(picture(name))
            case _:
                raise ValueError("a body with a piece that is neither text nor a picture")
    return body


def _pieces(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The body in turns of text and pictures, one of both empty."""
    done = 0
    for match in _PICTURE.finditer(body):
        picture = _decoded(match.group())
        if picture:
            yield body[done : match.start()], b""
            yield b"", picture
            done = match.end()
    yield body[done:], b""


def _decoded(encoded: bytes) -> bytes:
    """The bytes that this base64 stands for; none when they would not give it back as it is."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""
    return data if base64.b64encode(data) == encoded else b""


def _text_or_base64(data: bytes) -> Json:
    try:
        return {"text": data.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}


def _bytes_of(given: Json) -> bytes:
    if "text" in given:
        return str(given["text"]).encode()
    return base64.b64decode(given["base64"], validate=True)


_SHOWN = 200
