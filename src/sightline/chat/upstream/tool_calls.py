"""Calls of tools in a growing answer: pieces as servers number them, to pieces numbered by us.

Servers differ: some number every call 0, some give no number, some no id, some send the arguments
as an object instead of its text. A new id or, where a whole call comes at once, a new name begins a
new call.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from sightline.events import ToolCalled


def calls_of(delta: Mapping[str, Any]) -> Sequence[object]:
    """The pieces of calls in a delta or message, the old single `function_call` as one of them."""
    calls = delta.get("tool_calls")
    if isinstance(calls, list):
        return calls
    single = delta.get("function_call")
    return [{"index": 0, "function": single}] if isinstance(single, dict) else []


class CallPieces:
    """Fed the pieces as they come. `name` is the first tool's, `size` counts characters."""

    def __init__(self) -> None:
        self.name = ""
        self.size = 0
        self._count = 0
        self._open: dict[object, tuple[int, str, str]] = {}  # their number: our index, id, name

    def feed(self, pieces: Sequence[object]) -> list[ToolCalled]:
        """The same pieces, each call with an index of its own and its first piece with an id."""
        return [called for piece in pieces if (called := self._piece(piece))]

    def _piece(self, piece: object) -> ToolCalled | None:
        function = piece.get("function") if isinstance(piece, dict) else None
        if not isinstance(piece, dict) or not isinstance(function, dict):
            return None
        name, arguments = function.get("name"), _text(function.get("arguments"))
        name = name if isinstance(name, str) else ""
        given, number = piece.get("id"), piece.get("index")
        given = given if isinstance(given, str) else ""
        number = number if isinstance(number, int) else None
        self.size += len(name) + len(arguments)
        index, known_id, known_name = self._open.get(number, (-1, "", ""))
        repeated = number is not None and name == known_name
        if index >= 0 and (given == known_id if given else not name or repeated):
            return ToolCalled(index=index, arguments=arguments)
        self.name = self.name or name
        index, self._count = self._count, self._count + 1
        self._open[number] = index, given, name
        made = given or f"call_{uuid4().hex[:24]}"
        return ToolCalled(index=index, id=made, name=name, arguments=arguments)


def _text(arguments: object) -> str:
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
