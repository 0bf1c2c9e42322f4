"""Colours as a vector: what changes it and what does not."""

import numpy as np
import pytest

from sightline.assets import Pixels
from sightline.vision.chroma import DIMENSION, central, chroma


def plain(colour: tuple[int, int, int]) -> Pixels:
    return np.full((80, 80, 3), colour, dtype=np.uint8)


def likeness(one: Pixels, other: Pixels) -> float:
    return float(chroma(one) @ chroma(other))


@pytest.mark.parametrize(
    ("other", "least", "most"),
    [
        pytest.param((200, 40, 40), 1.0, 1.0, id="itself"),
        pytest.param((150, 30, 30), 0.6, 1.0, id="in the shade"),
        pytest.param((40, 160, 60), 0.0, 0.1, id="green"),
        pytest.param((40, 70, 200), 0.0, 0.1, id="blue"),
    ],
)
def test_colours_tell_things_apart_and_the_light_hardly_does(
    other: tuple[int, int, int], least: float, most: float
):
    assert least - 1e-5 <= likeness(plain((200, 40, 40)), plain(other)) <= most + 1e-5


def test_grey_is_grey_however_dark():
    assert likeness(plain((30, 30, 30)), plain((220, 220, 220))) == pytest.approx(1, abs=1e-4)


def test_what_is_central_counts_most():
    red, blue = plain((200, 40, 40)), plain((40, 70, 200))
    centred, framed = blue.copy(), red.copy()
    centred[20:60, 20:60], framed[20:60, 20:60] = (200, 40, 40), (40, 70, 200)
    assert likeness(centred, red) > likeness(framed, red)  # though only a quarter of it is red


def test_is_a_unit_vector_for_anything():
    noise = np.random.default_rng(4).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for picture in (noise, plain((0, 0, 0)), plain((255, 255, 255))):
        vector = chroma(picture)
        assert vector.shape == (DIMENSION,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("cells", [1, 7, 8, 64])
def test_central_weights_sum_to_one_and_peak_in_the_middle(cells: int):
    weights = central(cells).reshape(cells, cells)
    assert weights.sum() == pytest.approx(1, abs=1e-5)
    assert weights[cells // 2, cells // 2] == pytest.approx(weights.max())
    np.testing.assert_allclose(weights, weights.T)
    np.testing.assert_allclose(weights, weights[::-1, ::-1], rtol=1e-5)
