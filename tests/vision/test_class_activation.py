"""What the embedded network finds on real pictures, and that it finds nothing in noise."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as samples

from sightline.assets import Pixels
from sightline.evaluation.truth import PictureBoxes, picture_boxes
from sightline.geometry import bounds, overlap
from sightline.grounding import named_by
from sightline.media.stills import stills
from sightline.naming import Similarity
from sightline.regions import Region
from sightline.vision.class_activation import ClassActivation
from sightline.vision.lite0 import Lite0
from sightline.vision.minilm import MiniLM

SIDE = 2048


@pytest.fixture(scope="module")
def things(lite0: Lite0) -> ClassActivation:
    return ClassActivation(lite0)


@pytest.fixture(scope="module")
def similarity(minilm: MiniLM) -> Similarity:
    return lambda one, other: minilm.encode(one) @ minilm.encode(other).T


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> list[PictureBoxes]:
    return picture_boxes(shared_data)


def picture(path: Path) -> Pixels:
    return stills(path.read_bytes(), max_side=SIDE).stills[0].pixels


@pytest.mark.parametrize(
    ("name", "pictures"),
    [pytest.param("fork_scissors", 12, marks=pytest.mark.torture), ("fruit", 4)],
)
def test_the_things_of_a_set_are_found_by_their_names(
    things: ClassActivation,
    similarity: Similarity,
    truth: list[PictureBoxes],
    name: str,
    pictures: int,
):
    members = [one for one in truth if one.set == name]
    assert len(members) == pictures
    missed = []
    for one in members:
        regions = things.find(picture(one.picture))
        named = named_by(list({box.label for box in one.boxes}), regions, similarity)
        missed += [
            (one.picture.name, box.label, [region.label for region in regions])
            for box in one.boxes
            if not any(
                overlap(bounds(region.polygon), box.box) >= 0.5 for region in named[box.label]
            )
        ]
    assert missed == []


def test_a_dog_is_a_dog_and_an_animal_and_no_cat(
    things: ClassActivation, similarity: Similarity, truth: list[PictureBoxes]
):
    (dog,) = (one for one in truth if one.picture.name == "dog.jpg")
    regions = things.find(picture(dog.picture))
    found = named_by(["a dog", "the animal", "a cat", "a fork"], regions, similarity)
    assert len(found["a dog"]) == 1
    assert found["the animal"] == found["a dog"]
    assert found["a cat"] == found["a fork"] == []
    (region,) = found["a dog"]
    assert overlap(bounds(region.polygon), dog.boxes[0].box) >= 0.5
    assert region.source == "lite0"


def test_a_cat_is_a_cat_and_no_dog(things: ClassActivation, similarity: Similarity):
    found = named_by(["a cat", "a dog"], things.find(samples.chelsea()), similarity)
    assert len(found["a cat"]) == 1
    assert found["a dog"] == []


def test_a_thing_on_a_picture_of_another_shape(things: ClassActivation):
    cup = samples.coffee()
    framed = np.full((400, 1600, 3), 235, np.uint8)
    framed[:, 600:1200] = cup
    (region,) = things.find(framed)
    box = bounds(region.polygon)
    assert "cup" in {region.label, *region.words, *region.broader} or "espresso" in region.label
    assert box.left > 0.35
    assert box.right < 0.8


NOISE = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)


@pytest.mark.parametrize(
    "empty",
    [
        np.full((300, 400, 3), 255, np.uint8),
        np.zeros((300, 400, 3), np.uint8),
        NOISE,
        NOISE[:, :16],
        NOISE[:, :32],
        NOISE[:, :40],
        NOISE[:64, :64],
        NOISE[:1],
        NOISE[:1, :1],
        np.tile(NOISE, (1, 10, 1)),
        np.full((300, 4000, 3), 255, np.uint8),
    ],
    ids=[
        "white",
        "black",
        "noise",
        "16 wide",
        "32 wide",
        "40 wide",
        "64",
        "1 high",
        "1 pixel",
        "wide noise",
        "wide white",
    ],
)
def test_nothing_is_found_where_nothing_is(things: ClassActivation, empty: Pixels):
    assert things.find(empty) == []


def check(region: Region) -> None:
    assert len(region.polygon) == 4
    assert all(0 <= at.x <= 1 and 0 <= at.y <= 1 for at in region.polygon)
    box = bounds(region.polygon)
    assert box.area >= 0.02
    assert 0.5 <= region.score <= 1
    assert region.label
    json.dumps([region.label, region.words, region.broader, region.perhaps])


@pytest.mark.parametrize(
    "name",
    [
        "chelsea",
        "coffee",
        *(pytest.param(name, marks=pytest.mark.torture) for name in ("astronaut", "rocket")),
    ],
)
def test_the_same_picture_gives_the_same(things: ClassActivation, name: str):
    shown = getattr(samples, name)()
    regions = things.find(shown)
    for region in regions:
        check(region)
    assert regions == sorted(regions, key=lambda region: -region.score)
    assert things.find(shown.copy()) == regions


def test_a_small_picture_shows_the_same_thing(things: ClassActivation):
    small = np.asarray(Image.fromarray(samples.chelsea()).resize((90, 60)))
    (region,) = things.find(small)
    assert "cat" in region.broader
