"""Events come out the same, however the network cut the bytes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sightline.chat.upstream.server_events import AnswerBody, EventTooLarge, ServerEvents

STREAM = (
    b": hello\r\n\r\n"
    b'data: {"a": "\xc3\xa4\xe2\x80\xa8"}\n\n'
    b"event: message\rid: 1\rdata:no blank\r\r"
    b"data: two\ndata: lines\n\n\n"
    b"data: three\r\ndata: four\r\n\r\n"
    b'{"error": "bare"}\n'
    b"data\n\nretry: 5\n\n"
    b"data: [DONE]\r\n\r\n"
)
EVENTS = [
    b'{"a": "\xc3\xa4\xe2\x80\xa8"}',
    b"no blank",
    b"two\nlines",
    b"three\nfour",
    b'{"error": "bare"}',
    b"[DONE]",
]


def decoded(pieces: list[bytes]) -> list[bytes]:
    decoder = ServerEvents()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *filter(None, [decoder.rest()])]


def test_one_cut_anywhere_changes_nothing():
    for cut in range(len(STREAM) + 1):
        assert decoded([STREAM[:cut], STREAM[cut:]]) == EVENTS, STREAM[:cut]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_many_cuts_change_nothing(cuts: list[int]):
    places = [0, *sorted(cuts), len(STREAM)]
    assert decoded([STREAM[start:end] for start, end in pairwise(places)]) == EVENTS


@pytest.mark.parametrize(
    ("received", "events", "rest", "is_stream"),
    [
        (b"", [], b"", True),
        (b" \n ", [], b"", True),
        (b"data: a\n\ndata: b", [b"a"], b"b", True),
        (b"data: a\n\ndata: b\r", [b"a"], b"b", True),
        (b"data: a\n\n: b", [b"a"], b"", True),
        (b'\n {"a":\n1}', [], b'{"a":\n1}', False),
        (b"[{}]", [], b"[{}]", False),
        (b"<html>", [], b"<html>", False),
        (b"Service is down", [], b"", True),
    ],
)
@pytest.mark.parametrize("step", [1, 1000])
def test_a_body_is_a_stream_or_one_document(
    received: bytes, events: list[bytes], rest: bytes, is_stream: bool, step: int
):
    body = AnswerBody()
    found = [
        event
        for start in range(0, len(received), step)
        for event in body.feed(received[start : start + step])
    ]
    assert (found, body.rest(), body.is_stream) == (events, rest, is_stream)


@pytest.mark.parametrize("beginning", [b"data: ", b"{"])
def test_an_event_without_end_is_given_up(beginning: bytes):
    body = AnswerBody()
    body.feed(beginning)
    for _ in range(7):
        body.feed(b"x" * 2**20)
    with pytest.raises(EventTooLarge):
        body.feed(b"x" * 2**20)
