"""The commands about API keys: who may use a server."""

from typing import Annotated

import typer

from sightline.access import key_json
from sightline.audit import COMMAND_LINE
from sightline.terminal import Json, Yes, opened_workspace, print_json, say

keys_app = typer.Typer(help="API keys: who may use the server, and for what.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the key.")]


@keys_app.command("create")
def keys_create(
    name: Name,
    scope: Annotated[
        str,
        typer.Option(
            help="What it opens, comma separated: read (look and search), chat (ask the models), "
            "ingest (bring pictures in, change them, take them out), admin (everything)."
        ),
    ],
    expires: Annotated[
        int | None, typer.Option(metavar="DAYS", help="How long it is good for; else for ever.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a key. It is shown this once; servers that run take it at once."""
    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    with opened_workspace() as workspace:
        record, key = workspace.access.create(name, scopes, days=expires, by=COMMAND_LINE)
    if as_json:
        print_json(key_json(record) | {"key": key})
        return
    typer.echo(key)
    say("Keep it now: only a hash of it is stored, and it cannot be shown again.")
    say("Send it as `api-key` or as `Authorization: Bearer`; the Studio asks for it.")


@keys_app.command("list")
def keys_list(as_json: Json = False) -> None:
    """All keys: what each opens, and when it was made, used and will expire."""
    from sightline.console import key_table  # noqa: PLC0415 (heavy)

    with opened_workspace() as workspace:
        found = [key_json(record) for record in workspace.access.all()]
    if as_json:
        print_json(found)
    elif found:
        key_table(found)
    else:
        say("No key yet. Make one: sightline keys create NAME --scope read,chat")


@keys_app.command("revoke")
def keys_revoke(name: Name, yes: Yes = False, as_json: Json = False) -> None:
    """Make a key worthless; a server that runs refuses it a second later at most."""
    with opened_workspace() as workspace:
        if not yes:
            typer.confirm(f"Revoke the key {name!r}?", abort=True, err=True)
        workspace.access.revoke(name, by=COMMAND_LINE)
    if as_json:
        print_json({"revoked": name})
    else:
        typer.echo(f"Revoked {name}.")
