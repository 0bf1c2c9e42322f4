"""What a model server answered to a question of a probe, and what is made of it."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Final

from sightline.chat.openai_compatible import OpenAICompatible
from sightline.errors import UpstreamEmpty, UpstreamError, UpstreamRejected
from sightline.events import Adapted, Finished, ReasoningDelta, TextDelta, ToolCalled
from sightline.storage.records import FindingState, ProbeFinding
from sightline.untrusted import one_line

MOST_TOKENS: Final = 400
"""Of one answer: room for models that think before they say one word."""

Value = bool | int | str

_QUOTED: Final = 80
_LONGEST: Final = 700
_NAMES: Final = ("red", "blue", "green", "yellow", "white", "black", "grey")
_COLOUR: Final = re.compile(
    r"\b(?:(red|crimson|scarlet)|(blue)|(green)|(yellow)|(white)|(black)|(gr[ae]y))\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Said:
    """One whole answer. `cut`: it used all its tokens. `dropped`: steps, and the server's words."""

    text: str = ""
    reasoned: bool = False
    counted: bool = False
    cut: bool = False
    called: bool = False
    dropped: dict[str, str] = field(default_factory=dict)

    @property
    def quoted(self) -> str:
        """The words on one line, shortened."""
        words = one_line(self.text, _QUOTED)
        if words:
            return f"it said {words!r}"
        return f"it said nothing{' in all its tokens' if self.cut else ''}"


async def ask(
    model: OpenAICompatible,
    question: str,
    *,
    pictures: Sequence[Mapping[str, Any]] = (),
    **fields: Any,  # noqa: ANN401 (any field of a body)
) -> Said:
    """A question in a body of its own. Raises UpstreamError."""
    content = [*pictures, {"type": "text", "text": question}] if pictures else question
    body = {
        "messages": [{"role": "user", "content": content}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": MOST_TOKENS,
        **fields,
    }
    said = Said()
    async with aclosing(model.resend(body)) as events:
        async for event in events:
            match event:
                case TextDelta():
                    said.text += event.text
                case ReasoningDelta():
                    said.reasoned = True
                case ToolCalled():
                    said.called = True
                case Adapted():
                    said.dropped[event.step] = event.said
                case Finished():
                    said.counted = not event.usage.estimated
                    said.cut = event.reason == "length"
                case _:
                    pass
    said.text = without_key(model, said.text)
    return said


def without_key(model: OpenAICompatible, text: str) -> str:
    """Words of its server, which may repeat the key."""
    for secret in model.back_end.secrets:
        text = text.replace(secret, "(the API key)")
    return text


def finding(
    capability: str,
    state: FindingState,
    found: str,
    *,
    value: Value | None = None,
    error: str = "",
) -> ProbeFinding:
    """A finding with its error on one line, bounded."""
    bounded = one_line(error, _LONGEST)
    return ProbeFinding(capability=capability, state=state, found=found, value=value, error=bounded)


def failed(capability: str, error: UpstreamError) -> ProbeFinding:
    """No answer."""
    return finding(capability, "failed", "no usable answer", error=str(error))


def refused(capability: str, found: str, error: str, *, value: Value | None = None) -> ProbeFinding:
    """The server will not, in its own words."""
    return finding(capability, "no", found, value=value, error=error)


def refuses(error: UpstreamError, about: re.Pattern[str]) -> bool:
    """Whether a server that answers other questions will not have this one.

    Some refuse with status 500, and some accept a field they cannot use and then say nothing.
    """
    if isinstance(error, UpstreamRejected | UpstreamEmpty):
        return True
    return type(error) is UpstreamError and about.search(error.message) is not None


def colours(text: str) -> list[str]:
    """The colours a text names, in order, each once."""
    named = (_NAMES[(found.lastindex or 1) - 1] for found in _COLOUR.finditer(text))
    return list(dict.fromkeys(named))


def parsed(text: str) -> object:
    """The JSON of a text; None when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def is_colour(text: str) -> bool:
    """Whether it is what the schema of the probe demands."""
    match parsed(text):
        case {"colour": "red" | "green" | "blue"}:
            return True
    return False
