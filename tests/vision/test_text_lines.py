import numpy as np
import pytest
from numpy.typing import NDArray

from sightline.vision.text_lines import Letters, ReadWord, TextRecogniser

ALPHABET = ("", "a", "b", " ")


class Spelling:
    """A recogniser's network that spells out the same columns for every line; "-" is no letter."""

    def __init__(self, columns: str) -> None:
        self.columns = columns
        self.shapes: list[tuple[int, ...]] = []

    def run(self, outputs: list[str], **inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        self.shapes.append(inputs["x"].shape)
        count, _, _, width = inputs["x"].shape
        scores = np.zeros((count, width // 8, len(ALPHABET)), np.float32)
        scores[:, :, 0] = 0.9
        for column, letter in enumerate(self.columns):
            index = 0 if letter == "-" else ALPHABET.index(letter)
            scores[:, column] = 0
            scores[:, column, index] = 0.8
        return [scores for _ in outputs]

    def metadata(self, key: str) -> str:
        raise KeyError(key)


def line(width: int, height: int = 48) -> NDArray[np.uint8]:
    return np.zeros((height, width, 3), np.uint8)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ("", ""),
        ("a", "a"),
        ("aaa", "a"),  # one letter seen in three columns
        ("a-a", "aa"),  # twice the same letter, parted by none
        ("ab-ba", "abba"),
        ("a b", "a b"),
    ],
)
def test_columns_become_letters(columns: str, text: str):
    recogniser = TextRecogniser(session=Spelling(columns), alphabet=ALPHABET)
    (letters,) = recogniser.read([line(320)])
    assert letters.text == text
    assert letters.certainty == (pytest.approx(0.8) if text else 0.0)


def test_letters_know_where_they_stand():
    recogniser = TextRecogniser(session=Spelling("----a---------bb"), alphabet=ALPHABET)
    (letters,) = recogniser.read([line(160)])  # 20 of the 40 columns belong to the line
    assert letters.centres == pytest.approx([4.5 / 20, 15 / 20])


def test_lines_of_one_length_share_a_call_and_keep_their_order():
    session = Spelling("a")
    recogniser = TextRecogniser(session=session, alphabet=ALPHABET)
    read = recogniser.read([line(900), *[line(100)] * 5, line(2000), line(64, 64), line(1, 500)])
    assert len(read) == 9
    assert {shape[2] for shape in session.shapes} == {48}
    assert sorted(shape[3] for shape in session.shapes) == [320, 320, 960, 2048]
    assert [shape[0] for shape in session.shapes if shape[3] == 320] == [4, 3]


def test_no_lines_need_no_call():
    session = Spelling("a")
    assert TextRecogniser(session=session, alphabet=ALPHABET).read([]) == []
    assert session.shapes == []


def test_words_cover_their_letters_and_do_not_overlap():
    text = "to be  or"
    centres = tuple((index + 0.5) / len(text) for index in range(len(text)))
    certainties = (1.0, 0.8, 1.0, 0.6, 0.6, 1.0, 1.0, 0.9, 0.7)
    words = Letters(text, centres, certainties).words()
    assert [word.text for word in words] == ["to", "be", "or"]
    assert [word.certainty for word in words] == pytest.approx([0.9, 0.6, 0.8])
    stretches = [(round(9 * word.start, 2), round(9 * word.end, 2)) for word in words]
    assert stretches == [(0, 2), (3, 5), (7, 9)]


def test_a_single_letter_takes_the_whole_line():
    assert Letters("a", (0.4,), (1.0,)).words() == [ReadWord("a", 0.0, 0.9, 1.0)]
    assert Letters("", (), ()).words() == []
