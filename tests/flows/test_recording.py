"""Turns with a model server, recorded as they went over the line."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.asking import KEY, deployed
from chat.quirks_server import (
    DONE,
    STOP,
    QuirksServer,
    answers,
    counts,
    delta,
    hangs_up,
    streams,
    well,
)
from flows.recorded import (
    QUESTION,
    answered,
    events,
    every_file,
    newest,
    noisy_picture,
    opened,
    question,
    says,
)
from sightline.chat.extractive import Extractive
from sightline.chat.upstream.reread import reread
from sightline.errors import UpstreamError, UpstreamTruncated
from sightline.events import Finished, Gathered, Recorded, TextDelta, Warned
from sightline.messages import Grounds
from sightline.vision.fake import FakeTextEncoder
from sightline.workspace import Workspace
from wire.standin import standin


@pytest.fixture
async def server() -> AsyncIterator[QuirksServer]:
    async with QuirksServer() as running:
        yield running


@pytest.fixture
async def workspace(tmp_path: Path, server: QuirksServer) -> AsyncIterator[Workspace]:
    one = opened(tmp_path, server)
    yield one
    await one.close()


async def test_the_bytes_that_were_sent_and_came_are_kept(
    workspace: Workspace, server: QuirksServer, tmp_path: Path
):
    pieces = [delta("Schön "), delta("groß 🏕️."), STOP, counts(9, 2), DONE]
    server.will(streams(*pieces))
    picture = noisy_picture(tmp_path)
    answer = await answered(workspace, question(picture))

    turn = newest(workspace)
    assert turn.id == answer.turn
    (attempt,) = turn.attempts
    assert attempt.body == server.requests[0].raw
    assert attempt.reply == b"".join(pieces)
    assert (attempt.status, attempt.outcome) == (200, "complete")
    assert attempt.headers == {"content-type": "text/event-stream"}
    assert turn.back_end["address"] == f"{server.base_url}/chat/completions"
    assert turn.back_end["model"] == "tiny"
    assert turn.request["messages"][0]["text"] == QUESTION
    assert turn.request["messages"][0]["pictures"][0]["size"] == len(picture.data)
    assert turn.request["sampling"]["max_tokens"] == 50
    assert turn.outcome["answer"] == "Schön groß 🏕️."
    assert turn.outcome["finish_reason"] == "stop"
    assert turn.outcome["usage"] == {
        "prompt_tokens": 9,
        "completion_tokens": 2,
        "estimated": False,
    }
    assert 0 <= turn.outcome["first_token"] <= turn.outcome["seconds"]
    assert not turn.redacted


async def test_a_picture_is_on_the_disk_once_and_no_other_user_can_read_it(
    workspace: Workspace, server: QuirksServer, tmp_path: Path
):
    server.will(well)
    picture = noisy_picture(tmp_path)
    await answered(workspace, question(picture))
    await answered(workspace, question(picture, text="And again?"))

    folder = workspace.settings.turns_dir
    (kept,) = (folder / "pictures").iterdir()
    turns = sorted(folder.glob("turn_*.json"))
    assert len(turns) == 2
    assert all(kept.name in turn.read_text("utf-8") for turn in turns)
    for path in every_file(folder):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    workspace.turns.delete(turns[0].stem)
    assert kept.exists()
    workspace.turns.delete(turns[1].stem)
    assert not kept.exists()


async def test_nothing_is_kept_unless_it_is_asked_for(tmp_path: Path, server: QuirksServer):
    workspace = opened(tmp_path, server, record=False)
    server.will(well)
    heard = await events(workspace, question())
    assert not any(isinstance(event, Recorded) for event in heard)
    assert not workspace.settings.turns_dir.exists()
    heard = await events(workspace, question(record=True))
    assert isinstance(heard[-2], Recorded)
    assert isinstance(heard[-1], Finished)
    await workspace.close()


async def test_a_request_can_forbid_what_the_settings_want(
    workspace: Workspace, server: QuirksServer
):
    server.will(well)
    assert (await answered(workspace, question(record=False))).turn is None
    assert workspace.turns.page(0, 10) == ([], 0)


async def test_every_attempt_is_kept_when_a_field_is_dropped(
    workspace: Workspace, server: QuirksServer
):
    refusal = {"error": {"message": "unknown field stream_options"}}
    server.will(answers(400, refusal, x_request_id="r-1", set_cookie="crumb"), hangs_up, well)
    await answered(workspace, question())
    first, second, third = newest(workspace).attempts
    assert json.loads(first.reply) == refusal
    assert (first.status, first.outcome) == (400, "upstream_rejected")
    assert first.headers["x-request-id"] == "r-1"
    assert "set-cookie" not in first.headers
    assert "stream_options" in json.loads(first.body)
    assert (second.status, second.outcome) == (None, "upstream_unreachable")
    assert "stream_options" not in json.loads(third.body)
    assert [one.body for one in (first, second, third)] == [one.raw for one in server.requests]
    assert newest(workspace).outcome["warnings"][0]["code"] == "field_dropped"


async def test_the_key_is_in_no_file_even_when_the_server_repeats_it(
    tmp_path: Path, server: QuirksServer
):
    hidden = "parameter-secret-77"
    model = deployed(f"{server.base_url}?api-version=2024-10-21&code={hidden}", azure=True)
    workspace = standin(tmp_path, [model], record=True)
    echo = {"error": {"message": f"stream_options? key {KEY} at /v1?code={hidden}"}}
    server.will(
        answers(400, echo, x_request_id=KEY), streams(delta(f"Your key is {KEY}."), STOP, DONE)
    )
    answer = await answered(workspace, question(text=f"Is {KEY} my key?"))
    assert KEY in answer.text

    turn = newest(workspace)
    assert turn.redacted
    assert turn.outcome["answer"] == "Your key is (the API key)."
    assert turn.back_end["left_out"] == ["code"]
    assert turn.back_end["address"] == f"{server.base_url}/chat/completions?api-version=2024-10-21"
    files = every_file(workspace.settings.turns_dir)
    assert len(files) >= 2
    for path, content in files.items():
        assert KEY.encode() not in content, path
        assert hidden.encode() not in content, path
    assert server.requests[0].headers["api-key"] == KEY
    await workspace.close()


async def test_a_stream_that_its_client_leaves_is_kept_as_left(
    workspace: Workspace, server: QuirksServer
):
    server.will(streams(delta("One "), delta("two "), then="silent"))
    leaving = workspace.answer(question())
    async for event in leaving:
        if isinstance(event, TextDelta):
            break
    await leaving.aclose()
    turn = newest(workspace)
    assert turn.outcome["ended"] == turn.last.outcome == "left"
    assert turn.outcome["answer"] == "One "
    assert turn.outcome["finish_reason"] is None
    assert delta("One ") in turn.last.reply


async def test_leaving_at_a_warning_ends_the_work_behind_it(
    workspace: Workspace, server: QuirksServer
):
    refusal = answers(400, {"error": {"message": "unknown field stream_options"}})
    server.will(refusal, streams(delta("One "), then="silent"))
    leaving = workspace.answer(question())
    async for event in leaving:
        if isinstance(event, Warned):
            break
    await leaving.aclose()
    await asyncio.wait_for(server.left.wait(), timeout=5)
    assert newest(workspace).last.outcome == "left"


async def test_a_cancelled_client_is_kept_as_left(workspace: Workspace, server: QuirksServer):
    server.will(streams(delta("One "), then="silent"))
    asking = asyncio.ensure_future(events(workspace, question()))
    await server.arrived.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert newest(workspace).outcome["ended"] == "left"


async def test_an_answer_that_breaks_off_is_kept_as_failed(
    workspace: Workspace, server: QuirksServer
):
    server.will(streams(delta("Half an ans"), then="hangs up"))
    with pytest.raises(UpstreamTruncated):
        await events(workspace, question())
    turn = newest(workspace)
    assert turn.outcome["ended"] == "failed"
    assert turn.outcome["error"]["code"] == turn.last.outcome == "upstream_truncated"
    assert turn.last.reply == delta("Half an ans")
    said = reread(turn.last.reply, "gpt", "")
    assert (said.text, said.finished) == ("Half an ans", None)


async def test_a_reply_that_is_no_text_is_kept_as_it_is(workspace: Workspace, server: QuirksServer):
    server.will(answers(500, b"\xff not UTF-8"))
    with pytest.raises(UpstreamError):
        await events(workspace, question())
    assert newest(workspace).last.reply == b"\xff not UTF-8"


async def test_two_at_once_do_not_mix(workspace: Workspace, server: QuirksServer):
    server.will(
        streams(delta("first "), 0.05, delta("one"), STOP, DONE),
        streams(delta("second "), 0.05, delta("one"), STOP, DONE),
    )
    both = await asyncio.gather(
        answered(workspace, question(text="A?")), answered(workspace, question(text="B?"))
    )
    for answer in both:
        assert answer.turn is not None
        turn = workspace.turns.get(answer.turn)
        assert turn.outcome["answer"] == answer.text
        assert reread(turn.last.reply, "gpt", "").text == answer.text
    assert {answer.text for answer in both} == {"first one", "second one"}
    assert len({answer.turn for answer in both}) == 2


async def test_the_oldest_make_room_and_take_their_pictures_along(
    tmp_path: Path, server: QuirksServer
):
    workspace = opened(tmp_path, server, record_turns=2)
    server.will(well)
    ids = [
        (await answered(workspace, question(noisy_picture(tmp_path, seed)))).turn
        for seed in (1, 2, 3)
    ]
    page, total = workspace.turns.page(0, 10)
    assert total == 2
    assert {turn["id"] for turn in page} == set(ids[1:])
    folder = workspace.settings.turns_dir
    assert len(list((folder / "pictures").iterdir())) == 2
    assert len(list((folder / "used").iterdir())) == 2
    await workspace.close()


async def test_a_disk_that_takes_nothing_costs_the_recording_only(
    workspace: Workspace, server: QuirksServer, caplog: pytest.LogCaptureFixture
):
    workspace.settings.workspace.mkdir(exist_ok=True)
    workspace.settings.turns_dir.write_text("a file where the folder should be")
    server.will(well)
    heard = await events(workspace, question())
    assert [event.code for event in heard if isinstance(event, Warned)] == ["not_recorded"]
    assert not any(isinstance(event, Recorded) for event in heard)
    assert isinstance(heard[-1], Finished)
    assert "was not recorded" in caplog.text


async def test_a_model_without_a_server_is_kept_with_its_evidence(tmp_path: Path):
    workspace = standin(tmp_path, [Extractive(text_encoder=FakeTextEncoder)], record=True)
    request = question(
        deployment="extractive", text="Which tent is red?", grounds=Grounds(indexes=("tents",))
    )
    heard = await events(workspace, request)
    gathered = next(event for event in heard if isinstance(event, Gathered))
    turn = newest(workspace)
    assert turn.attempts == ()
    assert turn.back_end == {}
    assert [one["title"] for one in turn.evidence] == [one.title for one in gathered.evidence]
    assert turn.evidence[0]["index"] == "tents"
    assert turn.outcome["answer"]
    await workspace.close()


async def test_a_file_that_cannot_be_read_spoils_no_other(
    workspace: Workspace, server: QuirksServer
):
    server.will(says("Fine."))
    await answered(workspace, question())
    broken = "turn_" + "f" * 24
    (workspace.settings.turns_dir / f"{broken}.json").write_text("{")
    page, total = workspace.turns.page(0, 10)
    assert total == 2
    assert page[0] == {"id": broken, "ended": "unreadable"}
    assert page[1]["ended"] == "complete"
