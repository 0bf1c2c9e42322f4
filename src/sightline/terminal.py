"""What every command shares: the options before it, its workspace, and how results are printed."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.errors import UnreadableImage

if TYPE_CHECKING:
    from sightline.assets import Where
    from sightline.workspace import Workspace

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
IndexName = Annotated[str, typer.Option("--index", help="Name of the index.")]
Condition = Annotated[
    str | None,
    typer.Option(
        "--filter", help="OData, for example \"width gt 800 and tags/any(t: t eq 'tent')\"."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

given: dict[str, Any] = {}
"""The options before the command; a command line is one process with one set of them."""


@contextmanager
def opened_workspace() -> "Iterator[Workspace]":
    """The workspace of the options, open for one command."""
    from sightline.settings import load_settings
    from sightline.workspace import Workspace

    workspace = Workspace(load_settings(**given))
    try:
        yield workspace
    finally:
        asyncio.run(workspace.close())


def where_of(condition: str | None) -> "Where | None":
    """The filter of a command."""
    from sightline.assets import Where
    from sightline.odata.parsing import parse

    return Where(filter=parse(condition)) if condition else None


def picture_file(path: Path) -> bytes:
    """The bytes of a file that should be a picture. Raises UnreadableImage."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableImage(
            f"Expected a picture at {str(path)!r}, got: {error.strerror}."
        ) from error


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """A remark on standard error."""
    typer.echo(text, err=True)
