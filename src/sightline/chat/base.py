"""What a chat model must do: turn a prompt into a stream of events."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from sightline.events import ModelEvent
from sightline.evidence import Evidence
from sightline.messages import ImagePart, Message, OutputFormat, Part, Sampling, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a deployment can do. `sees`: takes pictures, up to `max_images` in one request.

    `language_model` is False for the built-in answerer, which only quotes.
    `notice` is what a user must be told about it, empty when there is nothing to tell.
    `boxes` is the dialect of `box_dialects` in which it writes boxes, empty when it writes none.
    `context_tokens` is how long prompt and answer may be together, None when that is not known.
    """

    sees: bool
    max_images: int
    language_model: bool
    notice: str = ""
    boxes: str = ""
    context_tokens: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question with everything that the answer may rest on.

    `history` is the conversation before the question, system messages included.
    `images` came with the question, and `parts` is the question as it came, words and pictures in
    order. `evidence` is numbered from 1: what was retrieved first, then the question's own
    pictures (as `Attached`). `searched` says that indexes were asked, so that nothing found is
    known to be nothing found. `output` asks for JSON in place of prose. `tools` are offered to the
    model; `after` is what followed the question: calls of tools, and their results.
    """

    history: tuple[Message, ...]
    question: str
    images: tuple[ImagePart, ...]
    parts: tuple[Part, ...] = ()
    evidence: tuple[Evidence, ...]
    searched: bool = False
    in_scope: bool = True
    strictness: int = 3
    sampling: Sampling = Sampling()
    output: OutputFormat | None = None
    tools: Tools | None = None
    after: tuple[Message, ...] = ()


class ChatModel(Protocol):
    """A chat model by the name of its deployment."""

    @property
    def name(self) -> str:
        """The deployment's name."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelEvent]:
        """The answer as it is made; ends with `Finished` or raises an UpstreamError.

        Closing the generator early ends the work behind it.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
