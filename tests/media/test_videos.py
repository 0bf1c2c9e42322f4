"""Videos as stills with their seconds: containers, times, cuts, damage."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from filming import film, scene, shots
from sightline.errors import UnreadableVideo
from sightline.media.sampling import MOST, step_for
from sightline.media.videos import Limits, Sampled, Video


def looked_at(path: Path, step: float, limits: Limits = Limits()) -> list[Sampled]:  # noqa: B008
    with path.open("rb") as file, Video(file, limits=limits) as video:
        return list(video.stills(step, max_side=200))


@pytest.mark.parametrize(
    ("ending", "codec", "media_type"),
    [
        ("mp4", "libx264", "video/mp4"),
        ("mov", "libx264", "video/quicktime"),
        ("mkv", "libx264", "video/x-matroska"),
        ("webm", "libvpx-vp9", "video/webm"),
        ("avi", "mpeg4", "video/x-msvideo"),
        ("wmv", "wmv2", "video/x-ms-asf"),
        ("flv", "flv1", "video/x-flv"),
        ("ts", "libx264", "video/mp2t"),
    ],
)
def test_every_container_gives_the_same_frames(
    tmp_path: Path, ending: str, codec: str, media_type: str
):
    path = film(
        tmp_path / f"a.{ending}", shots(("red", 2.0), ("blue", 1.0), ("green", 1.0)), codec=codec
    )

    with path.open("rb") as file, Video(file) as video:
        taken = list(video.stills(1.0, max_side=200))
        assert video.about.media_type == media_type
        assert (video.about.width, video.about.height) == (160, 96)
        assert video.about.duration == pytest.approx(4.0, abs=0.11)
        assert video.bad == 0
        assert not video.cut_short
        blue = video.still_at(2.5, max_side=200)

    assert [one.seconds for one in taken] == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=0.001)
    assert [one.cut for one in taken] == [True, False, True, True]
    assert [one.news for one in taken] == [True, False, True, True]
    assert np.abs(blue.pixels.astype(int) - scene("blue")).mean() < 12


def test_a_cut_between_two_samples_is_taken_too(tmp_path: Path):
    path = film(tmp_path / "a.mp4", shots(("red", 1.3), ("blue", 2.0)), gop=100)

    taken = looked_at(path, 1.0)

    assert [one.seconds for one in taken] == pytest.approx([0.0, 1.0, 1.3, 2.0, 3.0], abs=0.001)
    assert [one.seconds for one in taken if one.cut] == pytest.approx([0.0, 1.3], abs=0.001)


def test_keyframes_that_lie_close_leave_no_gaps(tmp_path: Path):
    """They come every 0.6 s, the frames between them are not decoded, and 0.5 s are asked for."""
    path = film(tmp_path / "a.mp4", shots(("red", 6.0)), gop=6)

    seconds = [one.seconds for one in looked_at(path, 0.5)]

    assert all(after - before < 0.7 for before, after in pairwise(seconds))


def test_frames_keep_their_times_when_the_rate_varies(tmp_path: Path):
    times = (0.0, 0.1, 0.2, 5.0, 5.1, 9.0)
    path = film(tmp_path / "a.mkv", [(at, scene("red")) for at in times], gop=100)

    assert [one.seconds for one in looked_at(path, 1.0)] == pytest.approx([0.0, 5.0, 9.0], abs=0.01)


def test_seconds_count_from_the_first_frame(tmp_path: Path):
    frames = [(100.0 + at, pixels) for at, pixels in shots(("red", 1.0), ("blue", 1.0))]
    path = film(tmp_path / "a.mkv", frames)

    taken = looked_at(path, 1.0)

    assert [one.seconds for one in taken] == pytest.approx([0.0, 1.0], abs=0.01)


def test_a_turned_video_comes_upright(tmp_path: Path):
    picture = np.zeros((96, 160, 3), np.uint8)
    picture[:, :40] = 255
    lying = film(tmp_path / "a.mp4", [(n / 10, picture) for n in range(5)], rotation=90)

    with lying.open("rb") as file, Video(file) as video:
        still = video.still_at(0.0, max_side=160)

    assert (still.width, still.height) == (96, 160)
    assert still.pixels.shape == (160, 96, 3)
    bright = still.pixels.mean(axis=(1, 2))
    assert bright[-20:].mean() > 200
    assert bright[:100].mean() < 50


def test_a_video_of_one_frame(tmp_path: Path):
    assert len(looked_at(film(tmp_path / "a.mp4", [(0.0, scene("red"))]), 0.5)) == 1


def test_the_end_is_missing(tmp_path: Path):
    whole = film(tmp_path / "a.mkv", shots(("red", 2.0), ("blue", 6.0)), codec="libx264")
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 2 // 3])

    taken = looked_at(whole, 1.0)

    assert 3 <= len(taken) < 8


def test_more_damage_than_pictures_is_refused(tmp_path: Path):
    whole = film(tmp_path / "a.avi", shots(("red", 2.0), ("blue", 6.0)))
    data = bytearray(whole.read_bytes())
    start = data.index(b"movi")
    noise = np.random.default_rng(0)
    for at in range(start + 60, len(data) - 2000, 40):
        data[at : at + 20] = noise.bytes(20)
    whole.write_bytes(data)

    with pytest.raises(UnreadableVideo):
        looked_at(whole, 0.1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "got an empty file"),
        (b"\xff\xd8\xff\xe0" + bytes(40), "Expected a video"),
        (b"#EXTM3U\nhttp://127.0.0.1/secret.ts\n", "Expected a video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "Expected a video"),
        (b"\0\0\0\x20ftypisom" + bytes(600), "Expected a"),
        (b"OggS" + bytes(600), "Expected a"),
    ],
)
def test_what_is_no_video_is_said(tmp_path: Path, data: bytes, words: str):
    path = tmp_path / "a.mp4"
    path.write_bytes(data)
    with pytest.raises(UnreadableVideo, match=words):
        looked_at(path, 1.0)


def test_an_encrypted_video_is_told_from_a_damaged_one(tmp_path: Path):
    key = {
        "encryption_scheme": "cenc-aes-ctr",
        "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb",
        "encryption_kid": "a7e61c373e219033c21091fa607bf3b8",
    }
    path = film(tmp_path / "a.mp4", shots(("red", 2.0)), codec="libx264", container_options=key)
    with pytest.raises(UnreadableVideo, match="encrypted"):
        looked_at(path, 1.0)


def test_a_header_that_lies_about_the_length_is_not_believed(tmp_path: Path):
    path = film(tmp_path / "a.mp4", shots(("red", 2.0)), codec="libx264")
    data = bytearray(path.read_bytes())
    for header in (b"mvhd", b"mdhd"):
        at = data.index(header) + 20
        data[at : at + 4] = (0x7FFFFFFF).to_bytes(4, "big")
    path.write_bytes(data)
    with path.open("rb") as file, Video(file) as video:
        assert video.about.duration == pytest.approx(2.0, abs=0.11)
        assert len(list(video.stills(0.5, max_side=100))) == 4


def test_one_of_many_streams_is_taken(tmp_path: Path):
    path = tmp_path / "many.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("mpeg4", rate=10) for _ in range(200)]
        for number, stream in enumerate(streams):
            stream.width, stream.height = (128, 96) if number == 77 else (64, 48)
            stream.pix_fmt = "yuv420p"
        for _ in range(10):
            for stream in streams:
                picture = np.full((stream.height, stream.width, 3), 90, np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        for stream in streams:
            out.mux(stream.encode())
    with path.open("rb") as file, Video(file) as video:
        assert len(list(video.stills(1.0, max_side=100))) == 1


def test_a_day_of_slides_takes_as_many_frames_as_any_long_video(tmp_path: Path):
    slides = [(hour * 3600.0, scene("red" if hour % 2 else "blue")) for hour in range(25)]
    path = film(tmp_path / "day.mkv", slides, gop=50)
    with path.open("rb") as file, Video(file) as video:
        assert video.about.duration == pytest.approx(24 * 3600, abs=1)
        assert len(list(video.stills(step_for(video.about.duration), max_side=100))) == 25


def test_frames_that_are_too_large_are_refused_before_they_are_decoded(tmp_path: Path):
    path = film(tmp_path / "a.mp4", shots(("red", 1.0)))
    with pytest.raises(UnreadableVideo, match=r"at most 10,000 pixels, got 160 × 96"):
        looked_at(path, 1.0, limits=Limits(pixels=10_000))


def test_a_video_that_takes_too_long_is_given_up(tmp_path: Path):
    path = film(tmp_path / "a.mp4", shots(("red", 1.0)))
    with pytest.raises(UnreadableVideo, match="read within 0 s"):
        looked_at(path, 1.0, limits=Limits(seconds=0.0))


def test_long_videos_are_looked_at_less_often():
    assert [step_for(s) for s in (10.0, 180.0, 900.0, 3600.0)] == [0.5, 1.0, 2.0, 4.0]
    assert all(hours * 3600 / step_for(hours * 3600) <= MOST for hours in range(1, 100))


def test_a_strobe_takes_a_bounded_number_of_frames(tmp_path: Path):
    frames = [(n / 30, scene("white" if n % 2 else "blue")) for n in range(300)]
    taken = looked_at(film(tmp_path / "a.mp4", frames, gop=30), 0.5)
    assert len(taken) <= 10 / 0.5 * 5


def test_time_goes_on_where_another_recording_was_put_behind(tmp_path: Path):
    one = film(tmp_path / "a.ts", shots(("red", 2.0)), codec="libx264").read_bytes()
    two = film(tmp_path / "b.ts", shots(("blue", 2.0)), codec="libx264").read_bytes()
    both = tmp_path / "both.ts"
    both.write_bytes(one + two)

    with both.open("rb") as file, Video(file) as video:
        assert video.about.duration == pytest.approx(4.0, abs=0.3)
        seconds = [taken.seconds for taken in video.stills(0.5, max_side=100)]

    assert seconds == sorted(set(seconds))
    assert seconds[-1] > 3.0


def test_the_frame_of_a_second_is_exact_at_a_hundred_frames_a_second(tmp_path: Path):
    shades = [np.full((96, 160, 3), 2 * n, np.uint8) for n in range(100)]
    path = film(tmp_path / "a.mkv", [(n / 100, shade) for n, shade in enumerate(shades)], gop=20)
    with path.open("rb") as file, Video(file) as video:
        shown = {n: video.still_at(n / 100, max_side=160).pixels.mean() for n in (0, 33, 50, 51)}
    assert shown == {n: pytest.approx(2 * n, abs=1.5) for n in shown}


def test_frames_larger_than_the_header_says_are_refused(tmp_path: Path):
    path = film(tmp_path / "a.avi", shots(("red", 1.0)), codec="mjpeg", options={"strict": "-1"})
    data = bytearray(path.read_bytes())
    for at in (data.index(b"strf") + 12, data.index(b"avih") + 40):
        data[at : at + 8] = (16).to_bytes(4, "little") * 2
    path.write_bytes(data)
    with pytest.raises(UnreadableVideo, match="at most 5,000 pixels"):
        looked_at(path, 0.5, Limits(pixels=5_000))
