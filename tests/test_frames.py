"""Which frames of a video a question needs."""

from itertools import pairwise

import pytest

from sightline.assets import Film
from sightline.frames import Aim, Choice, Frame, aim_of, choose, uniform


def frame(
    seconds: float,
    concept: float = 0.0,
    *,
    duration: float = 100.0,
    shot: int = 1,
    motion: float = 0.0,
    colours: dict[str, float] | None = None,
    **more: float,
) -> Frame:
    film = Film(
        until=seconds + 1,
        shot=shot,
        duration=duration,
        step=1.0,
        frames=int(duration),
        bad=0,
        motion=motion,
        colours=colours or {},
    )
    return Frame(id=f"{seconds}", seconds=seconds, film=film, concept=concept, **more)


def times(choice: Choice) -> list[float]:
    return [one.frame.seconds for one in choice.frames]


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("When does the red car pass?", "red car"),
        ("At which second can you see a dog?", "dog"),
        ("Is there an elephant in the video?", "elephant"),
        ("Show me the moment when the door opens", "door opens"),
        ("a hand holding a bottle", "a hand holding a bottle"),
        ("Where in the video does it say EXIT?", "say EXIT"),
    ],
)
def test_a_question_about_a_moment_names_a_thing(question: str, thing: str):
    aim = aim_of(question)
    assert (aim.route, aim.thing) == ("moment", thing)


@pytest.mark.parametrize(
    "question",
    [
        "What happens in this video?",
        "Summarise the clip",
        "Describe what you see",
        "What colours are the cars?",
        "How many cars pass?",
        "What is the woman doing?",
    ],
)
def test_a_question_about_all_of_it(question: str):
    assert aim_of(question).route == "whole"


def test_colours_and_what_must_not_be_there():
    assert aim_of("a silver car and a red one").colours == ("grey", "red")
    assert aim_of("a woman alone, no dog").unwanted == "dog"
    assert aim_of("an empty road").still


def test_a_question_about_the_whole_gets_frames_spread_over_it():
    frames = [frame(float(second)) for second in range(100)]

    choice = choose(frames, Aim(route="whole", thing=""), 5)

    assert times(choice) == [10.0, 30.0, 50.0, 70.0, 90.0]
    assert choice.found is None
    assert all(one.reasons == {"spread": 1.0} for one in choice.frames)


def test_a_frame_that_stands_long_is_given_once():
    frames = [frame(0.0), frame(90.0)]
    assert times(choose(frames, Aim(route="whole", thing=""), 5)) == [0.0, 90.0]


def test_frames_gather_where_the_thing_is_and_the_best_is_among_them():
    frames = [frame(float(second), 0.6 if 40 <= second < 50 else 0.1) for second in range(100)]
    frames[47] = frame(47.0, 0.7)

    choice = choose(frames, aim_of("a dog"), 5)

    assert choice.best[0].frame.seconds == 47.0
    assert times(choice) == sorted(set(times(choice)))
    assert all(40 <= seconds < 50 for seconds in times(choice))


def test_frames_are_spread_where_all_fit_alike():
    frames = [frame(float(second), 0.5) for second in range(100)]
    seconds = times(choose(frames, aim_of("a dog"), 5))
    assert len(seconds) == 5
    assert all(after - before > 15 for before, after in pairwise(seconds))


def test_no_more_frames_than_there_are():
    assert times(choose([frame(0.0), frame(1.0)], aim_of("a dog"), 5)) == [0.0, 1.0]


def test_the_stretch_goes_on_while_the_frames_fit():
    frames = [frame(float(second), 0.6 if 40 <= second < 50 else 0.1) for second in range(100)]
    best = choose(frames, aim_of("a dog"), 1).best[0]
    assert (best.start, best.until) == (40.0, 50.0)


def test_what_no_frame_shows_is_not_there():
    frames = [frame(float(second), 0.1) for second in range(10)]
    assert choose(frames, aim_of("an elephant"), 3).found is False


def test_a_thing_that_others_outdo_is_not_there():
    """A road looks a little like everything that stands on one."""
    fits = frame(1.0, 0.4, rivals=2)
    outdone = frame(2.0, 0.4, rivals=40)
    assert choose([fits], aim_of("a bus"), 1).found is True
    assert choose([outdone], aim_of("a bus"), 1).found is False


def test_written_words_are_there_whatever_the_picture_shows():
    frames = [frame(1.0), frame(2.0, written=0.9)]
    choice = choose(frames, aim_of("EXIT"), 2)
    assert choice.found is True
    assert choice.best[0].frame.seconds == 2.0
    assert choice.best[0].reasons == {"words": 0.9}


def test_a_colour_counts_where_it_comes_by_and_not_where_it_always_is():
    usual = {"white": 0.30}
    frames = [
        frame(1.0, 0.4, colours=usual),
        frame(2.0, 0.4, colours=usual | {"red": 0.05}),
        frame(3.0, 0.4, colours=usual),
    ]
    red = choose(frames, aim_of("a red car"), 1).best[0]
    assert (red.frame.seconds, red.reasons) == (2.0, {"colour": 1.0, "concept": 0.4})
    assert choose(frames, aim_of("a white car"), 1).best[0].frame.seconds == 1.0


def test_nothing_moves_where_a_place_is_empty():
    frames = [frame(1.0, motion=0.5), frame(2.0, motion=0.0), frame(3.0, motion=0.3)]
    choice = choose(frames, aim_of("an empty road"), 1)
    assert choice.best[0].frame.seconds == 2.0
    assert choice.found is True


def test_what_is_not_wanted_counts_against_a_frame():
    frames = [frame(1.0, 0.3, unwanted=0.6), frame(2.0, 0.3, unwanted=0.1)]
    assert choose(frames, aim_of("a woman, no dog"), 1).best[0].frame.seconds == 2.0


def test_uniform_sampling_takes_the_middle_of_equal_parts():
    assert uniform(10.0, 5) == [1.0, 3.0, 5.0, 7.0, 9.0]


def test_only_what_is_nearly_as_good_is_told_besides():
    """Also where what is not wanted makes every score negative."""
    frames = [frame(float(n), 0.0, unwanted=0.7 if n else 0.1) for n in range(10)]
    choice = choose(frames, aim_of("a road, no car"), 3)
    assert (choice.best[0].frame.seconds, choice.best[0].nearly) == (0.0, True)
    assert not any(one.nearly for one in choice.best[1:])
    assert [one.share for one in choice.best] == [1.0, 0.0, 0.0]


def test_nothing_asked_is_about_all_of_it():
    assert aim_of("").route == "whole"
