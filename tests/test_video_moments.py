"""Moments of videos in their order, and what is left of one beside a better one."""

import pytest

from sightline.http.video_retrieval_wire import clock
from sightline.video_moments import VideoMoment, ranked


def moment(start: float, best: float, end: float, score: float, document: str = "a") -> VideoMoment:
    return VideoMoment(
        index="films", document=document, start=start, best=best, end=end, score=score
    )


def test_the_best_comes_first_and_videos_are_not_mixed():
    found = [moment(0, 1, 2, 0.4), moment(0, 1, 2, 0.6, "b"), moment(5, 5, 6, 0.5)]
    assert [(one.document, one.best) for one in ranked(found)] == [("b", 1), ("a", 5), ("a", 1)]


def test_what_lies_in_a_better_moment_is_left_out():
    better = moment(0, 3, 6, 0.7)
    assert ranked([moment(2, 4, 8, 0.6), better, moment(0, 0, 1, 0.1)]) == [better]


def test_a_moment_ends_where_a_better_one_begins_and_begins_where_it_ends():
    better, before, after = moment(4, 5, 6, 0.7), moment(1, 2, 5, 0.6), moment(3, 6, 9, 0.5)
    assert ranked([before, after, better]) == [
        better,
        moment(1, 2, 4, 0.6),
        moment(6, 6, 9, 0.5),
    ]


def test_a_frame_without_length_is_found_once():
    still = moment(7, 7, 7, 0.5)
    assert ranked([still, still]) == [still]


def test_all_are_kept_where_they_may_overlap():
    found = [moment(0, 1, 6, 0.4), moment(0, 3, 6, 0.7), moment(0, 3, 6, 0.7)]
    assert [one.best for one in ranked(found, distinct=False)] == [3, 3, 1]


def test_nothing_found_is_no_moment():
    assert ranked([]) == []


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
