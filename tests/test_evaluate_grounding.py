"""Grounding is scored: by hand on small counts, and by the real flow on pictures of flags."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from sightline.errors import Unavailable, UnreadableMetadata, UpstreamEmpty
from sightline.evaluate import evaluate, table_rows
from sightline.evaluation.grounding import Count, _matched
from sightline.evaluation.truth import TrueBox, picture_boxes
from sightline.geometry import Box
from sightline.regions import Region
from sightline.vision.fake import COLOURS
from sightline.workspace import Workspace
from standin_engines import Things
from wire.standin import standin

# The measures


@pytest.mark.parametrize(
    ("things", "found", "expected"),
    [
        (1, [(0.9, True)], 1.0),
        (2, [(0.9, True)], 0.5),
        (1, [], 0.0),
        (1, [(0.9, False)], 0.0),
        # The wrong one is surer: precision is a half at the only recall.
        (1, [(0.9, False), (0.8, True)], 0.5),
        (1, [(0.9, True), (0.8, False)], 1.0),
        # 1 at a half, 2/3 at the whole; the 1/2 between counts for nothing.
        (2, [(0.9, True), (0.8, False), (0.7, True)], 0.5 * 1 + 0.5 * 2 / 3),
        (2, [(0.7, True), (0.9, True), (0.8, False)], 0.5 * 1 + 0.5 * 2 / 3),
        # 1/2 at a third is raised to the 2/3 that comes later.
        (3, [(0.9, False), (0.8, True), (0.7, True)], 2 / 3 * 2 / 3),
        (4, [(0.9, True), (0.8, True), (0.7, False), (0.6, True)], 0.5 * 1 + 0.25 * 3 / 4),
    ],
)
def test_average_precision(things: int, found: list[tuple[float, bool]], expected: float):
    assert Count(things=things, found=found).average_precision == pytest.approx(expected)


def test_recall_and_precision():
    count = Count(things=4, found=[(0.9, True), (0.8, False), (0.7, True)])
    assert count.recall == 0.5
    assert count.precision == pytest.approx(2 / 3)
    nothing = Count()
    assert (nothing.recall, nothing.precision, nothing.average_precision) == (0.0, None, 0.0)


def region(left: float, width: float = 0.2, score: float = 0.9) -> Region:
    box = Box(left=left, top=0.2, right=left + width, bottom=0.6)
    return Region(label="dog", polygon=box.polygon, score=score, source="one")


def true(left: float, width: float = 0.2, height: float = 0.4) -> TrueBox:
    return TrueBox(
        label="dog", box=Box(left=left, top=0.2, right=left + width, bottom=0.2 + height)
    )


def test_each_true_box_is_found_once_by_the_surest():
    verdicts = _matched([true(0.1)], [region(0.11, score=0.5), region(0.1, score=0.8)])
    assert verdicts == [(0.8, True), (0.5, False)]


def test_each_region_takes_the_box_it_covers_best():
    verdicts = _matched([true(0.1), true(0.18)], [region(0.17, score=0.9), region(0.12, score=0.8)])
    assert verdicts == [(0.9, True), (0.8, True)]


def test_half_of_the_union_is_enough_and_less_is_not():
    # Boxes as wide as 0.3 that lie 0.1 apart: 0.2 shared of 0.4.
    assert _matched([true(0.1, 0.3)], [region(0.1999, 0.3)]) == [(0.9, True)]
    assert _matched([true(0.1, 0.3)], [region(0.21, 0.3)]) == [(0.9, False)]
    assert _matched([], [region(0.1)]) == [(0.9, False)]
    assert _matched([true(0.1)], []) == []


def test_a_small_box_is_neither_counted_nor_held_against():
    small = true(0.1, width=0.02)  # 0.008 of the picture
    assert _matched([small], [region(0.1, width=0.02)]) == []
    assert _matched([small], [region(0.1)]) == [(0.9, False)]
    assert _matched([small, true(0.5)], [region(0.1, 0.02), region(0.5)]) == [(0.9, True)]


# The flow


def flag(path: Path, orientation: int = 1) -> tuple[int, int]:
    """Three bands, red, white and blue from the left, white as wide as both others: 160 × 80."""
    picture = np.full((80, 160, 3), COLOURS["white"], np.uint8)
    picture[:, :40], picture[:, 120:] = COLOURS["red"], COLOURS["blue"]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", exif=exif)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.getvalue())
    return 160, 80


def box(label: str, x: float, w: float, y: float = 0, h: float = 80) -> dict[str, Any]:
    return {"label": label, "x": x, "y": y, "w": w, "h": h}


RED, WHITE, BLUE = box("red", 0, 40), box("white", 40, 80), box("blue", 120, 40)


class Labelled:
    """A folder of flags and what is on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[dict[str, Any]] = []

    def add(self, *boxes: dict[str, Any], orientation: int = 1, **more: Any) -> None:  # noqa: ANN401
        name = f"grounding/images/{len(self.entries)}.png"
        width, height = flag(self.folder / name, orientation)
        self.entries.append(
            {
                "image": name,
                "set": "flags",
                "width": width,
                "height": height,
                "exif_orientation": orientation,
                "boxes": list(boxes),
                "labels_complete": True,
                **more,
            }
        )
        truth = self.folder / "grounding" / "truth.json"
        truth.write_text(json.dumps(self.entries), encoding="utf-8")


@pytest.fixture
def labelled(tmp_path: Path) -> Labelled:
    return Labelled(tmp_path / "labelled")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """It sees the colours of a picture, and nothing else."""
    return standin(tmp_path / "used", detectors="standin_engines:Things")


def scored(labelled: Labelled, workspace: Workspace) -> dict[str, Any]:
    result = evaluate(labelled.folder, ["grounding"], workspace, deployment="scripted")
    scores: dict[str, Any] = result["grounding"]
    return scores


def test_all_that_is_there_is_found(labelled: Labelled, workspace: Workspace):
    labelled.add(RED, WHITE, BLUE)
    right = {"n": 1, "recall": 1.0, "precision": 1.0}
    assert scored(labelled, workspace) == {
        "flags": {
            "n": 3,
            "recall": 1.0,
            "precision": 1.0,
            "precision_any": 1.0,
            "ap50": 1.0,
            "labels": {"blue": right, "red": right, "white": right},
        }
    }


def test_what_is_elsewhere_or_not_seen_is_not_found(labelled: Labelled, workspace: Workspace):
    labelled.add(RED, box("white", 0, 40), box("dog", 60, 40))
    flags = scored(labelled, workspace)["flags"]
    assert (flags["n"], flags["recall"]) == (3, 0.3333)
    assert flags["precision"] == 0.5  # red is right, white is elsewhere, and no dog is seen
    assert flags["ap50"] == 0.3333
    assert flags["labels"]["white"] == {"n": 1, "recall": 0.0, "precision": 0.0}
    assert flags["labels"]["dog"] == {"n": 1, "recall": 0.0, "precision": None}


def test_asked_for_any_label_of_the_set_more_can_be_wrong(labelled: Labelled, workspace: Workspace):
    labelled.add(RED)
    labelled.add(BLUE)
    flags = scored(labelled, workspace)["flags"]
    assert (flags["n"], flags["precision"], flags["precision_any"]) == (2, 1.0, 0.5)


def test_sets_are_scored_apart_and_in_order(labelled: Labelled, workspace: Workspace):
    labelled.add(RED)
    labelled.add(box("red", 80, 40), set="errors")
    scores = scored(labelled, workspace)
    assert list(scores) == ["errors", "flags"]
    assert [scores[name]["recall"] for name in scores] == [0.0, 1.0]


def test_where_not_every_thing_is_labelled_only_recall_is_known(
    labelled: Labelled, workspace: Workspace
):
    labelled.add(RED)
    labelled.add(RED, BLUE, labels_complete=False)
    assert scored(labelled, workspace) == {
        "flags": {
            "n": 3,
            "recall": 1.0,
            "labels": {"blue": {"n": 1, "recall": 1.0}, "red": {"n": 2, "recall": 1.0}},
        }
    }


def test_small_things_are_neither_sought_nor_counted(labelled: Labelled, workspace: Workspace):
    labelled.add(RED, box("dog", 50, 10, 10, 10))
    labelled.add(box("cat", 50, 10, 10, 10), set="small")
    scores = scored(labelled, workspace)
    assert (scores["flags"]["n"], scores["flags"]["recall"]) == (1, 1.0)
    assert list(scores["flags"]["labels"]) == ["red"]
    assert scores["small"] == {
        "n": 0, "recall": 0.0, "precision": None, "precision_any": None, "ap50": 0.0, "labels": {},
    }  # fmt: skip


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_of_the_picture_as_it_is_stored(
    labelled: Labelled, workspace: Workspace, orientation: int
):
    labelled.add(RED, BLUE, orientation=orientation)
    assert scored(labelled, workspace)["flags"]["recall"] == 1.0


def test_a_detector_that_fails_is_no_score_of_0(
    labelled: Labelled, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    labelled.add(RED)
    monkeypatch.setattr(Things, "open", lambda *_, **__: Things(fails=UpstreamEmpty("Nothing.")))
    with pytest.raises(Unavailable, match="'standin_engines:Things' failed: Nothing"):
        scored(labelled, workspace)


def test_pictures_with_a_part_found_only_are_scored_and_counted(
    labelled: Labelled, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    labelled.add(RED, WHITE, BLUE)
    whole = scored(labelled, workspace)["flags"]
    monkeypatch.setattr(Things, "open", lambda *_, **__: Things(missing="it broke off."))
    workspace.eyesight = workspace.eyesight_with(workspace.settings.workspace)
    flags = scored(labelled, workspace)["flags"]
    assert flags == {**whole, "incomplete": 1}
    (told,) = (row[3] for row in table_rows({"grounding": {"flags": flags}}) if row[1] == "flags")
    assert told.endswith("AP50 1.00, pictures with a part found only 1")


def test_progress_is_told_and_the_workspace_left_as_it_was(
    labelled: Labelled, workspace: Workspace
):
    labelled.add(RED)
    labelled.add(BLUE)
    told: list[tuple[str, int, int]] = []
    before = sorted(workspace.settings.workspace.rglob("*"))
    evaluate(
        labelled.folder,
        ["grounding"],
        workspace,
        deployment="scripted",
        progress=lambda *step: told.append(step),
    )
    assert told == [("looking at pictures", 1, 2), ("looking at pictures", 2, 2)]
    assert sorted(workspace.settings.workspace.rglob("*")) == before


def test_the_table_says_it_in_words(labelled: Labelled, workspace: Workspace):
    labelled.add(RED, box("dog", 60, 40))
    rows = list(table_rows({"grounding": scored(labelled, workspace)}))
    told = "recall 0.50, precision 1.00, precision, asked for any 1.00, AP50 0.50"
    assert rows == [
        ("grounding", "flags", "2", told),
        ("grounding", "flags: dog", "1", "recall 0.00"),
        ("grounding", "flags: red", "1", "recall 1.00, precision 1.00"),
    ]


# The truth file


def test_the_truth_is_read_upright_and_in_shares(labelled: Labelled):
    labelled.add(RED, orientation=6)
    labelled.add(BLUE, labels_complete=False)
    turned, plain = picture_boxes(labelled.folder)
    assert turned.picture == labelled.folder / "grounding/images/0.png"
    assert turned.boxes == (TrueBox(label="red", box=Box(left=0, top=0, right=1, bottom=0.25)),)
    assert plain.boxes == (TrueBox(label="blue", box=Box(left=0.75, top=0, right=1, bottom=1)),)
    assert (turned.set, turned.complete, plain.complete) == ("flags", True, False)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"image": "grounding/images/none.png"}, "expected a file below"),
        ({"set": ""}, "expected some text in 'set'"),
        ({"boxes": None}, "expected a list of objects in 'boxes'"),
        ({"boxes": [1]}, "expected a list of objects in 'boxes'"),
        ({"boxes": [{**RED, "label": ""}]}, "boxes: expected some text in 'label'"),
        ({"boxes": [{**RED, "x": "0"}]}, "expected a number in 'x', got '0'"),
        ({"boxes": [{**RED, "x": None}]}, "expected a number in 'x', got None"),
        ({"boxes": [{**RED, "w": 0}]}, "expected boxes and pictures with a size"),
        ({"boxes": [{**RED, "h": -1}]}, "expected boxes and pictures with a size"),
        ({"boxes": [box("red", 170, 40)]}, "expected boxes on the picture"),
        ({"boxes": [box("red", -50, 40)]}, "expected boxes on the picture"),
        ({"width": True}, "expected a number in 'width'"),
        ({"height": None}, "expected a number in 'height'"),
        ({"height": 0}, "expected boxes and pictures with a size"),
        ({"exif_orientation": 9}, "expected a number from 1 to 8 in 'exif_orientation', got 9"),
        ({"exif_orientation": "6"}, "expected a number from 1 to 8"),
        ({"labels_complete": "yes"}, "expected true or false in 'labels_complete', got 'yes'"),
    ],
)
def test_mistakes_are_named(labelled: Labelled, wrong: dict[str, Any], words: str):
    labelled.add(RED)
    labelled.add(RED, **wrong)
    with pytest.raises(UnreadableMetadata) as refusal:
        picture_boxes(labelled.folder)
    assert words in str(refusal.value)
    assert "grounding/truth.json, entry 2" in str(refusal.value)
