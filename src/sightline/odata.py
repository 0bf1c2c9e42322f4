"""OData filters, the part that Azure AI Search documents for indexes of ours: text to a tree.

    price lt 300 and (tags/any(t: t eq 'tent') or search.in(brand, 'A,B', ','))

Comparisons have two values, as there: `x ne 'a'` holds where x is null, every other comparison with
null but `eq null` does not. Source: "OData language overview for $filter" of Azure AI Search.
"""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, assert_never

from sightline.errors import InvalidRequest

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Value = str | bool | int | float | datetime | None

LONGEST: Final = 500_000
"""Characters of a filter: a list of some ten thousand keys fits."""

DEEPEST: Final = 50
"""Parentheses within parentheses."""

MOST: Final = 2_000
"""Conditions of one filter (a `search.in` is one): engines recurse over them and fall over."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field against a constant. In the condition of a lambda the field is its variable."""

    field: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class IsTrue:
    """A field of truth values that stands for itself."""

    field: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """`search.in(field, 'a,b')`: the field is one of these texts."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Elements:
    """`field/any(x: …)` or `field/all(x: …)`; any without a condition: the field has elements."""

    field: str
    every: bool
    variable: str
    condition: "Tree | None"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    of: "Tree"


@dataclass(frozen=True, slots=True)
class Both:
    """Several that must all hold (`and`), or of which one must (`or`)."""

    every: bool
    parts: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Constant:
    """`true` or `false` by itself."""

    value: bool


Tree = Comparison | IsTrue | OneOf | Elements | Not | Both | Constant


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter as it was written, for services that read it themselves, and as a tree for us."""

    text: str
    tree: Tree


def parse(text: str) -> Filter:
    """The filter that is written so. Raises InvalidRequest that says where it goes wrong."""
    if len(text) > LONGEST:
        raise InvalidRequest(
            f"filter: expected at most {LONGEST:,} characters, got {len(text):,}.", param="filter"
        )
    return Filter(text, _Parser(text).whole())


def check(tree: Tree, kinds: Mapping[str, str]) -> None:
    """Refuse what these fields cannot be asked. `kinds`: the EDM types of filterable fields.

    Raises InvalidRequest for other fields, and for constants of another kind than their field.
    """
    _check(tree, kinds, {})


def holds(tree: Tree, document: Mapping[str, Any]) -> bool:
    """Whether the filter holds for a document; a field that it lacks is null."""
    match tree:
        case Constant():
            return tree.value
        case IsTrue():
            return document.get(tree.field) is True
        case Comparison():
            return _compare(document.get(tree.field), tree.operator, tree.value)
        case OneOf():
            return document.get(tree.field) in tree.values
        case Not():
            return not holds(tree.of, document)
        case Both():
            return (all if tree.every else any)(holds(part, document) for part in tree.parts)
        case Elements():
            elements = document.get(tree.field) or ()
            if tree.condition is None:
                return bool(elements)
            inner = (holds(tree.condition, {**document, tree.variable: one}) for one in elements)
            return (all if tree.every else any)(inner)
        case _:
            assert_never(tree)


def _compare(found: Any, operator: Operator, value: Value) -> bool:  # noqa: ANN401 (any JSON)
    found = _moment(found) if isinstance(value, datetime) and isinstance(found, str) else found
    if operator == "eq":
        return bool(found == value)
    if operator == "ne":
        return bool(found != value)
    if found is None or value is None:
        return False
    match operator:
        case "gt":
            return bool(found > value)
        case "ge":
            return bool(found >= value)
        case "lt":
            return bool(found < value)
        case "le":
            return bool(found <= value)


_NUMBERS: Final = frozenset({"Edm.Int32", "Edm.Int64", "Edm.Double"})
_COLLECTION: Final = re.compile(r"Collection\((.+)\)")


def _check(tree: Tree, kinds: Mapping[str, str], variables: Mapping[str, str]) -> None:
    match tree:
        case Constant():
            pass
        case Not():
            _check(tree.of, kinds, variables)
        case Both():
            for part in tree.parts:
                _check(part, kinds, variables)
        case IsTrue() | OneOf():
            wanted = "Edm.Boolean" if isinstance(tree, IsTrue) else "Edm.String"
            _expect(tree.field, wanted, _kind(tree.field, kinds, variables))
        case Comparison():
            _check_constant(tree, _kind(tree.field, kinds, variables))
        case Elements():
            kind = _kind(tree.field, kinds, variables)
            collection = _COLLECTION.fullmatch(kind)
            if collection is None:
                raise _refusal(
                    f"expected a collection before any or all, got {tree.field!r} ({kind})"
                )
            if tree.condition is not None:
                _check(tree.condition, kinds, {**variables, tree.variable: collection[1]})
        case _:
            assert_never(tree)


def _check_constant(tree: Comparison, kind: str) -> None:
    if not _fits(tree.value, kind, tree.operator):
        raise _refusal(
            f"expected a constant that compares with {tree.field!r} ({kind}), got {tree.value!r}"
        )


def _kind(field: str, kinds: Mapping[str, str], variables: Mapping[str, str]) -> str:
    kind = variables.get(field) or kinds.get(field)
    if kind is None:
        known = ", ".join(sorted(kinds)) or "there is none"
        raise _refusal(f"expected a field that can be filtered by ({known}), got {field!r}")
    return kind


def _expect(field: str, wanted: str, kind: str) -> None:
    if kind != wanted:
        raise _refusal(f"expected a field of the type {wanted}, got {field!r} ({kind})")


def _fits(value: Value, kind: str, operator: Operator) -> bool:
    match value:
        case None:
            return not kind.startswith("Collection") and operator in {"eq", "ne"}
        case bool():
            return kind == "Edm.Boolean" and operator in {"eq", "ne"}
        case int() | float():
            return kind in _NUMBERS
        case datetime():
            return kind == "Edm.DateTimeOffset"
        case str():
            return kind == "Edm.String"


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
_DIGITS: Final = 40
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
        self._variable: str | None = None

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
            raise _refusal(
                f"expected not (…) around the comparison at character {token.place + 1}, got not "
                "without parentheses, which binds tighter than the comparison"
            )
        return Not(tree) if times % 2 else tree

    def _primary(self) -> Tree:
        if self._taken("("):
            return self._enclosed()
        self._count += 1
        if self._count > MOST:
            raise _refusal(
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
            raise _refusal(f"expected at most {DEEPEST} parentheses within each other, got more")
        tree = self._any_of()
        self._must(")")
        self._depth -= 1
        return tree

    def _of_field(self) -> Tree:
        token, name = self._peek, self._name()
        if self._peek.text == "(":
            return self._call(name)
        if self._taken("/"):
            if self._variable is not None:
                raise _refusal(
                    f"expected no any or all inside another one at character {token.place + 1}, "
                    f"got {name!r}"
                )
            return self._elements(name)
        self._own(token)
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
        return Comparison(self._field(), _FLIPPED[operator], value)

    def _call(self, name: str) -> Tree:
        if name != "search.in":
            raise _refusal(f"expected search.in, got {name}, which is not served")
        self._must("(")
        field = self._field()
        self._must(",")
        listed, delimiters = self._string(), " ,"
        if self._taken(","):
            delimiters = self._string()
        self._must(")")
        cut = re.split(f"[{re.escape(delimiters)}]", listed) if delimiters else [listed]
        values = (one.strip() if " " in delimiters else one for one in cut)
        return OneOf(field, frozenset(one for one in values if one))

    def _elements(self, field: str) -> Tree:
        which = self._name()
        if which not in {"any", "all"}:
            raise _refusal(f"expected any or all after {field}/, got {which!r}")
        self._must("(")
        if which == "any" and self._taken(")"):
            return Elements(field, every=False, variable="", condition=None)
        variable = self._name()
        self._must(":")
        self._variable = variable
        condition = self._enclosed()
        self._variable = None
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
            raise _refusal(f"expected a text in quotes inside search.in, got {value!r}")
        return value

    def _name(self) -> str:
        token = self._peek
        if token.kind != "name" or token.text in _RESERVED or token.text in _CONSTANTS:
            raise self._unexpected("the name of a field")
        self._next += 1
        return token.text

    def _field(self) -> str:
        token = self._peek
        name = self._name()
        self._own(token)
        return name

    def _own(self, field: _Token) -> None:
        """Inside any and all a condition is about the element: no engine relates it to fields."""
        if self._variable not in {None, field.text}:
            raise _refusal(
                f"expected {self._variable!r} inside any or all at character {field.place + 1}, "
                f"got {field.text!r}"
            )

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
        return _refusal(f"expected {wanted} at character {token.place + 1}, got {got}")


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    end = len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            start = len(text) - len(text[place:].lstrip())
            raise _refusal(
                f"expected a field, a constant or an operator at character {start + 1}, "
                f"got {text[start : start + 20]!r}"
            )
        yield _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
        place = match.end()
    yield _Token("end", "", len(text))


def _number(text: str) -> int | float:
    whole = text.lstrip("-").isdigit()
    value = int(text) if whole and len(text) <= _DIGITS else float(text)
    named = text in {"INF", "-INF", "NaN"}
    if (whole and not -(2**63) <= value < 2**63) or (math.isinf(value) and not named):
        raise _refusal(f"expected a number of 64 bits, got {text[:40]}")
    return value


def _constant_moment(text: str) -> datetime:
    """The time, to the microsecond, as times are kept; what is finer is refused, not cut."""
    if re.search(r"\.\d{6}\d*[1-9]", text):
        raise _refusal(f"expected a time to the microsecond, got {text!r}")
    return _moment(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _refusal(f"expected a time such as 2024-01-01T00:00:00Z, got {text!r}") from error


def _refusal(said: str) -> InvalidRequest:
    return InvalidRequest(f"filter: {said}.", param="filter")


def fields_of(tree: Tree) -> Collection[str]:
    """The fields that a filter asks about."""
    match tree:
        case Constant():
            return set()
        case Not():
            return fields_of(tree.of)
        case Both():
            return {field for part in tree.parts for field in fields_of(part)}
        case Elements():
            inner = set() if tree.condition is None else set(fields_of(tree.condition))
            return {tree.field} | (inner - {tree.variable})
        case Comparison() | IsTrue() | OneOf():
            return {tree.field}
        case _:
            assert_never(tree)
