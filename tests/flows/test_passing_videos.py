"""Videos that come with questions: indexed once, whoever asks at the same time, and forgotten."""

import os
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from filming import film, shots
from sightline.errors import NotFound, UnreadableVideo
from sightline.messages import VideoFile
from sightline.passing_videos import KEPT_SECONDS, PassingVideos, State
from sightline.row_desk import Engines
from sightline.vision.fake import FakePictureEncoder, FakeTextEncoder
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    opened = standin(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def passing(workspace: Workspace) -> PassingVideos:
    return workspace.videos.passing


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("street") / "s.mp4", shots(("red", 2.0), ("blue", 2.0)))


def calls(workspace: Workspace) -> int:
    assert isinstance(workspace.encoder, FakePictureEncoder)
    return len(workspace.encoder.calls)


def test_many_who_ask_at_once_wait_for_one(
    passing: PassingVideos, workspace: Workspace, street: Path
):
    before = calls(workspace)
    with ThreadPoolExecutor(6) as pool:
        asked = [
            pool.submit(passing.take_in, VideoFile(f"{n}.mp4", street.read_bytes()))
            for n in range(6)
        ]
    assert len({one.result() for one in asked}) == 1
    assert calls(workspace) == before + 1


def test_all_who_ask_at_once_are_told_what_is_wrong(passing: PassingVideos):
    broken = b"\0\0\0\x20ftypisom" + bytes(500)
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(passing.take_in, VideoFile("b.mp4", broken)) for _ in range(4)]
    assert {type(one.exception()) for one in asked} == {UnreadableVideo}


def test_a_day_after_the_last_question_nothing_is_left(
    passing: PassingVideos, workspace: Workspace, street: Path
):
    place = passing.take_in(VideoFile("s.mp4", street.read_bytes()))
    stray = workspace.settings.workspace / "videos" / "files" / f"{place.index}.0123"
    stray.write_bytes(b"left by a process that was killed")
    os.utime(stray, (time.time() - 2 * KEPT_SECONDS,) * 2)

    assert passing.sweep() == [stray.name]
    assert passing.sweep(now=time.time() + KEPT_SECONDS + 1) == [place.index]

    left = [path for path in (workspace.settings.workspace / "videos").rglob("*") if path.is_file()]
    assert left == []
    with pytest.raises(NotFound):
        passing.status(place.index)


def test_other_encoders_make_it_anew(passing: PassingVideos, workspace: Workspace, street: Path):
    place = passing.take_in(VideoFile("s.mp4", street))
    words = FakeTextEncoder()
    other = FakePictureEncoder(text_encoder=words, version="2")
    later = PassingVideos(
        workspace.settings.workspace / "videos",
        lambda: Engines(encoder=other, text_encoder=words, reader=None),
        threads=1,
    )

    assert later.take_in(VideoFile("s.mp4", street)) == place
    assert len(other.calls) == 1


def test_one_that_failed_can_be_forgotten(passing: PassingVideos):
    video = VideoFile("b.mp4", b"\0\0\0\x20ftypisom" + bytes(500))
    name = passing.begin(video)
    passing.finish(name, video)
    assert passing.status(name).state == State.FAILED

    passing.forget(name)

    with pytest.raises(NotFound):
        passing.status(name)


def test_nothing_is_taken_in_once_the_server_stops(passing: PassingVideos, street: Path):
    video = VideoFile("s.mp4", street)
    name = passing.begin(video)
    passing.stop()
    passing.finish(name, video)
    assert passing.status(name).state == State.FAILED
    assert "the server stops" in str(passing.status(name).error)
