"""A model that sees, asked for one sentence: what it is asked, and what becomes of its answer."""

import asyncio
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from sightline.chat.captions import LONGEST, SIDE, caption
from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamRejected, UpstreamUnreadable
from sightline.events import Finished, FinishReason, ReasoningDelta, TextDelta, Usage

RED = np.full((3000, 1500, 3), (200, 10, 10), np.uint8)
USAGE = Usage(prompt_tokens=1, completion_tokens=1, estimated=True)


def says(text: str, reason: FinishReason = "stop") -> ScriptedChat:
    end = Finished(reason=reason, usage=USAGE)
    return ScriptedChat("eyes", [ReasoningDelta("Hm."), TextDelta(text), end])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("A dog sleeps on a sofa.", "A dog sleeps on a sofa"),
        ('  "A dog\n sleeps"  ', "A dog sleeps"),
        ("a dog\u200b and a cat", "a dog and a cat"),
    ],
)
async def test_the_sentence_comes_back_plain(said: str, told: str):
    assert await caption(says(said), RED, asyncio.to_thread) == told


async def test_the_model_is_shown_the_picture_and_asked_for_little():
    model = says("a red wall")
    await caption(model, RED, asyncio.to_thread)
    (prompt,) = model.prompts
    assert "male or female" not in prompt.question
    assert (prompt.sampling.temperature, prompt.evidence, prompt.history) == (0.0, (), ())
    with Image.open(BytesIO(prompt.images[0].data)) as shown:
        assert shown.size == (SIDE // 2, SIDE)
    await caption(model, RED, asyncio.to_thread, gender_neutral=True)
    assert "without saying whether they are male or female" in model.prompts[1].question


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (says("A dog that", "length"), r"its answer broke off \(length\)"),
        (says(" . "), "got 0 characters"),
        (says("a dog " * LONGEST), "got 1799 characters"),
    ],
)
async def test_no_half_or_endless_sentence_is_a_caption(model: ScriptedChat, words: str):
    with pytest.raises(UpstreamUnreadable, match=words):
        await caption(model, RED, asyncio.to_thread)


async def test_what_the_model_raises_comes_through():
    with pytest.raises(UpstreamRejected):
        await caption(ScriptedChat("eyes", [UpstreamRejected("no")]), RED, asyncio.to_thread)
