"""The picture encoder against an independent forward pass, on real pictures, and damaged."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from skimage import data as samples

from sightline.assets import Pixels
from sightline.errors import BrokenModel
from sightline.vision.embedded import LITE0
from sightline.vision.fake import FakeTextEncoder
from sightline.vision.golden import picture
from sightline.vision.lite0 import Lite0, squashed
from sightline.vision.minilm import MiniLM
from sightline.vision.torch_pickle import Tensors, read_state_dict
from sightline.vision.weights import locate


def convolved(x: np.ndarray, weight: np.ndarray, stride: int) -> np.ndarray:
    """A convolution (C, H, W) with "same" padding of TensorFlow; one filter a channel or full."""
    kernel, side = weight.shape[2], x.shape[1]
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    pad = (total // 2, total - total // 2)
    x = np.pad(x, ((0, 0), pad, pad))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    if weight.shape[1] == 1:
        return np.einsum("chwij,cij->chw", windows, weight[:, 0])
    return np.einsum("chwij,ocij->ohw", windows, weight, optimize=True)


def reference(tensors: Tensors, pixels: Pixels) -> tuple[np.ndarray, np.ndarray]:
    """EfficientNet-Lite0 in NumPy, batch norms not folded: (features, logits) of a picture."""

    def block(x: np.ndarray, conv: str, norm: str, stride: int = 1, ceiling: float = 6.0):
        x = convolved(x, tensors[f"{conv}.weight"], stride)
        mean, variance, scale, bias = (
            tensors[f"{norm}.{name}"][:, None, None]
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / np.sqrt(variance + 1e-3) * scale + bias
        return np.clip(x, 0, ceiling) if ceiling else x

    x = (pixels.transpose(2, 0, 1).astype(np.float64) - 127) / 128
    x = block(x, "_conv_stem", "_bn0", stride=2)
    strides = [1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1]
    for number, stride in enumerate(strides):
        at, start = f"_blocks.{number}.", x
        if number:
            x = block(x, f"{at}_expand_conv", f"{at}_bn0")
        x = block(x, f"{at}_depthwise_conv", f"{at}_bn1", stride=stride)
        x = block(x, f"{at}_project_conv", f"{at}_bn2", ceiling=0)
        x = x + start if x.shape == start.shape and stride == 1 else x
    features = block(x, "_conv_head", "_bn1")
    return features, tensors["_fc.weight"] @ features.mean((1, 2)) + tensors["_fc.bias"]


@pytest.mark.parametrize("side", [64, 96])
def test_agrees_with_a_forward_pass_in_numpy(lite0: Lite0, models_dir: Path, side: int):
    tensors = read_state_dict(locate(LITE0, models_dir) / LITE0.files[0].name)
    features, logits = reference(tensors, squashed(picture(), side))
    seen = lite0.activations([picture()], side=side)
    np.testing.assert_allclose(seen.features[0], features, atol=2e-4)
    np.testing.assert_allclose(seen.logits[0], logits, atol=2e-4)


@pytest.mark.parametrize(
    ("name", "tag", "broader"),
    [("chelsea", "Egyptian cat", "cat"), ("coffee", "espresso", "beverage")],
)
def test_names_what_it_sees(lite0: Lite0, name: str, tag: str, broader: str):
    (encoded,) = lite0.encode([getattr(samples, name)()])
    assert encoded.tags[0].name == tag
    assert broader in encoded.tags[0].broader
    assert 0.5 <= encoded.tags[0].probability <= 1


@pytest.mark.data
@pytest.mark.parametrize(
    ("image", "tag"),
    [
        ("coco/000000000285.jpg", "brown bear"),
        ("coco/000000008762.jpg", "traffic light"),
        ("coco/000000006012.jpg", "banana"),
        ("contoso/skyview-2-person-tent.png", "mountain tent"),
        ("grocery/Pineapple_001_Pineapple.jpg", "pineapple"),
    ],
)
def test_names_everyday_photographs(lite0: Lite0, shared_data: Path, image: str, tag: str):
    from PIL import Image  # noqa: PLC0415

    with Image.open(shared_data / "rag" / "images" / image) as opened:
        (encoded,) = lite0.encode([np.asarray(opened.convert("RGB"))])
    assert [seen.name for seen in encoded.tags] == [tag]


def test_words_find_pictures_that_have_no_description(lite0: Lite0, minilm: MiniLM):
    shown = ["chelsea", "coffee", "rocket"]
    concepts = np.stack(
        [encoded.concept for encoded in lite0.encode([getattr(samples, n)() for n in shown])]
    )
    asked = minilm.encode(["a ginger kitten", "something hot to drink", "launch of a space ship"])
    assert (asked @ concepts.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_other_views_of_a_picture_lie_close(lite0: Lite0):
    cat, coffee = samples.chelsea(), samples.coffee()
    seen = lite0.encode([cat, cat[:, ::-1], cat[20:, 30:], coffee])
    mirrored, cropped, other = (seen[0].vector @ view.vector for view in seen[1:])
    assert mirrored > 0.9
    assert cropped > 0.85
    assert other < 0.6


def test_encodes_in_order_whatever_the_batch(lite0: Lite0):
    pictures = [getattr(samples, name)() for name in ("chelsea", "coffee", "rocket")] * 3
    together = lite0.encode(pictures)
    for pixels, encoded in zip(pictures, together, strict=True):
        (alone,) = lite0.encode([pixels])
        np.testing.assert_allclose(encoded.vector, alone.vector, atol=1e-5)
        assert [tag.name for tag in encoded.tags] == [tag.name for tag in alone.tags]
    assert lite0.encode([]) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 7), (256, 256), (255, 1000)])
def test_any_shape_gives_unit_vectors(lite0: Lite0, shape: tuple[int, int]):
    pixels = np.random.default_rng(2).integers(0, 256, (*shape, 3), dtype=np.uint8)
    (encoded,) = lite0.encode([pixels])
    assert str(lite0.identity) == "lite0@2:1344"
    assert encoded.vector.shape == (1344,)
    assert encoded.concept is not None
    for vector in (encoded.vector, encoded.concept):
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_the_raw_outputs_belong_together(lite0: Lite0):
    seen = lite0.activations([samples.chelsea(), samples.coffee()], side=320)
    assert seen.features.shape == (2, 1280, 10, 10)
    assert seen.features.min() >= 0
    np.testing.assert_allclose(seen.features.mean((2, 3)), seen.pooled, rtol=1e-4, atol=1e-5)
    assert seen.logits.shape == (2, 1000)


@pytest.fixture
def own_models(lite0: Lite0, models_dir: Path, tmp_path: Path) -> Path:  # noqa: ARG001 - opened
    """A copy of the opened model, to damage."""
    shutil.copytree(models_dir / "lite0", tmp_path / "models" / "lite0")
    return tmp_path / "models"


def test_a_warm_start_writes_nothing(own_models: Path):
    Lite0.open(own_models, text_encoder=FakeTextEncoder())
    before = {path: path.stat().st_mtime_ns for path in own_models.rglob("*")}
    Lite0.open(own_models, text_encoder=FakeTextEncoder())
    assert {path: path.stat().st_mtime_ns for path in own_models.rglob("*")} == before


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_network_does_not_serve(own_models: Path, place: float):
    model = next((own_models / "lite0").glob("*.onnx"))
    content = bytearray(model.read_bytes())
    start = int(len(content) * place) // 4 * 4
    content[start : start + 400_000] = np.random.default_rng(3).bytes(400_000)
    model.write_bytes(content)
    with pytest.raises(BrokenModel) as raised:
        Lite0.open(own_models, text_encoder=FakeTextEncoder())
    assert model.name in str(raised.value)


def test_a_network_that_was_cut_off_is_named(own_models: Path):
    model = next((own_models / "lite0").glob("*.onnx"))
    model.write_bytes(model.read_bytes()[:1_000_000])
    with pytest.raises(BrokenModel, match=f"ONNX Runtime cannot open '{model}'"):
        Lite0.open(own_models, text_encoder=FakeTextEncoder())
