"""Tools in a chat request and its reply, in the form of today and in the older one of functions.

Inside there is one form; the reply to a request in the older one is written in that.
"""

import re
from collections.abc import Sequence
from typing import Any

from sightline.errors import InvalidRequest
from sightline.events import ToolCalled
from sightline.http.wire_json import Json, kind_of
from sightline.messages import ToolCall, Tools

MOST = 128
"""Functions in one request, as in the retired service."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)


def tools_of(
    given: Sequence[Json] | None, choice: str | Json | None, parallel: bool | None, *, old: bool
) -> Tools | None:
    """The tools to offer; None when there are none or none may be called.

    `old`: they came as `functions`, and `choice` as `function_call`. Raises InvalidRequest.
    """
    field, choosing = ("functions", "function_call") if old else ("tools", "tool_choice")
    functions = [
        _function(one if old else _inside(one, f"tools[{number}]"), f"{field}[{number}]")
        for number, one in enumerate(given or ())
    ]
    if len(functions) > MOST:
        raise _refused(field, f"at most {MOST}", given)
    if choice == "none":
        return None
    if not functions:
        if choice not in (None, "auto"):
            raise InvalidRequest(
                f"{choosing}: there are no {field} to choose from.", param=choosing
            )
        return None
    return Tools(
        functions=tuple(functions),
        choice=_choice(choice, {function["name"] for function in functions}, choosing),
        parallel=parallel,
    )


def call_of(given: object, where: str) -> ToolCall:
    """A call that an assistant turn holds. Raises InvalidRequest."""
    match given:
        case {"id": str(name), "function": {"name": str(), "arguments": str()} as function} if name:
            return ToolCall(name, function["name"], function["arguments"])
    expected = "an id and a function with name and arguments (JSON as a string)"
    raise _refused(where, expected, given)


def old_call_of(given: object, made_id: str, where: str) -> ToolCall:
    """The same in the older form, which has no ids. Raises InvalidRequest."""
    match given:
        case {"name": str(name), "arguments": str(arguments)}:
            return ToolCall(made_id, name, arguments)
    raise _refused(where, "a name and arguments (JSON as a string)", given)


def calls_json(calls: Sequence[ToolCall], *, old: bool) -> Json:
    """Calls as a field of a reply's message; the older form has room for the first only."""
    functions = [{"name": call.name, "arguments": call.arguments} for call in calls]
    if old:
        return {"function_call": functions[0]}
    return {
        "tool_calls": [
            {"id": call.id, "type": "function", "function": function}
            for call, function in zip(calls, functions, strict=True)
        ]
    }


def piece_of_call_json(piece: ToolCalled, *, old: bool) -> Json:
    """The same for a piece of a call; empty when there is no room for it."""
    function = {**({"name": piece.name} if piece.id else {}), "arguments": piece.arguments}
    if old:
        return {"function_call": function} if piece.index == 0 else {}
    opened = {"id": piece.id, "type": "function"} if piece.id else {}
    return {"tool_calls": [{"index": piece.index, **opened, "function": function}]}


def _inside(tool: Json, where: str) -> Any:  # noqa: ANN401 (any JSON)
    if tool.get("type", "function") != "function":
        raise _refused(f"{where}.type", "'function'", tool.get("type"))
    return tool.get("function")


def _function(function: object, where: str) -> Json:
    if not isinstance(function, dict):
        raise _refused(where, "a function as an object", function)
    name = function.get("name")
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise _refused(f"{where}.name", "up to 64 letters, digits, _, . and -", name)
    parameters = function.get("parameters")
    if parameters is not None and not isinstance(parameters, dict):
        raise _refused(f"{where}.parameters", "a JSON Schema as an object", parameters)
    return function


def _choice(choice: str | Json | None, names: set[str], where: str) -> str | Json | None:
    match choice:
        case None | "auto" | "required":
            return choice
        case {"function": {"name": str(name)}} | {"name": str(name)}:
            if name in names:
                return {"name": name}
            raise _refused(where, f"one of {', '.join(sorted(names))}", name)
    raise _refused(where, "auto, none, required or the name of a function", choice)


def _refused(where: str, expected: str, got: object) -> InvalidRequest:
    return InvalidRequest(f"{where}: expected {expected}, got {kind_of(got)}.", param=where)
