"""The command line. Each command opens a workspace, runs one flow and prints what came of it.

Nothing heavy is imported before a command needs it. Exit codes: 0 done, 1 an error (its code and
message on standard error), 2 wrong usage, 3 done, but some pictures could not be taken or their
rows do not fit the schema.
"""

import sys
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from sightline import __version__
from sightline.audit import COMMAND_LINE
from sightline.cli_analyze import analyze
from sightline.cli_attach import index_attach, index_describe
from sightline.cli_deployments import deployments_app
from sightline.cli_extract import Schema, ask_for_fields, extract, schema_in
from sightline.cli_findings import findings_app
from sightline.cli_keys import keys_app
from sightline.cli_sources import bring_in, index_forget, source_app
from sightline.cli_turns import replay, turns_app
from sightline.errors import BrokenIndex, SightlineError
from sightline.terminal import Condition, IndexName, Json, Yes, picture_file, where_of
from sightline.terminal import given as _given
from sightline.terminal import opened_workspace as _workspace
from sightline.terminal import print_json as _print_json
from sightline.terminal import say as _say

if TYPE_CHECKING:
    from sightline.workspace import Workspace

app = typer.Typer(
    name="sightline",
    help="Ask about your own images, on your own machine, and see where each answer comes from.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
index_app = typer.Typer(
    help="Look at indexes, change them, delete them or a part of them.", no_args_is_help=True
)
models_app = typer.Typer(help="The models and their files.", no_args_is_help=True)
app.command()(analyze)
app.command()(extract)
app.add_typer(findings_app, name="findings")
app.add_typer(index_app, name="index")
app.add_typer(source_app, name="source")
index_app.command("attach")(index_attach)
index_app.command("describe")(index_describe)
index_app.command("forget")(index_forget)
app.add_typer(models_app, name="models")
app.add_typer(deployments_app, name="deployments")
app.add_typer(turns_app, name="turns")
app.add_typer(keys_app, name="keys")
app.command()(replay)


def main() -> None:
    """Entry point: an error becomes a message and exit code 1, never a traceback."""
    try:
        app()
    except SightlineError as error:
        _fail(error)
    except BrokenPipeError:
        sys.exit(0)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    workspace: Annotated[
        Path | None,
        typer.Option(
            help="Folder with indexes, models and settings.toml [default: ~/.sightline].",
            envvar="SIGHTLINE_WORKSPACE",
        ),
    ] = None,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", is_eager=True, callback=_print_version
        ),
    ] = False,
) -> None:
    """Ask about your own images, on your own machine, and see where each answer comes from."""
    _given["workspace"] = workspace


@app.command()
def ingest(
    source: Annotated[
        str, typer.Argument(help="A folder, or az://container, s3://bucket, gs://bucket.")
    ],
    index: IndexName,
    text: Annotated[bool, typer.Option(help="Read the text in the pictures.")] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Let an empty source empty the index.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring pictures into an index. Run it again to take in what changed."""
    with _workspace() as workspace:
        bring_in(workspace, source, index, read_text=text, force=force, as_json=as_json)


@app.command()
def search(
    name: Annotated[str, typer.Argument(help="Name of the index.")],
    image: Annotated[Path | None, typer.Option(help="A picture to find similar ones to.")] = None,
    text: Annotated[str | None, typer.Option(help="Words to search by.")] = None,
    top: Annotated[int, typer.Option(min=1, max=1000, help="How many to return.")] = 5,
    condition: Condition = None,
    as_json: Json = False,
) -> None:
    """Search an index by a picture, by words, or by both at once."""
    from sightline.answer import LOOKING_SIDE
    from sightline.console import hit_table
    from sightline.media.stills import stills
    from sightline.views import hit_json

    with _workspace() as workspace:
        picture = (
            stills(picture_file(image), max_side=LOOKING_SIDE).stills[0].pixels if image else None
        )
        where = where_of(condition)
        hits = workspace.search([name], picture=picture, text=text, top=top, where=where)
    if as_json:
        _print_json([hit_json(hit) for hit in hits])
    else:
        hit_table(hits)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    image: Annotated[list[Path] | None, typer.Option(help="A picture; may be repeated.")] = None,
    video: Annotated[list[Path] | None, typer.Option(help="A video; may be repeated.")] = None,
    index: Annotated[
        list[str] | None, typer.Option(help="An index to search; may be repeated.")
    ] = None,
    deployment: Annotated[str | None, typer.Option(help="The chat model to ask.")] = None,
    system: Annotated[str | None, typer.Option(help="A system message.")] = None,
    top: Annotated[int, typer.Option(min=1, max=50, help="Pictures to retrieve.")] = 5,
    strictness: Annotated[int, typer.Option(min=1, max=5, help="How well they must fit.")] = 3,
    condition: Condition = None,
    enhance: Annotated[
        bool,
        typer.Option(
            "--enhance",
            help="Add the pictures' text to the prompt, and tie the answer to places on them.",
        ),
    ] = False,
    schema: Schema = None,
    as_json: Json = False,
) -> None:
    """Ask a question about pictures, videos, an index, or all of them."""
    from sightline.messages import (
        ChatRequest,
        Grounds,
        ImagePart,
        Message,
        TextPart,
        VideoFile,
        VideoPart,
    )
    from sightline.views import answer_json

    pictures = [ImagePart(picture_file(path), name=path.name) for path in image or []]
    messages = [Message("system", (TextPart(system),))] if system else []
    videos = [VideoPart(VideoFile(path.name, path.resolve())) for path in video or []]
    messages.append(Message("user", (TextPart(question), *videos, *pictures)))
    fields = schema_in(schema) if schema else None
    with _workspace() as workspace:
        request = ChatRequest(
            deployment=deployment or workspace.settings.deployment,
            messages=tuple(messages),
            grounds=Grounds(
                indexes=tuple(index or ()),
                top=top,
                strictness=strictness,
                where=where_of(condition),
            ),
            read_text=enhance,
            ground=enhance,
        )
        if fields is not None:
            ask_for_fields(workspace, request, fields)
            return
        answer = workspace.wait_for(_ask(workspace, request, quiet=as_json))
    if as_json:
        _print_json(answer_json(answer))


@app.command()
def read(
    file: Annotated[Path, typer.Argument(help="A picture.")],
    as_json: Json = False,
) -> None:
    """Read the text in a picture (OCR)."""
    from sightline.console import printable
    from sightline.media.stills import stills
    from sightline.views import reading_json

    with _workspace() as workspace:
        pages = stills(picture_file(file))
        readings = [workspace.reader.read(still.pixels) for still in pages.stills]
    if as_json:
        _print_json({"pages": [reading_json(r) for r in readings], "left_out": pages.left_out})
        return
    for reading in readings:
        typer.echo(printable(reading.text))
    if not any(reading.lines for reading in readings):
        _say("No text found in this picture.")
    if pages.left_out:
        _say(pages.left_out)


@index_app.command("list")
def index_list(as_json: Json = False) -> None:
    """All indexes of the workspace."""
    from sightline.console import index_table

    with _workspace() as workspace:
        found = [_index_shown(workspace, name) for name in workspace.index_names()]
    if as_json:
        _print_json(found)
    elif found:
        index_table(found)
    else:
        _say("No index yet. Make one: sightline ingest FOLDER --index NAME")


@index_app.command("show")
def index_show(name: str, as_json: Json = False) -> None:
    """One index: how many pictures, and the encoders it was made with."""
    with _workspace() as workspace:
        from sightline.views import listed_json

        shown = listed_json(workspace, name)
        if shown["rows"] is None:
            shown["rows"] = workspace.look_at(name).count()
    if as_json:
        _print_json(shown)
    else:
        for key, value in shown.items():
            typer.echo(f"{key:14} {value}")


@index_app.command("delete")
def index_delete(
    name: str,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Delete an index. The pictures themselves stay where they are."""
    with _workspace() as workspace:
        attached = workspace.attachments.has(name)
        try:
            rows: int | None = None if attached else workspace.indexes.open(name).count()
        except BrokenIndex:
            rows = None
        many = "an unknown number of" if rows is None else rows
        what = f"Delete the index {name!r} with {many} rows?"
        if attached:
            what = f"Detach the index {name!r}? At its search service it stays as it is."
        if not yes:
            typer.confirm(what, abort=True, err=True)
        workspace.delete_index(name)
        workspace.audit.write("index_deleted", COMMAND_LINE, index=name)
    if as_json:
        _print_json({"deleted": name, "rows": rows, "detached": attached})
    else:
        typer.echo(f"{'Detached' if attached else 'Deleted'} {name}.")


@models_app.command("list")
def models_list(as_json: Json = False) -> None:
    """The models: embedded or optional, licence, size, and whether their files are here."""
    from sightline.console import model_table
    from sightline.vision.catalogue import inventory

    with _workspace() as workspace:
        found = inventory(workspace.settings.models_dir)
    if as_json:
        _print_json(found)
    else:
        model_table(found)


@models_app.command("pull")
def models_pull(
    name: Annotated[
        str | None, typer.Argument(help="A model; all embedded ones when left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the files of models, checked by their SHA-256."""
    from sightline.console import pull_progress
    from sightline.vision.catalogue import announced, inventory, pull_all

    for line in announced(name):
        _say(line)
    with _workspace() as workspace, pull_progress() as show:
        settings = workspace.settings
        pull_all(settings.models_dir, name, show, hub_address=settings.hub)
        found = inventory(workspace.settings.models_dir)
    if as_json:
        _print_json(found)


@app.command()
def serve(
    host: Annotated[
        str | None, typer.Option(help="An IP address; any but a loopback one needs a key.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="0 picks a free one.")] = None,
) -> None:
    """Serve the HTTP API: on this machine, or with `sightline keys` on others, too."""
    from sightline.serve import serve as run

    _given.update(host=host, port=port)
    with _workspace() as workspace:
        run(workspace)


@app.command("eval")
def evaluate(
    dataset: Annotated[Path, typer.Argument(help="A labelled folder.")],
    tasks: Annotated[
        str, typer.Option(help="Comma separated: rag, ocr, grounding, chat, bad.")
    ] = "rag,ocr,grounding,chat,bad",
    deployment: Annotated[str | None, typer.Option(help="The chat model to score.")] = None,
    as_json: Json = False,
) -> None:
    """Score a labelled folder: retrieval, reading, grounding, answers, broken files."""
    from sightline.console import score_progress, score_table
    from sightline.evaluate import evaluate as run

    with _workspace() as workspace, score_progress() as show:
        chosen = [task.strip() for task in tasks.split(",") if task.strip()]
        result = run(dataset, chosen, workspace, deployment=deployment, progress=show)
    if as_json:
        _print_json(result)
    else:
        score_table(result)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What works on this machine, what is missing, and how to get it."""
    from sightline.console import finding_table
    from sightline.doctor import examine

    with _workspace() as workspace:
        findings = examine(workspace)
    if as_json:
        _print_json([finding.as_json() for finding in findings])
    else:
        finding_table(findings)
    if any(finding.state == "broken" for finding in findings):
        raise typer.Exit(1)


async def _ask(workspace: "Workspace", request: Any, *, quiet: bool) -> Any:  # noqa: ANN401
    from sightline.console import citation_list, printable, span_list
    from sightline.events import Progress, Recorded, TextDelta, Warned, fold

    events = []
    async with aclosing(workspace.answer(request)) as stream:
        async for event in stream:
            events.append(event)
            match event:
                case TextDelta() if not quiet:
                    typer.echo(printable(event.text), nl=False)
                case Progress() if not quiet:
                    _say(f"… {event.message}")
                case Warned() if not quiet:
                    _say(f"({event.message})")
                case Recorded() if not quiet:
                    _say(f"\n(recorded as {event.turn})")
                case _:
                    pass
    answer = fold(events)
    if not quiet:
        typer.echo()
        citation_list(answer)
        if answer.grounding is not None:
            span_list(answer.grounding)
    return answer


def _index_shown(workspace: "Workspace", name: str) -> dict[str, Any]:
    """What a list says of an index; of one that cannot be read it says why."""
    from sightline.views import listed_json

    try:
        return listed_json(workspace, name)
    except SightlineError as error:
        return {"name": name, "rows": None, "encoder": error.code, "created_at": error.message}


def _fail(error: SightlineError) -> NoReturn:
    if "--json" in sys.argv:
        _print_json({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        sys.exit(1)
    _say(f"error [{error.code}]: {error.message}")
    if error.hint:
        _say(error.hint)
    sys.exit(1)
