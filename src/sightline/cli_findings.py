"""The command about what is remembered of the pictures of questions."""

import typer

from sightline.terminal import Json, Yes, opened_workspace, print_json

findings_app = typer.Typer(
    help="What was found and read on the pictures of questions.", no_args_is_help=True
)


@findings_app.command("forget")
def findings_forget(yes: Yes = False, as_json: Json = False) -> None:
    """Forget all of it, and clear it from the catalog's files. A question looks and reads anew."""
    if not yes:
        typer.confirm("Forget what was found on the pictures of questions?", abort=True, err=True)
    with opened_workspace() as workspace:
        forgotten = workspace.eyesight.forget()
    if as_json:
        print_json({"forgotten": forgotten})
    else:
        typer.echo(f"Forgot {forgotten} findings.")
