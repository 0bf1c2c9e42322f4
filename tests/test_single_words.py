"""Words of a line as Image Analysis counts them."""

import pytest

from sightline.assets import Line, Word
from sightline.geometry import Box, Point, Polygon
from sightline.single_words import single_words

ROW: Polygon = Box(left=0.0, top=0.2, right=1.0, bottom=0.4).polygon


def texts(text: str) -> list[str]:
    return [word.text for word in single_words(Line(text, ROW, 0.9))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("FRESH MILK", ["FRESH", "MILK"]),
        ("你好世界", ["你", "好", "世", "界"]),
        ("今日は、寿司", ["今", "日", "は", "、", "寿", "司"]),
        ("서울 2024", ["서", "울", "2024"]),
        ("iPhone15手机 ok", ["iPhone15", "手", "机", "ok"]),
        ("\U00020bb7野家", ["\U00020bb7", "野", "家"]),
        ("", []),
    ],
)
def test_each_cjk_character_is_a_word(text: str, words: list[str]):
    assert texts(text) == words


def test_characters_share_the_place_of_their_word_evenly():
    word = Word("你好ab", Box(left=0.2, top=0.0, right=0.6, bottom=0.1).polygon, 0.8)
    first, second, latin = single_words(Line("你好ab", ROW, 0.9, (word,)))
    assert first.polygon == Box(left=0.2, top=0.0, right=pytest.approx(0.3), bottom=0.1).polygon
    assert (second.polygon[0].x, second.polygon[1].x) == pytest.approx((0.3, 0.4))
    assert (latin.text, latin.confidence) == ("ab", 0.8)
    assert (latin.polygon[0].x, latin.polygon[1].x) == pytest.approx((0.4, 0.6))


def test_a_line_on_its_side_is_cut_along_its_own_direction():
    upended = (Point(0.2, 0.9), Point(0.2, 0.1), Point(0.3, 0.1), Point(0.3, 0.9))
    above, below = reversed(single_words(Line("上下", upended, 0.9)))
    assert [point.y for point in above.polygon] == pytest.approx([0.5, 0.1, 0.1, 0.5])
    assert [point.y for point in below.polygon] == pytest.approx([0.9, 0.5, 0.5, 0.9])


def test_words_that_the_reader_told_stay_where_they_are():
    word = Word("MILK", Box(left=0.5, top=0.2, right=0.9, bottom=0.4).polygon, 0.7)
    assert single_words(Line("MILK", ROW, 0.9, (word,))) == [word]
