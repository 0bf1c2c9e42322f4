"""A `Where` as a condition: SQL for a table, a predicate for values in memory."""

from collections.abc import Callable
from typing import Any, Final

from sightline.assets import Asset, Where
from sightline.index.filter_sql import sql
from sightline.index.literals import moment_literal, quoted, utc
from sightline.index.words import tag_names
from sightline.odata.checking import check
from sightline.odata.tree import Tree, holds

FIELDS: Final[dict[str, tuple[str, str, Callable[[Asset], Any]]]] = {
    "id": ("Edm.String", "id", lambda asset: asset.id),
    "key": ("Edm.String", "key", lambda asset: asset.key),
    "source": ("Edm.String", "source", lambda asset: asset.source),
    "description": ("Edm.String", "description", lambda asset: asset.description),
    "text": ("Edm.String", "text", lambda a: "" if a.reading is None else a.reading.text),
    "tags": ("Collection(Edm.String)", "tag_names", tag_names),
    "media_type": ("Edm.String", "media_type", lambda asset: asset.media_type),
    "width": ("Edm.Int32", "width", lambda asset: asset.width),
    "height": ("Edm.Int32", "height", lambda asset: asset.height),
    "size": ("Edm.Int64", "size", lambda asset: asset.size),
    "taken_at": ("Edm.DateTimeOffset", "taken_at", lambda a: a.taken_at and utc(a.taken_at)),
    "indexed_at": (
        "Edm.DateTimeOffset",
        "indexed_at",
        lambda a: a.indexed_at and utc(a.indexed_at),
    ),
}
"""What a filter may ask of a picture: its EDM type, its column, and how an asset has it.

Tags are in lower case, each with its broader names.
"""

KINDS: Final = {name: kind for name, (kind, _, _) in FIELDS.items()}
_COLUMNS: Final = {name: column for name, (_, column, _) in FIELDS.items()}


def sql_of(where: Where | None) -> str | None:
    """The condition as SQL; None when nothing is filtered. Values are data, whatever they hold."""
    if where is None:
        return None
    parts: list[str] = []
    if where.source is not None:
        parts.append(f"source = {quoted(where.source)}")
    if where.key_prefix:
        parts.append(f"starts_with(key, {quoted(where.key_prefix)})")
    if where.tag is not None:
        parts.append(f"array_has(tag_names, {quoted(where.tag.casefold())})")
    if where.described is not None:
        parts.append(f"description {'<>' if where.described else '='} ''")
    if where.taken_from is not None:
        parts.append(f"taken_at >= {moment_literal(where.taken_from)}")
    if where.taken_until is not None:
        parts.append(f"taken_at <= {moment_literal(where.taken_until)}")
    if where.filter is not None:
        check(where.filter.tree, KINDS)
        parts.append(sql(where.filter.tree, _COLUMNS))
    return " AND ".join(parts) or None


def fits(asset: Asset, where: Where | None) -> bool:
    """Whether the condition holds for an asset."""
    if where is None:
        return True
    taken = None if asset.taken_at is None else utc(asset.taken_at)
    return (
        (where.source is None or asset.source == where.source)
        and (not where.key_prefix or asset.key.startswith(where.key_prefix))
        and (where.tag is None or where.tag.casefold() in tag_names(asset))
        and (where.described is None or where.described == bool(asset.description))
        and (where.taken_from is None or (taken is not None and taken >= utc(where.taken_from)))
        and (where.taken_until is None or (taken is not None and taken <= utc(where.taken_until)))
        and (where.filter is None or _holds(where.filter.tree, asset))
    )


def _holds(tree: Tree, asset: Asset) -> bool:
    check(tree, KINDS)
    return holds(tree, {name: read(asset) for name, (_, _, read) in FIELDS.items()})
