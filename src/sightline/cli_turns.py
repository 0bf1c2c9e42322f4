"""The commands for recorded turns: list, show, export, delete, and replay on another model."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.errors import InvalidRequest
from sightline.terminal import Json, Yes, opened_workspace, print_json, say

if TYPE_CHECKING:
    from sightline.recorded_turn import RecordedTurn

turns_app = typer.Typer(
    help="Recorded turns: what a model server was sent and what it answered.", no_args_is_help=True
)

Turn = Annotated[str, typer.Argument(help="The id of a recorded turn.")]


@turns_app.command("list")
def turns_list(
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """The recorded turns, the newest first."""
    from sightline.console import turn_table

    with opened_workspace() as workspace:
        found, total = workspace.turns.page(0, limit)
    if as_json:
        print_json({"turns": found, "total": total})
    elif found:
        turn_table(found, total)
    else:
        say("No turn is recorded. Set SIGHTLINE_RECORD=true, or send x-sightline-record: true.")


@turns_app.command("show")
def turns_show(turn: Turn, as_json: Json = False) -> None:
    """One turn: its attempts, the raw reply, times and how it ended."""
    with opened_workspace() as workspace:
        shown = workspace.turns.shown(turn)
    if as_json:
        print_json(shown)
    else:
        _print_turn(shown)


@turns_app.command("export")
def turns_export(
    turn: Turn,
    form: Annotated[str, typer.Option("--as", help="curl, python or json.")] = "json",
    output: Annotated[
        Path | None, typer.Option(help="The file to write; standard output without it.")
    ] = None,
) -> None:
    """One turn as a shell or Python program that sends the same bytes, or as JSON to keep."""
    from sightline.turn_exports import export

    with opened_workspace() as workspace:
        text = export(workspace.turns.get(turn), form)
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{str(output)!r} cannot be written: {error.strerror}.") from error


@turns_app.command("delete")
def turns_delete(turn: Turn, yes: Yes = False, as_json: Json = False) -> None:
    """Delete a turn, and its pictures where no other turn shows them."""
    with opened_workspace() as workspace:
        workspace.turns.shown(turn)
        if not yes:
            typer.confirm(f"Delete the recorded turn {turn}?", abort=True, err=True)
        workspace.turns.delete(turn)
    if as_json:
        print_json({"deleted": turn})
    else:
        typer.echo(f"Deleted {turn}.")


def replay(
    what: Annotated[
        str, typer.Argument(metavar="FILE_OR_ID", help="A turn's JSON export, or its id.")
    ],
    deployment: Annotated[str, typer.Option(help="The chat model to ask.")],
    as_json: Json = False,
) -> None:
    """Send a recorded turn to another deployment and show how the answers differ."""
    from sightline.replay import replay as run
    from sightline.replay import replay_json

    with opened_workspace() as workspace:
        turn = _from_file(Path(what)) if Path(what).is_file() else workspace.turns.get(what)
        found = replay_json(workspace.wait_for(run(turn, workspace.deployment(deployment))))
    if as_json:
        print_json(found)
    else:
        _print_replay(found)


def _from_file(path: Path) -> "RecordedTurn":
    from sightline.recorded_turn import turn_of

    def nowhere(sha256: str) -> bytes:
        raise InvalidRequest(
            f"The file {path.name} refers to the picture {sha256}, which it does not hold.",
            hint="`sightline turns export ID --as json` writes turns with their pictures.",
        )

    try:
        given: Any = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"Expected a recorded turn in {path.name}, got: {error}.") from error
    return turn_of(given, nowhere)


def _print_turn(turn: dict[str, Any]) -> None:
    """A turn for a person; the raw replies as they came."""
    outcome, server = turn["outcome"], turn["back_end"]
    _line("turn", turn["id"])
    _line("at", turn["at"])
    _line("deployment", turn["deployment"])
    if server:
        _line("server", f"{server['model']} at {server['address']}")
    _line("ended", _ending(outcome))
    _line("times", f"first word {_seconds(outcome['first_token'])}, {outcome['seconds']:.2f} s")
    for evidence in turn["evidence"]:
        _line(f"[doc{evidence['number']}]", evidence["title"])
    for number, attempt in enumerate(turn["attempts"], start=1):
        status = attempt["status"] or "no reply"
        _line(f"attempt {number}", f"{status}, {attempt['outcome']}, {_size(attempt)}")
        for name, value in attempt["headers"].items():
            _line(f"  {name}", value)
        typer.echo(_shown(attempt["reply"].get("text") or "(not text; --json has it)"))
    _line("answer", outcome["answer"])


def _print_replay(found: dict[str, Any]) -> None:
    """Both answers side by side, then the differences."""
    for heading in ("recorded", "replayed"):
        told = found[heading]
        usage = told["usage"]
        tokens = f"{usage['prompt_tokens']} + {usage['completion_tokens']} tokens" if usage else "–"
        if usage and usage["estimated"]:
            tokens += " (estimated)"
        ended = told["finish_reason"] or "not whole"
        first = _seconds(told["first_token"])
        times = f"first word {first}, {told['seconds']:.2f} s"
        _line(heading, f"{told['deployment']} ({told['model']}): {ended}, {tokens}, {times}")
    for note in found["notes"]:
        _line("note", note)
    _line("similarity", f"{found['similarity']:.0%}")
    if found["same"]:
        typer.echo("The answers are the same.")
    elif not found["diff"]:
        typer.echo("The answers differ in white space only.")
    for line in found["diff"]:
        typer.echo(_shown(line))


def _ending(outcome: dict[str, Any]) -> str:
    error = outcome["error"]
    return f"failed, {error['code']}: {error['message']}" if error else _reason(outcome)


def _reason(outcome: dict[str, Any]) -> str:
    return f"{outcome['ended']}, {outcome['finish_reason'] or 'without an end'}"


def _size(attempt: dict[str, Any]) -> str:
    body = attempt["body"]
    pieces = [body] if isinstance(body, str) else body
    pictures = sum(not isinstance(piece, str) for piece in pieces)
    left_out = f", {attempt['left_out']} bytes of the reply not kept" if attempt["left_out"] else ""
    return f"{pictures} pictures{left_out}"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"after {value:.2f} s"


def _line(name: str, value: object) -> None:
    typer.echo(f"{name:14} {_shown(str(value))}")


def _shown(text: str) -> str:
    from sightline.console import printable

    return printable(text)
