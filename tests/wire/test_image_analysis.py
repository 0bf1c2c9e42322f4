"""The official client of Azure AI Vision works on this server, for every feature."""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from azure.ai.vision.imageanalysis import ImageAnalysisClient
from azure.ai.vision.imageanalysis.aio import ImageAnalysisClient as AsyncImageAnalysisClient
from azure.ai.vision.imageanalysis.models import ImageAnalysisResult, VisualFeatures
from azure.core.credentials import AzureKeyCredential
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.transport import AsyncioRequestsTransport

from sightline.chat.fake import ScriptedChat
from sightline.events import TextDelta
from sightline.media.stills import stills
from sightline.settings import Settings
from sightline.vision.azure_vision import AzureVision
from sightline.workspace import Workspace
from wire.seer import PERSON, Seer
from wire.serving import Served, serving
from wire.standin import END, picture_file, standin

EXAMPLE = Path(__file__).parents[2] / "examples" / "image_analysis.py"
EVERY = list(VisualFeatures)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    workspace = standin(
        tmp_path_factory.mktemp("vision"),
        [Seer("seer")],
        detectors=("standin_engines:Things", "vlm"),
        caption_deployment="seer",
    )
    with serving(workspace) as running:
        yield running


@pytest.fixture
def client(server: Served) -> Iterator[ImageAnalysisClient]:
    with ImageAnalysisClient(server.address, AzureKeyCredential("any")) as opened:
        yield opened


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """80 × 60 pixels, all red."""
    return picture_file(tmp_path_factory.mktemp("red") / "red.png", "red")


def check(found: ImageAnalysisResult) -> None:
    """Everything that there is on the red picture."""
    assert (found.metadata.width, found.metadata.height) == (80, 60)
    assert found.model_version.startswith("sightline-")
    assert (found.caption.text, found.caption.confidence) == ("A person beside a tent", 0.0)
    whole, person = found.dense_captions.list
    assert whole.bounding_box == {"x": 0, "y": 0, "w": 80, "h": 60}
    assert person.bounding_box == {"x": 20, "y": 6, "w": 20, "h": 48}
    tags = {tag.name: tag.confidence for tag in found.tags.list}
    assert (tags["red"], tags["colour"]) == (1.0, 1.0)
    assert "person" in tags
    assert {thing.tags[0].name for thing in found.objects.list} == {"red", "person"}
    assert all(len(thing.tags) == 1 for thing in found.objects.list)
    (block,) = found.read.blocks
    assert [(line.text, [word.text for word in line.words]) for line in block.lines] == [
        ("SALE 49", ["SALE", "49"])
    ]
    assert block.lines[0].words[0].bounding_polygon[2].as_dict() == {"x": 46, "y": 60}
    (crop,) = found.smart_crops.list
    assert crop.aspect_ratio == pytest.approx(80 / 60, abs=1e-4)
    assert crop.bounding_box == {"x": 0, "y": 0, "w": 80, "h": 60}
    assert [one.bounding_box for one in found.people.list] == [person.bounding_box]


def test_a_picture_of_bytes_for_every_feature(client: ImageAnalysisClient, red: bytes):
    check(client.analyze(red, EVERY))


def test_a_picture_by_its_data_url_for_every_feature(client: ImageAnalysisClient, red: bytes):
    address = "data:image/png;base64," + base64.b64encode(red).decode()
    check(client.analyze_from_url(address, EVERY))


async def test_the_asynchronous_client(server: Served, red: bytes):
    async with AsyncImageAnalysisClient(
        server.address, AzureKeyCredential("any"), transport=AsyncioRequestsTransport()
    ) as client:
        check(await client.analyze(red, EVERY))


@pytest.mark.parametrize("feature", EVERY)
def test_each_feature_by_itself(client: ImageAnalysisClient, red: bytes, feature: VisualFeatures):
    found = client.analyze(red, [feature]).as_dict()
    assert list(found) == ["modelVersion", "metadata", f"{feature.value}Result"]


def test_the_options_of_the_client(client: ImageAnalysisClient, server: Served, red: bytes):
    found = client.analyze(
        red,
        [VisualFeatures.SMART_CROPS, VisualFeatures.CAPTION],
        smart_crops_aspect_ratios=[0.9, 1.33],
        gender_neutral_caption=True,
        language="en",
        model_version="latest",
    )
    assert [crop.aspect_ratio for crop in found.smart_crops.list] == [0.9, 1.33]
    assert [crop.bounding_box for crop in found.smart_crops.list] == [
        {"x": 8, "y": 0, "w": 54, "h": 60},
        {"x": 0, "y": 0, "w": 80, "h": 60},
    ]
    assert "male or female" in server.model("seer").prompts[-1].question


def test_what_is_missing_is_told_beside_the_results(tmp_path: Path, red: bytes):
    beside = f'{PERSON[:-1]}, {{"label": "boat", "box": [0, 0, 1316, 900]}}]'
    workspace = standin(
        tmp_path, [Seer("seer", boxes=beside)], detectors=("vlm",), caption_deployment="seer"
    )
    with (
        serving(workspace) as running,
        ImageAnalysisClient(running.address, AzureKeyCredential("any")) as client,
    ):
        found = client.analyze(red, [VisualFeatures.OBJECTS, VisualFeatures.PEOPLE])
    assert [thing.tags[0].name for thing in found.objects.list] == ["person"]
    assert len(found.people.list) == 1
    (failure,) = found["sightline"]["failures"]
    assert failure == (
        "The detector 'vlm:seer' found only a part: not all of its boxes could be used as they "
        "are: 'boat': expected x in 0..1000, got 1316."
    )


def test_an_address_is_not_fetched(client: ImageAnalysisClient):
    with pytest.raises(HttpResponseError, match="does not fetch addresses") as raised:
        client.analyze_from_url("https://example.com/a.png?sig=secret", [VisualFeatures.READ])
    assert raised.value.status_code == 400
    assert raised.value.error.code == "InvalidRequest"
    assert raised.value.error.innererror["code"] == "InvalidImageUrl"
    assert "secret" not in raised.value.message


def test_what_is_no_picture(client: ImageAnalysisClient):
    with pytest.raises(HttpResponseError) as raised:
        client.analyze(b"no picture", [VisualFeatures.READ])
    assert raised.value.status_code == 400
    assert raised.value.error.innererror["code"] == "InvalidImageFormat"


def test_an_unknown_version_of_the_protocol(server: Served, red: bytes):
    with (
        ImageAnalysisClient(server.address, AzureKeyCredential("any"), api_version="x") as client,
        pytest.raises(ResourceNotFoundError, match="Resource not found"),
    ):
        client.analyze(red, [VisualFeatures.READ])


def test_a_client_that_leaves_stops_the_model(tmp_path: Path, red: bytes):
    slow = ScriptedChat("slow", [*[TextDelta("word ")] * 500, END], delay=0.02)
    workspace = standin(
        tmp_path, [slow], detectors=("standin_engines:Things",), caption_deployment="slow"
    )
    with serving(workspace) as running, httpx2.Client(timeout=0.5) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.post(
                f"{running.address}/computervision/imageanalysis:analyze",
                params={"api-version": "2023-10-01", "features": "caption,tags"},
                content=red,
                headers={"content-type": "application/octet-stream"},
            )
        until = time.monotonic() + 5
        while not slow.closed_early and time.monotonic() < until:
            time.sleep(0.01)
    assert (len(slow.prompts), slow.closed_early) == (1, 1)


def test_our_own_client_of_a_vision_service(server: Served):
    joint = server.workspace.joint
    vision = AzureVision("here", server.address, dimension=joint.identity.dimension)
    pictures = [np.full((40, 30, 3), colour, np.uint8) for colour in ((220, 30, 30), (40, 70, 200))]
    encoded = vision.encode(pictures)
    asked = vision.words.encode(["something blue", "something red"])
    vision.close()
    cosines = asked @ np.stack([one.vector for one in encoded]).T
    assert cosines.argmax(axis=1).tolist() == [1, 0]
    np.testing.assert_allclose(encoded[0].vector, joint.picture(pictures[0]), atol=0.01)


def test_the_example(server: Served, red: bytes, tmp_path: Path):
    picture = tmp_path / "tent.png"
    picture.write_bytes(red)
    every = ",".join(feature.value for feature in EVERY)
    shown = subprocess.run(
        [sys.executable, EXAMPLE, picture, "--endpoint", server.address, "--features", every],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "tent.png: 80 × 60 pixels\ncaption: A person beside a tent\n" in shown
    for line in ("tag: red (1.00)", "person: at 20,6 size 20 × 48", "text: SALE 49"):
        assert line in shown


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Iterator[Served]:
    """The embedded engines, and a model that sees whose answers are written down."""
    workspace = Workspace(
        Settings(
            workspace=tmp_path_factory.mktemp("real"),
            models=models_dir,
            threads=2,
            caption_deployment="seer",
        )
    )
    workspace._models = {"seer": Seer("seer")}
    with serving(workspace) as running:
        yield running


def test_real_engines_on_real_photographs(real: Served, shared_data: Path):
    bear = shared_data / "rag" / "images" / "coco" / "000000000285.jpg"
    with ImageAnalysisClient(real.address, AzureKeyCredential("any")) as client:
        found = client.analyze(bear.read_bytes(), EVERY, smart_crops_aspect_ratios=[0.9])
    assert (found.metadata.width, found.metadata.height) == (586, 640)
    names = [tag.name for tag in found.tags.list]
    assert {"brown bear", "bear", "mammal", "animal"} <= set(names)
    things = {thing.tags[0].name: thing.bounding_box for thing in found.objects.list}
    assert things["brown bear"].width > 400
    assert len(found.dense_captions.list) >= 2
    assert found.smart_crops.list[0].bounding_box.height == 640
    assert found.read.blocks[0].lines == []


def boxes_in(found: Any) -> Iterator[dict[str, int]]:  # noqa: ANN401 (any JSON)
    for line in found["readResult"]["blocks"][0]["lines"]:
        for part in (line, *line["words"]):
            yield from part["boundingPolygon"]


def test_real_text_in_chinese(real: Served, shared_data: Path):
    truth = json.loads((shared_data / "ocr" / "truth.json").read_text(encoding="utf-8"))
    entry = next(one for one in truth if one["lang"].startswith("zh"))
    picture = (shared_data / entry["image"]).read_bytes()
    still = stills(picture).stills[0]
    with ImageAnalysisClient(real.address, AzureKeyCredential("any")) as client:
        found = client.analyze(picture, [VisualFeatures.READ], language="zh").as_dict()
    words = [
        word["text"] for line in found["readResult"]["blocks"][0]["lines"] for word in line["words"]
    ]
    chinese = [word for word in words if any("\u4e00" <= letter <= "\u9fff" for letter in word)]
    assert len(chinese) >= 3
    assert all(len(word) == 1 for word in chinese)
    for point in boxes_in(found):
        assert 0 <= point["x"] <= still.width
        assert 0 <= point["y"] <= still.height
