"""What is changed in a request for a model server, and remembered for the next one.

Some fields are not known everywhere and can be done without; one has two names. Each step is known
by its name, and told as `Adapted`. What would change the answer (tools, a bias on tokens) is never
left out: then the refusal stands.
"""

import re
from collections.abc import Collection, Iterable
from http import HTTPStatus
from typing import Any

from sightline.chat.base import Capabilities
from sightline.chat.upstream.upstream_errors import names_field
from sightline.events import Adapted

_ANY_OBJECT = {"type": "json_object"}

_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Reasoning models of OpenAI and Azure refuse the first name and want the second."""

SCHEMA, OBJECT = "response_format: json_schema", "response_format: json_object"
"""The adaptations from a schema to any JSON object, and from that to words alone. They are two,
for some servers take the first form only."""

_DROPPED = {
    "stream_options": "the model server does not take 'stream_options': tokens are estimated",
    "top_logprobs": "the model server gives no log probabilities",
    "logprobs": "the model server gives no log probabilities",
    "parallel_tool_calls": "the model server does not take 'parallel_tool_calls': it may call "
    "several tools at once, or only one",
}
"""Fields that can be left out, and what is said then."""

_LOST = {
    **_DROPPED,
    OBJECT: "the model server does not take 'response_format': JSON was asked for in words, and "
    "the answer checked",
    SCHEMA: "the model server does not take a JSON schema: it was asked for in words, and the "
    "answer checked",
    "max_tokens": "the model server takes 'max_completion_tokens' in place of 'max_tokens'",
}

_BAD_SCHEMA = re.compile(
    r"invalid schema|schema for response_format|grammar|additionalproperties", re.IGNORECASE
)


_REFUSING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""How servers answer a field that they do not take."""


def known_steps(capabilities: Capabilities) -> tuple[str, ...]:
    """The steps that are needed before a server like that has refused anything."""
    weaker = {"schema": (), "object": (SCHEMA,), "none": (SCHEMA, OBJECT)}[capabilities.json_output]
    return weaker if capabilities.stream_usage else (*weaker, "stream_options")


class Adapting:
    """One body on its way to being accepted; `known` are the steps that its server needs.

    `optional` are further fields that this body can do without. `adapted` says what was changed,
    `lasting` names the steps that the next question needs, too.
    """

    def __init__(
        self, body: dict[str, Any], known: Iterable[str], optional: Collection[str] = ()
    ) -> None:
        self.adapted: list[Adapted] = []
        self.lasting: list[str] = []
        self._body = body
        self._optional = optional
        for name in known:
            self._take(name)

    def does_without(self, status: int, words: bytes, said: str) -> bool:
        """Whether the body now lacks, or says otherwise, what the server has refused.

        `words` is the body of the refusal, `said` what of it may be shown.
        """
        name = _step(self._body, status, words)
        if name is None:
            return self._leaves_out(status, words, said)
        self._take(name, said)
        if _is_lasting(name, words):
            self.lasting.append(name)
        return True

    def _leaves_out(self, status: int, words: bytes, said: str) -> bool:
        if status not in _REFUSING:
            return False
        for field in self._optional:
            if field in self._body and names_field(words, field):
                del self._body[field]
                lost = f"the model server does not take {field!r}: sent without it"
                self.adapted.append(Adapted("field_dropped", lost, field, said))
                return True
        return False

    def _take(self, name: str, said: str = "") -> None:
        if _taken(self._body, name):
            code = "field_renamed" if name in _RENAMED else "field_dropped"
            self.adapted.append(Adapted(code, _LOST[name], name, said))


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
    return name != SCHEMA or not _is_of_schema(words)


def _taken(body: dict[str, Any], name: str) -> bool:
    """Take the step; False where the body does not need it."""
    if name == SCHEMA:
        if body.get("response_format", _ANY_OBJECT) == _ANY_OBJECT:
            return False
        body["response_format"] = dict(_ANY_OBJECT)
        return True
    if name == OBJECT:
        if body.get("response_format") != _ANY_OBJECT:
            return False
        del body["response_format"]
        return True
    if name not in body:
        return False
    value = body.pop(name)
    if name in _RENAMED:
        body[_RENAMED[name]] = value
    if name == "logprobs":  # without it the other says nothing
        body.pop("top_logprobs", None)
    return True


def _weaker_format(body: dict[str, Any]) -> str | None:
    match body.get("response_format"):
        case None:
            return None
        case {"type": "json_schema"}:
            return SCHEMA
        case _:
            return OBJECT


def _is_of_schema(words: bytes) -> bool:
    return _BAD_SCHEMA.search(words.decode("utf-8", "replace")) is not None
