"""A chat model in a server of our own: started, asked, mourned and ended."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from openai import OpenAI

from chat.asking import asking
from chat.local_place import TINY, Place, environment, runs, wait_until_gone
from flows.recorded import answered, newest, question
from sightline.chat.local import LocalChat
from sightline.chat.local_models import LOCAL_MODELS
from sightline.deployments import Deployments
from sightline.doctor import examine
from sightline.errors import (
    InvalidRequest,
    MissingModel,
    MissingPackage,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from sightline.events import ModelEvent, Progress, TextDelta, fold
from sightline.replay import replay
from sightline.settings import load_settings
from sightline.turn_exports import export
from sightline.vision.hub_models import HUB_MODELS
from wire.serving import serving
from wire.standin import standin


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A machine where everything is there."""
    place = Place(tmp_path)
    place.install()
    place.model()
    return place


@pytest.fixture
async def model(place: Place) -> AsyncIterator[LocalChat]:
    chat = place.chat()
    yield chat
    await chat.close()
    for start in place.starts:
        assert not runs(start["pid"])


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")


async def events_of(model: LocalChat) -> list[ModelEvent]:
    heard: list[ModelEvent] = []
    await hear(model, heard)
    return heard


async def hear(model: LocalChat, heard: list[ModelEvent]) -> None:
    """Into `heard` what comes, also where it ends in an error."""
    async with aclosing(model.stream(asking())) as events:
        async for event in events:
            heard.append(event)  # noqa: PERF401 (what came before an error counts)


async def text_of(model: LocalChat) -> str:
    return fold(await events_of(model)).text


async def test_the_first_question_starts_it_and_the_next_one_finds_it(
    model: LocalChat, place: Place
):
    assert place.starts == []
    events = await events_of(model)
    assert events[0] == Progress("starting here on this machine")
    answer = fold(events)
    assert (answer.text, answer.usage.total_tokens) == ("A tent.", 9)
    assert not any(isinstance(event, Progress) for event in await events_of(model))
    assert len(place.starts) == 1


async def test_what_it_is_started_with(model: LocalChat, place: Place):
    await text_of(model)
    (start,) = place.starts
    folder = place.models / "tiny"
    assert start["model"] == str(folder / "tiny.gguf")
    assert start["mmproj"] == str(folder / "mmproj-tiny.gguf")
    assert (start["alias"], start["host"]) == ("tiny", "127.0.0.1")
    assert (start["ctx_size"], start["parallel"]) == ("2048", "1")
    assert start["image_max_tokens"] == "64"
    assert len(start["key"]) > 40
    assert start["key"] not in command_of(start["pid"])


async def test_questions_that_come_while_it_loads_wait_for_the_same_one(
    model: LocalChat, place: Place
):
    place.model(loads=0.5)
    assert await asyncio.gather(*(text_of(model) for _ in range(5))) == ["A tent."] * 5
    assert len(place.starts) == 1


async def test_who_leaves_while_it_loads_leaves_it_loading(model: LocalChat, place: Place):
    place.model(loads=0.5)
    async with aclosing(model.stream(asking())) as events:
        assert isinstance(await anext(events), Progress)
        waiting = asyncio.ensure_future(anext(events))
        while not place.starts:  # noqa: ASYNC110 (it is another process)
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await text_of(model) == "A tent."
    assert len(place.starts) == 1


async def test_one_that_died_idle_is_started_by_the_next_question(model: LocalChat, place: Place):
    await text_of(model)
    os.kill(place.starts[0]["pid"], signal.SIGKILL)
    wait_until_gone(place.starts[0]["pid"])
    assert await text_of(model) == "A tent."
    first, second = place.starts
    assert first["key"] != second["key"]


async def test_one_that_dies_when_it_is_asked_is_started_once_more(model: LocalChat, place: Place):
    place.model(dies="asked", once=True)
    assert await text_of(model) == "A tent."
    assert len(place.starts) == 2


async def test_one_that_dies_whenever_it_is_asked_is_given_up_with_its_last_words(
    model: LocalChat, place: Place
):
    place.model(dies="asked")
    with pytest.raises(UpstreamUnreachable, match="killed by signal 9: ggml: out of memory"):
        await text_of(model)
    assert len(place.starts) == 2


async def test_one_that_dies_in_its_answer_is_an_error_and_is_there_for_the_next_question(
    model: LocalChat, place: Place
):
    place.model(dies="answering", once=True)
    heard: list[ModelEvent] = []
    with pytest.raises(UpstreamTruncated, match=r"stopped after 7 characters.*killed by signal 9"):
        await hear(model, heard)
    assert TextDelta("A tent.") in heard
    assert len(place.starts) == 1
    assert await text_of(model) == "A tent."


async def test_one_that_cannot_load_says_why_and_where_more_stands(model: LocalChat, place: Place):
    place.model(dies="loading")
    with pytest.raises(UpstreamUnreachable) as raised:
        await text_of(model)
    assert "ended with code 1: error: unable to load model" in raised.value.message
    assert str(place.log) in str(raised.value.hint)
    assert len(place.starts) == 1


async def test_one_that_never_gets_ready_is_ended(place: Place):
    place.model(loads=1000)
    model = place.chat(patience=0.5)
    with pytest.raises(UpstreamUnreachable, match=r"was not ready for 'here' in"):
        await text_of(model)
    assert not runs(place.starts[0]["pid"])
    await model.close()


async def test_one_that_does_not_listen_is_killed(place: Place):
    place.model(deaf=True)
    model = place.chat()
    await text_of(model)
    await model.close()
    assert not runs(place.starts[0]["pid"])


async def test_its_turns_are_recorded_and_replayed_like_those_of_others(
    place: Place, tmp_path: Path
):
    place.model(dies="asked", once=True)
    workspace = standin(tmp_path / "turns", [place.chat()], record=True)
    asked = question(text="What is this?", deployment="here")
    assert (await answered(workspace, asked)).text == "A tent."
    turn = newest(workspace)
    outcomes = [attempt.outcome for attempt in turn.attempts]
    assert (outcomes[0], outcomes[-1]) == ("upstream_unreachable", "complete")
    assert b"What is this?" in turn.attempts[-1].body
    assert turn.back_end["model"] == "tiny"
    again = await replay(turn, workspace.deployment("here"))
    assert again.replayed.answer == "A tent."
    with pytest.raises(InvalidRequest, match="no address"):
        export(turn, "curl")
    await workspace.close()


async def test_without_the_program_it_is_said_how_to_get_it(place: Place):
    place.program.unlink()
    with pytest.raises(MissingPackage, match="llama-server") as raised:
        await text_of(place.chat())
    assert "brew install llama.cpp" in str(raised.value.hint)
    assert "llama_server" in str(raised.value.hint)


async def test_without_the_files_it_is_said_how_to_fetch_them(place: Place):
    (place.models / "tiny" / "mmproj-tiny.gguf").unlink()
    with pytest.raises(MissingModel) as raised:
        await text_of(place.chat())
    assert "sightline models pull tiny" in str(raised.value.hint)


OWNER = """
import asyncio, sys
from pathlib import Path
from chat.asking import asking
from chat.local_place import Place
from sightline.events import fold

async def main():
    model = Place(Path(sys.argv[1])).chat()
    print(fold([event async for event in model.stream(asking())]).text, flush=True)
    await asyncio.sleep(1000)

asyncio.run(main())
"""


@pytest.mark.parametrize("deaf", [False, True])
def test_it_ends_when_we_are_killed(place: Place, deaf: bool):
    place.model(deaf=deaf)
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, place.folder],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "A tent.\n"
        assert runs(place.starts[0]["pid"])
        owner.kill()
    wait_until_gone(place.starts[0]["pid"])


@pytest.fixture
def tiny_in_the_catalogue(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_MODELS", str(place.models))
    monkeypatch.setitem(LOCAL_MODELS, "tiny", TINY)
    monkeypatch.setitem(HUB_MODELS, "tiny", TINY.files)


@pytest.mark.usefixtures("tiny_in_the_catalogue")
def test_a_server_asks_the_local_model_of_its_settings_and_ends_it_with_itself(place: Place):
    workspace = standin(
        place.folder,
        deployments=[{"name": "here", "local": "tiny"}],
        llama_server=str(place.program),
    )
    del workspace.__dict__["_models"]
    with (
        serving(workspace) as served,
        OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client,
    ):
        messages = [{"role": "user", "content": "What is this?"}]
        answer = client.chat.completions.create(model="here", messages=messages)
        assert answer.choices[0].message.content == "A tent."
        pid = place.starts[0]["pid"]
        assert runs(pid)
    assert not runs(pid)


@pytest.mark.usefixtures("tiny_in_the_catalogue")
def test_doctor_says_what_a_local_model_lacks(place: Place):
    workspace = standin(
        place.folder,
        deployments=[{"name": "here", "local": "tiny"}],
        llama_server=str(place.program),
    )
    del workspace.__dict__["_models"]

    def found() -> tuple[str, str, str]:
        (one,) = (f for f in examine(workspace) if f.what == "deployment here")
        return one.state, one.found, one.hint

    assert found() == ("ok", f"{place.program} with {place.models / 'tiny' / 'tiny.gguf'}", "")
    place.program.unlink()
    state, said, hint = found()
    assert (state, "llama-server" in said, "llama.cpp" in hint) == ("missing", True, True)
    asyncio.run(workspace.close())


@pytest.mark.usefixtures("tiny_in_the_catalogue")
def test_what_the_catalogue_knows_of_a_model_holds_until_the_settings_say_else(tmp_path: Path):
    settings = load_settings(
        workspace=tmp_path,
        deployments=[
            {"name": "as-it-is", "local": "tiny"},
            {"name": "as-told", "local": "tiny", "max_images": 1, "boxes": ""},
        ],
    )
    found = Deployments(settings, _Pool()).all()  # type: ignore[arg-type]
    as_it_is, as_told = (found[name].model.capabilities for name in ("as-it-is", "as-told"))
    assert (as_it_is.max_images, as_it_is.boxes, as_it_is.context_tokens) == (2, "qwen3-vl", 2048)
    assert (as_told.max_images, as_told.boxes) == (1, "")


class _Pool:
    run = staticmethod(asyncio.to_thread)


def test_a_local_model_that_is_not_in_the_list_is_refused(tmp_path: Path):
    settings = load_settings(workspace=tmp_path, deployments=[{"name": "x", "local": "gpt-5"}])
    with pytest.raises(InvalidRequest, match=r"Expected one of smolvlm2-500m, .* got 'gpt-5'"):
        Deployments(settings, _Pool()).all()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"local": "tiny", "base_url": "http://127.0.0.1:1/v1"}, "in place of base_url"),
        ({"local": "tiny", "model": "m", "azure": True}, "in place of azure, model"),
        ({}, "expected base_url and model, or local"),
        ({"base_url": "http://127.0.0.1:1/v1"}, "expected base_url and model, or local"),
    ],
)
def test_a_deployment_is_in_one_place(tmp_path: Path, given: dict[str, object], said: str):
    with pytest.raises(InvalidRequest, match=said):
        load_settings(workspace=tmp_path, deployments=[{"name": "x", **given}])


def test_local_models_of_the_catalogue_have_both_files_and_their_hashes():
    for name, weights in LOCAL_MODELS.items():
        assert HUB_MODELS[name] is weights.files
        assert [file.name for file in weights.files.files] == [weights.weights, weights.projector]
        assert all(file.sha256 and len(file.sha256) == 64 for file in weights.files.files)
