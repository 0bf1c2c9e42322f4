"""Where sentences end, in whole texts and in growing ones."""

import time

import pytest

from sightline.sentences import first_end, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Creamy. Good for breakfast!", ["Creamy.", "Good for breakfast!"]),
        ("Contains wheat (S. Africa). Keep dry.", ["Contains wheat (S. Africa).", "Keep dry."]),
        ("It is 3.50 at No. 5, e.g. Main St. 7.", ["It is 3.50 at No. 5, e.g. Main St. 7."]),
        ("for example. with filling. Paprika too.", ["for example. with filling.", "Paprika too."]),
        ("One\nTwo\n\nThree", ["One", "Two", "Three"]),
        ("He said “Stop.” Then he went.", ["He said “Stop.”", "Then he went."]),
        ("公园很大。树很多。", ["公园很大。", "树很多。"]),
        ("By J. Austen.", ["By J. Austen."]),
        ("Sugar 8.5 g. Creamy.", ["Sugar 8.5 g.", "Creamy."]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The total is 39.90", ""),
        ("The total is 39.90.", ""),  # more digits may come
        ("The total is 39.90. ", ""),
        ("The total is 39.90. It", "The total is 39.90. "),
        ("It reads “Stop. Go. Now", ""),  # inside a quotation nothing ends
        ("It reads “Stop. Go.” Then", "It reads “Stop. Go.” "),
        ("- one\n- two", "- one\n"),
        ("很大。树", "很大。"),
    ],
)
def test_first_end(text: str, first: str):
    assert text[: first_end(text)] == first


def test_a_row_of_full_stops_takes_no_longer():
    started = time.perf_counter()
    assert sentences("." * 100_000) == ["." * 100_000]
    assert time.perf_counter() - started < 1
