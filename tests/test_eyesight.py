"""Which detectors the settings give, that each is opened once, and that they remember."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sightline.assets import Pixels
from sightline.bridge import Pool
from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.errors import InvalidRequest, MissingModel
from sightline.events import Finished, TextDelta, Usage
from sightline.eyesight import Eyesight, similarity
from sightline.looking import look
from sightline.settings import load_settings
from sightline.storage.records import CATALOG_FILE
from sightline.vision.fake import COLOURS, FakePictureEncoder, FakeReader, FakeTextEncoder
from vision.tiny_detectors import owlv2_folder, plain

USAGE = Usage(prompt_tokens=1, completion_tokens=1, estimated=True)
DRAWS = Capabilities(sees=True, max_images=1, language_model=True, boxes="qwen3-vl")
TENT = '[{"bbox_2d": [100, 200, 300, 900], "label": "tent"}]'
RED: Pixels = np.full((40, 60, 3), COLOURS["red"], np.uint8)


class Opened:
    """Eyesights over the fakes, closed at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pool = Pool(2)
        self.readers: list[FakeReader] = []
        self.made: list[Eyesight] = []

    def __call__(self, **settings: object) -> Eyesight:
        words = FakeTextEncoder()
        loaded = load_settings(workspace=self.folder / "workspace", threads=1, **settings)
        served = {one.name: (one.base_url, one.model) for one in loaded.deployments}
        eyesight = Eyesight(
            loaded,
            encoder=lambda: FakePictureEncoder(text_encoder=words),
            text_encoder=lambda: words,
            reader=self._reader,
            pool=self.pool,
            memory=self.folder / "memory",
            served=lambda name: served.get(name, ()),
        )
        self.made.append(eyesight)
        return eyesight

    def _reader(self) -> FakeReader:
        self.readers.append(FakeReader(["SALE 49"]))
        return self.readers[-1]


@pytest.fixture
def eyesight(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    for made in opened.made:
        made.close()
    opened.pool.close()


def model(name: str = "gpt", capabilities: Capabilities = DRAWS) -> ScriptedChat:
    script = [TextDelta(TENT), Finished(reason="stop", usage=USAGE)]
    return ScriptedChat(name, script, capabilities=capabilities)


def test_as_it_comes_only_the_embedded_one_looks(eyesight: Opened):
    assert list(eyesight().detectors()) == ["embedded"]
    assert list(eyesight().detectors(ScriptedChat("scripted", []))) == ["embedded"]


def test_a_model_looks_if_it_draws_boxes(eyesight: Opened):
    blind = Capabilities(sees=True, max_images=1, language_model=True)
    one = eyesight()
    assert list(one.detectors(model("gpt"))) == ["embedded", "vlm:gpt"]
    assert list(one.detectors(model("gpt", blind))) == ["embedded"]
    assert list(eyesight(detectors="embedded").detectors(model())) == ["embedded"]


def test_an_open_vocabulary_looks_if_it_is_set(eyesight: Opened, tmp_path: Path):
    one = eyesight(open_vocabulary=str(owlv2_folder(tmp_path / "owl")))
    assert list(one.detectors(model())) == ["embedded", "open_vocabulary", "vlm:gpt"]
    assert list(eyesight(detectors="open_vocabulary").detectors()) == []


def test_the_order_of_the_setting_stays(eyesight: Opened):
    one = eyesight(detectors="vlm, standin_engines:Things, embedded")
    assert list(one.detectors(model())) == ["vlm:gpt", "standin_engines:Things", "embedded"]
    assert list(eyesight(detectors="").detectors(model())) == []


def test_unknown_names_are_refused_by_the_settings(tmp_path: Path):
    with pytest.raises(InvalidRequest, match=r"detectors: .*expected embedded, open_vocabulary"):
        load_settings(workspace=tmp_path, detectors="embedded,yolo")


async def test_your_own_engine_is_opened_once_and_remembers(eyesight: Opened, tmp_path: Path):
    one = eyesight(detectors="standin_engines:Things")
    open_it = one.detectors()["standin_engines:Things"]
    several = await asyncio.gather(*(eyesight.pool.run(open_it) for _ in range(4)))
    assert all(detector is several[0] for detector in several)
    for _ in range(2):
        sight = await look(one.detectors(), RED, [], eyesight.pool)
        assert [region.label for region in sight.regions] == ["red"]
    assert (tmp_path / "memory" / CATALOG_FILE).exists()
    behind = open_it()._detector
    assert len(behind.calls) == 1


async def test_an_engine_that_is_not_there_is_named(eyesight: Opened):
    one = eyesight(detectors="standin_engines:Nothing,nowhere_at_all:Things,standin_engines:Things")
    sight = await look(one.detectors(), RED, [], eyesight.pool)
    assert sight.looked == ("standin_engines:Things",)
    missing, unknown = sight.failed
    assert "has no 'Nothing'" in missing
    assert "'nowhere_at_all', which is not installed" in unknown


async def test_a_model_is_asked_once_for_each_set_of_words(eyesight: Opened):
    one, asked = eyesight(detectors="vlm"), model()
    for phrases in (["tent"], ["tent"], ["shoe"]):
        sight = await look(one.detectors(asked), RED, phrases, eyesight.pool)
        assert [region.label for region in sight.regions] == ["tent"]
        assert sight.looked == ("vlm:gpt",)
    assert len(asked.prompts) == 2


async def test_another_model_under_the_same_name_is_asked_anew(eyesight: Opened):
    def deployed(served: str) -> dict[str, str]:
        return {"name": "gpt", "base_url": "http://127.0.0.1:9/v1", "model": served}

    asked = model()
    for served, times in (("small", 1), ("small", 1), ("large", 2), ("small", 2)):
        one = eyesight(detectors="vlm", deployments=[deployed(served)])
        sight = await look(one.detectors(asked), RED, ["tent"], eyesight.pool)
        assert [region.label for region in sight.regions] == ["tent"]
        assert len(asked.prompts) == times


async def test_each_model_is_a_detector_of_its_own(eyesight: Opened):
    one, first, second = eyesight(detectors="vlm"), model("first"), model("second")
    for asked in (first, second, first):
        await look(one.detectors(asked), RED, [], eyesight.pool)
    assert [len(each.prompts) for each in (first, second)] == [1, 1]


async def test_the_open_vocabulary_finds_what_it_is_asked_for(eyesight: Opened, tmp_path: Path):
    folder = owlv2_folder(tmp_path / "owl")
    one = eyesight(detectors="open_vocabulary", open_vocabulary=str(folder))
    picture = plain(100, 100, red=(0.2, 0.2, 0.6, 0.6))
    sight = await look(one.detectors(), picture, ["red", "blue"], eyesight.pool)
    assert [region.label for region in sight.regions] == ["red"]
    assert (await look(one.detectors(), picture, [], eyesight.pool)).looked == ()


async def test_an_open_vocabulary_that_is_not_there_is_named(eyesight: Opened, tmp_path: Path):
    one = eyesight(detectors="open_vocabulary", open_vocabulary=str(tmp_path / "nothing"))
    sight = await look(one.detectors(), RED, ["red"], eyesight.pool)
    assert "Expected a folder or one of" in sight.failed[0]


async def test_the_embedded_one_works_beside_another_encoder(
    eyesight: Opened, models_dir: Path, shared_data: Path
):
    from PIL import Image  # noqa: PLC0415

    one = eyesight(detectors="embedded", models=models_dir)
    picture = np.asarray(Image.open(shared_data / "chat" / "images" / "dog.jpg").convert("RGB"))
    try:
        one.detectors()["embedded"]()
    except MissingModel as error:
        pytest.skip(str(error))
    sight = await look(one.detectors(), picture, [], eyesight.pool)
    assert sight.failed == ()
    assert "dog" in sight.regions[0].broader


def test_the_reader_is_opened_once_and_remembers(eyesight: Opened):
    eyes = eyesight().eyes()
    assert eyesight.readers == []
    for _ in range(2):
        assert eyes.read(RED).text == "SALE 49"
    (reader,) = eyesight.readers
    assert len(reader.calls) == 1


def test_what_is_not_to_be_written_is_remembered_by_the_process(eyesight: Opened, tmp_path: Path):
    for count in (1, 2):
        one = eyesight(remember_findings=False)
        for _ in range(2):
            assert one.read(RED).text == "SALE 49"
        assert [len(reader.calls) for reader in eyesight.readers] == [1] * count
        assert one.forget() == 0
    assert not (tmp_path / "memory").exists()


def test_what_was_written_can_be_forgotten_whatever_the_setting(eyesight: Opened):
    one = eyesight()
    one.read(RED)
    assert eyesight(remember_findings=False).forget() == 1
    one.read(RED)
    assert len(eyesight.readers[0].calls) == 2


def test_words_are_compared_by_the_text_encoder(eyesight: Opened):
    compare = eyesight().eyes().similarity()
    assert compare(["a red dog", "a cat"], ["a red dog", "snow"]).shape == (2, 2)
    close = similarity(FakeTextEncoder())(["a red dog"], ["a red dog", "snow"])
    assert close[0] == pytest.approx([1, 0], abs=0.01)


def test_what_was_never_used_is_closed_as_well(eyesight: Opened, tmp_path: Path):
    eyesight().close()
    assert not (tmp_path / "memory").exists()
