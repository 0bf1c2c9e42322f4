"""One contract for everything that finds things on pictures."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from sightline.assets import Line, Pixels, Reading
from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.chat.model_detector import ModelDetector
from sightline.events import Finished, TextDelta, Usage
from sightline.geometry import Box, bounds
from sightline.media.stills import stills
from sightline.regions import Region
from sightline.remembering import RememberingDetector
from sightline.storage.catalog import Catalog
from sightline.storage.findings import Findings
from sightline.stored import regions_of, regions_text
from sightline.vision.base import Detector, PhraseUse
from sightline.vision.embedded_detector import EmbeddedDetector
from sightline.vision.fake import COLOURS, FakeDetector, FakeReader
from sightline.vision.lite0 import Lite0
from sightline.vision.open_vocabulary import OpenVocabulary
from vision.tiny_detectors import grounding_dino_folder, owlv2_folder

DRAWS = Capabilities(sees=True, max_images=1, language_model=True, boxes="qwen3-vl")
ANSWER = (
    '[{"bbox_2d": [0, 0, 500, 1000], "label": "red"},'
    ' {"bbox_2d": [500, 0, 1000, 1000], "label": "blue"}]'
)
PHRASES = ["red", "a blue"]


def halves(height: int = 200, width: int = 300) -> Pixels:
    """Red at the left, blue at the right, and a code on the seam where there is room."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:, : width // 2], picture[:, width // 2 :] = COLOURS["red"], COLOURS["blue"]
    code = zxingcpp.create_barcode("seam", zxingcpp.BarcodeFormat.QRCode)
    drawn = np.array(zxingcpp.write_barcode_to_image(code, scale=3))
    side = len(drawn)
    if height > side and width > side:
        place = (width - side) // 2
        picture[:side, place : place + side] = drawn[:, :, None]
    return picture


def fake(phrases: PhraseUse) -> Callable[[pytest.FixtureRequest], Detector]:
    return lambda _request: FakeDetector(phrases=phrases)


def remembering(request: pytest.FixtureRequest) -> Detector:
    catalog = Catalog.of(request.getfixturevalue("tmp_path"))
    request.addfinalizer(catalog.close)
    findings = Findings(catalog)
    return RememberingDetector(FakeDetector(phrases="heeded"), lambda: findings, asyncio.to_thread)


def embedded(request: pytest.FixtureRequest) -> Detector:
    network: Lite0 = request.getfixturevalue("lite0")
    return EmbeddedDetector(network, FakeReader(["M-AB 1234"]))


def owlv2(request: pytest.FixtureRequest) -> Detector:
    folder: Path = request.getfixturevalue("tmp_path")
    return OpenVocabulary.open(owlv2_folder(folder / "model"), threads=1)


def grounding_dino(request: pytest.FixtureRequest) -> Detector:
    folder: Path = request.getfixturevalue("tmp_path")
    return OpenVocabulary.open(grounding_dino_folder(folder / "model"), threads=1)


def chat_model(_request: pytest.FixtureRequest) -> Detector:
    usage = Usage(prompt_tokens=1, completion_tokens=1, estimated=True)
    script = [TextDelta(ANSWER), Finished(reason="stop", usage=usage)]
    return ModelDetector(ScriptedChat("gpt", script, capabilities=DRAWS), "qwen3-vl")


ALL = {
    "fake": fake("ignored"),
    "fake that heeds": fake("heeded"),
    "fake that needs": fake("needed"),
    "remembering": remembering,
    "embedded": embedded,
    "owlv2": owlv2,
    "grounding-dino": grounding_dino,
    "chat model": chat_model,
}


@pytest.fixture(params=ALL)
def detector(request: pytest.FixtureRequest) -> Detector:
    made = ALL[request.param]
    return made(request)


def check(regions: list[Region]) -> None:
    for region in regions:
        assert region.label
        assert region.source
        assert len(region.polygon) >= 4
        assert all(0 <= at.x <= 1 and 0 <= at.y <= 1 for at in region.polygon)
        box = bounds(region.polygon)
        assert box.left < box.right
        assert box.top < box.bottom
        assert 0 <= region.score <= 1
    scores = [region.score for region in regions]
    assert scores == sorted(scores, reverse=True)


def told(regions: list[Region]) -> list[tuple[str, str]]:
    return [(region.label, region.source) for region in regions]


async def test_its_name_says_who_it_is_whatever_it_is_asked(detector: Detector):
    name = detector.name
    assert name.strip()
    assert len(name) <= 128  # as long as the memory keeps
    await detector.detect(halves(), PHRASES)
    assert detector.name == name


async def test_what_it_finds_has_a_place_and_a_score_and_comes_surest_first(detector: Detector):
    regions = await detector.detect(halves(), PHRASES)
    assert regions
    check(regions)
    assert told(regions_of(regions_text(regions))) == told(regions)


async def test_it_uses_phrases_as_it_says(detector: Detector):
    picture = halves()
    without, with_some, with_others = [
        await detector.detect(picture, phrases) for phrases in ((), PHRASES, ["red"])
    ]
    match detector.phrases:
        case "ignored":
            assert without == with_some == with_others
            assert without
        case "needed":
            assert without == []
            assert len(with_others) < len(with_some)
        case "heeded":
            assert with_some
            check(without)


@pytest.mark.parametrize(("height", "width"), [(400, 16), (16, 400), (16, 16), (40, 3000)])
async def test_it_looks_at_pictures_of_any_shape(detector: Detector, height: int, width: int):
    check(await detector.detect(halves(height, width), PHRASES))


async def test_it_leaves_the_picture_as_it_is(detector: Detector):
    picture = halves()
    picture.setflags(write=False)
    await detector.detect(picture, PHRASES)
    np.testing.assert_array_equal(picture, halves())


async def test_it_finds_the_same_again_and_for_several_tasks_at_once(detector: Detector):
    once = await detector.detect(halves(), PHRASES)
    other = halves()[:, ::-1].copy()
    found = await asyncio.gather(
        *(detector.detect(picture, PHRASES) for picture in (halves(), other, halves()))
    )
    assert told(found[0]) == told(found[2]) == told(once)
    for regions in found:
        check(regions)


async def test_the_embedded_one_finds_codes_and_plates_on_vehicles(lite0: Lite0, shared_data: Path):
    data = (shared_data / "chat" / "images" / "dented_car.jpg").read_bytes()
    picture = stills(data, max_side=1024).stills[0].pixels
    plate = Line("M-AB 1234", Box(left=0.4, top=0.5, right=0.56, bottom=0.55).polygon, 0.9)
    off = Line("HH-XY 77", Box(left=0.0, top=0.0, right=0.16, bottom=0.05).polygon, 0.9)
    reader = Plates((plate, off))
    detector = EmbeddedDetector(lite0, reader)
    found = {region.label: region for region in await detector.detect(picture)}
    assert found.keys() == {"car", "license plate"}
    assert found["license plate"].text == "M-AB 1234"
    assert len(reader.calls) == 1
    codes = [region for region in await detector.detect(halves()) if region.source == "zxing"]
    assert [region.text for region in codes] == ["seam"]
    assert len(reader.calls) == 1  # only a picture of a vehicle is read


class Plates(FakeReader):
    def __init__(self, lines: tuple[Line, ...], name: str = "plates") -> None:
        super().__init__()
        self._plates, self._name = lines, name

    @property
    def name(self) -> str:
        return self._name

    def read(self, picture: Pixels) -> Reading:
        super().read(picture)
        return Reading(self._plates)


def test_the_name_of_the_embedded_one_changes_with_its_network_and_its_reader(lite0: Lite0):
    """What is remembered is kept by it, and plates are what the reader reads."""
    one = EmbeddedDetector(lite0, Plates((), "small-1"))
    assert one.name == EmbeddedDetector(lite0, Plates((), "small-1")).name
    assert one.name != EmbeddedDetector(lite0, Plates((), "small-2")).name
    assert f"{lite0.identity.name}@{lite0.identity.version}" in one.name
