"""What the command line shows: progress on standard error, results on standard output."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from sightline.assets import Hit, Moment
from sightline.doctor import Finding
from sightline.events import Answer, Grounded
from sightline.evidence import Retrieved
from sightline.geometry import Box, bounds
from sightline.ingestion import IngestEvent, Listed, Optimizing, Tally, Watched
from sightline.known_sources import Look
from sightline.regions import Region
from sightline.views import interval

if TYPE_CHECKING:
    from sightline.field_rows import ExtractionEvent
    from sightline.field_rows import Tally as Rows
    from sightline.image_analysis import Analysis

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)

_SHOWN = 20
"""Failures and notices listed one by one; the rest are counted (--json has all)."""


def printable(text: str) -> str:
    """Foreign text for a terminal: control characters, which could command it, are shown as �."""
    return "".join(
        "\ufffd" if unicodedata.category(c) == "Cc" and c not in "\n\t" else c for c in text
    )


def escape(text: str) -> str:
    """Foreign text for rich: nothing in it is markup or commands the terminal."""
    return escape_markup(printable(text))


@contextmanager
def ingest_progress() -> Iterator[Callable[[IngestEvent, Tally], None]]:
    """A bar over the files of a source; call it with each event and the tally so far."""
    with _progress("{task.description}", "{task.fields[tally]}") as progress:
        task = progress.add_task("listing", total=None, tally="")

        def show(event: IngestEvent, tally: Tally) -> None:
            match event:
                case Listed():
                    progress.update(task, description="indexing", total=event.total)
                case Optimizing():
                    progress.update(task, description="optimizing")
                case Watched():
                    progress.update(task, tally=escape(event.words))
                case _:
                    failed = f", {len(tally.failed)} failed" if tally.failed else ""
                    words = f"{tally.added} added, {tally.skipped} unchanged{failed}"
                    progress.update(task, completed=tally.done, tally=words)

        yield show


@contextmanager
def extraction_progress() -> "Iterator[Callable[[ExtractionEvent, Rows], None]]":
    """A bar over the pictures of an index; call it with each event and the tally so far."""
    with _progress("{task.description}", "{task.fields[tally]}") as progress:
        task = progress.add_task("extracting", total=None, tally="")

        def show(_event: "ExtractionEvent", tally: "Rows") -> None:
            failed = tally.rows.get("failed", 0)
            words = f"{tally.kept} kept" + (f", {failed} failed" if failed else "")
            progress.update(task, total=tally.total, completed=tally.done, tally=words)

        yield show


def extraction_summary(table: str, tally: "Rows") -> None:
    """What came of an extraction: rows by status, then those that failed or do not fit."""
    statuses = ", ".join(f"{count} {status}" for status, count in tally.rows.items()) or "no rows"
    kept = f" ({tally.kept} kept from an earlier run)" if tally.kept else ""
    _out.print(f"[bold]{escape(table)}[/]: {statuses}{kept}.")
    if tally.gone:
        _out.print(f"  {tally.gone} pictures left the index meanwhile.")
    _listed("look at", [f"{row.key}: {row.status}: {row.error}" for row in tally.troubled])


@contextmanager
def pull_progress() -> Iterator[Callable[[str, float], None]]:
    """A bar over the fetching of models; call it with what is being done and the share, 0..1."""
    with _progress("{task.description}") as progress:
        task = progress.add_task("models", total=100)
        yield lambda doing, share: progress.update(
            task, description=escape(doing), completed=round(share * 100)
        )


@contextmanager
def score_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar over an evaluation; call it with the step, what is done of it, and its total."""
    with _progress("{task.description}") as progress:
        task = progress.add_task("reading the data", total=None)
        yield lambda step, done, total: progress.update(
            task, description=escape(step), completed=done, total=total
        )


def ingest_summary(index: str, rows: int, tally: Tally) -> None:
    """What came of an ingest: counts, then failures and notices by name."""
    _out.print(
        f"[bold]{escape(index)}[/]: {rows} pictures. "
        f"{tally.added} added, {tally.updated} updated, {tally.skipped} unchanged, "
        f"{tally.removed} removed, {len(tally.failed)} failed."
    )
    if tally.undescribed:
        _out.print(f"  {tally.undescribed} of {tally.total} without description.")
    _listed("failed", [f"{f.key}: {f.message}" for f in tally.failed])
    _listed("not taken", [problem.message for problem in tally.noticed])
    _listed("worth knowing", [f"{key}: {note}" for key, note in tally.notes.items()])


def source_look(look: Look) -> None:
    """What a source was seen to hold."""
    _out.print(
        f"{escape(look.uri)}: {look.pictures} pictures, {look.undescribed} of them without "
        f"description; {look.without_picture} descriptions without picture."
    )
    _listed("not taken", [problem.message for problem in look.problems])


def source_table(sources: Sequence[dict[str, Any]]) -> None:
    """Sources by name, with how the last run of each ended."""
    table = _table("name", "index", "every", "last run", "next", "address")
    for source in sources:
        last = source["last_ingestion"]
        ended = "never" if last is None else f"{last['state']} {last['updated_at'][:16]}"
        if last is not None and last["error"]:
            ended += f": {last['error']['message']}"
        every = interval(source["refresh_minutes"])
        due = (source["next_due_at"] or "")[:16]
        cells = (source["name"], source["index"], every, ended, due, source["uri"])
        table.add_row(*(escape(str(cell)) for cell in cells))
    _out.print(table)


def hit_table(hits: Sequence[Hit]) -> None:
    """Hits, best first, with why each was found."""
    table = _table("score", "picture", "why", "description")
    for hit in hits:
        why = ", ".join(f"{reason} {value:.2f}" for reason, value in hit.reasons.items())
        seen = ", ".join(tag.name for tag in hit.asset.tags[:3])
        about = hit.asset.description or (f"(looks like: {seen})" if seen else "")
        table.add_row(f"{hit.score:.2f}", escape(hit.asset.key), why, escape(about[:160]))
    if hits:
        _out.print(table)
    else:
        _err.print("Nothing found.")


def citation_list(answer: Answer) -> None:
    """Where an answer comes from: each cited document with its picture and place."""
    for citation in answer.citations:
        evidence = citation.evidence
        where = evidence.title
        if isinstance(evidence.origin, Retrieved):
            hit = evidence.origin.hit
            at = f" at {hit.asset.place.clock}" if isinstance(hit.asset.place, Moment) else ""
            where = f"{hit.asset.location}{at} (index {hit.index}, score {hit.score:.2f})"
        regions = f", {len(citation.regions)} regions" if citation.regions else ""
        _out.print(f"  [bold]\\[doc{evidence.number}][/] {escape(where)}{regions}")


def span_list(grounded: Grounded) -> None:
    """Phrases of the answer with the places that they speak of, in percent of the picture."""
    for failure in grounded.failures:
        _err.print(f"({escape(failure)})")
    if not grounded.spans:
        _err.print("No words of the answer could be tied to a place on a picture.")
        return
    table = Table("phrase", "picture", "is", "from", "left", "top", "right", "bottom", box=None)
    for span in grounded.spans:
        box = bounds(span.polygon)
        sides = (f"{side:.0%}" for side in (box.left, box.top, box.right, box.bottom))
        table.add_row(
            escape(span.text),
            str(span.image_index + 1),
            escape(f"{span.label} {span.score:.2f}"),
            escape(span.source),
            *sides,
        )
    _out.print(table)


def analysis_list(analysis: "Analysis") -> None:
    """What was found on a picture, feature by feature."""
    for failure in analysis.failures:
        _err.print(f"({escape(failure)})")
    whole = () if analysis.caption is None else (analysis.caption,)
    for caption in whole if analysis.dense is None else analysis.dense:  # the first of the whole
        _out.print(escape(caption.text))
    if analysis.tags is not None:
        named = ", ".join(f"{tag.name} {tag.probability:.2f}" for tag in analysis.tags)
        _out.print(f"[bold]tags[/]     {escape(named) or 'none is sure enough'}")
    if analysis.things is not None or analysis.people is not None:
        _out.print("[bold]objects[/]")
        _things([*(analysis.things or ()), *(analysis.people or ())])
    for crop in analysis.crops or ():
        _out.print(f"[bold]crop[/]     {crop.aspect_ratio:g}: {_percent(crop.box)}")
    if analysis.reading is not None:
        _out.print("[bold]read[/]")
        _out.print(escape(analysis.reading.text) or "  no text was found")


def _things(regions: Sequence[Region]) -> None:
    if not regions:
        _out.print("  nothing was found")
    for region in regions:
        text = f" “{region.text}”" if region.text else ""
        about = f"{region.label} {region.score:.2f}{text} ({region.source})"
        _out.print(f"  {_percent(bounds(region.polygon))}  {escape(about)}")


def _percent(box: Box) -> str:
    sides = (box.left, box.top, box.right, box.bottom)
    return " ".join(f"{side:4.0%}" for side in sides)


def index_table(indexes: Sequence[dict[str, Any]]) -> None:
    """Indexes by name."""
    there = [index | {"rows": _rows_shown(index)} for index in indexes]
    _rows(there, "name", "rows", "encoder", "created_at")


def _rows_shown(index: dict[str, Any]) -> str:
    if index["rows"] is None:
        return f"at {index['attached']['service']}" if "attached" in index else "?"
    return f"{index['rows']:,}"


def attachment_summary(found: dict[str, Any], *, attached: bool) -> None:
    """What was found out about an index elsewhere: which field holds what, and what was tried."""
    place = f"{found['attached']['service']}/{found['attached']['index']}"
    done = "Attached" if attached else "Looked at (nothing was attached)"
    _out.print(
        f"{done}: [bold]{escape(found['name'])}[/] is {escape(place)}, {found['rows']:,} "
        f"documents, vectors of {escape(found['encoder'])}."
    )
    for name, field in found["attached"]["fields"].items():
        told = field if isinstance(field, str) else ", ".join(field)
        _out.print(f"  {name:20} {escape(told)}")
    for finding in found["findings"]:
        _out.print(f"  {escape(finding)}")


def model_table(models: Sequence[dict[str, Any]]) -> None:
    """Models, and whether their files are here."""
    _rows(models, "name", "purpose", "need", "licence", "size", "state")


def score_table(result: dict[str, Any]) -> None:
    """The scores of an evaluation."""
    from sightline.evaluate import table_rows

    table = _table("task", "what", "n", "score")
    for row in table_rows(result):
        table.add_row(*(escape(str(cell)) for cell in row))
    _out.print(table)


def finding_table(findings: Sequence[Finding]) -> None:
    """What `doctor` found."""
    colours = {"ok": "green", "missing": "yellow", "broken": "red"}
    table = _table("", "what", "found", "what to do")
    for finding in findings:
        mark = f"[{colours[finding.state]}]{finding.state}[/]"
        table.add_row(mark, finding.what, escape(finding.found), escape(finding.hint))
    _out.print(table)


def turn_table(found: Sequence[dict[str, Any]], total: int) -> None:
    """Recorded turns."""
    table = _table("turn", "at", "deployment", "ended", "seconds", "question")
    for turn in found:
        table.add_row(
            turn["id"],
            str(turn.get("at", ""))[:19],
            escape(str(turn.get("deployment", ""))),
            escape(str(turn["ended"])),
            f"{turn.get('seconds') or 0:.2f}",
            escape(" ".join(str(turn.get("question", "")).split())),
        )
    _out.print(table)
    if total > len(found):
        _err.print(f"{len(found)} of {total} are shown; --limit shows more.")


def deployment_table(deployments: Sequence[dict[str, Any]]) -> None:
    """Deployments, each with where it comes from and what it can do."""
    table = _table("name", "from", "model", "pictures", "JSON", "tools", "last probe")
    for one in deployments:
        can = one["capabilities"]
        where = f"{one['model']} at {one['base_url']}" if "model" in one else one.get("local", "")
        cells = (
            one["name"],
            one["origin"],
            where,
            f"up to {can['max_images']}" if can["sees"] else "none",
            can["json_output"],
            "yes" if can["tools"] else "no",
            (one.get("probe") or {}).get("probed_at", "")[:16],
        )
        table.add_row(*map(escape, cells))
    _out.print(table)


def deployment_page(shown: dict[str, Any]) -> None:
    """One deployment, and the findings of its last probe."""
    for key, value in {**shown, **shown["capabilities"]}.items():
        if key not in {"capabilities", "probe"} and value not in (None, ""):
            _out.print(f"{key:15} {escape(str(value))}")
    if probe := shown.get("probe"):
        probe_table(probe)


def probe_table(probe: dict[str, Any]) -> None:
    """What a probe found, with the server's own words where it refused."""
    colours = {"ok": "green", "accepted": "cyan", "no": "yellow", "unknown": "dim", "failed": "red"}
    table = _table("", "capability", "found", "the server said")
    for finding in probe["findings"]:
        mark = f"[{colours[finding['state']]}]{finding['state']}[/]"
        words = (escape(finding[key]) for key in ("capability", "found", "error"))
        table.add_row(mark, *words)
    _out.print(table)


def server_table(servers: Sequence[dict[str, Any]]) -> None:
    """Model servers on this machine, and their models."""
    table = _table("usual port of", "address", "models")
    for one in servers:
        models = ", ".join(one["models"]) or one["refusal"] or "none"
        table.add_row(*map(escape, (one["name"], one["base_url"], models)))
    _out.print(table)


def _progress(*columns: str) -> Progress:
    before, *after = (TextColumn(column) for column in columns)
    return Progress(
        SpinnerColumn(),
        before,
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        *after,
        console=_err,
    )


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _rows(values: Sequence[dict[str, Any]], *keys: str) -> None:
    table = _table(*keys)
    for value in values:
        table.add_row(*(escape(str(value[key])) for key in keys))
    _out.print(table)


def _listed(heading: str, lines: list[str]) -> None:
    for line in lines[:_SHOWN]:
        _out.print(f"  {heading}: {escape(line)}")
    if len(lines) > _SHOWN:
        _out.print(f"  {heading}: {len(lines) - _SHOWN} more (--json lists all)")
