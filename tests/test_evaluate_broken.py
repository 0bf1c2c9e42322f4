"""Broken files are scored in a process of their own, which they may end."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from filming import film, shots
from sightline.evaluation.broken import Decoder, Outcome, score_odd_files, verdict_holds
from sightline.evaluation.truth import Verdict


@pytest.fixture(scope="module")
def decode() -> Iterator[Decoder]:
    with closing(Decoder(seconds=1, megabytes=100)) as decoder:
        yield decoder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "fine.png"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
    return path


def reading(function: partial[object]) -> Path:
    """Something that is read like a file, and does this when it is."""
    return SimpleNamespace(read_bytes=function)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("reads", "outcome", "note"),
    [
        pytest.param(partial(bytes, 5), "reject", "expected a JPEG", id="no picture"),
        pytest.param(partial(int, "five"), "error", "ValueError", id="another error"),
        pytest.param(partial(os._exit, 3), "crash", "ended with code 3", id="a crash"),
        pytest.param(partial(time.sleep, 60), "hang", "no answer in 1 s", id="a hang"),
        pytest.param(partial(b"".ljust, 300_000_000, b"x"), "memory", "MB", id="much memory"),
    ],
)
def test_the_next_file_still_has_its_turn(
    decode: Decoder, picture: Path, reads: partial[object], outcome: Outcome, note: str
):
    what, why = decode(reading(reads))
    assert what == outcome
    assert note in why
    assert decode(picture) == ("accept", "")


@pytest.mark.parametrize(
    ("expected", "outcome", "holds"),
    [
        ("accept", "accept", True),
        ("accept", "reject", False),
        ("reject", "reject", True),
        ("reject", "accept", False),
        ("either", "accept", True),
        ("either", "reject", True),
        ("either", "error", False),
        ("either", "crash", False),
        ("reject", "hang", False),
        ("reject", "memory", False),
    ],
)
def test_a_verdict_holds(expected: Verdict, outcome: Outcome, holds: bool):
    assert verdict_holds(expected, outcome) is holds


def test_scores_tell_what_went_wrong(picture: Path):
    dataset = picture.parent
    film(dataset / "clip.mp4", shots(("red", 1.0)))
    (dataset / "broken.mp4").write_bytes(b"\0\0\0\x18ftypisom")
    truth = [
        {"file": "fine.png", "kind": "a picture", "expected": "accept"},
        {"file": "fine.png", "kind": "called broken by mistake", "expected": "reject"},
        {"file": "clip.mp4", "kind": "odd or broken video", "expected": "accept"},
        {"file": "broken.mp4", "kind": "odd or broken video", "expected": "reject"},
    ]
    (dataset / "bad").mkdir()
    (dataset / "bad" / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    steps: list[tuple[str, int, int]] = []
    assert score_odd_files(dataset, lambda *step: steps.append(step)) == {
        "ok": 3,
        "n": 4,
        "failures": [
            {"file": "fine.png", "expected": "reject", "outcome": "accept", "note": ""},
        ],
    }
    assert steps[-1] == ("opening odd files", 4, 4)


@pytest.mark.data
def test_the_shared_odd_files_get_the_right_verdict(shared_data: Path):
    scores = score_odd_files(shared_data, lambda *_: None)
    assert scores["failures"] == []
    assert scores["ok"] == scores["n"] > 40
