"""The commands about sources, and the one function in which a command brings a source in."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from sightline.errors import InvalidRequest, SightlineError
from sightline.terminal import IndexName, Json, Yes, opened_workspace, print_json, say

if TYPE_CHECKING:
    from sightline.ingestion import Tally
    from sightline.storage.records import SourceKind, SourceRecord
    from sightline.workspace import Workspace

source_app = typer.Typer(help="Sources that are kept in step with an index.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="NAME", help="Name or id of the source.")]

_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}


@source_app.command("add")
def source_add(
    address: Annotated[
        str, typer.Argument(help="A folder, or az://container, s3://bucket, gs://bucket.")
    ],
    index: IndexName,
    name: Annotated[
        str | None, typer.Option(help="What to call it; the end of its address when left out.")
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(help="A server brings it in so often: 30m, 2h, 1d. Left out: by hand only."),
    ] = None,
    text: Annotated[bool, typer.Option(help="Read the text in the pictures.")] = True,
    as_json: Json = False,
) -> None:
    """Remember a source, once it can be opened and listed. It is not brought in yet."""
    from sightline.console import escape, source_look
    from sightline.known_sources import add_source
    from sightline.views import look_json, source_json

    minutes = _minutes(every)
    kind, value = _kind(address)
    with opened_workspace() as workspace:
        made, look = add_source(
            workspace.jobs,
            kind=kind,
            value=value,
            index=index,
            name=name,
            read_text=text,
            refresh_minutes=minutes,
        )
    if as_json:
        print_json(source_json(made, None) | {"found": look_json(look)})
        return
    source_look(look)
    typer.echo(f"Added {escape(made.name)} ({made.id}).")
    if minutes:
        say("A running server brings it in within seconds, and then at its interval.")
    say(f'Bring it in now: sightline source sync "{made.name}"')


@source_app.command("list")
def source_list(as_json: Json = False) -> None:
    """All sources: how the last run of each ended, and when the next one is due."""
    from sightline.console import source_table
    from sightline.known_sources import last_ingestion
    from sightline.views import source_json

    with opened_workspace() as workspace:
        jobs = workspace.jobs
        found = [source_json(one, last_ingestion(jobs, one)) for one in jobs.sources.all()]
    if as_json:
        print_json(found)
    elif found:
        source_table(found)
    else:
        say("No source yet. Add one: sightline source add FOLDER --index NAME")


@source_app.command("sync")
def source_sync(
    name: Which,
    force: Annotated[
        bool, typer.Option("--force", help="Let an empty source empty the index.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a source in now: what changed since the last time."""
    with opened_workspace() as workspace:
        record = workspace.jobs.sources.find(name)
        bring_in(
            workspace,
            record.value,
            record.index_name,
            read_text=record.read_text,
            force=force,
            as_json=as_json,
            record=record,
        )


@source_app.command("remove")
def source_remove(
    name: Which,
    keep_rows: Annotated[
        bool, typer.Option("--keep-rows", help="Leave its pictures in the index.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Forget a source and take its pictures out of the index. The files stay where they are."""
    from sightline.known_sources import files_of, remove_source

    with opened_workspace() as workspace:
        jobs, indexes = workspace.jobs, workspace.indexes
        record = jobs.sources.find(name)
        if not yes:
            files = 0 if keep_rows else files_of(indexes, record.index_name, record.uri)
            rows = (
                f"keep its rows in {record.index_name!r}"
                if keep_rows
                else f"take {files} pictures out of {record.index_name!r}"
            )
            typer.confirm(f"Forget the source {record.name!r} and {rows}?", abort=True, err=True)
        files = remove_source(jobs, indexes, record, keep_rows=keep_rows)
    if as_json:
        print_json({"removed": record.id, "name": record.name, "files": files})
    elif keep_rows:
        typer.echo(f"Removed {record.name}; its pictures stay in {record.index_name}.")
    else:
        typer.echo(f"Removed {record.name} and its {files} pictures in {record.index_name}.")


def index_forget(
    name: str,
    source: Annotated[
        str, typer.Argument(help="Its address as the index has it, or the path of the folder.")
    ],
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Take the pictures of a source out of an index, of a moved folder for one."""
    from sightline.known_sources import files_of, forget_rows, source_in

    with opened_workspace() as workspace:
        uri = source_in(workspace.indexes.open(name), source)
        if not yes:
            files = files_of(workspace.indexes, name, uri)
            question = f"Take {files} pictures of {uri} out of the index {name!r}?"
            typer.confirm(question, abort=True, err=True)
        files = forget_rows(workspace.indexes, name, uri)
    if as_json:
        print_json({"index": name, "source": uri, "files": files})
    else:
        typer.echo(f"Took {files} pictures of {uri} out of {name}.")


def bring_in(
    workspace: "Workspace",
    address: str,
    index: str,
    *,
    read_text: bool,
    force: bool,
    as_json: bool,
    record: "SourceRecord | None" = None,
) -> None:
    """Ingest in the foreground, with a bar and a summary. Exits with 3 when pictures failed.

    The run is written down with the record of the source, where it has one.
    """
    from sightline.console import ingest_progress, ingest_summary
    from sightline.ingest import ingest
    from sightline.ingestion import Tally

    tally = Tally()
    with ExitStack() as stack:
        if record is not None:
            stack.enter_context(_written_down(workspace, record, tally, read_text, force))
            place = workspace.jobs.source(record.kind, record.value)
        else:
            place = workspace.source(address)
            if known := _known(workspace, index, place.uri):
                stack.enter_context(_written_down(workspace, known, tally, read_text, force))
        show = stack.enter_context(ingest_progress())
        opened = stack.enter_context(workspace.writing(index))
        engines = workspace.engines(read_text=read_text)
        threads = workspace.settings.threads
        try:
            for event in ingest(place, opened, engines, threads=threads, force=force):
                tally.count(event)
                show(event, tally)
        except KeyboardInterrupt:
            say("Stopped. What was written stays; the same command goes on from there.")
            raise typer.Exit(130) from None
        rows = opened.count()
    if as_json:
        print_json({"index": index, "source": place.uri, "rows": rows, **asdict(tally)})
    else:
        ingest_summary(index, rows, tally)
    if tally.failed:
        raise typer.Exit(3)


def _known(workspace: "Workspace", index: str, uri: str) -> "SourceRecord | None":
    """The record of this source in this index; without a catalog there is none."""
    from sightline.storage.records import CATALOG_FILE

    if not (workspace.settings.workspace / CATALOG_FILE).exists():
        return None
    return workspace.jobs.sources.of(index, uri)


@contextmanager
def _written_down(
    workspace: "Workspace", record: "SourceRecord", tally: "Tally", read_text: bool, force: bool
) -> Iterator[None]:
    """Takes the run inside the block down as an ingestion of this source, however it ends."""
    from sightline.storage.records import Progress, Remark
    from sightline.storage.sources import order_of

    began = datetime.now(UTC)
    state: Literal["Succeeded", "Failed", "Cancelled"] = "Failed"
    failure: SightlineError | None = None
    try:
        yield
        state = "Succeeded"
    except typer.Exit:
        state = "Cancelled"
        raise
    except SightlineError as error:
        failure = error
        raise
    finally:
        progress = Progress(
            stage="done",
            total=tally.total,
            undescribed=tally.undescribed,
            opened=tally.added + tally.updated,
            added=tally.added,
            updated=tally.updated,
            skipped=tally.skipped,
            removed=tally.removed,
            failed=len(tally.failed),
            noticed=len(tally.noticed) + len(tally.notes),
        )
        said = [
            *(Remark("failure", one.key, one.code, one.message) for one in tally.failed),
            *(Remark("notice", one.key, one.code, one.message) for one in tally.noticed),
            *(Remark("notice", key, "note", note) for key, note in tally.notes.items()),
        ]
        order = order_of(record, asked_by="command", force=force)
        workspace.jobs.ingestions.done_elsewhere(
            replace(order, read_text=read_text), state, progress, said, failure, started_at=began
        )


def _kind(address: str) -> "tuple[SourceKind, str]":
    """A folder by its whole path, so that it is found from anywhere; an address as it is."""
    from sightline.sources.address import is_url

    if is_url(address):
        return "url", address
    return "folder", str(Path(address).expanduser().absolute())


def _minutes(every: str | None) -> int:
    if every is None:
        return 0
    match = re.fullmatch(r"(\d{1,6})\s*([mhd])", every.strip().lower(), re.ASCII)
    if match is None or not int(match[1]):
        raise InvalidRequest(
            f"Expected an interval such as 30m, 2h or 1d, got {every[:40]!r}.", param="every"
        )
    return int(match[1]) * _MINUTES[match[2]]
