"""Frames that were found become moments: who is a neighbour, who is alike, which comes first."""

import pytest

from sightline.http.video_retrieval_wire import clock
from sightline.video_moments import Frame, VideoMoment, moments


def frames(scores: dict[float, float], document: str = "a", step: float = 1.0) -> list[Frame]:
    """Frames at these seconds, each of which stands for one step."""
    return [
        Frame(
            index="films",
            document=document,
            seconds=seconds,
            until=seconds + step,
            step=step,
            score=score,
        )
        for seconds, score in scores.items()
    ]


def stretches(found: list[VideoMoment]) -> list[tuple[float, float, float]]:
    return [(one.start, one.best, one.end) for one in found]


def test_neighbours_that_are_alike_are_one_moment():
    found = moments(frames({0: 0.1, 1: 0.58, 2: 0.6, 3: 0.59, 4: 0.1, 5: 0.1}))
    assert stretches(found)[0] == (1, 2, 4)
    assert found[0].score == 0.6
    assert stretches(found)[1:] == [(0, 0, 1), (4, 4, 6)]


def test_a_gap_of_more_than_two_steps_ends_a_moment():
    assert stretches(moments(frames({0: 0.5, 2: 0.5}))) == [(0, 0, 3)]
    assert stretches(moments(frames({0: 0.5, 2.5: 0.5}))) == [(0, 0, 1), (2.5, 2.5, 3.5)]


def test_a_frame_that_stands_for_long_reaches_to_the_next():
    still = Frame(index="films", document="a", seconds=0, until=60, step=1, score=0.5)
    assert stretches(moments([still, *frames({60: 0.5})])) == [(0, 0, 61)]


def test_two_peaks_are_two_moments():
    found = moments(frames({0: 0.9, 1: 0.3, 2: 0.3, 3: 0.3, 4: 0.3, 5: 0.8}))
    assert [one.best for one in found] == [0, 5, 1]


def test_where_all_is_alike_there_is_one_moment():
    assert stretches(moments(frames({0: 0.50, 1: 0.49, 2: 0.5, 3: 0.495}))) == [(0, 0, 4)]


def test_videos_are_not_mixed_and_the_best_comes_first():
    found = moments([*frames({0: 0.4, 1: 0.4}), *frames({1: 0.6}, "b")])
    assert [(one.document, one.start, one.end) for one in found] == [("b", 1, 2), ("a", 0, 2)]


def test_without_merging_each_frame_is_a_moment():
    found = moments(frames({0: 0.5, 1: 0.5, 2: 0.4}), merge=False)
    assert stretches(found) == [(0, 0, 1), (1, 1, 2), (2, 2, 3)]


def test_the_order_of_what_was_found_does_not_matter():
    given = frames({0: 0.1, 1: 0.6, 2: 0.6, 3: 0.1})
    assert moments(given) == moments(reversed(given))


def test_nothing_found_is_no_moment():
    assert moments([]) == []


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "00:00:00"),
        (123, "00:02:03"),
        (427.84, "00:07:07.8400000"),
        (59.99999999, "00:01:00"),
        (360_000.5, "100:00:00.5000000"),
    ],
)
def test_times_as_the_service_writes_them(seconds: float, shown: str):
    assert clock(seconds) == shown
