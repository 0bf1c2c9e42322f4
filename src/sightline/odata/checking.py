"""Whether the fields of an index can be asked what a filter asks."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, assert_never

from sightline.odata.tree import (
    Both,
    Comparison,
    Constant,
    Elements,
    IsTrue,
    Not,
    OneOf,
    Operator,
    Tree,
    Value,
    refusal,
)


def check(tree: Tree, kinds: Mapping[str, str]) -> None:
    """Refuse what these fields cannot be asked. `kinds`: the EDM types of filterable fields.

    Raises InvalidRequest for other fields, and for constants of another kind than their field.
    """
    _check(tree, kinds, {})


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
                raise refusal(
                    f"expected a collection before any or all, got {tree.field!r} ({kind})"
                )
            if tree.condition is not None:
                # Only the variable may be asked inside, as at the service.
                _check(tree.condition, {}, {tree.variable: collection[1]})
        case _:
            assert_never(tree)


def _check_constant(tree: Comparison, kind: str) -> None:
    if not _fits(tree.value, kind, tree.operator):
        raise refusal(
            f"expected a constant that compares with {tree.field!r} ({kind}), got {tree.value!r}"
        )


def _kind(field: str, kinds: Mapping[str, str], variables: Mapping[str, str]) -> str:
    kind = variables.get(field) or kinds.get(field)
    if kind is None:
        known = ", ".join(sorted({*kinds, *variables})) or "there is none"
        raise refusal(f"expected a field that can be filtered by ({known}), got {field!r}")
    return kind


def _expect(field: str, wanted: str, kind: str) -> None:
    if kind != wanted:
        raise refusal(f"expected a field of the type {wanted}, got {field!r} ({kind})")


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
