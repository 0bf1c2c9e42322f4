"""Marks in a stream: found wherever the chunks are cut, made alike, checked, tied to quotes."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.papers import ORDER, RECEIPT, attached, found
from sightline.citing import Citing, Event
from sightline.events import Cited, TextDelta, Warned
from sightline.evidence import Citation, Evidence

EVIDENCE = (
    attached(RECEIPT),
    found(2, "A red tent for two persons. It costs $200. Made of polyester."),
    attached(ORDER, number=3),
)


def cite(chunks: Iterable[str], evidence: Sequence[Evidence] = EVIDENCE) -> list[Event]:
    citing = Citing(evidence)
    events = [event for chunk in chunks for event in citing.feed(chunk)]
    return [*events, *citing.close()]


def text(events: Iterable[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def citations(events: Iterable[Event]) -> list[Citation]:
    return [event.citation for event in events if isinstance(event, Cited)]


def told(events: Iterable[Event]) -> tuple[str, list[tuple[int, str]], list[str]]:
    """What reaches the reader, apart from how it was cut."""
    events = list(events)
    return (
        text(events),
        [(one.evidence.number, one.content) for one in citations(events)],
        [event.message for event in events if isinstance(event, Warned)],
    )


@pytest.mark.parametrize(
    ("written", "shown", "numbers"),
    [
        ("A tent [doc2].", "A tent [doc2].", [2]),
        ("A tent [doc 2].", "A tent [doc2].", [2]),
        ("A tent [Doc2].", "A tent [doc2].", [2]),
        ("A tent [DOC  2 ].", "A tent [doc2].", [2]),
        ("A tent 【doc2】.", "A tent [doc2].", [2]),
        ("A tent [doc02].", "A tent [doc2].", [2]),
        ("Both [doc1, doc2].", "Both [doc1][doc2].", [1, 2]),
        ("Both [doc1; 2].", "Both [doc1][doc2].", [1, 2]),
        ("Both [docs 1 and 2].", "Both [doc1][doc2].", [1, 2]),
        ("Both [doc1][doc2].", "Both [doc1][doc2].", [1, 2]),
        ("Twice [doc2] and [doc2].", "Twice [doc2] and [doc2].", [2]),
        ("Doubled [doc2, doc2].", "Doubled [doc2].", [2]),
        ("The third first [doc3], then [doc1].", "The third first [doc3], then [doc1].", [3, 1]),
        ("None [doc9].", "None.", []),
        ("[doc9] says so.", " says so.", []),
        ("Some [doc9, doc2].", "Some [doc2].", [2]),
        ("No mark: [doctor], [1], [doc], [doc1 is", "No mark: [doctor], [1], [doc], [doc1 is", []),
        ("An array[3] and [doc1", "An array[3] and [doc1", []),
        ("😀 [doc2] 愚园路【doc1】。", "😀 [doc2] 愚园路[doc1]。", [2, 1]),
        ("[[doc2]]", "[[doc2]]", [2]),
        ("", "", []),
    ],
)
def test_marks_wherever_they_are_cut(written: str, shown: str, numbers: list[int]):
    whole = told(cite([written]))
    assert whole[0] == shown
    assert [number for number, _ in whole[1]] == numbers
    for cut in range(len(written) + 1):
        assert told(cite([written[:cut], written[cut:]])) == whole
    assert told(cite(written)) == whole


MARKS = ("[doc1]", "[doc 2]", "【Doc3】", "[doc9]", "[doc1, doc2]", "[", "]", "doc", "1")
WORDS = ("The total is 12.79", "“TOTAL 12.79”", "It costs $200", "愚园路", "😀", "A")
ENDS = (" ", ". ", "\n", "。")
PIECES = st.lists(st.sampled_from((*MARKS, *WORDS, *ENDS)), max_size=12)


@given(PIECES, st.lists(st.integers(0, 120), max_size=6))
def test_no_cut_changes_what_is_told(pieces: list[str], cuts: list[int]):
    written = "".join(pieces)
    edges = [0, *sorted(min(cut, len(written)) for cut in cuts), len(written)]
    chunks = [written[start:end] for start, end in pairwise(edges)]
    assert told(cite(chunks)) == told(cite([written]))


def test_text_without_a_mark_passes_at_once():
    citing = Citing(EVIDENCE)
    assert citing.feed("The tent") == [TextDelta("The tent")]
    assert citing.feed(" is red, array") == [TextDelta(" is red, array")]
    assert citing.feed("[3]") == [TextDelta("[3]")]


def test_only_what_may_begin_a_mark_is_held_back():
    citing = Citing(EVIDENCE)
    assert citing.feed("It is red [do") == [TextDelta("It is red")]
    assert citing.feed("c2") == []
    assert citing.feed("].") == [TextDelta(" [doc2].")]
    assert citing.feed(" [dog") == [TextDelta(" [dog")]


def test_an_unfinished_mark_is_text_in_the_end():
    citing = Citing(EVIDENCE)
    assert text(citing.feed("Red [doc")) == "Red"
    assert text(citing.close()) == " [doc"


def test_a_number_is_cited_once_and_as_soon_as_its_sentence_is_whole():
    citing = Citing(EVIDENCE)
    assert citations(citing.feed("It costs $200 [doc2].")) == []
    (first,) = citations(citing.feed(" And it"))
    assert (first.evidence.number, first.content, first.inferred) == (2, "It costs $200.", False)
    assert citations(citing.feed(" is made of polyester [doc2]. Yes")) == []
    assert citations(citing.close()) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The total is 12.79 [doc1]. The rest is silence.",
        "According to [doc1], the total is 12.79. The rest is silence.",
        "The total is 12.79. [doc1] The rest is silence.",
        "The picture reads “TOTAL 12.79” [doc1]. The rest is silence.",
        "- The total is 12.79 [doc1]\n- The rest is silence.",
    ],
)
def test_a_citation_points_at_the_lines_its_sentence_quotes(sentence: str):
    (citation,) = citations(cite([sentence]))
    assert citation.content == "TOTAL 12.79"
    texts = [line.text for line in RECEIPT.lines if line.polygon in citation.regions]
    assert texts == ["TOTAL", "12.79"]


def test_words_of_a_description_have_no_region():
    (citation,) = citations(cite(["It is made of polyester [doc2]."]))
    assert citation.regions == ()


def test_an_unknown_number_is_told_once():
    events = cite(["One [doc7], two [doc7], three [doc8]."])
    warnings = [event for event in events if isinstance(event, Warned)]
    assert text(events) == "One, two, three."
    assert [warning.code for warning in warnings] == ["unknown_citation"] * 2
    assert "[doc7]" in warnings[0].message
    assert "[doc8]" in warnings[1].message


def test_without_evidence_every_mark_is_unknown():
    events = cite(["Red [doc1]."], evidence=())
    assert text(events) == "Red."
    assert citations(events) == []


def test_a_quote_without_a_mark_is_inferred():
    events = cite(["As far as I see it is ", "a red tent for two persons."])
    (citation,) = citations(events)
    assert citation.inferred
    assert (citation.evidence.number, citation.content) == (2, "A red tent for two persons.")
    assert "[doc" not in text(events)


def test_a_few_common_words_are_no_quote():
    assert citations(cite(["It is a red tent, and polyester."])) == []


def test_a_cited_answer_is_not_searched_for_quotes():
    cited = citations(cite(["A red tent for two persons. It shows a total [doc1]."]))
    assert [(one.evidence.number, one.inferred) for one in cited] == [(1, False)]


def test_a_bracket_that_never_closes_does_not_hold_the_answer():
    citing = Citing(EVIDENCE)
    flood = "[doc" + "1, " * 200
    assert len(text(citing.feed(flood))) >= len(flood) - 1


def test_a_very_long_sentence_is_cited_before_its_end():
    citing = Citing(EVIDENCE)
    events = citing.feed("It costs $200 [doc2] " + "and so on " * 400)
    assert [one.evidence.number for one in citations(events)] == [2]
