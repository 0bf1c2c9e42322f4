"""A chat model that sees, asked what a picture shows in one sentence.

What this guards: the answer is one line without hidden characters, and one that breaks off or
goes on too long is an error, never half a sentence. What it does not guard: whether it is true,
and what a picture with writing on it makes the model say.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from sightline.assets import Pixels
from sightline.chat.base import ChatModel
from sightline.chat.single_question import said
from sightline.errors import UpstreamUnreadable
from sightline.media.images import jpeg
from sightline.messages import ImagePart
from sightline.untrusted import plain

SIDE = 1024
"""Longer side in pixels of what the model is shown."""

LONGEST = 300
"""Characters of a caption; who was asked for one short sentence and writes more did not follow."""

MOST_TOKENS = 2_048
"""Of one answer: a sentence, and room for models that think first."""

_QUESTION = (
    "Write a caption for this picture: one short plain sentence in English, at most fifteen words, "
    "about what can be seen. Say nothing about the picture as such, guess nobody's name, and add "
    "no markup or further words."
)
_NEUTRAL = (
    " Speak of people without saying whether they are male or female: person, people, child, "
    "player and the like."
)


async def caption(
    model: ChatModel,
    picture: Pixels,
    run: Callable[..., Awaitable[Any]],
    *,
    gender_neutral: bool = False,
) -> str:
    """A sentence about an upright RGB picture, without the full stop at its end.

    `run` takes a function and its arguments to a worker thread. Raises UpstreamUnreadable when
    the model says nothing, breaks off or writes an essay, and what the model's stream raises.
    """
    shown = ImagePart(await run(_file, picture))
    question = _QUESTION + (_NEUTRAL if gender_neutral else "")
    answer = await said(model, question, picture=shown, most_tokens=MOST_TOKENS)
    if answer.reason != "stop":
        raise UpstreamUnreadable(
            f"Expected one sentence about the picture from {model.name!r}, its answer broke off "
            f"({answer.reason})."
        )
    sentence = " ".join(plain(answer.text).split()).strip("\"'“”*").rstrip(".").strip()
    if not sentence or len(sentence) > LONGEST:
        raise UpstreamUnreadable(
            f"Expected one sentence about the picture from {model.name!r}, got {len(sentence)} "
            "characters."
        )
    return sentence


def _file(picture: Pixels) -> bytes:
    return jpeg(picture, quality=90, max_side=SIDE)
