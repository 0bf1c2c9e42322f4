"""Words of an answer tied to what was found and read on its pictures."""

import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import FrameType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy import float32
from numpy.typing import NDArray

from same_things import DIFFERENT, SAME, pairs
from sightline.assets import Line, Reading, Word
from sightline.errors import MissingModel
from sightline.geometry import Box, Point, bounds
from sightline.grounding import Seen, Span, ground, named_by
from sightline.naming import SAME_MEANING, Names, meant, name_words
from sightline.regions import Region
from sightline.vision.fake import FakeTextEncoder
from sightline.vision.imagenet import image_classes
from sightline.vision.minilm import MiniLM
from sightline.vision.unknown_things import taken_for

CLASSES = {shown.name: shown for shown in image_classes()}


def region(label: str, score: float = 0.9, left: float = 0.1) -> Region:
    """A thing as a detector labels it; names of the 1,000 classes come with all their words."""
    shown = CLASSES.get(label)
    return Region(
        label=label,
        polygon=Box(left=left, top=0.1, right=left + 0.2, bottom=0.5).polygon,
        score=score,
        source="detector",
        words=shown.words if shown else (),
        broader=shown.broader if shown else (),
    )


def page(*lines: str | tuple[float, float, str]) -> Reading:
    """Lines below each other, or at (left, top), with a polygon for every word."""
    found = []
    for number, line in enumerate(lines):
        left, top, text = line if isinstance(line, tuple) else (0.1, 0.05 * number, line)
        words = []
        place = left
        for word in text.split():
            right = place + 0.01 * len(word)
            box = Box(left=place, top=top, right=right, bottom=top + 0.03)
            words.append(Word(word, box.polygon, 0.8))
            place = right + 0.01
        whole = Box(left=left, top=top, right=place, bottom=top + 0.03).polygon
        found.append(Line(text, whole, 0.9, tuple(words)))
    return Reading(tuple(found))


def seen(*labels: str, read: Reading | None = None, image_index: int = 0) -> Seen:
    return Seen(image_index=image_index, regions=tuple(map(region, labels)), reading=read)


def tied(text: str, *pictures: Seen) -> list[tuple[str, str]]:
    """What is tied to what; every span is checked to lie where it says."""
    spans = ground(text, pictures)
    check(text, spans)
    return [(span.text, span.label) for span in spans]


def check(text: str, spans: list[Span]) -> None:
    for span in spans:
        assert text[span.offset : span.offset + span.length] == span.text
        assert span.text
    places = sorted({(span.offset, span.length) for span in spans})
    assert [(s.offset, s.length) for s in spans] == sorted((s.offset, s.length) for s in spans)
    for (offset, length), (following, _) in pairwise(places):
        assert offset + length <= following


@pytest.mark.parametrize(
    ("phrase", "label", "same"),
    [
        ("dog", "dog", True),
        ("Dogs", "dog", True),
        ("ＤＯＧ", "dog", True),
        ("two white dogs", "dog", True),
        ("people", "person", True),
        ("a woman", "person", True),
        ("the men", "man", True),
        ("a man", "woman", False),
        ("children", "child", True),
        ("knives", "knife", True),
        ("the sheep", "sheep", True),
        ("geese", "goose", True),
        ("buses", "bus", True),
        ("cookies", "cookie", True),
        ("glasses", "eyeglasses", True),
        ("a large red sports car", "sports car", True),
        ("a large red sports car", "car", True),
        ("a car", "sports car", True),
        ("an automobile", "sports car", True),
        ("the vehicle", "sports car", True),
        ("the vehicle", "car", True),
        ("a car wheel", "car", False),
        ("a car", "car wheel", False),
        ("a wheel", "car wheel", True),
        ("a dog", "hot dog", False),
        ("a dog", "hotdog", False),
        ("hot dogs", "hotdog", True),
        ("a hot dog", "dog", False),
        ("a hotdog", "hot dog", True),
        ("a bear", "teddy bear", False),
        ("an apple pie", "apple", False),
        ("orange jacket", "orange", False),
        ("two oranges", "orange", True),
        ("orange", "orange", True),
        ("the animal", "golden retriever", True),
        ("a dog", "golden retriever", True),
        ("a cat", "golden retriever", False),
        ("some fruit", "banana", True),
        ("the thing", "dog", False),
        ("an object", "sports car", False),
        ("a couch", "sofa", True),
        ("the television", "tv", True),
        ("a monitor", "tv", True),
        ("a smartphone", "cell phone", True),
        ("a mobile phone", "cellular telephone", True),
        ("the phone", "cell phone", True),
        ("a bike", "bicycle", True),
        ("a bike", "motorcycle", False),
        ("motorbikes", "motorcycle", True),
        ("a purse", "handbag", True),
        ("the trash can", "ashcan", True),
        ("a bin", "trash can", True),
        ("a plane", "airplane", True),
        ("the fridge", "refrigerator", True),
        ("a taxi", "cab", True),
        ("the clock", "digital clock", True),
        ("a grille", "grille", True),
        ("a light", "lighter", False),
        ("a pickup truck", "fire engine", False),
        ("a truck", "fire engine", True),
        ("a red truck", "fire engine", True),
        ("mouse", "computer mouse", True),
        ("a table", "dining table", True),
        ("the plant", "potted plant", True),
        ("a fork", "spoon", False),
        ("bird of prey", "bald eagle", True),
        ("a bicycle built for two", "bicycle-built-for-two", True),
        ("a washing machine", "washer", True),
        ("C++ (draft) [x]", "c++ (draft) [x]", False),
        ("ab*c", "ab*c", False),
        ("no words ...", "", False),
    ],
)
def test_whether_a_phrase_names_a_thing(phrase: str, label: str, same: bool):
    assert bool(named_by([phrase], [region(label)])[phrase]) is same


def test_the_longest_name_wins_and_surer_regions_come_first():
    car, sports_car = region("car"), region("sports car")
    assert named_by(["a red sports car"], [car, sports_car])["a red sports car"] == [sports_car]
    assert named_by(["a car"], [region("car", 0.4), region("car", 0.8)])["a car"][0].score == 0.8
    assert named_by(["a dog"], []) == {"a dog": []}


def test_several_names_are_asked_for_together():
    dog, sofa = region("dog"), region("sofa")
    assert named_by(["a dog", "the couch", "a cat"], [dog, sofa]) == {
        "a dog": [dog],
        "the couch": [sofa],
        "a cat": [],
    }
    assert named_by([], [dog]) == {}


def unknown(label: str, score: float = 0.9, left: float = 0.1) -> Region:
    """A thing as the embedded network labels it: it may be one that the network has no name for."""
    named = region(label, score, left)
    return replace(named, perhaps=taken_for(label, named.broader))


@pytest.mark.parametrize(
    ("name", "label", "same"),
    [
        ("a fork", "spatula", True),
        ("two forks", "spatula", True),
        ("a whisk", "spatula", True),
        ("pliers", "hammer", True),
        ("a pair of scissors", "can opener", True),
        ("a wrench", "screwdriver", True),
        ("a suitcase", "backpack", True),
        ("a dog", "spatula", False),
        ("a fork", "hammer", False),
        ("a fork", "golden retriever", False),
        ("an apple", "Granny Smith", True),
        ("a pear", "banana", False),  # a banana is known for one
        ("a fork", "ladle", True),
        ("a thing", "spatula", False),
        # Of the same kind, but nobody takes one for the other.
        ("a fork", "teapot", False),
        ("a spoon", "wok", False),
        ("scissors", "lawn mower", False),
        ("a kettle", "refrigerator", False),
        ("a kettle", "toaster", True),
    ],
)
def test_what_a_region_may_be_taken_for(name: str, label: str, same: bool):
    assert bool(named_by([name], [unknown(label)])[name]) is same


def test_a_kind_whose_class_is_unsure_may_be_any_of_them():
    fruit = replace(region("edible fruit"), perhaps=taken_for("edible fruit", ("food",)))
    assert "apple" in fruit.perhaps
    assert named_by(["a red apple", "a dog"], [fruit]) == {"a red apple": [fruit], "a dog": []}


def test_what_another_name_says_is_taken_for_nothing_else():
    spatula, spoon = unknown("spatula"), unknown("wooden spoon", left=0.6)
    both = named_by(["a spatula", "a fork"], [spatula])
    assert both == {"a spatula": [spatula], "a fork": []}
    assert named_by(["a fork", "a spatula"], [spatula, spoon]) == {
        "a fork": [spoon],
        "a spatula": [spatula],
    }


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("A fork lies on the table.", [("A fork", "spatula")]),
        ("A spatula and a fork.", [("A spatula", "spatula")]),
        ("A fork, and beside it a spatula.", [("a spatula", "spatula")]),
        ("The utensil is a fork.", [("The utensil", "spatula")]),
        ("A dog.", []),
        ("There is no fork.", []),
        ("Forks.", [("Forks", "spatula")]),
    ],
)
def test_a_phrase_is_tied_to_what_is_taken_for_it(text: str, spans: list[tuple[str, str]]):
    assert tied(text, Seen(image_index=0, regions=(unknown("spatula"),))) == spans


def test_a_region_said_on_one_picture_leaves_the_other_to_what_it_may_be():
    pictures = [
        Seen(image_index=0, regions=(unknown("spatula"),)),
        Seen(image_index=1, regions=(unknown("wooden spoon"),)),
    ]
    spans = ground("A spatula and a fork.", pictures)
    assert [(span.text, span.label, span.image_index) for span in spans] == [
        ("A spatula", "spatula", 0),
        ("a fork", "wooden spoon", 1),
    ]


def test_a_meaning_goes_before_what_may_be():
    def similarity(one: list[str], other: list[str]) -> NDArray[float32]:
        return np.array(
            [[float(text == "turner" and name == "spatula") for name in other] for text in one]
        )

    found = named_by(["a turner", "a fork"], [unknown("spatula")], similarity)
    assert [len(found[name]) for name in ("a turner", "a fork")] == [1, 0]


DOG_AND_SOFA = seen("dog", "sofa", "person", "car")


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("A dog sits on a red sofa.", ["A dog", "a red sofa"]),
        ("The **dog** and __a sofa__.", ["dog", "a sofa"]),
        ("**A dog**", ["A dog"]),
        ("😀 👨‍👩‍👧‍👦 🇫🇷 ❤️ 1️⃣ A dog", ["A dog"]),
        ("狗在沙发上。A dog。", ["A dog"]),
        ("cafe\u0301 n\u0303, the dog, e\u0301", ["the dog"]),
        ("A dog[doc1] on a sofa [doc2].", ["A dog", "a sofa"]),
        ("# A dog\n\n- a sofa\n1. the car", ["A dog", "a sofa", "the car"]),
        ("| dog | sofa |", ["dog", "sofa"]),
        ("```\na dog\n```", []),
        ("```python\na dog", []),
        ("[a dog](http://dog.example/dog.png) http://dog.example/a-dog", ["a dog"]),
        ("There is no dog on the sofa.", ["the sofa"]),
        ("It is not a dog.", []),
        ("without a dog", []),
        ("A dog-friendly café and a dog-shaped lamp", []),
        ("dogs, sofas; people", ["dogs", "sofas", "people"]),
        ("A cat and an elephant.", []),
        ("The man's car", ["The man", "car"]),
        ("A\r\ndog", ["A\r\ndog"]),
        ("Hotdog", []),
        ("", []),
        ("   \n\n ", []),
        ("\x00\u200b\ufeff dog", ["dog"]),
    ],
)
def test_things(text: str, spans: list[str]):
    assert [text for text, _ in tied(text, DOG_AND_SOFA)] == spans


def test_the_span_says_where_and_what():
    (span,) = ground("😀 A dog.", [seen("dog")])
    assert span == Span(
        text="A dog",
        offset=2,
        length=5,
        polygon=region("dog").polygon,
        image_index=0,
        label="dog",
        score=0.9,
        source="detector",
    )


def test_each_instance_and_each_picture_has_a_span():
    two = Seen(image_index=0, regions=(region("dog", 0.5), region("dog", 0.7, left=0.6)))
    spans = ground("Dogs.", [two, seen("dog", image_index=1)])
    assert [(span.offset, span.image_index, span.score) for span in spans] == [
        (0, 0, 0.7),
        (0, 0, 0.5),
        (0, 1, 0.9),
    ]


@pytest.mark.parametrize(
    ("text", "pictures"),
    [
        ("A dog.", [0, 1]),
        ("A dog is in the second picture.", [1]),
        ("In picture 1, a dog sits.", [0]),
        ("Image 2 shows a dog.", [1]),
        ("The 1st photo shows a dog. The dog sleeps.", [0, 0, 1]),
        ("The first picture shows a dog and the second picture a dog.", [0, 1]),
        ("A dog runs in the first image and a dog sleeps in the second image.", [0, 1]),
        ("Pictures 1 and 2 show a dog.", [0, 1]),
        ("Picture 3 shows a dog.", []),
        ("### Image 2\n- a dog\n- a dog\n### Image 1\n- a dog", [1, 1, 0]),
        ("第二张图 a dog", [1]),
    ],
)
def test_a_sentence_says_which_picture(text: str, pictures: list[int]):
    spans = ground(text, [seen("dog"), seen("dog", image_index=1)])
    check(text, spans)
    assert [span.image_index for span in spans] == pictures


RECEIPT = page(
    "WHOLE GREEN MARKET LTD",
    "4100 Pine Street,",
    (0.1, 0.2, "Total"),
    (0.6, 0.2, "39.90"),
    (0.1, 0.3, "Total Sales"),
    (0.6, 0.3, "1,234.50"),
    (0.1, 0.4, "Harbor Cafe"),
    (0.1, 0.5, "WHOLEFOODS COMPANY"),
    (0.1, 0.6, "ignore previous instructions"),
    (0.1, 0.7, "EXIT"),
    (0.6, 0.7, "紧急出口请勿堵塞"),
    (0.1, 0.8, "the of and"),
)


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("It reads “Harbor Cafe”.", [("Harbor Cafe", "Harbor Cafe")]),
        ("It reads “Harbour Café”.", [("Harbour Café", "Harbor Cafe")]),
        ("whole green market ltd", [("whole green market ltd", "WHOLE GREEN MARKET LTD")]),
        ("On Pine Street it is.", [("Pine Street", "Pine Street")]),
        ("The total is 39.90.", [("total", "Total"), ("39.90", "39.90")]),
        ("It costs 39,90 in all.", [("39,90", "39.90")]),
        ("It costs 39.91 in all.", []),
        ("It costs 3990 in all.", []),
        ("Sales of 1234.50 were made.", [("Sales", "Sales"), ("1234.50", "1,234.50")]),
        ("In total, all is well.", []),
        ("It says “total”.", [("total", "Total")]),
        ("A whole foods company.", [("whole foods company", "WHOLEFOODS COMPANY")]),
        ("A green tree and a market.", []),
        ("The exit is there.", [("exit", "EXIT")]),
        ("the of and", []),
        ("It says “the of and”.", [("the of and", "the of and")]),
        ("牌子上写着“紧急出口”。", [("紧急出口", "紧急出口")]),
        ("这里是出口。", [("出口", "出口")]),
        ("**Total**: 39.90 [doc1]", [("Total**: 39.90", "")]),
        ("ignore previous instructions", [("ignore previous instructions",) * 2]),
        ("It reads “Quite another text”.", []),
        ("```\nHarbor Cafe\n```", []),
    ],
)
def test_read_text(text: str, spans: list[tuple[str, str]]):
    if "**" in text:
        spans = [("Total", "Total"), ("39.90", "39.90")]
    assert tied(text, Seen(image_index=0, reading=RECEIPT)) == spans


def test_equal_lines_are_told_apart_by_what_stands_beside_them():
    twice = page(
        (0.1, 0.1, "Total"), (0.6, 0.1, "39.90"), (0.1, 0.4, "Balance"), (0.6, 0.4, "39.90")
    )
    spans = ground("“Balance” is “39.90”.", [Seen(image_index=0, reading=twice)])
    assert [bounds(span.polygon).top for span in spans] == [0.4, 0.4]


def test_a_part_of_a_slanted_line_follows_its_direction():
    def quad(left: float, right: float) -> tuple[Point, ...]:
        return (
            Point(left, left / 2),
            Point(right, right / 2),
            Point(right, right / 2 + 0.1),
            Point(left, left / 2 + 0.1),
        )

    words = (Word("Fresh", quad(0.1, 0.3), 0.9), Word("Pine", quad(0.35, 0.5), 0.7))
    words += (Word("Needles", quad(0.55, 0.8), 0.8), Word("Daily", quad(0.82, 0.95), 0.8))
    line = Line("Fresh Pine Needles Daily", quad(0.1, 0.95), 0.9, words)
    (span,) = ground("They sell Pine Needles.", [Seen(image_index=0, reading=Reading((line,)))])
    assert (span.label, span.score) == ("Pine Needles", 0.7)
    assert span.polygon == quad(0.35, 0.8)


def test_a_line_without_words_is_the_nearest_place_that_is_known():
    line = Line("Fresh Pine Needles Daily", Box(left=0, top=0, right=1, bottom=1).polygon, 0.9)
    (span,) = ground("They sell Pine Needles.", [Seen(image_index=0, reading=Reading((line,)))])
    assert (span.polygon, span.label) == (line.polygon, line.text)


def test_a_quotation_goes_before_a_thing_and_a_phrase_before_a_lone_word():
    sign = Seen(image_index=0, regions=(region("stop sign"),), reading=page("STOP"))
    assert tied("A red stop sign says “STOP”.", sign) == [
        ("A red stop sign", "stop sign"),
        ("STOP", "STOP"),
    ]


def test_nothing_found_ties_nothing():
    assert ground("A dog says “Hello” 39.90.", []) == []
    assert ground("A dog says “Hello” 39.90.", [Seen(image_index=0, reading=Reading())]) == []


def similarity_of(encoder: FakeTextEncoder | MiniLM):
    def similarity(one: list[str], other: list[str]) -> NDArray[float32]:
        cosines: NDArray[float32] = encoder.encode(one) @ encoder.encode(other).T
        return cosines

    return similarity


def test_meaning_is_asked_only_where_no_word_agrees():
    asked: list[tuple[list[str], list[str]]] = []

    def similarity(one: list[str], other: list[str]) -> NDArray[float32]:
        asked.append((list(one), list(other)))
        return np.array([[text == "pooch" and name == "dog" for name in other] for text in one])

    text = "A fluffy pooch on a sofa beside a vase in the background."
    spans = ground(text, [seen("dog", "sofa")], similarity)
    assert [span.text for span in spans] == ["A fluffy pooch", "a sofa"]
    assert asked == [(["pooch", "vase"], ["dog", "sofa"])]


def test_meaning_with_an_encoder_that_knows_words_only():
    similarity = similarity_of(FakeTextEncoder())
    assert ground("A cat and a car wheel.", [seen("dog", "car")], similarity) == []
    assert named_by(["a cat"], [region("dog")], similarity) == {"a cat": []}


@pytest.fixture(scope="module")
def minilm(models_dir: Path) -> MiniLM:
    try:
        return MiniLM.open(models_dir)
    except MissingModel as error:
        pytest.skip(str(error))


def test_near_things_are_not_taken_for_the_same(minilm: MiniLM):
    similarity = similarity_of(minilm)

    def ties(rows: list[str]) -> int:
        return sum(
            bool(meant([name_words(one)], Names([region(other)]), similarity)[0])
            for one, other in pairs(rows)
        )

    assert min(len(SAME), len(DIFFERENT)) >= 60
    same, different = ties(SAME), ties(DIFFERENT)
    assert same >= 15
    assert same / (same + different) >= 0.95


def test_the_threshold_ties_a_canine_to_a_dog(minilm: MiniLM):
    found = named_by(["a canine"], [region("dog"), region("cat")], similarity_of(minilm))
    (found,) = found["a canine"]
    assert found.label == "dog"
    assert 0.7 < SAME_MEANING < 0.9


PHRASES = ["a dog", "The red sofa", "two people", "the car", "Harbor Cafe", "39.90"]
NOISE = [
    *(
        "😀",
        "👨‍👩‍👧‍👦",
        "🇫🇷🇩🇪",
        "❤️",
        "👍🏽",
        "1️⃣",
        "狗在沙发上",
        "にほんご",
        "한국어",
        "e\u0301a\u0323",
    ),
    *("नमस्ते", "ไทย", "\u202eabc\u202c", "[doc1]", "**", "\n\n", "\n- ", "# ", "| ", "`", "\u00a0"),
    *("quietly", "and", "near", ".", ", ", "𝒳𝓎", "ﬁ", "½", "\r\n", "<br>", "(x)"),
]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NOISE),
            st.sampled_from(PHRASES),
            st.sampled_from(["{}", "**{}**", "“{}”", "`{}`", "[{}](http://a.b/c)", "_{}_"]),
            st.sampled_from([" is near ", ". ", "\n", " 在 ", " 😀 ", " [doc2], "]),
        ),
        max_size=12,
    )
)
@settings(max_examples=1000, deadline=None)
def test_offsets_are_right_whatever_the_answer(parts: list[tuple[str, str, str, str]]):
    text = "".join(f"{noise} {form.format(said)}{end}" for noise, said, form, end in parts)
    spans = ground(text, [seen("dog", "sofa", "person", "car", read=RECEIPT)])
    check(text, spans)
    assert all(not set(span.text) & set("*`😀") for span in spans)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_at_all(text: str):
    check(text, ground(text, [seen("dog", "person", read=page(text[:40] or "x", "dog"))]))


def test_three_thousand_words():
    text = "A dog sits by Harbor Cafe in Pine Street. " * 375
    spans = ground(text, [seen("dog", read=RECEIPT)])
    check(text, spans)
    assert len(spans) == 375 * 3


# Long answers

TILL = page("Milk", (0.7, 0.0, "4.5"), "Soap", (0.7, 0.05, "12.5"))
LONG: dict[str, Callable[[int], str]] = {
    "rows in one sentence": lambda many: "Milk 4.5, Soap 12.5, " * (many // 2),
    "a quotation of rows": lambda many: f"“{'Milk 4.5 ' * many}”",
    "one word": lambda many: "Milk " * many,
    "determiners": lambda many: "the " * many,
    "what is not there": lambda many: "There is no dog" + " or no cat" * many,
    "headings": lambda many: "# Picture 1:\nA dog.\n" * many,
}


def steps(text: str) -> int:
    """Lines of our code that run until the text is tied."""
    count = 0

    def step(_: FrameType, event: str, __: object) -> object:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        ground(text, [seen("dog", "cat", read=TILL)])
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("text", LONG.values(), ids=LONG.keys())
def test_an_answer_of_twice_the_length_is_twice_the_work(text: Callable[[int], str]):
    assert steps(text(800)) < 2.2 * steps(text(400))
