"""Details of two pictures: found in another view of the same thing, not in another thing."""

import cv2
import numpy as np
import pytest
from skimage import data as samples

from sightline.assets import Pixels
from sightline.media.images import thumbnail
from sightline.vision.detail import FEWEST, agreeing_points, agreement, details, details_of_jpeg


def seen_again(picture: Pixels, *, degrees: float, scale: float, light: float = 1.0) -> Pixels:
    """The picture turned about its middle, made larger or smaller, lighter or darker."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
    turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    return np.clip(turned * light, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", ["coffee", "rocket", "astronaut"])
@pytest.mark.parametrize(
    ("degrees", "scale", "light"), [(0, 1, 1), (15, 1, 0.7), (-10, 1.3, 1.2), (180, 1, 1)]
)
def test_another_view_of_a_thing_agrees(name: str, degrees: float, scale: float, light: float):
    picture = getattr(samples, name)()
    again = seen_again(picture, degrees=degrees, scale=scale, light=light)
    assert agreement(details(again), details_of_jpeg(thumbnail(picture))) > 0.5


def test_other_things_do_not_agree():
    shown = [getattr(samples, n)() for n in ("coffee", "rocket", "astronaut", "chelsea", "page")]
    found = [details(as_rgb(picture)) for picture in shown]
    for number, one in enumerate(found):
        for other in found[number + 1 :]:
            assert agreement(one, other) == 0
            assert agreement(other, one) == 0


def as_rgb(picture: np.ndarray) -> Pixels:
    return picture if picture.ndim == 3 else np.stack([picture] * 3, axis=-1)


def test_agreement_grows_with_the_points_and_stays_below_one():
    picture = samples.coffee()
    same = details(picture)
    part = details(np.ascontiguousarray(picture[50:350, 100:500]))
    assert FEWEST <= agreeing_points(part, same) < agreeing_points(same, same)
    assert 0.5 <= agreement(part, same) < agreement(same, same) < 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (300, 2), (200, 300)])
def test_pictures_without_details_agree_with_nothing(shape: tuple[int, int]):
    blank = details(np.full((*shape, 3), 128, dtype=np.uint8))
    assert agreement(blank, blank) == 0
    assert agreement(blank, details(samples.coffee())) == 0


def test_a_damaged_thumbnail_agrees_with_nothing():
    assert agreement(details_of_jpeg(b"not a JPEG"), details(samples.coffee())) == 0


def test_the_same_pictures_give_the_same_number_each_time():
    one = details(samples.rocket())
    other = details(seen_again(samples.rocket(), degrees=20, scale=1.2))
    assert len({agreeing_points(one, other) for _ in range(5)}) == 1
