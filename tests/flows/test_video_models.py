"""What a model server gets of a video: frames in order of time, or the file if that is wanted."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from chat.capable_server import CapableServer
from filming import film, shots
from sightline.events import Answer, fold
from sightline.messages import ChatRequest, Message, TextPart, VideoFile, VideoPart
from sightline.settings import DeploymentSettings
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def server() -> AsyncIterator[CapableServer]:
    async with CapableServer() as running:
        yield running


@pytest.fixture
async def workspace(tmp_path: Path, server: CapableServer) -> AsyncIterator[Workspace]:
    """With the deployments "frames", "few" (room for two pictures) and "videos"."""
    given = {"base_url": server.base_url, "model": "tiny"}
    opened = standin(
        tmp_path,
        deployments=(
            DeploymentSettings(name="frames", max_images=20, **given),
            DeploymentSettings(name="few", context_tokens=5500, **given),
            DeploymentSettings(name="videos", video=True, **given),
        ),
    )
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    scenes = shots(("red", 2.0), ("blue", 2.0), ("green", 2.0))
    return film(tmp_path_factory.mktemp("street") / "street.mp4", scenes, codec="libx264")


async def asked(workspace: Workspace, street: Path, name: str, **more: bool) -> Answer:
    parts = (VideoPart(VideoFile("street.mp4", street)), TextPart("When is it blue?"))
    request = ChatRequest(deployment=name, messages=(Message("user", parts),), **more)
    return fold([event async for event in workspace.answer(request)])


def sent(server: CapableServer) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = server.requests[-1].body["messages"][-1]["content"]
    return content


def kinds(content: list[dict[str, Any]]) -> list[str]:
    return [part["type"] for part in content if part["type"] != "text"]


async def test_frames_come_in_order_of_time_each_with_its_second(
    workspace: Workspace, server: CapableServer, street: Path
):
    await asked(workspace, street, "frames")

    content = sent(server)
    words = "\n".join(part.get("text", "") for part in content)
    assert kinds(content) == ["image_url"] * 3
    assert 'The video "street.mp4" lasts 0:06' in words
    times = [
        words.index(time) for time in ("at 0:00 (0.0 s)", "at 0:02 (2.0 s)", "at 0:04 (4.0 s)")
    ]
    assert times == sorted(times)


async def test_as_many_frames_as_the_context_has_room_for(
    workspace: Workspace, server: CapableServer, street: Path
):
    await asked(workspace, street, "few")
    assert kinds(sent(server)) == ["image_url"] * 2


async def test_the_file_itself_where_the_request_asks_for_it(
    workspace: Workspace, server: CapableServer, street: Path
):
    answer = await asked(workspace, street, "videos", whole_videos=True)

    content = sent(server)
    assert kinds(content) == ["video_url"]
    url = next(part["video_url"]["url"] for part in content if part["type"] == "video_url")
    head, _, data = url.partition(",")
    assert head == "data:video/mp4;base64"
    with street.open("rb") as file:
        assert base64.b64decode(data) == file.read()
    assert not answer.warnings
    assert len(answer.evidence) == 3


async def test_frames_and_a_word_where_the_model_takes_no_videos(
    workspace: Workspace, server: CapableServer, street: Path
):
    answer = await asked(workspace, street, "frames", whole_videos=True)
    assert kinds(sent(server)) == ["image_url"] * 3
    assert [w.code for w in answer.warnings] == ["video_not_sent"]


async def test_thumbnails_and_a_word_where_the_file_is_gone(
    workspace: Workspace, server: CapableServer, tmp_path: Path
):
    moved = film(tmp_path / "moved.mp4", shots(("red", 2.0), ("blue", 2.0), ("green", 2.0)))
    place = workspace.videos.passing.take_in(VideoFile("moved.mp4", moved))
    film(moved, shots(("white", 1.0)))
    parts = (VideoPart(place), TextPart("When is it blue?"))
    request = ChatRequest(deployment="frames", messages=(Message("user", parts),))

    answer = fold([event async for event in workspace.answer(request)])

    assert [w.code for w in answer.warnings] == ["thumbnails_shown"]
    assert kinds(sent(server)) == ["image_url"] * 3
