"""What a chat model must do: turn a prompt into a stream of events."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, runtime_checkable

from sightline.events import ModelEvent
from sightline.evidence import Evidence, Watched
from sightline.messages import ImagePart, Message, OutputFormat, Part, Sampling, Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a deployment can do. `sees`: takes pictures, up to `max_images` in one request.

    `language_model` is False for the built-in answerer, which only quotes.
    `notice` is what a user must be told about it, empty when there is nothing to tell.
    `boxes` is the dialect of `box_dialects` in which it writes boxes, empty when it writes none.
    `context_tokens` is how long prompt and answer may be together, None when that is not known.
    `image_side` is the longest side of a picture in pixels, None for what is usual;
    `image_format` is how pictures are sent. `json_output` is what holds it to JSON: a schema, a
    demand for any object, or nothing. `tools`: it may be offered some. `stream_usage`: it can be
    asked to count tokens. `reasoning`: it shows how it thinks. `video`: it takes videos, which
    it gets where a request asks for that.
    """

    sees: bool
    max_images: int
    language_model: bool
    notice: str = ""
    boxes: str = ""
    context_tokens: int | None = None
    image_side: int | None = None
    image_format: Literal["jpeg", "png"] = "jpeg"
    json_output: Literal["none", "object", "schema"] = "schema"
    tools: bool = True
    stream_usage: bool = True
    reasoning: bool = False
    video: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A question with everything that the answer may rest on.

    `history` is the conversation before the question, system messages included.
    `images` came with the question, and `parts` is the question as it came, words and pictures in
    order. `evidence` is numbered from 1: what was retrieved first, then frames of the question's
    videos, which `watched` tells about, then its pictures (as `Attached`). `searched` says that
    indexes were asked, so that nothing found is known to be nothing found. `output` asks for JSON
    in place of prose. `tools` are offered to the model; `after` is what followed the question:
    calls of tools, and their results.
    """

    history: tuple[Message, ...]
    question: str
    images: tuple[ImagePart, ...]
    parts: tuple[Part, ...] = ()
    evidence: tuple[Evidence, ...]
    watched: tuple[Watched, ...] = ()
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BackEnd:
    """The server behind a deployment, as far as it may be written down.

    `address` is where questions go, without the parameters `left_out`, which may be secrets.
    `model` is the model's name there. `key_variable` is the environment variable that holds the
    key, empty when there is none; `azure` says that it is sent as `api-key`. `secrets` are the
    words that must not be written down.
    """

    address: str
    model: str
    azure: bool = False
    key_variable: str = ""
    left_out: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Recorder(Protocol):
    """Hears what goes to a model server and what comes back, in order, on the event loop.

    `sent` begins an attempt; refusals and broken connections are followed by another or by none.
    """

    def sent(self, body: bytes) -> None:
        """The body of a request, as it goes out."""
        ...

    def reply(self, status: int, headers: Mapping[str, str]) -> None:
        """The status line and headers have come."""
        ...

    def chunk(self, data: bytes) -> None:
        """The next bytes of the reply's body."""
        ...

    def ended(self, outcome: str) -> None:
        """The attempt is over: "complete", "left" by who asked, or the code of an error.

        It may be said again; the first time counts.
        """
        ...


@runtime_checkable
class ServedModel(Protocol):
    """A chat model behind a server: what it is sent can be heard, and sent again."""

    @property
    def back_end(self) -> BackEnd:
        """The server."""
        ...

    def recorded(self, recorder: Recorder) -> Self:
        """The same deployment, its connections shared, with `recorder` hearing all it does."""
        ...

    def resend(self, body: dict[str, Any]) -> AsyncGenerator[ModelEvent]:
        """The answer to a body made for another server, under the model's name here.

        Fields that this server refuses are taken out, each with a warning.
        """
        ...
