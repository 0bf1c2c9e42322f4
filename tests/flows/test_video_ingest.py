"""Videos of a source become rows of their frames, beside its pictures."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from filming import film, scene, shots
from sightline.assets import Moment
from sightline.ingest import ingest
from sightline.ingestion import Added, Failed, Skipped, Watched
from sightline.sources.folder import Folder
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    opened = standin(tmp_path / "workspace")
    yield opened
    await opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "things"
    made.mkdir()
    film(made / "street.mp4", shots(("red", 2.0), ("blue", 3.0)))
    Image.fromarray(scene("green")).save(made / "green.png")
    return made


def brought_in(workspace: Workspace, folder: Path, name: str = "things") -> list[object]:
    with workspace.writing(name) as index:
        return list(ingest(Folder(folder), index, workspace.engines(read_text=False)))


def test_a_video_becomes_frames_with_their_stretches(workspace: Workspace, folder: Path):
    events = brought_in(workspace, folder)

    added = {event.key: event for event in events if isinstance(event, Added)}
    assert added["street.mp4"].stills == 2
    assert added["street.mp4"].note == "every 0.5 s, 10 frames, 0 bad"
    assert [event.key for event in events if isinstance(event, Watched)] == ["street.mp4"]
    frames = [a for a in workspace.indexes.open("things").browse(0, 10) if a.film]
    assert [(frame.place, frame.film.until, frame.film.shot) for frame in frames if frame.film] == [
        (Moment(0.0), 2.0, 1),
        (Moment(2.0), pytest.approx(5.0, abs=0.1), 2),
    ]
    assert {frame.media_type for frame in frames} == {"video/mp4"}
    assert all(frame.key == "street.mp4" for frame in frames)


def test_a_second_run_changes_nothing(workspace: Workspace, folder: Path):
    brought_in(workspace, folder)
    (folder / "street.mp4").touch()

    events = brought_in(workspace, folder)

    assert {e.key for e in events if isinstance(e, Skipped)} == {"green.png", "street.mp4"}
    assert workspace.indexes.open("things").count() == 3


def test_a_changed_video_takes_the_place_of_what_it_was(workspace: Workspace, folder: Path):
    brought_in(workspace, folder)
    film(folder / "street.mp4", shots(("white", 2.0)))

    brought_in(workspace, folder)

    frames = [a for a in workspace.indexes.open("things").browse(0, 10) if a.film]
    assert [frame.place for frame in frames] == [Moment(0.0)]


def test_a_broken_video_fails_alone(workspace: Workspace, folder: Path):
    (folder / "broken.mp4").write_bytes(b"\0\0\0\x20ftypisom" + bytes(500))

    events = brought_in(workspace, folder)

    failed = [event for event in events if isinstance(event, Failed)]
    assert [(event.key, event.code) for event in failed] == [("broken.mp4", "unreadable_video")]
    assert workspace.indexes.open("things").count() == 3


def test_the_content_decides_what_a_file_is(workspace: Workspace, folder: Path):
    (folder / "street.mp4").rename(folder / "street.jpg")
    (folder / "green.png").rename(folder / "green.mov")

    brought_in(workspace, folder)

    kinds = {a.key: a.media_type for a in workspace.indexes.open("things").browse(0, 10)}
    assert kinds == {"street.jpg": "video/mp4", "green.mov": "image/png"}


def test_what_moves_before_a_still_background_is_told_by_its_colours(
    workspace: Workspace, tmp_path: Path
):
    made = tmp_path / "road"
    made.mkdir()
    frames = []
    for number in range(40):
        picture = scene("grey")
        if 20 <= number < 30:
            picture[30:60, 40:90] = (210, 10, 10)
        frames.append((number / 10, picture))
    film(made / "road.mp4", frames)

    brought_in(workspace, made, "road")

    films = [a.film for a in workspace.indexes.open("road").browse(0, 10) if a.film]
    passing = max(films, key=lambda one: one.motion)
    assert passing.colours["red"] > 0.05
    assert min(one.motion for one in films) < 0.02


def test_a_video_that_changes_its_size_on_the_way(workspace: Workspace, tmp_path: Path):
    wide = film(tmp_path / "a.ts", shots(("red", 2.0)), codec="libx264").read_bytes()
    frames = [(at, pixels.transpose(1, 0, 2)) for at, pixels in shots(("blue", 2.0))]
    tall = film(tmp_path / "b.ts", frames, codec="libx264").read_bytes()
    made = tmp_path / "turned"
    made.mkdir()
    (made / "both.ts").write_bytes(wide + tall)

    events = brought_in(workspace, made, "turned")

    assert not [event for event in events if isinstance(event, Failed)]
    sizes = {(a.width, a.height) for a in workspace.indexes.open("turned").browse(0, 20) if a.film}
    assert sizes == {(160, 96), (96, 160)}
