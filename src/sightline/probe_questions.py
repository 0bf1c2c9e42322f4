"""The questions of a probe, one method each.

Each goes out as a body of its own: fields that the server refuses are taken out on the way, told
as `Adapted` with the server's words, and that is what was found out about them.
"""

import base64
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

import numpy as np

from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.adaptations import OBJECT, SCHEMA
from sightline.chat.upstream.completion import CUT_AT_STOP
from sightline.errors import UpstreamError, UpstreamRejected
from sightline.media.images import jpeg, png
from sightline.probe_answers import (
    ask,
    colours,
    failed,
    finding,
    is_colour,
    parsed,
    refused,
    refuses,
    without_key,
)
from sightline.storage.records import ProbeFinding
from sightline.untrusted import one_line

Format = Literal["jpeg", "png"]
Findings = list[ProbeFinding]
Question = tuple[str, str, Callable[[], Awaitable[Findings]]]
"""What is asked in words for a person, the capability it is about, and how to ask."""


class ProbeQuestions:
    """The questions to one deployment; none raises what the server causes.

    `ended` is why nothing more needs to be asked, empty as long as something does.
    """

    def __init__(self, model: OpenAICompatible) -> None:
        self._model = model
        self._format: Format | None = None
        self.ended = ""
        self.all: tuple[Question, ...] = (
            ("asking for its models", "models", self._models),
            ("asking for a short text", "answers", self._text),
            ("showing it a red picture", "sees", self._one_picture),
            ("showing it two pictures", "max_images", self._two_pictures),
            ("asking for JSON", "json_output", self._json),
            ("asking it to stop at a word", "stop", self._stop),
            ("offering it a tool", "tools", self._tool),
        )

    async def _models(self) -> Findings:
        try:
            told = await self._model.told()
        except UpstreamError as error:
            return [failed("models", error)]
        tokens = told.context_tokens
        context = (
            finding("context_tokens", "ok", f"{tokens:,} tokens ({told.where})", value=tokens)
            if tokens
            else finding("context_tokens", "unknown", "the server does not tell")
        )
        if told.models is None:
            return [finding("models", "unknown", "this kind of address lists none"), context]
        model = self._model.back_end.model
        many = f"{len(told.models)} model{'' if len(told.models) == 1 else 's'}"
        if {model, f"{model}:latest"} & set(told.models):
            return [finding("models", "ok", f"{many}, {model!r} among them"), context]
        there = one_line(without_key(self._model, ", ".join(told.models[:_LISTED])), 80) or "none"
        return [finding("models", "no", f"{many} without {model!r}: {there}"), context]

    async def _text(self) -> Findings:
        try:
            said = await ask(self._model, "Say the word ready and nothing else.")
        except UpstreamError as error:
            self.ended = "it gave no answer to a short text"
            return [failed("answers", error)]
        usage = finding("stream_usage", "ok", "tokens are counted", value=True)
        if not said.counted:
            usage = finding("stream_usage", "no", "tokens are not counted: they are estimated")
        if "stream_options" in said.dropped:
            words = said.dropped["stream_options"]
            usage = finding("stream_usage", "no", "it is refused", value=False, error=words)
        return [
            finding("answers", "ok" if said.text.strip() else "accepted", said.quoted),
            finding("reasoning", "ok", "it shows how it thinks", value=True)
            if said.reasoned
            else finding("reasoning", "unknown", "none was seen"),
            usage,
        ]

    async def _one_picture(self) -> Findings:
        question = "What colour is this picture? Answer with one word."
        kind: Format = "jpeg"
        try:
            try:
                said = await ask(self._model, question, pictures=[_picture(RED, kind)])
            except UpstreamRejected as error:
                if not _OF_FORMAT.search(error.message):
                    raise
                kind = "png"
                said = await ask(self._model, question, pictures=[_picture(RED, kind)])
        except UpstreamError as error:
            if refuses(error, _OF_PICTURES):
                return [refused("sees", "it refuses a picture", error.message, value=False)]
            return [failed("sees", error)]
        self._format = kind
        shown = f"{said.quoted} of a red picture"
        return [
            finding("sees", "ok", shown, value=True)
            if colours(said.text) == ["red"]
            else finding("sees", "accepted", shown),
            finding("image_format", "ok", f"it takes {kind.upper()}", value=kind),
        ]

    async def _two_pictures(self) -> Findings:
        if self._format is None:
            return [finding("max_images", "unknown", "not asked: it takes no picture")]
        question = (
            "What colour is the first picture, and what colour is the second? "
            "Answer with two words, in this order."
        )
        pictures = [_picture(colour, self._format) for colour in (RED, BLUE)]
        try:
            said = await ask(self._model, question, pictures=pictures)
        except UpstreamError as error:
            if not refuses(error, _OF_PICTURES):
                return [failed("max_images", error)]
            named = _TOO_MANY.search(error.message)
            most = max(1, int(named.group(1))) if named else 1
            return [refused("max_images", f"it takes {most}", error.message, value=most)]
        shown = f"{said.quoted} of a red and a blue picture"
        if colours(said.text)[:2] == ["red", "blue"]:
            return [finding("max_images", "ok", f"{shown}; how many more is not known")]
        return [finding("max_images", "accepted", shown)]

    async def _json(self) -> Findings:
        schema = {"name": "colour", "strict": True, "schema": _SCHEMA}
        try:
            said = await ask(
                self._model,
                "Which colour has a ripe tomato? Answer with a short sentence.",
                response_format={"type": "json_schema", "json_schema": schema},
            )
            if OBJECT in said.dropped:
                refusal = said.dropped[OBJECT]
                return [refused("json_output", "it refuses JSON", refusal, value="none")]
            if SCHEMA in said.dropped:
                return [await self._any_object(said.dropped[SCHEMA])]
        except UpstreamError as error:
            if refuses(error, _OF_JSON):
                return [refused("json_output", "it refuses JSON", error.message, value="none")]
            return [failed("json_output", error)]
        # A grammar is obeyed also by an answer that is then cut off.
        if is_colour(said.text) or (said.cut and said.text.lstrip().startswith('{"colour"')):
            return [finding("json_output", "ok", "it keeps to a schema", value="schema")]
        if not said.text.strip():
            return [finding("json_output", "accepted", said.quoted)]
        ignored = f"a schema is ignored: {said.quoted}"
        return [finding("json_output", "no", ignored, value="none")]

    async def _any_object(self, refusal: str) -> ProbeFinding:
        """What a server that refuses a schema makes of a demand for any object."""
        said = await ask(
            self._model,
            'Which colour has a ripe tomato? Answer in JSON like {"colour": "green"}.',
            response_format={"type": "json_object"},
        )
        if isinstance(parsed(said.text), dict) and OBJECT not in said.dropped:
            words = "any object; it refuses a schema"
            return finding("json_output", "ok", words, value="object", error=refusal)
        words = f"it refuses a schema and ignores JSON: {said.quoted}"
        return refused("json_output", words, refusal, value="none")

    async def _stop(self) -> Findings:
        question = "Write these four words and nothing else: alpha bravo charlie delta"
        try:
            said = await ask(self._model, question, stop=["charlie"])
        except UpstreamError as error:
            if refuses(error, re.compile(r"\bstop\b")):
                return [refused("stop", "it refuses stop words", error.message)]
            return [failed("stop", error)]
        if "stop" in said.dropped:
            return [refused("stop", "it refuses stop words", said.dropped["stop"])]
        if CUT_AT_STOP in said.dropped:
            words = f"{said.quoted}: stop words are ignored; answers are cut here"
            return [finding("stop", "no", words)]
        if "bravo" in said.text.casefold():
            return [finding("stop", "ok", f"{said.quoted}: it ended before the word")]
        return [finding("stop", "accepted", said.quoted)]

    async def _tool(self) -> Findings:
        try:
            said = await ask(
                self._model, "How warm is it in the room? Use the tool.", tools=[_TOOL]
            )
        except UpstreamError as error:
            if refuses(error, _OF_TOOLS):
                return [refused("tools", "it refuses tools", error.message, value=False)]
            return [failed("tools", error)]
        if "tools" in said.dropped:
            return [refused("tools", "it refuses tools", said.dropped["tools"], value=False)]
        if said.called:
            return [finding("tools", "ok", "it called the tool", value=True)]
        return [finding("tools", "accepted", f"not called: {said.quoted}")]


RED: Final = (220, 20, 20)
BLUE: Final = (20, 40, 220)

_SIDE: Final = 64
_LISTED: Final = 10

_SCHEMA: Final = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "green", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
_TOOL: Final = {
    "type": "function",
    "function": {
        "name": "read_thermometer",
        "description": "Tells how warm it is in a place.",
        "parameters": {
            "type": "object",
            "properties": {"place": {"type": "string"}},
            "required": ["place"],
        },
    },
}
_OF_PICTURES: Final = re.compile(r"image|mmproj|multimodal|vision|picture", re.IGNORECASE)
_OF_FORMAT: Final = re.compile(r"jpe?g|mime|format", re.IGNORECASE)
_OF_JSON: Final = re.compile(r"response_format|json|schema|grammar", re.IGNORECASE)
_OF_TOOLS: Final = re.compile(r"tool|function|jinja", re.IGNORECASE)
_TOO_MANY: Final = re.compile(r"(?:at most|exceeds limit) (\d+)", re.IGNORECASE)


def _picture(colour: tuple[int, int, int], kind: Format) -> Mapping[str, Any]:
    pixels = np.full((_SIDE, _SIDE, 3), colour, np.uint8)
    data = base64.b64encode(png(pixels) if kind == "png" else jpeg(pixels, quality=95)).decode()
    return {"type": "image_url", "image_url": {"url": f"data:image/{kind};base64,{data}"}}
