"""From class scores to words: concept vectors and tags."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sightline.vision.concepts import Concepts, softmax
from sightline.vision.fake import FakeTextEncoder
from sightline.vision.imagenet import image_classes

NUMBER = {shown.name: number for number, shown in enumerate(image_classes())}


def scores(**shares: float) -> np.ndarray:
    """Logits whose softmax gives these names these shares, and the rest to all others."""
    rest = 1 - sum(shares.values())
    probabilities = np.full(1000, max(rest, 1e-6) / (1000 - len(shares)), dtype=np.float32)
    for name, share in shares.items():
        probabilities[NUMBER[name]] = share
    return np.log(probabilities)


@pytest.fixture
def concepts(tmp_path: Path) -> Concepts:
    return Concepts.open(tmp_path, FakeTextEncoder())


def said(concepts: Concepts, **shares: float) -> list[tuple[str, float]]:
    return [(tag.name, round(tag.probability, 2)) for tag in concepts.tags(scores(**shares))]


@pytest.mark.parametrize(
    ("shares", "tags"),
    [
        ({"beagle": 0.7, "basset": 0.2}, [("beagle", 0.7)]),
        ({"beagle": 0.3, "basset": 0.3, "bloodhound": 0.3}, [("hound", 0.91)]),
        ({"beagle": 0.3, "pug": 0.3, "malamute": 0.3}, [("dog", 0.91)]),
        ({"tabby": 0.4, "lion": 0.4}, [("feline", 0.8)]),
        ({"strawberry": 0.3, "banana": 0.25}, [("edible fruit", 0.55)]),
        ({"tabby": 0.3, "pizza": 0.3, "castle": 0.3}, []),
        ({}, []),
    ],
)
def test_tags_are_the_narrowest_names_more_probable_than_not(
    concepts: Concepts, shares: dict[str, float], tags: list[tuple[str, float]]
):
    found = said(concepts, **shares)
    assert [name for name, _ in found[:1]] == [name for name, _ in tags]
    assert [share for _, share in found[:1]] == pytest.approx([s for _, s in tags], abs=0.02)


def test_a_tag_brings_its_broader_names(concepts: Concepts):
    (beagle,) = concepts.tags(scores(beagle=0.9))
    assert beagle.broader[0] == "hound"
    assert {"dog", "mammal", "animal"} <= set(beagle.broader)
    (dog,) = concepts.tags(scores(beagle=0.3, pug=0.3, malamute=0.3))
    assert "dog" not in dog.broader
    assert {"mammal", "animal"} <= set(dog.broader)


def test_the_concept_lies_among_its_likely_names(concepts: Concepts):
    words = FakeTextEncoder()
    concept = concepts.concept(scores(tabby=0.6, pizza=0.3))
    asked = words.encode(["tabby domestic cat", "pizza", "castle"])
    tabby, pizza, castle = asked @ concept
    assert tabby > pizza > castle
    assert np.linalg.norm(concept) == pytest.approx(1, abs=1e-5)


def test_names_are_encoded_once_for_each_text_encoder(tmp_path: Path):
    first, again, newer = FakeTextEncoder(), FakeTextEncoder(), FakeTextEncoder(version="2")
    for encoder in (first, again, newer):
        Concepts.open(tmp_path, encoder)
    assert [max(map(len, encoder.calls)) for encoder in (first, again, newer)] == [1000, 1, 1000]
    assert len(list((tmp_path / "concepts").iterdir())) == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(b""),
        lambda path: np.save(path, np.zeros((3, 2), dtype=np.float32)),
        lambda path: np.save(path, np.ones_like(np.load(path))),
    ],
    ids=["cut off", "empty", "another shape", "other numbers"],
)
def test_a_kept_file_that_does_not_fit_is_made_again(
    tmp_path: Path, damage: Callable[[Path], object]
):
    Concepts.open(tmp_path, FakeTextEncoder())
    (kept,) = (tmp_path / "concepts").iterdir()
    whole = kept.read_bytes()
    damage(kept)
    encoder = FakeTextEncoder()
    Concepts.open(tmp_path, encoder)
    assert max(map(len, encoder.calls)) == 1000
    assert kept.read_bytes() == whole


def test_softmax_stands_large_scores():
    np.testing.assert_allclose(softmax(np.array([1e4, 1e4, -1e4], np.float32)), [0.5, 0.5, 0])
