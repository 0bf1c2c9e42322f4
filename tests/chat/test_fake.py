"""The scripted model remembers what it was asked and whether it was heard out."""

import asyncio
from contextlib import aclosing

import pytest

from sightline.chat.base import Prompt
from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamRateLimited, UpstreamTruncated
from sightline.events import Finished, ModelEvent, TextDelta, Usage

END = Finished(reason="stop", usage=Usage(prompt_tokens=1, completion_tokens=1, estimated=True))
PROMPT = Prompt(history=(), question="Who?", images=(), evidence=())


async def heard(model: ScriptedChat) -> list[ModelEvent]:
    return [event async for event in model.stream(PROMPT)]


async def test_it_says_its_script_to_everyone():
    model = ScriptedChat("actor", [TextDelta("Me."), END, TextDelta("never said")])
    assert await heard(model) == await heard(model) == [TextDelta("Me."), END]
    assert model.prompts == [PROMPT, PROMPT]
    assert model.closed_early == 0


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ([TextDelta("Half"), UpstreamRateLimited("wait")], UpstreamRateLimited),
        ([TextDelta("Half")], UpstreamTruncated),
        ([], UpstreamTruncated),
    ],
)
async def test_it_fails_on_cue(script: list[ModelEvent | Exception], error: type[Exception]):
    model = ScriptedChat("actor", script)
    with pytest.raises(error):
        await heard(model)
    assert model.closed_early == 0


async def test_it_notes_who_leaves_early():
    model = ScriptedChat("actor", [TextDelta("Me."), END], delay=0.01)
    async with aclosing(model.stream(PROMPT)) as stream:
        await anext(stream)
    assert model.closed_early == 1

    waiting = asyncio.ensure_future(heard(model))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    assert model.closed_early == 2


async def test_leaving_after_the_end_is_not_early():
    model = ScriptedChat("actor", [END])
    async with aclosing(model.stream(PROMPT)) as stream:
        assert await anext(stream) == END
    assert model.closed_early == 0
