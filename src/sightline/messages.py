"""What a user asks: messages, their parts, and the request around them. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sightline.assets import Reading, Where

Role = Literal["system", "user", "assistant", "tool"]
Detail = Literal["auto", "low", "high"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture of a message: the file's bytes as they came, not yet decoded.

    `reading` is the text on it, where it was read for a model that may not be shown the picture.
    """

    data: bytes
    detail: Detail = "auto"
    name: str | None = None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class VideoPlace:
    """A video in an index: its index, the source it came from, and its key there."""

    index: str
    source: str
    key: str

    @property
    def name(self) -> str:
        """The last part of the key: the file's name."""
        return self.key.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A video that is not indexed yet: the bytes of its file, or where on this machine it lies.

    `sha256` is its content's, in hexadecimal digits, where it is known already.
    """

    name: str
    data: bytes | Path = field(repr=False)
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class VideoName:
    """A video by a name that is to be looked up before the question is asked.

    `kind`: an uploaded `file` by its id, a `key` in the index `index`, or a `document` of the video
    index that a data source of the request names.
    """

    kind: Literal["file", "key", "document"]
    name: str
    index: str = ""


Video = VideoPlace | VideoFile | VideoName


@dataclass(frozen=True, slots=True)
class VideoPart:
    """A video of a message: where its frames are indexed, the file itself, or a name of either."""

    video: Video


Part = TextPart | ImagePart | VideoPart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function that the model wants to have called; `arguments` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation.

    `calls` are what an assistant turn wants to have called; `answers` is the id of the call whose
    result a turn of the role tool holds.
    """

    role: Role
    parts: tuple[Part, ...]
    calls: tuple[ToolCall, ...] = ()
    answers: str = ""

    @property
    def text(self) -> str:
        """The words of the message, its pictures left out."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """The pictures of the message, in order."""
        return tuple(part for part in self.parts if isinstance(part, ImagePart))

    @property
    def videos(self) -> tuple[Video, ...]:
        """The videos of the message, in order."""
        return tuple(part.video for part in self.parts if isinstance(part, VideoPart))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the model chooses its words; None leaves the choice to the model.

    `logit_bias` is by token number. `logprobs` asks for the log probability of every token of the
    answer, and of that many others in its place.
    """

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: Mapping[str, float] | None = None
    logprobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFormat:
    """The answer must be JSON: any object, or what `schema` (JSON Schema) describes.

    `name` and `description` are what model servers are told about the schema, `strict` that they
    must keep to it.
    """

    schema: Mapping[str, Any] | None = None
    name: str = "answer"
    description: str = ""
    strict: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Functions that the model may ask to have called, as the request describes them.

    `choice`: "auto", "required", or the one function that must be called; None leaves it to the
    model server, as `parallel` does, which allows several calls at once.
    """

    functions: tuple[Mapping[str, Any], ...]
    choice: str | Mapping[str, Any] | None = None
    parallel: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Distant:
    """An index at a configured search service that is used without being attached first.

    `fields` says which of its fields hold what, where the request does; `encoder` names the vision
    service that makes vectors for it, empty for our own encoders.
    """

    service: str
    index: str
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    encoder: str = ""

    def __str__(self) -> str:
        """How hits name it: no index of this workspace has a colon in its name."""
        return f"{self.service}:{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What the answer may rest on besides the pictures of the question.

    `indexes` (names, or places elsewhere) are searched, the best `top` assets over all of them
    become evidence. `strictness` 1..5 sets how well evidence must fit. `in_scope` keeps the answer
    to the evidence.
    `where` filters before ranking.
    """

    indexes: tuple[str | Distant, ...] = ()
    top: int = 5
    strictness: int = 3
    in_scope: bool = True
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeChoice:
    """Who looks at the question's pictures: names of engines; None leaves it to the settings."""

    reader: str | None = None
    language: str | None = None
    detector: str | None = None


AS_SET = EyeChoice()
"""Everything is left to the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """One question with its conversation, as every dialect is turned into it.

    `deployment` names the chat model. `read_text` asks for the text in the question's pictures to
    be added to the prompt, `ground` for the words of the answer to be tied to places on them;
    `eyes` says who reads and looks.
    `output` asks for JSON instead of prose, `tools` are offered to the model. `notes` are remarks
    on the request that the reply must repeat (a field that was accepted and has no effect).
    `whole_videos`: a model that takes videos gets them, and not only their frames.
    `record` says whether the turn is to be recorded; None leaves it to the settings.
    """

    deployment: str
    messages: tuple[Message, ...]
    sampling: Sampling = Sampling()
    grounds: Grounds = Grounds()
    read_text: bool = False
    ground: bool = False
    eyes: EyeChoice = AS_SET
    output: OutputFormat | None = None
    tools: Tools | None = None
    notes: tuple[str, ...] = ()
    record: bool | None = None
    whole_videos: bool = False

    @property
    def question(self) -> Message:
        """The last message of the user."""
        return next(message for message in reversed(self.messages) if message.role == "user")
