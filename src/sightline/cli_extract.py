"""The command that makes a table of an index, and questions that are answered in a form."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sightline.errors import InvalidRequest
from sightline.terminal import Condition, Json, opened_workspace, print_json, say, where_of

if TYPE_CHECKING:
    from sightline.chat.base import ChatModel
    from sightline.extraction import RowMaker
    from sightline.field_rows import ExtractionEvent, Tally
    from sightline.messages import ChatRequest
    from sightline.row_schema import RowSchema
    from sightline.workspace import Workspace

Schema = Annotated[
    Path | None,
    typer.Option(help="A JSON Schema: the answer is one JSON object that fits it."),
]

_UNFIT = 3
"""Exit code: done, but some pictures could not be taken, or their rows do not fit the schema."""


def extract(
    name: Annotated[str, typer.Argument(metavar="INDEX", help="Name of the index.")],
    schema: Annotated[Path, typer.Option(help="A JSON Schema file: the fields of a row.")],
    out: Annotated[Path, typer.Option(help="The table: a file that ends in .csv or .jsonl.")],
    deployment: Annotated[str | None, typer.Option(help="The chat model to ask.")] = None,
    question: Annotated[
        str | None, typer.Option(help="What a chat model is asked, in place of the usual words.")
    ] = None,
    condition: Condition = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Take the first pictures only.")] = None,
    parallel: Annotated[
        int, typer.Option(min=1, max=64, help="Pictures that a chat model is asked about at once.")
    ] = 1,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet", help="Put ' before cells that a spreadsheet takes for formulas."
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Begin anew, whatever the file holds.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a table of an index: one row for each picture, with the fields of a JSON Schema.

    Run it again to go on where it was stopped, and to take in what changed.
    """
    from sightline.console import extraction_progress, extraction_summary
    from sightline.extraction import extract as run
    from sightline.extraction import ids_of
    from sightline.field_rows import Tally
    from sightline.row_journal import Journal
    from sightline.row_table import check_ending, write_table

    fields = schema_in(schema)
    check_ending(out)
    if out.suffix.lower() == ".csv":
        fields.check_flat()
    tally = Tally()
    with opened_workspace() as workspace:
        model = workspace.deployment(deployment or workspace.settings.deployment)
        index = workspace.look_at(name)
        ids = ids_of(index, where_of(condition), limit)
        server = " ".join(workspace.named_deployments.served(model.name))
        asked = _asked(server, name, model, fields, question)
        _say_what_has_no_effect(model, question, parallel)
        with Journal(out, asked, anew=force) as journal, extraction_progress() as show:
            maker = _maker(workspace, name, model, fields, question)
            try:
                parallel = _at_once(model, parallel)
                events = run(index, ids, maker, journal, workspace.pool, parallel=parallel)
                workspace.wait_for(_count(events, tally, show))
            finally:
                rows = (journal.rows[id_] for id_ in ids if id_ in journal.rows)
                formulas = write_table(out, fields, rows, spreadsheet=spreadsheet)
    if as_json:
        print_json(_summary(out, tally, formulas))
    else:
        extraction_summary(str(out), tally)
        if formulas and not spreadsheet and out.suffix.lower() == ".csv":
            say(
                f"{formulas} cells begin with =, +, - or @. They are data; a spreadsheet may take "
                "them for formulas. With --spreadsheet they begin with an apostrophe."
            )
    if tally.troubled:
        raise typer.Exit(_UNFIT)


def schema_in(path: Path) -> "RowSchema":
    """The schema in a file. Raises InvalidRequest."""
    from sightline.row_schema import read_schema

    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidRequest(
            f"Expected a JSON Schema at {str(path)!r}, got: {error.strerror}.", param="schema"
        ) from error
    return read_schema(data, str(path))


def ask_for_fields(workspace: "Workspace", request: "ChatRequest", schema: "RowSchema") -> None:
    """Answer a question with one JSON object, printed; exit code 3 where it does not fit."""
    from sightline.field_rows import told

    model = workspace.deployment(request.deployment)
    if model.capabilities.language_model:
        values, remarks = workspace.wait_for(_asked_of_model(workspace, request, schema))
    else:
        values, remarks = _read_off(workspace, request, schema)
    print_json(values)
    for remark in remarks:
        say(f"({remark})")
    if problems := schema.problems(values):
        say(told(problems))
        raise typer.Exit(_UNFIT)


async def _asked_of_model(
    workspace: "Workspace", request: "ChatRequest", schema: "RowSchema"
) -> tuple[dict[str, Any], list[str]]:
    from sightline.asking_fields import values_in
    from sightline.events import Progress, fold
    from sightline.messages import OutputFormat

    asked = replace(request, output=OutputFormat(schema=schema.schema, name="row"))
    events = []
    async with aclosing(workspace.answer(asked)) as stream:
        async for event in stream:
            events.append(event)
            if isinstance(event, Progress):
                say(f"… {event.message}")
    answer = fold(events)
    remarks = [w.message for w in answer.warnings if w.code != "invalid_json"]
    return values_in(answer.text, cut=answer.finish_reason == "length"), remarks


def _read_off(
    workspace: "Workspace", request: "ChatRequest", schema: "RowSchema"
) -> tuple[dict[str, Any], list[str]]:
    """Without a language model: the fields of the question's one picture, read off it."""
    from sightline.answer import LOOKING_SIDE
    from sightline.field_reading import Known, read_fields
    from sightline.media.stills import stills

    pictures = request.question.images
    if len(pictures) != 1 or request.grounds.indexes:
        raise InvalidRequest(
            f"Expected one picture and no index to read fields off without a language model, got "
            f"{len(pictures)} and {len(request.grounds.indexes)}.",
            hint="Name a deployment that has one, or make a table: sightline extract INDEX.",
        )
    pages = stills(pictures[0].data, max_side=LOOKING_SIDE).stills
    pixels = pages[0].pixels
    known = Known(
        reading=workspace.reader.read(pixels), tags=workspace.encoder.encode([pixels])[0].tags
    )
    found = read_fields(schema, known)
    remarks = ["no language model: fields are read off the picture, and the question has no effect"]
    if len(pages) > 1:
        remarks.append("only the first page was looked at")
    values = {field.name: found.values.get(field.name) for field in schema.fields}
    return values, [*remarks, *found.remarks]


async def _count(
    events: "AsyncGenerator[ExtractionEvent]",
    tally: "Tally",
    show: "Callable[[ExtractionEvent, Tally], None]",
) -> None:
    async with aclosing(events) as stream:
        async for event in stream:
            tally.count(event)
            show(event, tally)


def _maker(
    workspace: "Workspace",
    name: str,
    model: "ChatModel",
    schema: "RowSchema",
    question: str | None,
) -> "RowMaker":
    from sightline.asking_fields import Gallery, ModelAsker
    from sightline.extraction import FieldReader

    if not model.capabilities.language_model:
        return FieldReader(schema, workspace.pool)
    gallery = Gallery(
        original=lambda id_: workspace.original(name, id_),
        thumbnail=lambda id_: workspace.thumbnail(name, id_),
    )
    return ModelAsker(model, schema, gallery, workspace.pool, question=question)


def _at_once(model: "ChatModel", parallel: int) -> int:
    return parallel if model.capabilities.language_model else 1


def _say_what_has_no_effect(model: "ChatModel", question: str | None, parallel: int) -> None:
    if model.capabilities.language_model:
        return
    say(
        f"{model.name} has no language model: fields are read beside their labels, from "
        "descriptions and tags; what is not found stays empty."
    )
    ignored = [o for o, v in (("--question", question), ("--parallel", parallel > 1)) if v]
    if ignored:
        say(f"{' and '.join(ignored)} have no effect on it.")


def _asked(
    server: str, name: str, model: "ChatModel", schema: "RowSchema", question: str | None
) -> dict[str, str]:
    """What the rows of a journal answer: another of any of these makes other rows."""
    import hashlib

    from sightline.asking_fields import QUESTION

    words = (question or QUESTION) if model.capabilities.language_model else ""
    return {
        "index": name,
        "schema": schema.fingerprint,
        "deployment": model.name,
        "model": hashlib.sha256(server.encode()).hexdigest()[:16],
        "question": hashlib.sha256(words.encode()).hexdigest()[:16],
    }


def _summary(out: Path, tally: "Tally", formulas: int) -> dict[str, Any]:
    return {
        "out": str(out),
        "pictures": tally.total,
        "kept": tally.kept,
        "gone": tally.gone,
        "rows": tally.rows,
        "formula_like_cells": formulas,
        "troubled": [
            {"key": row.key, "asset": row.asset, "status": row.status, "error": row.error}
            for row in tally.troubled
        ],
    }
