"""Pictures and words in one space: one cosine orders pictures by words and pictures by pictures."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from sightline.assets import Pixels
from sightline.errors import Unavailable
from sightline.vision.base import Encoded, Identity
from sightline.vision.fake import COLOURS, FakePictureEncoder, FakeTextEncoder
from sightline.vision.joint import CONCEPT_SHARE, Joint

WORDS = FakeTextEncoder()
COLOUR_ENCODER = FakePictureEncoder(text_encoder=WORDS)
JOINT = Joint(COLOUR_ENCODER, WORDS)


def plain(*colours: str) -> np.ndarray:
    return np.concatenate([np.full((20, 30, 3), COLOURS[c], dtype=np.uint8) for c in colours])


def test_the_identity_names_both_encoders_and_every_vector_has_its_length():
    assert JOINT.identity == Identity(
        name="fake-colours+fake-words", version="1+1+1", dimension=64 + 256
    )
    for vector in (JOINT.picture(plain("red")), JOINT.text("something red")):
        assert vector.shape == (320,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-6)


def test_words_meet_pictures_in_the_order_of_their_concepts():
    pictures = [plain(colour) for colour in COLOURS]
    concepts = np.stack([one.concept for one in COLOUR_ENCODER.encode(pictures)])
    (asked,) = WORDS.encode(["a green tent"])
    found = np.stack([JOINT.picture(one) for one in pictures]) @ JOINT.text("a green tent")
    np.testing.assert_allclose(found, np.sqrt(CONCEPT_SHARE) * (concepts @ asked), atol=1e-6)
    assert list(COLOURS)[int(found.argmax())] == "green"


def test_pictures_meet_pictures_mostly_by_their_looks():
    red, mixed, blue = map(JOINT.picture, (plain("red"), plain("red", "blue"), plain("blue")))
    assert red @ mixed > red @ blue
    assert red @ red == pytest.approx(1)
    assert JOINT.text("red tent") @ JOINT.text("red tent") == pytest.approx(1)


class Paired(FakePictureEncoder):
    """Pictures in the space of the texts."""

    @property
    def identity(self) -> Identity:
        return WORDS.identity

    def encode(self, pictures: Sequence[Pixels]) -> list[Encoded]:
        return [replace(one, vector=one.concept) for one in super().encode(pictures)]


def test_encoders_of_one_space_are_handed_through():
    joint = Joint(Paired(text_encoder=WORDS), WORDS)
    assert joint.identity == WORDS.identity
    assert joint.picture(plain("red")) @ joint.text("red") == pytest.approx(1)
    assert joint.text("red").shape == (256,)


def test_an_encoder_without_words_is_refused():
    with pytest.raises(Unavailable, match="'fake-colours' knows no words"):
        Joint(FakePictureEncoder(), WORDS).picture(plain("red"))
