"""An answer that must be JSON: asked for, found in what came, checked, and asked for once more.

Model servers enforce a form, take the wish and ignore it, or refuse it, and nothing in the answer
tells which. So every answer is checked here, and its words are held until they are whole: a second
answer may take their place. What does not fit after that is given as it is, with a warning.
"""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from sightline.chat.base import ChatModel, Prompt
from sightline.chat.json_schema import Unusable, problems
from sightline.errors import UpstreamError
from sightline.events import (
    Finished,
    LogProbs,
    ModelEvent,
    Progress,
    TextDelta,
    ToolCalled,
    Usage,
    Warned,
)
from sightline.messages import Message, OutputFormat, TextPart
from sightline.untrusted import shortened

LONGEST_QUOTE = 8_000
"""Characters of an answer that is shown to the model again."""

MOST_BEGINNINGS = 20
"""Opening brackets at which an object is looked for in a text."""

Run = Callable[..., Awaitable[Any]]


async def answered_in_json(
    model: ChatModel, prompt: Prompt, run: Run
) -> AsyncGenerator[ModelEvent | Progress]:
    """The events of the model; the text in one piece, and JSON as `prompt.output` wants it.

    One answer that does not fit is asked for again with what is wrong about it; `Finished` counts
    the tokens of both. Warnings: `around_json`, `json_repaired`, `json_not_repaired`,
    `invalid_json`. Calls of tools pass unchecked. `run` takes a function and its arguments to a
    worker thread.
    """
    wanted = prompt.output or OutputFormat()
    first = chosen = _Attempt()
    async with aclosing(first.listened(model, prompt)) as passing:
        async for event in passing:
            yield event
    await first.judge(wanted, run)
    usage = first.finished.usage
    # An answer that was cut would be cut again.
    if not first.found.fits and first.finished.reason == "stop":
        yield Progress("asking the model again, for JSON")
        second = _Attempt(known=first.warnings)
        again = _again(prompt, first.text, first.found)
        try:
            async with aclosing(second.listened(model, again)) as passing:
                async for event in passing:
                    yield event
        except UpstreamError as error:
            yield Warned("json_not_repaired", f"asking again failed: {error.message}")
        else:
            await second.judge(wanted, run)
            usage = _sum(usage, second.finished.usage)
            chosen = second if second.found.quality >= first.found.quality else first
            if second.found.fits:
                yield Warned("json_repaired", f"asked twice, for at first: {first.found.why}")
    for event in chosen.given(usage):
        yield event


class _Attempt:
    """One answer of the model: its words are held, what else it says passes.

    `known` are warnings that were given already.
    """

    def __init__(self, known: Sequence[Warned] = ()) -> None:
        self.text = ""
        self.found = Found(text="")
        self.warnings: list[Warned] = []
        self.finished = Finished(
            reason="stop", usage=Usage(prompt_tokens=0, completion_tokens=0, estimated=True)
        )
        self._known = known
        self._called = False
        self._logprobs: list[LogProbs] = []

    async def listened(self, model: ChatModel, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """What passes."""
        async with aclosing(model.stream(prompt)) as stream:
            async for event in stream:
                match event:
                    case TextDelta():
                        self.text += event.text
                    case LogProbs():
                        self._logprobs.append(event)
                    case Finished():
                        self.finished = event
                    case Warned() if event in self._known:
                        pass
                    case _:
                        if isinstance(event, Warned):
                            self.warnings.append(event)
                        self._called = self._called or isinstance(event, ToolCalled)
                        yield event

    async def judge(self, wanted: OutputFormat, run: Run) -> None:
        """Look for what is wanted in the words; a call of a tool needs none."""
        if self._called:
            self.found = Found(text=self.text, quality=2)
        else:
            self.found = await run(found_in, self.text, wanted)

    def given(self, usage: Usage) -> list[ModelEvent]:
        """The end of the answer: its text, what must be known about it, and `Finished`."""
        found = self.found
        events: list[ModelEvent] = [TextDelta(found.text)] if found.text else []
        events += self._logprobs
        if not found.fits:
            events.append(Warned("invalid_json", f"this is not the JSON asked for: {found.why}"))
        if found.around:
            events.append(Warned("around_json", "words around the JSON were left out"))
        return [*events, replace(self.finished, usage=usage)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The JSON object in a text, as text, and `why` it does not fit (empty when it does).

    `quality`: 0 no JSON, 1 another JSON than asked for, 2 what was asked for. `around` says that
    there were words around it; without an object `text` is what was given.
    """

    text: str
    quality: int = 0
    why: str = ""
    around: bool = False

    @property
    def fits(self) -> bool:
        """Whether it is what was asked for."""
        return not self.why


def found_in(text: str, wanted: OutputFormat) -> Found:
    """The first object in the text that fits, else the first object, else the text itself.

    Code fences are no words; a line end within a string is written as JSON wants it.
    """
    bare = _unfenced(text)
    others: list[Found] = []
    for value, source, around in _objects(bare):
        why = "; ".join(_problems(value, wanted))
        found = Found(text=source, quality=1 if why else 2, why=why, around=around)
        if found.fits:
            return found
        others.append(found)
    if others:
        return others[0]
    why = "it is empty" if not bare else "there is no whole JSON object in it"
    return Found(text=text, why=why)


def _problems(value: object, wanted: OutputFormat) -> list[str]:
    if wanted.schema is None:
        return []
    try:
        return problems(value, wanted.schema)
    except Unusable as error:
        return [f"the schema cannot be used: {error}"]


def _unfenced(text: str) -> str:
    lines = text.strip().split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        return "\n".join(lines[1:-1]).strip()
    return text.strip()


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def strict_json(text: str) -> Any:  # noqa: ANN401 (any JSON)
    """The value of a JSON text, without the NaN and Infinity of Python. Raises ValueError."""
    return _STRICT.decode(text)


_STRICT = json.JSONDecoder(parse_constant=_no_number)
_TOLERANT = json.JSONDecoder(parse_constant=_no_number, strict=False)


def _objects(text: str) -> list[tuple[object, str, bool]]:
    """Objects beside each other in the text: each, its JSON, whether there are words around it."""
    objects: list[tuple[object, str, bool]] = []
    start = -1
    for _ in range(MOST_BEGINNINGS):
        start = text.find("{", start + 1)
        if start < 0:
            break
        try:
            value, end = _TOLERANT.raw_decode(text, start)
        except (ValueError, RecursionError):
            continue
        source, around = text[start:end], end - start < len(text)
        try:
            strict_json(source)
        except ValueError:
            source = json.dumps(value, ensure_ascii=False)
        objects.append((value, source, around))
        start = end - 1
    return objects


def _again(prompt: Prompt, answer: str, found: Found) -> Prompt:
    """The conversation goes on: the answer, and what is wrong about it."""
    said = shortened(answer, LONGEST_QUOTE) if answer.strip() else "(nothing)"
    problem = (
        f"This answer cannot be used: {found.why}. Answer the question again, with one JSON object "
        "of the form that was asked for and nothing else."
    )
    turns = Message("assistant", (TextPart(said),)), Message("user", (TextPart(problem),))
    return replace(prompt, after=(*prompt.after, *turns))


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        estimated=one.estimated or other.estimated,
    )
