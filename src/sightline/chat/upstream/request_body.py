"""What is asked of a model server.

Servers refuse fields they do not know, so the body says no more than it must (`adaptations.py` has
what can be left out when it is refused).
"""

import json
from collections.abc import Iterator
from typing import Any

from sightline.chat.base import Prompt
from sightline.messages import OutputFormat, Tools


def request_body(model: str, messages: list[dict[str, Any]], prompt: Prompt) -> dict[str, Any]:
    """What is asked for, and of the rest only what the caller has set."""
    sampling = prompt.sampling
    chosen = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "stop": list(sampling.stop) or None,
        "seed": sampling.seed,
        "presence_penalty": sampling.presence_penalty,
        "frequency_penalty": sampling.frequency_penalty,
        "logit_bias": sampling.logit_bias,
        "logprobs": None if sampling.logprobs is None else True,
        "top_logprobs": sampling.logprobs or None,
        "response_format": _response_format(prompt.output),
        **_tools(prompt.tools),
    }
    return {
        "model": model,
        "messages": messages,
        "stream": True,
        "stream_options": {"include_usage": True},
        **{field: value for field, value in chosen.items() if value is not None},
    }


def _response_format(output: OutputFormat | None) -> dict[str, Any] | None:
    if output is None:
        return None
    if output.schema is None:
        return {"type": "json_object"}
    schema: dict[str, Any] = {"name": output.name, "schema": output.schema}
    if output.description:
        schema["description"] = output.description
    if output.strict:
        schema["strict"] = True
    return {"type": "json_schema", "json_schema": schema}


def _tools(tools: Tools | None) -> dict[str, Any]:
    if tools is None:
        return {}
    choice = tools.choice
    if choice is not None and not isinstance(choice, str):
        choice = {"type": "function", "function": choice}
    return {
        "tools": [{"type": "function", "function": function} for function in tools.functions],
        "tool_choice": choice,
        "parallel_tool_calls": tools.parallel,
    }


def to_json(body: dict[str, Any]) -> bytes:
    """The body as bytes; "?" stands for a lone surrogate, which no JSON parser would take."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


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
