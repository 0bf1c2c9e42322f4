"""One question to a chat model outside any conversation, and the whole of what it says."""

from contextlib import aclosing
from dataclasses import dataclass

from sightline.chat.base import ChatModel, Prompt
from sightline.events import FinishReason, fold
from sightline.messages import ImagePart, Sampling, TextPart


@dataclass(frozen=True, slots=True)
class Said:
    """The words of an answer, and why it ended."""

    text: str
    reason: FinishReason


async def said(
    model: ChatModel, question: str, *, most_tokens: int, picture: ImagePart | None = None
) -> Said:
    """What the model says, at temperature 0. Raises what its stream raises."""
    prompt = Prompt(
        history=(),
        question=question,
        images=() if picture is None else (picture,),
        parts=() if picture is None else (picture, TextPart(question)),
        evidence=(),
        sampling=Sampling(temperature=0.0, max_tokens=most_tokens),
    )
    async with aclosing(model.stream(prompt)) as events:
        answer = fold([event async for event in events])
    return Said(answer.text, answer.finish_reason)
