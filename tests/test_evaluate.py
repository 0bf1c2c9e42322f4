"""A labelled folder is scored by the real flows, on the shipped fakes."""

import json
from pathlib import Path
from typing import Any

import pytest

from filming import film, shots
from sightline.chat.extractive import Extractive
from sightline.chat.fake import ScriptedChat
from sightline.errors import InvalidRequest, UnknownDeployment, UnreadableSource, UpstreamEmpty
from sightline.evaluate import evaluate, table_rows
from sightline.evaluation.scratch import Progress
from sightline.vision.fake import FakeTextEncoder
from sightline.workspace import Workspace
from wire.standin import picture_file, standin

DESCRIPTIONS = {"red.png": "A tent", "blue.png": "Shoes", "green.png": "", "yellow.png": ""}


def write(dataset: Path, name: str, content: object) -> None:
    (dataset / name).parent.mkdir(parents=True, exist_ok=True)
    (dataset / name).write_text(json.dumps(content), encoding="utf-8")


def text_query(text: str, picture: str, needs: str) -> dict[str, object]:
    return {"id": text, "text": text, "relevant": [f"rag/images/{picture}"], "needs": needs}


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Four pictures of one colour each, two of them described, with labels for every task."""
    folder = tmp_path / "labelled"
    for name in DESCRIPTIONS:
        picture_file(folder / "rag" / "images" / name, name.removesuffix(".png"))
    picture_file(folder / "rag" / "queries" / "red.png", "red")
    picture_file(folder / "rag" / "queries" / "odd.png", "purple")
    write(
        folder,
        "rag/images/metadata.json",
        [{"image_blob_path": key, "description": text} for key, text in DESCRIPTIONS.items()],
    )
    write(
        folder,
        "rag/queries.json",
        {
            "image_queries": [
                {
                    "id": "same",
                    "set": "plain",
                    "query_image": "rag/queries/red.png",
                    "relevant": ["rag/images/red.png"],
                    "relevant_coarse": ["rag/images/red.png", "rag/images/yellow.png"],
                },
                {
                    "id": "unlike anything",
                    "set": "odd",
                    "query_image": "rag/queries/odd.png",
                    "relevant": ["rag/images/yellow.png"],
                },
            ],
            "text_queries": [
                text_query("something green", "green.png", "picture"),
                text_query("a tent", "red.png", "description"),
            ],
        },
    )
    lines = [{"text": "SALE"}, {"text": "49 99"}]
    entry = {"image": "rag/queries/red.png", "kind": "sign", "lines": lines}
    write(folder, "ocr/truth.json", [{**entry, "fields": {"price": "49"}}])
    write(folder, "chat/questions.json", [QUESTION, IN_THE_INDEX, UNKNOWN, ABOUT_A_VIDEO])
    film(folder / "clip.mp4", shots(("red", 3.0), ("blue", 2.0)))
    moments = [
        {"id": "red", "text": "something red", "intervals": [[0, 3]]},
        {"id": "blue", "text": "blue", "intervals": [[3, 5]]},
        {"id": "never", "text": "an elephant", "intervals": []},
    ]
    write(folder, "video/truth.json", [{"video": "clip.mp4", "queries": moments}])
    odd = [{"file": "rag/queries.json", "kind": "no picture", "expected": "reject"}]
    write(folder, "bad/truth.json", odd)
    return folder


QUESTION = {
    "id": "colour",
    "image": "rag/queries/red.png",
    "needs": "vision",
    "question": "What is this and which colour has it?",
    "must": [["tent"], ["red", "crimson"]],
}
IN_THE_INDEX = {**QUESTION, "id": "found", "needs": "rag"}
UNKNOWN = {**QUESTION, "id": "price", "needs": "rag", "must": [["tent"], ["250"]]}
ABOUT_A_VIDEO = {
    "id": "clip",
    "video": "clip.mp4",
    "needs": "video",
    "question": "What happens in this video?",
    "must": [["tent"]],
}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Its deployment "scripted" always answers "The tent is red [doc1]."; it reads "SALE 49"."""
    return standin(tmp_path / "used")


def silently(_step: str, _done: int, _total: int) -> None:
    """No progress."""


def scored(
    dataset: Path,
    workspace: Workspace,
    *tasks: str,
    deployment: str = "scripted",
    progress: Progress = silently,
) -> dict[str, Any]:
    return evaluate(dataset, tasks, workspace, deployment=deployment, progress=progress)


def test_retrieval_is_scored_for_each_set_and_need(dataset: Path, workspace: Workspace):
    rag = scored(dataset, workspace, "rag")["rag"]
    right = {"n": 1, "recall@1": 1, "recall@5": 1, "recall@10": 1, "map": 1, "mrr": 1}
    assert rag["image"]["plain"] == right
    assert rag["image"]["odd"]["recall@5"] == 1
    assert rag["image"]["ALL"]["n"] == 2
    assert list(rag["image"]) == ["ALL", "odd", "plain"]
    assert rag["image_coarse"].keys() == {"ALL", "plain"}
    assert rag["text"] == {"ALL": {**right, "n": 2}, "description": right, "picture": right}
    assert rag["not_indexed"] == []


def test_pictures_alone_are_searched_without_their_descriptions(
    dataset: Path, workspace: Workspace
):
    rag = scored(dataset, workspace, "rag")["rag"]
    assert rag["text"]["description"]["recall@1"] == 1
    assert rag["text_pictures_only"]["description"]["recall@1"] == 0
    assert rag["text_pictures_only"]["picture"]["recall@1"] == 1


def test_a_picture_that_cannot_be_indexed_is_named(dataset: Path, workspace: Workspace):
    (dataset / "rag" / "images" / "broken.png").write_bytes(b"not a picture")
    assert scored(dataset, workspace, "rag")["rag"]["not_indexed"] == ["broken.png"]


def test_reading_is_scored_for_each_kind(dataset: Path, workspace: Workspace):
    expected = {"n": 1, "word_recall": 0.6667, "field_hit": 1.0, "cer": 0.3}
    assert scored(dataset, workspace, "ocr")["ocr"] == {**expected, "kinds": {"sign": expected}}


def test_answers_are_scored_for_each_need(dataset: Path, workspace: Workspace):
    chat = scored(dataset, workspace, "chat")["chat"]
    assert chat == {
        "right": 3,
        "n": 4,
        "groups": 0.875,
        "needs": {
            "rag": {"right": 1, "n": 2, "groups": 0.75},
            "video": {"right": 1, "n": 1, "groups": 1.0},
            "vision": {"right": 1, "n": 1, "groups": 1.0},
        },
        "wrong": [{"id": "price", "answer": "The tent is red [doc1]."}],
    }


def test_moments_are_scored_with_uniform_sampling_beside_them(dataset: Path, workspace: Workspace):
    workspace._models["extractive"] = Extractive(text_encoder=FakeTextEncoder())
    assert scored(dataset, workspace, "video", deployment="extractive")["video"] == {
        "n": 2,
        "hit@1": 1.0,
        "hit@5": 1.0,
        "uniform_hit@5": 1.0,
        "share@5": 0.75,
        "uniform_share@5": 0.6,
        "absent_n": 1,
        "absent_right": 1.0,
        "present_right": 1.0,
        "missed": [],
    }


def test_questions_about_the_index_are_asked_with_its_pictures(dataset: Path, workspace: Workspace):
    scored(dataset, workspace, "chat")
    model = workspace.deployment("scripted")
    assert isinstance(model, ScriptedChat)
    alone, with_index, _, _ = model.prompts
    assert [evidence.title for evidence in alone.evidence] == ["red.png"]
    assert with_index.evidence[0].description == "A tent"
    assert len(with_index.images) == 1


def test_an_answer_that_fails_is_wrong_and_says_why(dataset: Path, tmp_path: Path):
    silent = ScriptedChat("silent", [UpstreamEmpty("nothing came")])
    workspace = standin(tmp_path / "silent", [silent])
    chat = scored(dataset, workspace, "chat", deployment="silent")["chat"]
    assert chat["right"] == 0
    assert chat["wrong"][0] == {"id": "colour", "answer": "upstream_empty"}


def test_progress_is_told_step_by_step(dataset: Path, workspace: Workspace):
    told: list[tuple[str, int, int]] = []
    scored(dataset, workspace, "rag", "ocr", progress=lambda *step: told.append(step))
    last = {step: (done, total) for step, done, total in told}
    assert last["indexing pictures"] == (4, 4)
    assert last["asking by picture"] == (2, 2)
    assert last["reading pictures"] == (1, 1)


def test_the_workspace_is_left_as_it_was(dataset: Path, workspace: Workspace):
    before = sorted(path for path in dataset.rglob("*"))
    scored(dataset, workspace, "rag", "chat")
    assert workspace.indexes.names() == ["tents"]
    assert sorted(path for path in dataset.rglob("*")) == before


def test_the_table_has_a_row_for_each_score(dataset: Path, workspace: Workspace):
    (dataset / "bad" / "truth.json").unlink()
    rows = list(table_rows(scored(dataset, workspace, "rag", "ocr", "chat", "bad")))
    told = {(task, what): (n, scores) for task, what, n, scores in rows}
    every = "recall@1 1.00, @5 1.00, @10 1.00, mAP 1.00, MRR 1.00"
    assert told["rag", "text: ALL"] == ("2", every)
    assert told["ocr", "sign"] == ("1", "words 0.67, fields 1.00, character errors 0.30")
    assert told["chat", "rag"] == ("2", "right 1, share of what must be said 0.75")
    assert told["chat", "video"] == ("1", "right 1, share of what must be said 1.00")
    assert told["bad", "skipped"] == ("0", "no bad/truth.json")


@pytest.mark.parametrize("tasks", [(), ("rag", "typo")])
def test_unknown_tasks_are_refused(dataset: Path, workspace: Workspace, tasks: tuple[str, ...]):
    with pytest.raises(InvalidRequest, match="Expected tasks out of rag, ocr, grounding, chat"):
        scored(dataset, workspace, *tasks)


def test_a_folder_without_labels_is_refused(tmp_path: Path, workspace: Workspace):
    with pytest.raises(UnreadableSource, match=r"Expected truth files \(ocr/truth\.json\)"):
        scored(tmp_path, workspace, "ocr")


def test_an_unknown_deployment_is_refused_before_any_work(dataset: Path, workspace: Workspace):
    told: list[str] = []
    with pytest.raises(UnknownDeployment):
        scored(
            dataset,
            workspace,
            "rag",
            deployment="none",
            progress=lambda step, _done, _total: told.append(step),
        )
    assert told == []
