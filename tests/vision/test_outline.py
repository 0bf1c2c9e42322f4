"""Maps that show roughly where a thing is become its box."""

import numpy as np
import pytest
from numpy import float32

from sightline.assets import Pixels
from sightline.geometry import Box, overlap
from sightline.vision.outline import GRID, Map, as_map, outline

BOX = Box(left=0.25, top=0.3, right=0.65, bottom=0.8)
NOTHING: Map = np.zeros((GRID, GRID), float32)


def grain(height: int, width: int, base: tuple[int, int, int]) -> Pixels:
    """A colour that is not quite even, as on photographs."""
    rough = np.random.default_rng(3).normal(0, 8, (height, width, 1))
    return np.clip(np.array(base) + rough, 0, 255).astype(np.uint8)


def inside(height: int, width: int, box: Box, *, disc: bool) -> np.ndarray:
    """Which pixels a rectangle covers, or the disc in it."""
    y, x = np.mgrid[:height, :width]
    across = ((x + 0.5) / width - box.left) / (box.right - box.left) * 2 - 1
    down = ((y + 0.5) / height - box.top) / (box.bottom - box.top) * 2 - 1
    mask: np.ndarray = across**2 + down**2 <= 1 if disc else np.maximum(abs(across), abs(down)) <= 1
    return mask


def drawn(height: int, width: int, *, disc: bool, box: Box = BOX) -> Pixels:
    """A dark thing on a light ground."""
    thing, ground = grain(height, width, (150, 60, 40)), grain(height, width, (210, 215, 220))
    return np.where(inside(height, width, box, disc=disc)[:, :, None], thing, ground)


def blob(box: Box = BOX, *, cells: int = 10, spread: float = 0.35) -> Map:
    """A coarse hill over the middle of the box, as a map of class activations is."""
    y, x = (np.mgrid[:cells, :cells] + 0.5) / cells
    middle = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    across = (x - middle[0]) / (box.right - box.left) / spread
    down = (y - middle[1]) / (box.bottom - box.top) / spread
    return as_map(np.exp(-(across**2 + down**2) / 2).astype(float32))


@pytest.mark.parametrize("disc", [False, True], ids=["rectangle", "disc"])
@pytest.mark.parametrize(
    ("height", "width"), [(224, 224), (300, 400), (1200, 600), (200, 900)],
    ids=["square", "wide", "tall", "very wide"],
)  # fmt: skip
def test_the_box_lies_around_the_thing(height: int, width: int, disc: bool):
    found = outline(drawn(height, width, disc=disc), blob(), blob(cells=14))
    assert found is not None
    assert overlap(found.box, BOX) >= 0.85
    assert 0.6 <= found.agreement <= 1.0


def test_one_map_that_errs_does_not_move_the_box():
    elsewhere = blob(Box(left=0.55, top=0.6, right=0.95, bottom=1.0))
    found = outline(drawn(300, 300, disc=False), blob(), (blob() + elsewhere * 0.2).astype(float32))
    assert found is not None
    assert overlap(found.box, BOX) >= 0.7


def test_maps_that_agree_less_are_less_trusted():
    picture = drawn(300, 300, disc=False)
    apart = blob(Box(left=0.0, top=0.0, right=0.3, bottom=0.3))
    agree, differ = outline(picture, blob(), blob()), outline(picture, blob(), apart)
    assert agree is not None
    assert differ is None or differ.agreement < agree.agreement


def test_maps_that_speak_of_nothing_give_nothing():
    assert outline(drawn(200, 300, disc=True), NOTHING, NOTHING) is None


@pytest.mark.parametrize("value", [0, 128, 255])
def test_on_an_even_picture_the_box_is_where_the_map_is(value: int):
    even = np.full((300, 400, 3), value, np.uint8)
    found = outline(even, blob(), blob())
    assert found is None or overlap(found.box, BOX) > 0.3
    assert outline(even, NOTHING, NOTHING) is None


@pytest.mark.parametrize(
    ("height", "width"), [(1, 1), (1, 500), (500, 1), (16, 16), (400, 16), (300, 4000)]
)
@pytest.mark.parametrize("spoken", ["everywhere", "somewhere", "at one place"])
def test_pictures_of_any_shape_and_maps_of_any_kind(height: int, width: int, spoken: str):
    point = NOTHING.copy()
    point[60, 60] = 1
    maps = {"everywhere": NOTHING + 1, "somewhere": blob(), "at one place": point}
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    found = outline(noise, maps[spoken], maps[spoken])
    if found is not None:
        assert 0 <= found.box.left < found.box.right <= 1
        assert 0 <= found.box.top < found.box.bottom <= 1


def test_a_map_that_speaks_of_everything_is_the_whole_picture():
    everywhere: Map = NOTHING + np.float32(1)
    found = outline(grain(200, 300, (90, 120, 60)), everywhere, everywhere)
    assert found is not None
    assert found.box == Box(left=0, top=0, right=1, bottom=1)


def test_the_same_gives_the_same():
    picture = drawn(300, 400, disc=True)
    noise = np.random.default_rng(9).random((10, 10), dtype=float32)
    spoken = as_map(blob()[::13, ::13] + 0.3 * noise)
    first = outline(picture, spoken, blob())
    outline(drawn(200, 200, disc=False), blob(), blob())  # something else in between
    assert outline(picture, spoken, blob()) == first


def test_a_map_is_fine_and_from_0_to_1():
    found = as_map(np.array([[-5, 0], [0, 20]], float32))
    assert found.shape == (GRID, GRID)
    assert (found.min(), found.max()) == (0, 1)
    assert found[-1, -1] > 0.9
    assert not as_map(np.full((7, 7), -3, float32)).any()
