"""Commands on one index: attach one that lies at a search service, describe a picture of one."""

from collections.abc import Iterable
from typing import Annotated

import typer

from sightline.errors import InvalidRequest
from sightline.terminal import Json, opened_workspace, print_json, say


def index_attach(
    name: Annotated[str, typer.Argument(help="What to call it here.")],
    service: Annotated[
        str, typer.Option(help="The [[search_services]] table in settings.toml that leads there.")
    ],
    remote: Annotated[str, typer.Option("--index", help="Its name at the service.")],
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--map", help="What a field holds, as image_vector=FIELD; the rest is guessed."
        ),
    ] = None,
    encoder: Annotated[
        str, typer.Option(help="The [[vision_services]] table whose vectors it has; else our own.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, and attach nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Search an index where it lies, at a search service, once its vectors are seen to fit."""
    from sightline.console import attachment_summary
    from sightline.messages import Distant
    from sightline.views import examined_json

    distant = Distant(service=service, index=remote, fields=mapped(fields or ()), encoder=encoder)
    with opened_workspace() as workspace:
        found = examined_json(
            workspace.attach(name, distant, dry_run=dry_run, progress=lambda text: say(f"… {text}"))
        )
    if as_json:
        print_json(found | {"attached_now": not dry_run})
    else:
        attachment_summary(found, attached=not dry_run)


def index_describe(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    picture: Annotated[str, typer.Argument(help="A picture's key or id.")],
    text: Annotated[str, typer.Argument(help='The description; "" takes it away.')],
    as_json: Json = False,
) -> None:
    """Change the description of a picture in an index; its file and its source stay as they are."""
    from sightline.changing import describe, named
    from sightline.views import asset_json

    with opened_workspace() as workspace:
        found = named(workspace.own(name), picture)
        changed = describe(workspace.indexes, name, workspace.text_encoder, found.id, text)
    if as_json:
        print_json(asset_json(changed))
    else:
        typer.echo(f"{changed.key}: {changed.description or 'no description'}")


def mapped(given: Iterable[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """`image_vector=FIELD`, each name as often as there are fields for it."""
    said: dict[str, tuple[str, ...]] = {}
    for pair in given:
        name, equals, field = pair.partition("=")
        if not (name and equals and field):
            raise InvalidRequest(
                f"Expected --map NAME=FIELD, got {pair!r}.",
                hint="For example --map image_vector=embedding --map content=caption.",
            )
        said[name] = (*said.get(name, ()), field)
    return tuple(said.items())
