"""A filter's tree as a condition in SQL, with the same two-valued comparisons."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, assert_never

from sightline.errors import InvalidRequest
from sightline.index.literals import moment_literal, quoted
from sightline.odata.tree import (
    Both,
    Comparison,
    Constant,
    Elements,
    IsTrue,
    Not,
    OneOf,
    Tree,
    Value,
)

Columns = Mapping[str, str]

DEEPEST: Final = 20
"""Changes between `and` and `or` within each other; the engine's reader gives up soon after."""

_SIGNS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}


def sql(tree: Tree, columns: Columns) -> str:
    """The condition; `columns` maps the fields that may be asked to their columns.

    Raises InvalidRequest for a condition on elements that the engine cannot express, and for one
    that is too deep for it.
    """
    return _sql(tree, columns, negated=False, depth=0)


def _sql(tree: Tree, columns: Columns, *, negated: bool, depth: int) -> str:
    """A `not` goes down to the leaves: the engine takes exponential time to read nested ones."""
    match tree:
        case Not():
            return _sql(tree.of, columns, negated=not negated, depth=depth)
        case Both():
            every = tree.every != negated
            if depth == DEEPEST:
                raise InvalidRequest(
                    f"filter: expected at most {DEEPEST} changes between 'and' and 'or' within "
                    "each other, got more.",
                    param="filter",
                )
            parts = (
                _sql(part, columns, negated=turned, depth=depth + 1)
                for part, turned in _parts(tree, every, negated)
            )
            return f"({(' AND ' if every else ' OR ').join(parts)})"
        case _:
            return f"NOT {_leaf(tree, columns)}" if negated else _leaf(tree, columns)


def _parts(tree: Tree, every: bool, negated: bool) -> Iterator[tuple[Tree, bool]]:
    """What is joined by one word, be it in parentheses of its own, and whether it is negated."""
    match tree:
        case Not():
            yield from _parts(tree.of, every, not negated)
        case Both() if (tree.every != negated) == every:
            for part in tree.parts:
                yield from _parts(part, every, negated)
        case _:
            yield tree, negated


def _leaf(tree: Constant | IsTrue | OneOf | Comparison | Elements, columns: Columns) -> str:
    match tree:
        case Constant():
            return "true" if tree.value else "false"
        case IsTrue():
            return f"coalesce({columns[tree.field]}, false)"
        case OneOf():
            return _one_of(columns[tree.field], tree)
        case Comparison():
            return _comparison(columns[tree.field], tree)
        case Elements():
            return _elements(columns[tree.field], tree)
        case _:
            assert_never(tree)


def _comparison(column: str, tree: Comparison) -> str:
    if tree.value is None:
        return f"({column} IS {'' if tree.operator == 'eq' else 'NOT '}NULL)"
    if tree.value != tree.value:  # the engine takes NaN for the greatest number, equal to itself
        return "true" if tree.operator == "ne" else "false"
    value = _literal(tree.value)
    match tree.operator:
        case "eq":
            return f"coalesce({column} = {value}, false)"
        case "ne":
            return f"coalesce({column} <> {value}, true)"
        case _:
            return f"coalesce({column} {_SIGNS[tree.operator]} {value}, false)"


def _one_of(column: str, tree: OneOf) -> str:
    if not tree.values:
        return "false"
    listed = ", ".join(quoted(value) for value in sorted(tree.values))
    return f"coalesce({column} IN ({listed}), false)"


def _elements(column: str, tree: Elements) -> str:
    if tree.condition is None:
        return f"coalesce(array_length({column}) > 0, false)"
    values = _unwanted(tree.condition) if tree.every else _wanted(tree.condition)
    if values is None:
        allowed = "ne and 'and', or not search.in," if tree.every else "eq, 'or' and search.in"
        raise InvalidRequest(
            f"filter: expected {allowed} inside {tree.field}/{'all' if tree.every else 'any'}, "
            "got another condition.",
            param="filter",
        )
    listed = ", ".join(quoted(value) for value in sorted(values))
    has = f"coalesce(array_has_any({column}, [{listed}]), false)" if values else "false"
    return f"NOT {has}" if tree.every else has


def _wanted(tree: Tree) -> frozenset[str] | None:
    """The texts that an element may be, when the condition says just that."""
    match tree:
        case Comparison(operator="eq", value=str(value)):
            return frozenset({value})
        case OneOf():
            return tree.values
        case Not():
            return _unwanted(tree.of)
        case Both(every=False):
            return _union([_wanted(part) for part in tree.parts])
        case _:
            return None


def _unwanted(tree: Tree) -> frozenset[str] | None:
    """The texts that an element may not be, when the condition says just that."""
    match tree:
        case Comparison(operator="ne", value=str(value)):
            return frozenset({value})
        case Not():
            return _wanted(tree.of)
        case Both(every=True):
            return _union([_unwanted(part) for part in tree.parts])
        case _:
            return None


def _union(parts: list[frozenset[str] | None]) -> frozenset[str] | None:
    known = [part for part in parts if part is not None]
    return frozenset().union(*known) if len(known) == len(parts) else None


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if math.isinf(value):
            return f"CAST('{value}' AS DOUBLE)"
        case int() | float():
            return repr(value)
        case datetime():
            return moment_literal(value)
        case str():
            return quoted(value)
        case None:
            return "NULL"
