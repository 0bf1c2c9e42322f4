"""The engines without a model do what the flows rely on."""

import numpy as np
import pytest

from sightline.vision.base import PictureEncoder, Reader, TextEncoder
from sightline.vision.fake import COLOURS, FakePictureEncoder, FakeReader, FakeTextEncoder


def plain(colour: str, height: int = 40, width: int = 60) -> np.ndarray:
    return np.full((height, width, 3), COLOURS[colour], dtype=np.uint8)


def test_the_fakes_are_engines():
    words: TextEncoder = FakeTextEncoder()
    colours: PictureEncoder = FakePictureEncoder(text_encoder=words)
    reader: Reader = FakeReader()
    assert [str(words.identity), str(colours.identity), reader.name] == [
        "fake-words@1:256",
        "fake-colours@1:64",
        "fake-reader",
    ]
    assert FakePictureEncoder(version="2").identity != colours.identity


def test_texts_that_share_words_lie_close():
    encoder = FakeTextEncoder()
    asked, same, other, empty = encoder.encode(
        ["Where is the RED bicycle?", "a red bicycle", "quarterly revenue", ""]
    )
    assert asked @ same > 0.5
    assert asked @ other == pytest.approx(0, abs=0.01)
    assert np.linalg.norm(empty) == pytest.approx(1)
    assert encoder.encode([]).shape == (0, 256)
    assert encoder.calls[0][3] == ""
    np.testing.assert_array_equal(FakeTextEncoder().encode(["a red bicycle"])[0], same)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_name_of_a_colour_finds_the_picture(colour: str):
    words = FakeTextEncoder()
    encoder = FakePictureEncoder(text_encoder=words)
    encoded = encoder.encode([plain(other) for other in COLOURS])
    concepts = np.stack([each.concept for each in encoded])
    (asked,) = words.encode([f"something {colour}"])
    assert list(COLOURS)[int((concepts @ asked).argmax())] == colour
    assert encoded[list(COLOURS).index(colour)].tags[0].name == colour


def test_pictures_of_like_colours_lie_close():
    encoder = FakePictureEncoder()
    half = np.concatenate([plain("red"), plain("blue")])
    red, mixed, blue, again = encoder.encode(
        [plain("red"), half, plain("blue"), plain("red", 90, 7)]
    )
    assert red.vector @ again.vector == pytest.approx(1)
    assert red.vector @ mixed.vector > red.vector @ blue.vector
    assert [tag.name for tag in mixed.tags] == ["red", "blue"]
    assert red.concept is None
    assert encoder.calls == [((40, 60, 3), (80, 60, 3), (40, 60, 3), (90, 7, 3))]


def test_the_reader_reads_what_it_is_told():
    assert FakeReader().read(plain("white")).lines == ()
    reader = FakeReader(["TOTAL", "12.30"])
    reading = reader.read(plain("white"))
    assert reading.text == "TOTAL\n12.30"
    assert reading.lines[0].polygon[2].y == reading.lines[1].polygon[0].y == 0.5
    assert reader.calls == [(40, 60, 3)]
    dark = FakeReader(lambda pixels: ["night"] if pixels.mean() < 50 else [])
    assert [dark.read(plain(colour)).text for colour in ("black", "white")] == ["night", ""]
