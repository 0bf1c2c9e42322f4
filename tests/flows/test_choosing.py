"""A question chooses who reads and who looks at its pictures."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from wire.serving import Served, serving
from wire.standin import END, picture_file, standin

DRAWS = Capabilities(sees=True, max_images=4, language_model=True, boxes="qwen3")
SAYS = "A red tent stands beside a car."


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two readers and two detectors; "drawing" looks by itself."""
    models = [
        ScriptedChat("says", [TextDelta(SAYS), END]),
        ScriptedChat("drawing", [TextDelta("[]"), END], capabilities=DRAWS),
    ]
    settings = {
        "reader": "standin_engines:Signs",
        "detectors": ("standin_engines:Tents", "standin_engines:Things", "vlm"),
    }
    with serving(standin(tmp_path_factory.mktemp("choosing"), models, **settings)) as running:
        del running.workspace.__dict__["_reader"]
        yield running


def asked(
    served: Served, folder: Path, model: str = "says", **enhancements: object
) -> httpx2.Response:
    picture = base64.b64encode(picture_file(folder / "red.png", "red")).decode()
    content = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
    ]
    body = {
        "model": model,
        "messages": [{"role": "user", "content": content}],
        "enhancements": {name: {"enabled": True, **value} for name, value in enhancements.items()},
    }
    return httpx2.post(f"{served.address}/v1/chat/completions", json=body, timeout=30)


def prompted(served: Served) -> str:
    """The last prompt of the model, as one text."""
    return str(served.model("says").prompts[-1])


@pytest.mark.parametrize(
    ("chosen", "read"),
    [
        ({}, "SALE 49"),
        ({"language": "auto"}, "SALE 49"),
        ({"language": "german"}, "AUSGANG"),
        ({"engine": "standin_engines:Signs", "language": "english"}, "EXIT"),
    ],
)
def test_the_language_decides_what_is_read(
    served: Served, tmp_path: Path, chosen: dict[str, str], read: str
):
    assert asked(served, tmp_path, ocr=chosen).status_code == 200
    assert {one for one in ("SALE 49", "AUSGANG", "EXIT") if one in prompted(served)} == {read}


@pytest.mark.parametrize(
    ("chosen", "labels"),
    [
        ({}, {"tent"}),
        ({"engine": "auto"}, {"tent"}),
        ({"engine": "standin_engines:Tents"}, {"tent"}),
        ({"engine": "standin_engines:Things"}, set()),  # it calls the thing "red"
    ],
)
def test_the_detector_decides_what_is_found(
    served: Served, tmp_path: Path, chosen: dict[str, str], labels: set[str]
):
    reply = asked(served, tmp_path, grounding=chosen).json()
    (line,) = reply["choices"][0]["enhancements"]["grounding"]["lines"]
    assert {span["label"] for span in line["spans"]} == labels


def test_the_deployment_that_answers_may_look_alone(served: Served, tmp_path: Path):
    for name in ("vlm", "vlm:drawing"):
        assert asked(served, tmp_path, "drawing", grounding={"engine": name}).status_code == 200
    refused = asked(served, tmp_path, "says", grounding={"engine": "vlm"})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("chosen", "param", "named"),
    [
        ({"ocr": {"engine": "os:system"}}, "ocr.engine", "standin_engines:Signs, rapidocr"),
        ({"ocr": {"language": "klingon"}}, "ocr.language", "auto, english, german"),
        (
            {"ocr": {"engine": "rapidocr", "language": "german"}},
            "ocr.language",
            "auto, latin, chinese, japanese",
        ),
        (
            {"grounding": {"engine": "os:system"}},
            "grounding.engine",
            "auto, standin_engines:Tents, standin_engines:Things",
        ),
    ],
)
def test_what_is_not_there_is_refused_with_what_there_is(
    served: Served, tmp_path: Path, chosen: dict[str, dict[str, str]], param: str, named: str
):
    refused = asked(served, tmp_path, **chosen)
    error = refused.json()["error"]
    assert (refused.status_code, error["param"]) == (400, f"enhancements.{param}")
    assert named in error["message"]
