"""Reasoning and answer are told apart, however the pieces are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.chat.upstream.thinking import ThinkingSplitter
from sightline.events import ReasoningDelta, TextDelta

CASES = [
    # what comes, the reasoning, the answer
    ("Fine.", "", "Fine."),
    ("<think>Hm.</think>Fine.", "Hm.", "Fine."),
    ("\n<think>\nHm.\n</think>\n\nFine.\n", "\nHm.\n", "Fine.\n"),
    ("<think></think>Fine.", "", "Fine."),
    ("<think>a < b </thin </think> Fine.", "a < b </thin ", "Fine."),
    ("<think>never closed</thi", "never closed</thi", ""),
    ("The tag <think> is a word</think>.", "", "The tag <think> is a word</think>."),
    ("<thing>", "", "<thing>"),
    ("<thi", "", "<thi"),
    ("  \n", "", "  \n"),
    ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
]


@pytest.mark.parametrize(("text", "reasoning", "answer"), CASES)
@given(data=st.data())
def test_cuts_change_nothing(data: st.DataObject, text: str, reasoning: str, answer: str):
    cuts = data.draw(st.lists(st.integers(0, len(text)), max_size=6).map(sorted))
    splitter = ThinkingSplitter()
    words = [
        word
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
        if start < end
        for word in splitter.feed(text[start:end])
    ]
    words.extend(splitter.rest())
    assert all(word.text for word in words)
    assert "".join(w.text for w in words if isinstance(w, ReasoningDelta)) == reasoning
    assert "".join(w.text for w in words if isinstance(w, TextDelta)) == answer
