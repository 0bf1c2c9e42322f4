"""Noun phrases without a language model, and what a detector may be asked for."""

import pytest

from sightline.noun_phrases import noun_phrases, phrases_to_ask


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("A dog sits on a red sofa.", ["A dog", "a red sofa"]),
        ("Two sleeping black cats lie there.", ["Two sleeping black cats"]),
        ("the wooden bench parked near a moving van", ["the wooden bench", "a moving van"]),
        ("The man watches TV.", ["The man", "TV"]),
        ("A dog nuzzles the cat.", ["A dog", "the cat"]),
        ("The dog bit a man.", ["The dog", "a man"]),
        (
            "A pair of scissors and two slices of pizza",
            ["A pair of scissors", "two slices of pizza"],
        ),
        ("They ride horses by two bunches of bananas.", ["horses", "two bunches of bananas"]),
        ("Smiling lady standing by two bunches of grapes", ["lady", "two bunches of grapes"]),
        ("The dog's collar", ["The dog", "collar"]),
        ("a **red sofa**", ["red sofa"]),
        ("**A red sofa** and `a cup`", ["A red sofa", "a cup"]),
        ("2 dogs, 3 cats", ["2 dogs", "3 cats"]),
        ("| dog | sofa |\n|---|---|\n| cat | hat |", ["dog", "sofa", "cat", "hat"]),
        ("- dog\n- cat\n\n# Sofa", ["dog", "cat", "Sofa"]),
        ("[a dog](https://a.example/cat.png) <b>here</b>", ["a dog"]),
        ("```\na dog\n```\nA cat\n~~~\na horse", ["A cat"]),
        ("a dog [doc1] barks 【doc2】", ["a dog"]),
        ("all three other white dogs", ["all three other white dogs"]),
        ("", []),
        ("👩‍👩‍👧 🇩🇪 !!!", []),
    ],
)
def test_phrases(text: str, phrases: list[str]):
    found = noun_phrases(text)
    assert [phrase.text for phrase in found] == phrases
    assert all(text[p.offset : p.offset + len(p.text)] == p.text for p in found)


def test_the_head_is_what_the_thing_is():
    (phrase,) = noun_phrases("a large red sports car")
    assert (phrase.head, phrase.words) == ("car", ("large", "red", "sports", "car"))


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("There is no dog.", ["dog"]),
        ("A sofa without a dog or a cat.", ["a dog", "a cat"]),
        ("no dog, cat or bird, but a fox", ["dog", "cat", "bird"]),
        ("It is not a cat but a fox.", ["a cat"]),
        ("It isn't a dog.", ["a dog"]),
        ("It isn’t a dog.", ["a dog"]),
        ("It doesn't show a truck on the road.", ["a truck"]),
        ("The dog is not visible, the cat is.", ["The dog"]),
        ("The dog is not in the picture.", ["The dog"]),
        ("A cat instead of a dog.", ["a dog"]),
        ("neither a dog nor a cat", ["a dog", "a cat"]),
        ("I can't see a dog; I can see a cat.", ["a dog"]),
        ("No, the dog is here.", []),
        ("Not only a dog but also a cat.", []),
        ("A dog is not on the sofa.", []),
        ("No one sits on the bench.", []),
        ("A man without a hat holds a dog.", ["a hat"]),
    ],
)
def test_what_is_said_not_to_be_there(text: str, denied: list[str]):
    assert [phrase.text for phrase in noun_phrases(text) if phrase.denied] == denied


@pytest.mark.parametrize(
    ("text", "is_colour"),
    [
        ("The jacket is orange.", True),
        ("Dressed in orange and blue", True),
        ("blue and orange", True),
        ("An orange", False),
        ("oranges", False),
        ("Banana, orange, lemon", False),
    ],
)
def test_orange_is_a_colour_or_a_fruit(text: str, is_colour: bool):
    (orange,) = [phrase for phrase in noun_phrases(text) if phrase.head.startswith("orange")]
    assert orange.colour is is_colour


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("The image shows a dog on **a red sofa**.", ["dog", "red sofa"]),
        ("Dogs! A dog, and no cat.", ["dogs"]),
        ("In the background on the left side: a tree", ["tree"]),
        ("The jacket is red.", ["jacket"]),
        ("", []),
    ],
)
def test_what_a_detector_is_asked_for(text: str, asked: list[str]):
    assert phrases_to_ask(text) == asked
