"""Boxes as models write them: a golden set, what is no answer, and text of every kind."""

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chat.box_writers import WRITERS, Edges, centre
from chat.golden_boxes import ALL, BY_DIALECT, Golden
from sightline.chat.box_dialects import DIALECTS, Boxes, read_boxes, resized_by_qwen
from sightline.errors import InvalidRequest, SightlineError, UpstreamUnreadable
from sightline.geometry import bounds
from sightline.regions import Region

GOLDEN = {f"{case.dialect}: {case.name}": case for case in ALL}


def read(text: str, dialect: str, size: tuple[int, int] = (640, 480)) -> Boxes:
    return read_boxes(text, dialect, width=size[0], height=size[1], source="vlm")


def numbers(region: Region) -> list[float]:
    return [value for point in region.polygon for value in (point.x, point.y)]


def edges_of(region: Region) -> Edges:
    box = bounds(region.polygon)
    return (box.left, box.top, box.right, box.bottom)


def corners(shares: tuple[float, ...]) -> list[float]:
    if len(shares) > 4:
        return list(shares)
    left, top, right, bottom = shares
    return [left, top, right, top, right, bottom, left, bottom]


def agrees(boxes: Boxes, case: Golden) -> None:
    assert [region.label for region in boxes.regions] == [label for label, _ in case.things]
    for region, (_, shares) in zip(boxes.regions, case.things, strict=True):
        assert numbers(region) == pytest.approx(corners(shares), abs=1e-6)
        assert region.source == ("vlm:point" if case.points else "vlm")
    scores = case.scores or (1.0,) * len(case.things)
    assert tuple(region.score for region in boxes.regions) == scores
    assert len(boxes.refused) == len(case.refused), boxes.refused
    for reason, expected in zip(boxes.refused, case.refused, strict=True):
        assert expected in reason
    assert boxes.cut == case.cut


def test_every_dialect_has_its_cases():
    assert min(Counter(case.dialect for case in ALL).values()) >= 4
    assert {case.dialect for case in ALL} == set(DIALECTS)
    assert len(GOLDEN) == len(ALL)


@pytest.mark.parametrize("case", GOLDEN.values(), ids=GOLDEN.keys())
def test_what_models_write_becomes_regions(case: Golden):
    agrees(read(case.text, case.dialect, case.size), case)


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=name) for name, case in GOLDEN.items() if not case.alike]
)
def test_a_dialect_is_recognised_from_the_text(case: Golden):
    agrees(read(case.text, "auto", case.size), case)


UNREADABLE = [
    ("", "nothing"),
    ("I see a man and a dog.", "'I see a man and a dog.'"),
    ("There are none.", "none"),
    ("{}", "{}"),
    ("[", "broke off"),
    ('[{"bbox_2d": [1, 2', "broke off"),
    ('[{"label": "man"}]', "man"),
    ("[1]", "[1]"),
    ('["man", "dog"]', "man"),
    ("[" * 1_000, "broke off"),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("text", "got"), UNREADABLE, ids=[text[:20] for text, _ in UNREADABLE])
def test_words_without_boxes_are_not_no_boxes(text: str, got: str, dialect: str):
    with pytest.raises(UpstreamUnreadable) as caught:
        read(text, dialect)
    assert got in caught.value.message or dialect in caught.value.message
    assert "`boxes`" in str(caught.value)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ["[]", "```json\n[ ]\n```", "None of these: []"])
def test_an_empty_list_is_an_answer_in_every_dialect(text: str, dialect: str):
    assert read(text, dialect) == Boxes(regions=())


def test_a_text_whose_boxes_are_all_refused_is_no_empty_answer():
    boxes = read('[{"bbox_2d": [0, 0, 1316, 9], "label": "man"}]', "qwen3-vl")
    assert (boxes.regions, len(boxes.refused)) == ((), 1)


def test_half_a_pair_of_characters_in_a_label_can_be_stored():
    (region,) = read('[{"box_2d": [1, 2, 3, 4], "label": "a\\ud800  b\\n"}]', "gemini").regions
    assert region.label == "a? b"


def test_unknown_dialects_and_impossible_sizes_are_refused():
    with pytest.raises(InvalidRequest, match="qwen3-vl"):
        read("[]", "qwen9")
    with pytest.raises(InvalidRequest, match="0 × 480"):
        read("[]", "json", (0, 480))
    with pytest.raises(InvalidRequest, match="200 to 1"):
        read('[{"bbox_2d": [1, 2, 3, 4]}]', "qwen2.5-vl", (30_000, 10))
    with pytest.raises(UpstreamUnreadable, match="200,000"):
        read(" " * 200_001, "json")


@pytest.mark.parametrize(
    ("size", "resized"),
    [
        ((560, 280), (560, 280)),
        ((640, 480), (644, 476)),
        ((1920, 1080), (1932, 1092)),
        ((20, 20), (56, 56)),
        ((10, 1000), (28, 1008)),
        ((8000, 6000), (4116, 3080)),
    ],
)
def test_how_a_server_of_qwen_resizes(size: tuple[int, int], resized: tuple[int, int]):
    assert resized_by_qwen(*size) == resized


@given(st.integers(1, 5_000), st.integers(1, 5_000))
@example(28, 5_000)
def test_what_is_resized_for_qwen_stays_as_it_is(width: int, height: int):
    most = 1_280 * 28 * 28
    if max(width, height) > 200 * min(width, height):
        return
    sent = resized_by_qwen(width, height, most_pixels=most)
    assert sent[0] % 28 == sent[1] % 28 == 0
    assert resized_by_qwen(*sent) == sent


PIECES = st.sampled_from(
    [case.text for case in ALL]
    + [
        "[",
        "]",
        "{",
        "}",
        '"',
        "\\",
        "(",
        ")",
        ",",
        ":",
        "\n",
        "<",
        ">",
        "|",
        " ",
        "and",
        "-1",
        "1e999",
    ]
    + [
        "NaN",
        "[]",
        "{}",
        "null",
        "<loc_",
        "<loc0001>",
        "<loc_5>",
        "<point ",
        "<box>",
        "<ref>",
        "x=",
    ]
    + ['"bbox_2d"', '"box_2d"', '"label"', "[1,2,3,4]", "[[1,2],[3,4]]", "(1,2)", "9" * 400]
)


@given(
    st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join)),
    st.sampled_from(DIALECTS),
    st.integers(1, 4_000),
    st.integers(1, 4_000),
)
def test_no_text_breaks_anything(text: str, dialect: str, width: int, height: int):
    try:
        boxes = read(text, dialect, (width, height))
    except SightlineError:
        return
    for region in boxes.regions:
        assert all(0 <= value <= 1 for value in numbers(region))
        assert len(region.polygon) >= 4
        region.label.encode()


# Half of Florence's tokens for four corners are, token for token, a box; and where the scale is
# decided by all numbers, half of them may decide otherwise.
MARKED_OFF = [
    case
    for case in BY_DIALECT
    if case.dialect != "json"
    and (case.dialect != "florence-2" or all(len(shares) == 4 for _, shares in case.things))
]


@given(st.sampled_from(MARKED_OFF), st.data())
def test_of_a_text_that_breaks_off_only_whole_things_are_taken(case: Golden, data: st.DataObject):
    whole = read(case.text, case.dialect, case.size).regions
    text = case.text[: data.draw(st.integers(0, len(case.text)))]
    try:
        taken = read(text, case.dialect, case.size).regions
    except UpstreamUnreadable:
        return
    assert [numbers(region) for region in taken] == [numbers(r) for r in whole[: len(taken)]]


SIZES = st.tuples(st.integers(100, 3_000), st.integers(100, 3_000))


@st.composite
def edges(draw: st.DrawFn) -> Edges:
    """A box of at least 2 % of each side, on a grid that every dialect has steps for."""
    left, top = draw(st.integers(0, 48)), draw(st.integers(0, 48))
    right, bottom = draw(st.integers(left + 1, 49)), draw(st.integers(top + 1, 49))
    return (left / 50, top / 50, right / 50, bottom / 50)


@pytest.mark.parametrize("dialect", DIALECTS)
@given(st.lists(edges(), min_size=1, max_size=5, unique=True), SIZES)
def test_what_is_written_is_read_back(dialect: str, found: list[Edges], size: tuple[int, int]):
    things = [(f"thing {'abcde'[number]}", box) for number, box in enumerate(found)]
    regions = read(WRITERS[dialect](things, size), dialect, size).regions
    assert [region.label for region in regions] == [label for label, _ in things]
    for region, (_, box) in zip(regions, things, strict=True):
        if dialect == "molmo":
            assert region.source == "vlm:point"
            seen, meant = centre(edges_of(region)), centre(box)
            assert seen == pytest.approx(meant, abs=0.011)  # less where the mark is clipped
        else:
            assert edges_of(region) == pytest.approx(box, abs=0.006)


RUNS = ["<ref>", "(", "[", "<point x1=", "<po ", "[ ", "(1,2),(3,4)", "<box>[[", "a"]


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_long_run_of_anything_takes_no_time_to_speak_of(run: str, dialect: str):
    """Not timed: what takes the square of the length would not come back from this."""
    text = f"<ref>a</ref><box>[[1, 2, 3, 4]]</box>{run * (150_000 // len(run))}(x>"
    try:
        read(text, dialect)
    except UpstreamUnreadable:
        return
