"""From the text of a filter to its tree: recursive descent over tokens."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sightline.errors import InvalidRequest
from sightline.odata.tree import (
    Both,
    Comparison,
    Constant,
    Elements,
    Filter,
    IsTrue,
    Not,
    OneOf,
    Operator,
    Tree,
    Value,
    moment_of,
    refusal,
)

LONGEST: Final = 500_000
"""Characters of a filter: a list of some ten thousand keys fits."""

MOST: Final = 2_000
"""Conditions of one filter (a `search.in` is one): engines recurse over them and fall over."""

_LONGEST_NUMBER: Final = 400
DEEPEST: Final = 50
"""Parentheses within parentheses."""


def parse(text: str) -> Filter:
    """The filter that is written so. Raises InvalidRequest that says where it goes wrong."""
    if len(text) > LONGEST:
        raise InvalidRequest(
            f"filter: expected at most {LONGEST:,} characters, got {len(text):,}.", param="filter"
        )
    return Filter(text, _Parser(text).whole())


_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
      | (?P<number>-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|INF)(?![\w.])|NaN(?![\w./]))
      | (?P<name>[A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign>[(),:/])
    )""",
    re.VERBOSE,
)
_OPERATORS: Final[tuple[Operator, ...]] = ("eq", "ne", "gt", "ge", "lt", "le")
_FLIPPED: Final[dict[Operator, Operator]] = {
    "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge",
}  # fmt: skip
_CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}
_RESERVED: Final = frozenset({"and", "or", "not", *_OPERATORS})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


class _Parser:
    """Recursive descent over the tokens, one method for each level of precedence."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0
        self._count = 0
        self._inside = False

    def whole(self) -> Tree:
        tree = self._any_of()
        if self._peek.kind != "end":
            raise self._unexpected("'and', 'or' or the end")
        return tree

    def _any_of(self) -> Tree:
        return self._joined("or", self._all_of)

    def _all_of(self) -> Tree:
        return self._joined("and", self._negated)

    def _joined(self, word: str, part: Any) -> Tree:  # noqa: ANN401 (a method)
        parts = [part()]
        while self._taken(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(word == "and", tuple(parts))

    def _negated(self) -> Tree:
        times = 0
        while self._taken("not"):
            times += 1
        token = self._peek
        tree = self._primary()
        if times and isinstance(tree, Comparison) and (token.kind, token.text) != ("sign", "("):
            raise refusal(
                f"expected not (…) around the comparison at character {token.place + 1}, got not "
                "without parentheses, which binds tighter than the comparison"
            )
        return Not(tree) if times % 2 else tree

    def _primary(self) -> Tree:
        if self._taken("("):
            return self._enclosed()
        self._count += 1
        if self._count > MOST:
            raise refusal(
                f"expected at most {MOST:,} conditions, got more (search.in(field, 'a,b,…') takes "
                "many values as one)"
            )
        token = self._peek
        if token.kind == "name" and token.text not in _CONSTANTS:
            return self._of_field()
        return self._of_constant()

    def _enclosed(self) -> Tree:
        self._depth += 1
        if self._depth > DEEPEST:
            raise refusal(f"expected at most {DEEPEST} parentheses within each other, got more")
        tree = self._any_of()
        self._must(")")
        self._depth -= 1
        return tree

    def _of_field(self) -> Tree:
        name = self._name()
        if self._peek.text == "(":
            return self._call(name)
        if self._taken("/"):
            return self._elements(name)
        operator = self._operator()
        if operator is None:
            return IsTrue(name)
        return Comparison(name, operator, self._constant())

    def _of_constant(self) -> Tree:
        value = self._constant()
        operator = self._operator()
        if operator is None and isinstance(value, bool):
            return Constant(value)
        if operator is None:
            raise self._unexpected("eq, ne, gt, ge, lt or le")
        return Comparison(self._name(), _FLIPPED[operator], value)

    def _call(self, name: str) -> Tree:
        if name != "search.in":
            raise refusal(f"expected search.in, got {name}, which is not served")
        self._must("(")
        field = self._name()
        self._must(",")
        listed, delimiters = self._string(), " ,"
        if self._taken(","):
            delimiters = self._string()
        self._must(")")
        cut = re.split(f"[{re.escape(delimiters)}]", listed) if delimiters else [listed]
        values = (one.strip() if " " in delimiters else one for one in cut)
        return OneOf(field, frozenset(one for one in values if one))

    def _elements(self, field: str) -> Tree:
        if self._inside:
            raise refusal(f"expected no any or all inside another one, got {field!r}")
        which = self._name()
        if which not in {"any", "all"}:
            raise refusal(f"expected any or all after {field}/, got {which!r}")
        self._must("(")
        if which == "any" and self._taken(")"):
            return Elements(field, every=False, variable="", condition=None)
        variable = self._name()
        self._must(":")
        self._inside = True
        condition = self._enclosed()
        self._inside = False
        return Elements(field, every=which == "all", variable=variable, condition=condition)

    def _operator(self) -> Operator | None:
        found = next((one for one in _OPERATORS if one == self._peek.text), None)
        if found is not None and self._peek.kind == "name":
            self._next += 1
            return found
        return None

    def _constant(self) -> Value:
        token = self._peek
        self._next += 1
        match token.kind:
            case "text":
                return token.text[1:-1].replace("''", "'")
            case "time":
                return _constant_moment(token.text)
            case "number":
                return _number(token.text)
            case "name" if token.text in _CONSTANTS:
                return _CONSTANTS[token.text]
        self._next -= 1
        raise self._unexpected("a constant ('text', 3, 2024-01-01T00:00:00Z, true, null)")

    def _string(self) -> str:
        value = self._constant()
        if not isinstance(value, str):
            raise refusal(f"expected a text in quotes inside search.in, got {value!r}")
        return value

    def _name(self) -> str:
        token = self._peek
        if token.kind != "name" or token.text in _RESERVED or token.text in _CONSTANTS:
            raise self._unexpected("the name of a field")
        self._next += 1
        return token.text

    def _taken(self, text: str) -> bool:
        taken = self._peek.kind in {"name", "sign"} and self._peek.text == text
        self._next += taken
        return taken

    def _must(self, sign: str) -> None:
        if not self._taken(sign):
            raise self._unexpected(repr(sign))

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _unexpected(self, wanted: str) -> InvalidRequest:
        token = self._peek
        got = "the end" if token.kind == "end" else repr(token.text[:60])
        return refusal(f"expected {wanted} at character {token.place + 1}, got {got}")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            start = len(text) - len(text[place:].lstrip())
            raise refusal(
                f"expected a field, a constant or an operator at character {start + 1}, "
                f"got {text[start : start + 20]!r}"
            )
        yield _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        place = match.end()
    yield _Token("end", "", len(text))


def _number(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise refusal(f"expected a number of 64 bits, got {text[:40]}…")
    whole = text.lstrip("-").isdigit()
    value = int(text) if whole else float(text)
    named = text in {"INF", "-INF", "NaN"}
    if (whole and not -(2**63) <= value < 2**63) or (math.isinf(value) and not named):
        raise refusal(f"expected a number of 64 bits, got {text[:40]}")
    return value


def _constant_moment(text: str) -> datetime:
    """The time, to the microsecond, as times are kept; what is finer is refused, not cut."""
    if re.search(r"\.\d{6}\d*[1-9]", text):
        raise refusal(f"expected a time to the microsecond, got {text!r}")
    return moment_of(text)
