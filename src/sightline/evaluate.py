"""Scores a labelled folder: retrieval, reading, grounding, answers, videos, broken files.

For your own pictures as for ours: label some, change a setting, see what it does. The folder's
form and what each score means are in `docs/evaluation.md`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sightline.errors import InvalidRequest, UnreadableSource
from sightline.evaluation.answers import score_answers
from sightline.evaluation.broken import score_odd_files
from sightline.evaluation.grounding import score_grounding
from sightline.evaluation.moments import score_moments
from sightline.evaluation.reading import score_reading
from sightline.evaluation.retrieval import score_retrieval
from sightline.evaluation.scratch import Progress, scratch
from sightline.evaluation.truth import IMAGES
from sightline.workspace import Workspace

TASKS = {
    "rag": "rag/queries.json",
    "ocr": "ocr/truth.json",
    "grounding": "grounding/truth.json",
    "chat": "chat/questions.json",
    "video": "video/truth.json",
    "bad": "bad/truth.json",
}
"""What can be scored, and the truth file it needs."""

Cells = tuple[str, str, str]
Row = tuple[str, str, str, str]


def evaluate(
    dataset: Path,
    tasks: Sequence[str],
    workspace: Workspace,
    *,
    deployment: str | None = None,
    progress: Progress = lambda _step, _done, _total: None,
) -> dict[str, Any]:
    """The scores of each task, by its name; a task whose truth file is missing is in `skipped`.

    Nothing is written to the workspace or the folder. Raises InvalidRequest for an unknown task,
    UnreadableSource when the folder has none of the truth files, UnreadableMetadata (with file,
    entry and field) when one breaks the rules, UnknownDeployment.
    """
    unknown = [task for task in tasks if task not in TASKS]
    if unknown or not tasks:
        raise InvalidRequest(f"Expected tasks out of {', '.join(TASKS)}, got {list(tasks)!r}.")
    there = [task for task in dict.fromkeys(tasks) if (dataset / TASKS[task]).is_file()]
    if not there:
        wanted = ", ".join(TASKS[task] for task in tasks)
        raise UnreadableSource(
            f"Expected truth files ({wanted}) in {str(dataset)!r}, found none of them.",
            hint="docs/evaluation.md says how to label a folder.",
        )
    model = workspace.deployment(deployment or workspace.settings.deployment)

    result: dict[str, Any] = {}
    with scratch(workspace, dataset / IMAGES) as index:
        scores: dict[str, Callable[[], dict[str, Any]]] = {
            "rag": lambda: score_retrieval(dataset, index, progress),
            "ocr": lambda: score_reading(dataset, workspace.reader, progress),
            "grounding": lambda: score_grounding(dataset, model, index, progress),
            "chat": lambda: score_answers(dataset, model, index, progress),
            "video": lambda: score_moments(dataset, model, index, progress),
            "bad": lambda: score_odd_files(dataset, progress),
        }
        for task in there:
            result[task] = scores[task]()
    skipped = {task: f"no {TASKS[task]}" for task in tasks if task not in there}
    return {**result, "skipped": skipped} if skipped else result


def table_rows(result: Mapping[str, Any]) -> Iterator[Row]:
    """The result as rows for a table: task, what was scored, n, scores."""
    tables = {
        "rag": _rag,
        "ocr": _ocr,
        "grounding": _grounding,
        "chat": _chat,
        "video": _video,
        "bad": _bad,
    }
    for task, rows in tables.items():
        if task in result:
            yield from ((task, *row) for row in rows(result[task]))
    for task, why in result.get("skipped", {}).items():
        yield task, "skipped", "0", why


def _rag(rag: Mapping[str, Any]) -> Iterator[Cells]:
    for asked in ("image", "image_coarse", "text", "text_pictures_only"):
        for group, scores in rag[asked].items():
            yield f"{asked.replace('_', ' ')}: {group}", str(scores["n"]), _told(scores)
    for key in rag["not_indexed"]:
        yield key, "1", "could not be indexed"


def _ocr(ocr: Mapping[str, Any]) -> Iterator[Cells]:
    for kind, scores in (("ALL", ocr), *ocr["kinds"].items()):
        yield kind, str(scores["n"]), _told(scores)


def _grounding(sets: Mapping[str, Any]) -> Iterator[Cells]:
    for name, scores in sets.items():
        yield name, str(scores["n"]), _told(scores)
        for label, of_label in scores["labels"].items():
            yield f"{name}: {label}", str(of_label["n"]), _told(of_label)


def _chat(chat: Mapping[str, Any]) -> Iterator[Cells]:
    for need, scores in (("ALL", chat), *chat["needs"].items()):
        yield need, str(scores["n"]), _told(scores)


def _video(video: Mapping[str, Any]) -> Iterator[Cells]:
    yield "ALL", str(video["n"]), _told(video)
    for missed in video["missed"]:
        yield missed["id"], "1", f"no frame hits: {missed['text']}"


def _bad(bad: Mapping[str, Any]) -> Iterator[Cells]:
    yield "ALL", str(bad["n"]), f"ok {bad['ok']}"
    for failure in bad["failures"]:
        outcome = f"expected {failure['expected']}, got {failure['outcome']}"
        yield failure["file"], "1", f"{outcome} ({failure['note']})"


_TOLD = {
    "recall@1": "recall@1",
    "recall@5": "@5",
    "recall@10": "@10",
    "recall": "recall",
    "precision": "precision",
    "precision_any": "precision, asked for any",
    "ap50": "AP50",
    "incomplete": "pictures with a part found only",
    "map": "mAP",
    "mrr": "MRR",
    "word_recall": "words",
    "field_hit": "fields",
    "cer": "character errors",
    "right": "right",
    "groups": "share of what must be said",
    "hit@1": "hit@1",
    "hit@5": "@5",
    "uniform_hit@5": "uniform @5",
    "share@5": "share of 5",
    "uniform_share@5": "uniform share",
    "present_right": "present told",
    "absent_right": "absent told",
}


def _told(scores: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{words} {scores[name]:.2f}"
        if isinstance(scores[name], float)
        else f"{words} {scores[name]}"
        for name, words in _TOLD.items()
        if scores.get(name) is not None
    )
