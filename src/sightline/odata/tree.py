"""OData filters, the part that Azure AI Search documents for indexes of ours: text to a tree.

    price lt 300 and (tags/any(t: t eq 'tent') or search.in(brand, 'A,B', ','))

Comparisons have two values, as there: `x ne 'a'` holds where x is null, every other comparison with
null but `eq null` does not. Source: "OData language overview for $filter" of Azure AI Search.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, assert_never

from sightline.errors import InvalidRequest

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Value = str | bool | int | float | datetime | None


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
    found = moment_of(found) if isinstance(value, datetime) and isinstance(found, str) else found
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


def moment_of(text: str) -> datetime:
    """A time with its zone; one without counts as UTC. Raises InvalidRequest."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise refusal(f"expected a time such as 2024-01-01T00:00:00Z, got {text!r}") from error
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise refusal(f"expected a time of the years 1 to 9999, got {text!r}") from error


def refusal(said: str) -> InvalidRequest:
    """What every refusal of a filter looks like."""
    return InvalidRequest(f"filter: {said}.", param="filter")
