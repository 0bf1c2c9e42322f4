"""What is changed in a request that a model server refuses, and remembered for the next one.

Some fields are not known everywhere and can be done without; one has two names. Each step is known
by its name. What would change the answer (tools, a bias on tokens) is never left out: then the
refusal stands.
"""

import re
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Any

from sightline.chat.upstream.upstream_errors import names_field
from sightline.events import Warned

_ANY_OBJECT = {"type": "json_object"}

_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Reasoning models of OpenAI and Azure refuse the first name and want the second."""

_SCHEMA, _OBJECT = "response_format: json_schema", "response_format: json_object"
"""The adaptations from a schema to any JSON object, and from that to words alone. They are two,
for some servers take the first form only."""

_DROPPED = {
    "stream_options": "the model server does not take 'stream_options': tokens are estimated",
    "top_logprobs": "the model server gives no log probabilities",
    "logprobs": "the model server gives no log probabilities",
    "parallel_tool_calls": "the model server does not take 'parallel_tool_calls': it may call "
    "several tools at once, or only one",
}
"""Fields that can be left out, and what the reader must know then."""

_LOST = {
    **_DROPPED,
    _OBJECT: "the model server does not take 'response_format': JSON was asked for in words, and "
    "the answer checked",
    _SCHEMA: "the model server does not take a JSON schema: it was asked for in words, and the "
    "answer checked",
}

_BAD_SCHEMA = re.compile(
    r"invalid schema|schema for response_format|grammar|additionalproperties", re.IGNORECASE
)


_REFUSING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""How servers answer a field that they do not take."""


class Adapting:
    """One body on its way to being accepted; `known` are the steps that its server needed before.

    `optional` are further fields that this body can do without. `warnings` says what was left out,
    `lasting` names the steps that the next question needs, too.
    """

    def __init__(
        self, body: dict[str, Any], known: Iterable[str], optional: Collection[str] = ()
    ) -> None:
        self.warnings: list[Warned] = []
        self.lasting: list[str] = []
        self._body = body
        self._optional = optional
        for name in known:
            # That tokens are estimated is told once; their count says it itself.
            self._take(name, silent=name == "stream_options")

    def does_without(self, status: int, words: bytes) -> bool:
        """Whether the body now lacks, or says otherwise, what the server has refused."""
        name = _step(self._body, status, words)
        if name is None:
            return self._leaves_out(status, words)
        self._take(name)
        if _is_lasting(name, words):
            self.lasting.append(name)
        return True

    def _leaves_out(self, status: int, words: bytes) -> bool:
        if status not in _REFUSING:
            return False
        for field in self._optional:
            if field in self._body and names_field(words, field):
                del self._body[field]
                lost = f"the model server does not take {field!r}: sent without it"
                self.warnings.append(Warned("field_dropped", lost))
                return True
        return False

    def _take(self, name: str, *, silent: bool = False) -> None:
        lost = _taken(self._body, name)
        if lost and not silent:
            self.warnings.append(Warned("field_dropped", lost))


def _step(body: dict[str, Any], status: int, words: bytes) -> str | None:
    """The name of the step that this refusal asks for, where we can do without what it names."""
    # One engine says 500 to a form of answer that it does not know.
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return _weaker_format(body) if names_field(words, "json_object") else None
    if status not in _REFUSING:
        return None
    for field, other in _RENAMED.items():
        if field in body and names_field(words, field) and names_field(words, other):
            return field
    formats = ("response_format", "json_schema", "json_object")
    if any(names_field(words, name) for name in formats) or _is_of_schema(words):
        return _weaker_format(body)
    return next((field for field in _DROPPED if field in body and names_field(words, field)), None)


def _is_lasting(name: str, words: bytes) -> bool:
    """Whether the server will refuse it next time, too: one bad schema says nothing of others."""
    return name != _SCHEMA or not _is_of_schema(words)


def _taken(body: dict[str, Any], name: str) -> str | None:
    """Take the step, where the body needs it; the words of a warning when something is lost."""
    if name == _SCHEMA:
        if body.get("response_format", _ANY_OBJECT) == _ANY_OBJECT:
            return None
        body["response_format"] = dict(_ANY_OBJECT)
        return _LOST[name]
    if name == _OBJECT:
        if body.get("response_format") != _ANY_OBJECT:
            return None
        del body["response_format"]
        return _LOST[name]
    if name not in body:
        return None
    value = body.pop(name)
    if name in _RENAMED:
        body[_RENAMED[name]] = value
    if name == "logprobs":  # without it the other says nothing
        body.pop("top_logprobs", None)
    return _LOST.get(name)


def _weaker_format(body: dict[str, Any]) -> str | None:
    match body.get("response_format"):
        case None:
            return None
        case {"type": "json_schema"}:
            return _SCHEMA
        case _:
            return _OBJECT


def _is_of_schema(words: bytes) -> bool:
    return _BAD_SCHEMA.search(words.decode("utf-8", "replace")) is not None
