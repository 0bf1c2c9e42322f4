"""A recorded turn sent to another deployment."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chat.quirks_server import DONE, STOP, QuirksServer, answers, delta, streams
from flows.recorded import answered, newest, noisy_picture, opened, question, says
from sightline.chat.base import Capabilities
from sightline.errors import InvalidRequest, UpstreamRejected
from sightline.events import TextDelta
from sightline.messages import Sampling
from sightline.replay import replay, replay_json
from sightline.workspace import Workspace


@pytest.fixture
async def servers() -> AsyncIterator[list[QuirksServer]]:
    async with QuirksServer() as first, QuirksServer() as second:
        yield [first, second]


@pytest.fixture
async def workspace(tmp_path: Path, servers: list[QuirksServer]) -> AsyncIterator[Workspace]:
    one = opened(tmp_path, *servers)
    one.deployment("gpt2")._model = "other"
    yield one
    await one.close()


async def test_the_answers_are_compared_sentence_by_sentence(
    workspace: Workspace, servers: list[QuirksServer], tmp_path: Path
):
    here, there = servers
    here.will(says("The tent is red. ", "It sleeps six. ", "Buy it."))
    there.will(says("The tent is red. ", "It sleeps four. ", "Buy it."))
    await answered(workspace, question(noisy_picture(tmp_path)))
    found = await replay(newest(workspace), workspace.deployment("gpt2"))

    sent, wanted = there.requests[0].raw, here.requests[0].raw
    assert sent == wanted.replace(b'"model": "tiny"', b'"model": "other"')
    assert list(found.diff) == [
        "--- gpt (recorded)",
        "+++ gpt2 (replayed)",
        "@@ -1,3 +1,3 @@",
        " The tent is red.",
        "-It sleeps six.",
        "+It sleeps four.",
        " Buy it.",
    ]
    assert 0.8 < found.similarity < 1
    assert found.notes == ()
    assert found.recorded.finish_reason == found.replayed.finish_reason == "stop"
    assert found.replayed.usage == found.recorded.usage
    assert json.loads(json.dumps(replay_json(found)))["same"] is False


async def test_what_the_other_server_refuses_is_left_out_and_said(
    workspace: Workspace, servers: list[QuirksServer]
):
    here, there = servers
    here.will(says("Yes."))
    there.will(
        answers(400, {"error": {"message": "Unsupported parameter: 'seed'"}}),
        answers(400, {"error": {"message": "use max_completion_tokens, not max_tokens"}}),
        says("Yes."),
    )
    await answered(workspace, question(sampling=Sampling(seed=7, max_tokens=50, top_p=0.5)))
    found = await replay(newest(workspace), workspace.deployment("gpt2"))
    assert found.diff == ()
    assert found.similarity == 1
    notes = "\n".join(found.notes)
    assert "sent without 'seed'" in notes
    assert notes.count("'seed'") == 1
    assert "sent without 'max_tokens'" in notes
    assert "sent with 'max_completion_tokens'" in notes
    last = there.requests[-1].body
    assert "seed" not in last
    assert last["top_p"] == 0.5

    # What one replay left out, later questions still have.
    there.will(says("Yes."))
    await answered(workspace, question(deployment="gpt2", sampling=Sampling(seed=7)))
    assert there.requests[-1].body["seed"] == 7


async def test_a_refusal_of_what_is_needed_is_an_error(
    workspace: Workspace, servers: list[QuirksServer]
):
    here, there = servers
    here.will(says("Yes."))
    there.will(answers(400, {"error": {"message": "messages: too long"}}))
    await answered(workspace, question())
    with pytest.raises(UpstreamRejected, match="too long"):
        await replay(newest(workspace), workspace.deployment("gpt2"))
    assert len(there.requests) == 1


async def test_the_reader_learns_what_makes_the_comparison_unfair(
    workspace: Workspace, servers: list[QuirksServer], tmp_path: Path
):
    here, there = servers
    here.will(streams(delta("Half"), delta(" an answer"), then="silent"))
    leaving = workspace.answer(question(noisy_picture(tmp_path)))
    async for event in leaving:
        if isinstance(event, TextDelta):
            break
    await leaving.aclose()
    there.will(streams(delta("Whole."), STOP, DONE))
    blind = workspace.deployment("gpt2")
    blind._capabilities = Capabilities(sees=False, max_images=5, language_model=True)
    found = await replay(newest(workspace), blind)
    notes = "\n".join(found.notes)
    assert "not whole" in notes
    assert "gpt2 is set to take 0 pictures, and was sent 1" in notes
    assert found.recorded.finish_reason is None
    assert found.replayed.usage is not None
    assert found.replayed.usage.estimated


async def test_only_what_went_to_a_server_can_go_to_another(
    workspace: Workspace, servers: list[QuirksServer]
):
    servers[0].will(says("Yes."))
    await answered(workspace, question())
    turn = newest(workspace)
    with pytest.raises(InvalidRequest, match="with a model server"):
        await replay(turn, workspace.deployment("scripted"))
    await answered(workspace, question(deployment="scripted"))
    with pytest.raises(InvalidRequest, match="no model server"):
        await replay(newest(workspace), workspace.deployment("gpt2"))
    broken = replace(turn, attempts=(replace(turn.last, body=b"{"),))
    with pytest.raises(InvalidRequest, match="not JSON"):
        await replay(broken, workspace.deployment("gpt2"))
