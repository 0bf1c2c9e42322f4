"""What is asked of a model server, and what to do when it refuses a field that we chose.

Servers refuse fields they do not know, so the body says no more than it must. Two fields are not
known everywhere: the wish for token counts, which we add on our own, and the limit of tokens, which
has two names.
"""

import json
from collections.abc import Collection, Iterator
from http import HTTPStatus
from typing import Any

from sightline.chat.upstream.upstream_errors import names_field
from sightline.messages import Sampling


def request_body(model: str, messages: list[dict[str, Any]], sampling: Sampling) -> dict[str, Any]:
    """What is asked for, and of the sampling only what the caller has set."""
    chosen = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "stop": list(sampling.stop) or None,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
    }
    return {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{field: value for field, value in chosen.items() if value is not None},
    }


def to_json(body: dict[str, Any]) -> bytes:
    """The body as bytes; "?" stands for a lone surrogate, which no JSON parser would take."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


_RENAMED = {"max_tokens": "max_completion_tokens"}
"""Reasoning models of OpenAI and Azure refuse the first name and want the second."""

DROPPED = {
    "stream_options": "the model server does not take 'stream_options': tokens are estimated"
}
"""Fields that we add on our own, and what the reader must know when a server refuses them."""


REFUSING = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
"""How servers answer a field that they do not take."""


def refused_field(body: dict[str, Any], status: int, words: bytes) -> str | None:
    """The field of the body that the server names in its refusal and that we can do without."""
    if status not in REFUSING:
        return None
    for field, other in _RENAMED.items():
        if field in body and names_field(words, field) and names_field(words, other):
            return field
    return next((field for field in DROPPED if field in body and names_field(words, field)), None)


def named_field(
    body: dict[str, Any], status: int, words: bytes, optional: Collection[str]
) -> str | None:
    """The first of the `optional` fields in the body that the server names in its refusal."""
    if status not in REFUSING:
        return None
    return next((field for field in optional if field in body and names_field(words, field)), None)


def spelled_otherwise(body: dict[str, Any], field: str) -> None:
    """Take the field out of the body, or give it the name this server knows."""
    if field in body:
        value = body.pop(field)
        if field in _RENAMED:
            body[_RENAMED[field]] = value


NEEDED = frozenset({"model", "messages", "stream"})
"""Without these there is no question, or no stream."""


def texts(messages: object) -> Iterator[str]:
    """The words in the messages of a body."""
    for message in messages if isinstance(messages, list) else []:
        match message:
            case {"content": str(text)}:
                yield text
            case {"content": list(parts)}:
                for part in parts:
                    match part:
                        case {"text": str(text)}:
                            yield text
