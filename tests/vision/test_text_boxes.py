import numpy as np
import pytest
from numpy.typing import NDArray

from sightline.vision.text_boxes import TextDetector, cut_out, part, sides, turned


class Painted:
    """A detector's network that sees text where the picture is white."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, outputs: list[str], **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        batch = inputs["x"]
        self.shapes.append(batch.shape)
        return [(batch[:, :1] > 0).astype(np.float32) for _ in outputs]

    def metadata(self, key: str) -> str:
        raise KeyError(key)


def picture(width: int = 640, height: int = 480) -> NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


def test_a_core_grows_into_a_box_around_its_centre():
    seen = picture()
    seen[100:120, 200:400] = 255
    (quad,) = TextDetector(session=Painted()).find(seen)
    length, height = sides(quad)
    assert quad.mean(axis=0) == pytest.approx([300, 110], abs=2)
    assert 220 < length < 250
    assert 45 < height < 65
    assert quad[0][0] < quad[1][0]  # from the top left
    assert quad[0][1] < quad[3][1]


def test_nothing_and_specks_are_no_text():
    seen = picture()
    assert TextDetector(session=Painted()).find(seen) == []
    seen[50:52, 50:52] = 255
    assert TextDetector(session=Painted()).find(seen) == []


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ((640, 480), (480, 640)),
        ((2560, 1920), (960, 1280)),  # made smaller
        ((100, 50), (160, 320)),  # enlarged
        ((800, 8000), (3520, 352)),  # the area counts, so that long receipts stay legible
        ((9000, 10), (32, 4096)),
        ((1, 1), (320, 320)),
    ],
)
def test_pictures_are_searched_at_a_bounded_size(size: tuple[int, int], shape: tuple[int, int]):
    session = Painted()
    TextDetector(session=session).find(picture(*size))
    assert session.shapes == [(1, 3, *shape)]


def test_boxes_are_in_pixels_of_the_picture_as_given():
    seen = picture(2560, 1920)
    seen[400:480, 800:1600] = 255
    (quad,) = TextDetector(session=Painted()).find(seen)
    assert quad.mean(axis=0) == pytest.approx([1200, 440], abs=6)


def test_a_tilted_box_is_cut_out_straight():
    seen = picture()
    centre, along, across = np.array([320, 240]), np.array([0.8, 0.6]), np.array([-0.6, 0.8])
    corners = [(-100, -20), (100, -20), (100, 20), (-100, 20)]
    quad = np.array([centre + x * along + y * across for x, y in corners], np.float32)
    rows, columns = np.mgrid[0:480, 0:640]
    offset = np.stack([columns - 320, rows - 240], axis=-1)
    seen[(offset @ along > 0) & (abs(offset @ along) < 100) & (abs(offset @ across) < 20)] = 255
    straight = cut_out(seen, quad)
    assert straight.shape == (40, 200, 3)
    assert straight[5:35, 5:95].max() == 0  # the left half is black
    assert straight[5:35, 105:195].min() == 255


def test_a_part_of_a_box_and_a_box_read_the_other_way():
    quad = np.array([[0, 0], [100, 0], [100, 20], [0, 20]], np.float32)
    assert part(quad, 0.25, 0.5).tolist() == [[25, 0], [50, 0], [50, 20], [25, 20]]
    assert turned(quad, 2).tolist() == [[100, 20], [0, 20], [0, 0], [100, 0]]
    assert sides(turned(quad, 1)) == (20, 100)
