"""The check that every encoder passes before it serves."""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest

from sightline.errors import BrokenModel
from sightline.vision.golden import TOLERANCE, check_golden, golden, picture


def test_the_golden_picture_is_the_same_everywhere():
    pixels = picture()
    assert pixels.shape == (240, 320, 3)
    assert pixels.dtype == np.uint8
    assert hashlib.sha256(pixels.tobytes()).hexdigest().startswith("e7e0353bbbae2935")


@pytest.mark.parametrize(("encoder", "names"), [("lite0", "vector logits"), ("minilm", "sentence")])
def test_small_differences_pass(encoder: str, names: str):
    stored = golden(encoder)
    assert list(stored) == names.split()
    noise = np.random.default_rng(0)
    found = {
        name: array + noise.uniform(-0.5, 0.5, array.shape) * TOLERANCE * np.abs(array).max()
        for name, array in stored.items()
    }
    check_golden(encoder, found, damaged="some/file")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda array: array * 1.05,
        lambda array: -array,
        lambda array: np.roll(array, 1),
        lambda array: np.where(np.arange(array.size) == 7, np.nan, array),
        np.zeros_like,
    ],
    ids=["scaled", "turned", "shifted", "not a number", "nothing"],
)
def test_other_numbers_do_not(spoil: Callable[[np.ndarray], np.ndarray]):
    found = {name: spoil(array) for name, array in golden("lite0").items()}
    with pytest.raises(BrokenModel, match="does not give its golden vector: expected") as raised:
        check_golden("lite0", found, damaged="models/lite0/model.onnx")
    assert raised.value.hint is not None
    assert "Delete 'models/lite0/model.onnx'" in raised.value.hint
