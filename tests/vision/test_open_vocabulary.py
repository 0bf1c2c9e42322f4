"""Both families find what they are asked for, where it is, and say what they cannot use."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from sightline.errors import BrokenModel, InvalidInput, InvalidRequest, MissingModel
from sightline.geometry import Box, bounds
from sightline.vision.base import Detector
from sightline.vision.grounding_dino import GroundingDino
from sightline.vision.minilm import MiniLM
from sightline.vision.model_folder import ModelFolder
from sightline.vision.onnx_session import OnnxSession
from sightline.vision.open_vocabulary import OpenVocabulary, open_vocabulary
from sightline.vision.owlv2 import Owlv2
from sightline.vision.picture_input import IMAGENET_MEAN, IMAGENET_STD, PictureInput, Size
from vision.tiny_detectors import (
    SIDE,
    grounding_dino_folder,
    grounding_dino_model,
    owlv2_folder,
    owlv2_model,
    plain,
)

Folder = Callable[[Path], Path]
RED, BLUE = (0.5, 0.25, 0.75, 0.75), (0.0, 0.5, 0.25, 1.0)


@pytest.fixture(params=[owlv2_folder, grounding_dino_folder], ids=["owlv2", "grounding-dino"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    make: Folder = request.param
    return make(tmp_path / "model")


@pytest.fixture
def detector(folder: Path) -> OpenVocabulary:
    return OpenVocabulary.open(folder, threads=1)


def assert_near(found: Box, expected: tuple[float, float, float, float], within: float = 0.02):
    edges = (found.left, found.top, found.right, found.bottom)
    assert edges == pytest.approx(expected, abs=within)


async def test_it_is_a_detector_that_needs_phrases(detector: OpenVocabulary):
    as_one: Detector = detector
    assert as_one.phrases == "needed"
    assert await as_one.detect(plain(60, 60, red=RED)) == []


@pytest.mark.parametrize(
    ("height", "width"),
    [(240, 240), (160, 640), (640, 160), (400, 16), (16, 400), (1, 1), (1500, 1200)],
    ids=["square", "wide", "tall", "16 wide", "16 high", "1 pixel", "large"],
)
async def test_boxes_lie_where_things_are_on_pictures_of_any_shape(
    detector: OpenVocabulary, height: int, width: int
):
    whole = height == width == 1
    red = (0.0, 0.0, 1.0, 1.0) if whole else RED
    found = await detector.detect(plain(height, width, red=red), ["red"])
    assert [region.label for region in found] == ["red"]
    # The model sees 192 pixels along the longer side: a thin picture is seen a few pixels wide.
    thin = min(height, width) / max(height, width) < 0.1
    assert_near(bounds(found[0].polygon), red, within=0.2 if thin else 0.02)
    assert found[0].score == pytest.approx(0.953, abs=0.001)  # the sigmoid of 3
    assert found[0].source == detector.name


async def test_every_region_has_the_phrase_it_was_asked_by(detector: OpenVocabulary):
    picture = plain(200, 300, red=RED, blue=BLUE)
    found = await detector.detect(picture, ["The small red", "a green", "Blue.", "a blue", "BLUE."])
    assert {region.label for region in found} == {"The small red", "Blue.", "a blue"}
    for region in found:
        assert_near(bounds(region.polygon), RED if "red" in region.label else BLUE)
    assert await detector.detect(picture, ["yellow", "a"]) == []


async def test_many_phrases_are_asked_in_several_runs(detector: OpenVocabulary):
    picture = plain(200, 300, red=RED, blue=BLUE)
    others = [f"a small thing {number}" for number in range(100)]
    found = await detector.detect(picture, ["red", *others, "blue"])
    assert {region.label for region in found} == {"red", "blue"}


@pytest.mark.parametrize("phrase", ["the " * 16 + "red", "the " * 300])
async def test_a_phrase_that_is_too_long_is_named_and_not_cut(
    detector: OpenVocabulary, phrase: str
):
    with pytest.raises(InvalidInput, match=r"at most 16 tokens for .*: 'the the"):
        await detector.detect(plain(60, 60, red=RED), [phrase])


async def test_the_longest_phrase_that_fits_is_asked(detector: OpenVocabulary):
    picture = plain(60, 60, red=RED)
    most = 13 if detector.name.startswith("owlv2") else 12  # the full stop is a token
    found = await detector.detect(picture, ["small " * most + "red"])
    assert_near(bounds(found[0].polygon), RED, within=0.05)
    with pytest.raises(InvalidInput, match="got 17"):
        await detector.detect(picture, ["small " * (most + 1) + "red"])


@pytest.mark.parametrize("phrase", ["", " \n", "."])
async def test_an_empty_phrase_is_refused(tmp_path: Path, phrase: str):
    detector = OpenVocabulary.open(grounding_dino_folder(tmp_path / "model"), threads=1)
    with pytest.raises(InvalidInput, match="Expected phrases to look for"):
        await detector.detect(plain(60, 60), [phrase])


async def test_a_phrase_that_the_model_cannot_read_is_refused(tmp_path: Path):
    detector = OpenVocabulary.open(grounding_dino_folder(tmp_path / "model"), threads=1)
    with pytest.raises(InvalidInput, match="with words that the model knows, got 'fahrrad'"):
        await detector.detect(plain(60, 60), ["Fahrrad"])


async def test_what_cannot_be_asked_does_not_hinder_the_rest(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    detector = OpenVocabulary.open(grounding_dino_folder(tmp_path / "model"), threads=1)
    phrases = ["the " * 300, "red", "Fahrrad", ""]
    found = await detector.detect(plain(60, 60, red=RED), phrases)
    assert [region.label for region in found] == ["red"]
    assert "was not asked for ['', 'Fahrrad'" in caplog.text


def test_phrases_keep_their_own_tokens_in_a_text_of_word_pieces(models_dir: Path, minilm: MiniLM):
    assert minilm is not None  # its files are here, and its vocabulary is that of Grounding DINO
    tokenizer = Tokenizer.from_file(str(models_dir / "minilm" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    size = Size(height=SIDE, width=SIDE)
    family = GroundingDino(
        tokenizer,
        PictureInput(size=size, mean=IMAGENET_MEAN, std=IMAGENET_STD),
        tokens=256,
        padded=True,
    )
    phrases = ["a St. Bernard", "Naïve café", "don't walk", "e\u0301tude 😀", "İstanbul?", "x-ray"]
    (question,) = family.questions(phrases)
    (ids,) = question.feeds["input_ids"].tolist()
    tokens = [
        [tokenizer.id_to_token(ids[column]) for column in columns] for columns in question.columns
    ]
    assert question.phrases == tuple(phrases)
    assert tokens == [
        ["a", "st", "bernard"],
        ["naive", "cafe"],
        ["don", "'", "t", "walk"],
        ["et", "##ude"],
        ["istanbul"],
        ["x", "-", "ray"],
    ]
    assert len(ids) == 256

    many = family.questions([f"supercalifragilistic thing {number}" for number in range(100)])
    assert sum(len(question.phrases) for question in many) == 100
    assert all(question.feeds["attention_mask"].sum() <= 256 for question in many)
    assert len(many) == 4


async def test_the_name_tells_models_and_settings_apart(folder: Path):
    opened = OpenVocabulary.open(folder, threads=1)
    family, _, rest = opened.name.rpartition("-")
    assert family in {"owlv2", "grounding-dino"}
    fingerprint, _, settings = rest.partition("@")
    assert len(fingerprint) == 12
    assert settings in {"1:0.1", "1:0.25"}
    again = OpenVocabulary.open(folder, threads=1)
    assert again.name == opened.name
    assert OpenVocabulary.open(folder, threads=1, threshold=0.97).name.endswith("@1:0.97")

    # What the words become decides what is found as much as the weights do.
    config = folder / "preprocessor_config.json"
    config.write_text(config.read_text() + " ")
    assert OpenVocabulary.open(folder, threads=1).name != opened.name


async def test_the_threshold_decides(folder: Path):
    picture = plain(60, 60, red=RED, blue=BLUE)
    sure = OpenVocabulary.open(folder, threads=1, threshold=0.97)
    assert await sure.detect(picture, ["red"]) == []
    unsure = OpenVocabulary.open(folder, threads=1, threshold=0.001)
    assert len(await unsure.detect(picture, ["red"])) == 2  # the blue one is hardly red


async def test_the_folder_is_not_written_to_where_it_cannot_be(folder: Path):
    (folder / "verified.json").mkdir()  # nothing can be remembered there
    assert (
        OpenVocabulary.open(folder, threads=1).name == OpenVocabulary.open(folder, threads=1).name
    )


async def test_exports_for_a_fixed_size_stretch_the_picture(tmp_path: Path):
    folder = grounding_dino_folder(tmp_path / "model", size={"height": 128, "width": 128})
    detector = OpenVocabulary.open(folder, threads=1)
    (found,) = await detector.detect(plain(100, 400, red=RED), ["red"])
    assert_near(bounds(found.polygon), RED)


async def test_what_is_scaled_otherwise_is_read_from_the_folder(tmp_path: Path):
    values = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1], "rescale_factor": 0.5}
    strange = OpenVocabulary.open(owlv2_folder(tmp_path / "strange", **values), threads=1)
    assert await strange.detect(plain(60, 60, red=RED), ["red"]) == []


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("config.json", "config.json"),
        ("preprocessor_config.json", "preprocessor_config.json"),
        ("tokenizer.json", "tokenizer.json"),
        ("onnx/model.onnx", "onnx/model.onnx"),
    ],
)
def test_a_missing_file_is_named(folder: Path, missing: str, named: str):
    (folder / missing).unlink()
    with pytest.raises(MissingModel, match=f"got none of the name {named}"):
        OpenVocabulary.open(folder, threads=1)


def test_one_graph_of_another_name_will_do_and_two_are_ambiguous(folder: Path):
    graph = folder / "onnx" / "model.onnx"
    graph.rename(graph.with_name("model_int8.onnx"))
    OpenVocabulary.open(folder, threads=1)
    graph.with_name("model_fp16.onnx").write_bytes(b"")
    with pytest.raises(InvalidInput, match=r"got model_fp16\.onnx, model_int8\.onnx"):
        OpenVocabulary.open(folder, threads=1)


@pytest.mark.parametrize("kind", ["yolos", None, 7])
def test_another_kind_of_model_is_refused_with_those_that_are_known(folder: Path, kind: object):
    (folder / "config.json").write_text(json.dumps({"model_type": kind}))
    with pytest.raises(InvalidRequest, match="owlv2, grounding-dino, mm-grounding-dino"):
        OpenVocabulary.open(folder, threads=1)


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("config.json", "{", "Expected JSON in"),
        ("config.json", "[]", "Expected a JSON object"),
        ("tokenizer.json", "{}", "Expected a tokenizer in"),
        ("onnx/model.onnx", "no graph", "ONNX Runtime cannot open"),
        ("preprocessor_config.json", '{"size": 7}', "Expected size with"),
        ("preprocessor_config.json", '{"image_mean": [1, 2]}', "three numbers for image_mean"),
        ("preprocessor_config.json", '{"image_std": [1, 0, 1]}', "three numbers for image_std"),
        ("preprocessor_config.json", '{"rescale_factor": "x"}', "rescale_factor"),
        ("preprocessor_config.json", '{"resample": 9}', "resample 0 to 5"),
        ("preprocessor_config.json", '{"do_resize": false}', "with do_resize"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(folder: Path, file: str, content: str, words: str):
    (folder / file).write_text(content)
    with pytest.raises(BrokenModel, match=words):
        OpenVocabulary.open(folder, threads=1)


def test_a_graph_of_another_family_says_what_was_expected_and_what_came(tmp_path: Path):
    folder = owlv2_folder(tmp_path / "model")
    (folder / "onnx" / "model.onnx").write_bytes(grounding_dino_model(16))
    with pytest.raises(
        BrokenModel,
        match=r"from attention_mask, input_ids, pixel_values to logits, pred_boxes .* got one from "
        "attention_mask, input_ids, pixel_mask, pixel_values, token_type_ids to",
    ):
        OpenVocabulary.open(folder, threads=1)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        ({"height": 96, "width": 96}, "Expected a graph for pictures of 96 × 96"),
        ({"height": 192, "width": 96}, "Expected a square size"),
        ({"shortest_edge": 192, "longest_edge": 300}, "Expected a square size"),
    ],
)
def test_a_graph_for_another_size_is_refused(tmp_path: Path, size: dict[str, int], words: str):
    with pytest.raises(BrokenModel, match=words):
        OpenVocabulary.open(owlv2_folder(tmp_path / "model", size=size), threads=1)


class Saying(OnnxSession):
    """A session whose model says what the test wants."""

    logits = np.zeros((1, 3, 1), np.float32)
    boxes = np.full((1, 3, 4), 0.5, np.float32)

    def run(self, *_outputs: object, **_inputs: object) -> list[np.ndarray]:
        return [self.logits, self.boxes]


@pytest.fixture
def saying(tmp_path: Path) -> tuple[Saying, OpenVocabulary]:
    path = owlv2_folder(tmp_path / "model")
    session = Saying(path / "onnx" / "model.onnx")
    family = Owlv2.open(ModelFolder.found(path), session)
    return session, OpenVocabulary(session, family, "0" * 12)


@pytest.mark.parametrize(
    ("logits", "boxes", "words"),
    [
        (np.zeros((1, 3)), np.zeros((1, 3, 4)), "Expected logits"),
        (np.zeros((1, 3, 1)), np.zeros((1, 2, 4)), "Expected logits"),
        (np.zeros((1, 3, 0)), np.zeros((1, 3, 4)), "Expected logits"),
        (np.full((1, 3, 1), np.nan), np.zeros((1, 3, 4)), "Expected numbers"),
        (np.zeros((1, 3, 1)), np.full((1, 3, 4), np.inf), "Expected numbers"),
    ],
)
async def test_outputs_that_cannot_be_understood_are_no_empty_answer(
    saying: tuple[Saying, OpenVocabulary], logits: np.ndarray, boxes: np.ndarray, words: str
):
    session, detector = saying
    session.logits, session.boxes = logits, boxes
    with pytest.raises(BrokenModel, match=words):
        await detector.detect(plain(60, 60), ["red"])


async def test_boxes_in_the_padding_are_cut_off_or_left_out(
    saying: tuple[Saying, OpenVocabulary],
):
    session, detector = saying
    session.boxes = np.array(
        [[[0.5, 0.25, 0.2, 0.9], [0.5, 0.9, 0.2, 0.1], [0.5, 0.5, 0.0, 0.0]]], np.float32
    )
    found = await detector.detect(plain(100, 200), ["red"])  # the lower half is padding
    assert_near(bounds(found[0].polygon), (0.4, 0.0, 0.6, 1.0), within=1e-5)
    assert len(found) == 1


async def test_doubles_are_merged_within_a_phrase(saying: tuple[Saying, OpenVocabulary]):
    session, detector = saying
    session.logits = np.array([[[1.0, 0.5], [2.0, 0.1], [-9.0, -np.inf]]], np.float32)
    found = await detector.detect(plain(60, 60), ["red", "a red"])
    assert [region.label for region in found] == ["red", "a red"]
    assert [region.score for region in found] == pytest.approx([0.881, 0.622], abs=0.001)


async def test_a_model_that_cannot_run_is_an_error_with_its_name(tmp_path: Path):
    detector = OpenVocabulary.open(owlv2_folder(tmp_path / "model"), threads=1)
    detector._family._side = 17  # type: ignore[attr-defined]
    with pytest.raises(BrokenModel, match=r"The model 'owlv2-.*' cannot be run"):
        await detector.detect(plain(60, 60), ["red"])


async def test_the_setting_names_a_folder_or_a_model_of_the_catalogue(folder: Path, tmp_path: Path):
    assert open_vocabulary("", tmp_path, threads=1) is None
    opened = open_vocabulary(str(folder), tmp_path, threads=1)
    assert opened is not None
    (tmp_path / "owlv2").symlink_to(folder)
    named = open_vocabulary("owlv2", tmp_path, threads=1)
    assert named is not None
    assert named.name == opened.name
    with pytest.raises(InvalidRequest, match="Expected a folder or one of owlv2, grounding-dino"):
        open_vocabulary(str(tmp_path / "nowhere"), tmp_path, threads=1)
    with pytest.raises(MissingModel, match="not on this machine"):
        open_vocabulary("grounding-dino", tmp_path, threads=1)


def test_the_tiny_models_have_the_ports_of_the_exports(tmp_path: Path):
    (tmp_path / "model.onnx").write_bytes(owlv2_model())
    session = OnnxSession(tmp_path / "model.onnx")
    assert str(session.inputs["input_ids"]) == "any × 16 int64"
    assert str(session.outputs["pred_boxes"]) == "1 × 4 × 4 float32"
