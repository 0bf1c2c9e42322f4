"""Which of the found pictures show what the question's picture shows."""

from chat.papers import attached, found
from sightline.chat.extracting.matching import same_thing
from sightline.chat.extracting.passages import Page
from sightline.evidence import Evidence


def things(*evidence: Evidence) -> list[list[int]]:
    return [[page.number for page in group] for group in same_thing([Page(e) for e in evidence])]


ASKED = attached(number=9)


def test_the_most_alike_picture_wins():
    assert things(found(1, "Tent A.", likeness=0.7), found(2, "Tent B.", likeness=0.9), ASKED) == [
        [2]
    ]


def test_pictures_of_one_name_are_one_thing():
    assert things(
        found(1, "Milk (Dairy), in a store"), found(2, "Milk. Fresh and cold."), ASKED
    ) == [[1, 2]]


def test_two_that_agree_beat_the_first():
    hits = [
        found(1, "Juice.", likeness=0.84),
        found(2, "Milk.", likeness=0.82),
        found(3, "Milk (Dairy)", likeness=0.8),
    ]
    assert things(*hits, ASKED) == [[2, 3]]


def test_what_cannot_be_told_apart_is_both():
    assert things(
        found(1, "Tent A.", likeness=0.79), found(2, "Tent B.", likeness=0.78), ASKED
    ) == [
        [1],
        [2],
    ]


def test_unlike_pictures_are_no_match():
    assert things(found(1, "Tent A.", likeness=0.5), ASKED) == []
    assert things(found(1, "Tent A.", likeness=0.5)) == [[1]]  # asked by words only


def test_pictures_without_a_description_say_nothing():
    assert things(found(1, ""), ASKED) == []
