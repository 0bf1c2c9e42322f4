"""`input` and `instructions` of the Responses API to `Message` values.

`input` is a string, or an array of items: messages, parts of one user message that stand alone,
and what clients send back of earlier responses. Earlier reasoning is left out, as no model is
shown it; calls of tools and their results are left out and noted.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sightline.errors import InvalidRequest
from sightline.http.turns import NOT_SERVED, conversation, detail_of, image_part, parts_of
from sightline.http.video_parts import video_part
from sightline.http.wire_json import Json, kind_of
from sightline.messages import ImagePart, Message, Part, Role, TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The conversation, and remarks on what of it has no effect."""

    messages: tuple[Message, ...]
    notes: tuple[str, ...] = ()


def received(given: object, instructions: str | None) -> Received:
    """The conversation of a request, its instructions first.

    Raises InvalidRequest or UrlNotAllowed with the place in `param`.
    """
    items = _Items()
    if instructions and instructions.strip():
        items.messages.append(Message("system", (TextPart(instructions),)))
    match given:
        case str():
            items.messages.append(Message("user", (TextPart(given),)))
        case list():
            for number, item in enumerate(given):
                items.take(item, f"input[{number}]")
            items.end_loose()
        case _:
            raise InvalidRequest(
                f"input: expected a string or an array of items, got {kind_of(given)}.",
                param="input",
            )
    return Received(messages=conversation(items.messages, "input"), notes=tuple(items.notes()))


@dataclass(slots=True)
class _Items:
    """Items as they come. Parts without a message around them become one user message."""

    messages: list[Message] = field(default_factory=list)
    _loose: list[Part] = field(default_factory=list)
    _calls: dict[str, None] = field(default_factory=dict)
    _original: bool = False

    def take(self, item: Any, where: str) -> None:  # noqa: ANN401 (any JSON)
        match item:
            case {"type": "input_text" | "input_image" | "input_file" | "input_audio"}:
                self._loose.append(self._part(item, where))
                return
            case {"type": "reasoning"}:
                return
            case {"type": "item_reference"}:
                raise _nothing_kept(where)
            case {"type": str(kind)} if kind.endswith(_CALLS):
                self._calls[kind] = None
                return
        self.end_loose()
        match item:
            case {"role": role, **rest} if rest.get("type") in (None, "message"):
                parts = tuple(parts_of(rest.get("content"), f"{where}.content", self._part))
                if parts:
                    self.messages.append(Message(_role(role, f"{where}.role"), parts))
            case {"type": "message"}:
                _role(None, f"{where}.role")
            case {"type": kind} if kind is not None:
                raise InvalidRequest(
                    f"{where}.type: expected message, input_text, input_image, reasoning or the "
                    f"call of a tool, got {kind_of(kind)}.",
                    param=f"{where}.type",
                )
            case {"id": _}:
                raise _nothing_kept(where)
            case _:
                raise InvalidRequest(
                    f"{where}: expected an object with a role or a type, got {kind_of(item)}.",
                    param=where,
                )

    def end_loose(self) -> None:
        """The parts that stood alone so far are a message."""
        if self._loose:
            self.messages.append(Message("user", tuple(self._loose)))
            self._loose.clear()

    def notes(self) -> Iterator[str]:
        if self._calls:
            yield f"Left out of 'input': {', '.join(self._calls)}. Tools are not served."
        if self._original:
            yield "The detail 'original' of a picture is taken for 'high'."

    def _part(self, part: Any, where: str) -> Part:  # noqa: ANN401 (any JSON)
        match part:
            case {"type": "input_text" | "output_text", "text": str(text)}:
                return TextPart(text)
            case {"type": "refusal", "refusal": str(text)}:
                return TextPart(text)
            case {"type": "input_image"}:
                return self._picture(part, where)
            case {"type": "input_text" | "output_text" | "refusal" as kind}:
                name = "refusal" if kind == "refusal" else "text"
                raise InvalidRequest(
                    f"{where}: a part of type {kind!r} needs a string {name!r}.", param=where
                )
            case {"type": "video_url"}:
                return video_part(part, where)
            case {"type": "input_file"}:
                raise InvalidRequest(
                    f"{where}: files are not served as parts; send pictures as 'input_image'.",
                    param=where,
                )
            case {"type": str(kind)} if why := NOT_SERVED.get(kind):
                raise InvalidRequest(f"{where}: {why}", param=where)
            case {"type": kind}:
                raise InvalidRequest(
                    f"{where}.type: expected input_text, input_image or output_text, "
                    f"got {kind_of(kind)}.",
                    param=f"{where}.type",
                )
            case _:
                raise InvalidRequest(
                    f"{where}: expected an object with a type, got {kind_of(part)}.", param=where
                )

    def _picture(self, part: Json, where: str) -> ImagePart:
        if part.get("file_id"):
            raise InvalidRequest(
                f"{where}.file_id: no files are kept here.",
                hint="Send the picture itself as 'image_url': 'data:image/jpeg;base64,…'.",
                param=f"{where}.file_id",
            )
        picture = image_part(self._detailed(part.get("image_url")), f"{where}.image_url")
        detail = self._detailed(part).get("detail")
        return replace(picture, detail=detail_of(detail, f"{where}.detail")) if detail else picture

    def _detailed(self, given: Any) -> Any:  # noqa: ANN401 (any JSON)
        if isinstance(given, dict) and given.get("detail") == "original":
            self._original = True
            return given | {"detail": "high"}
        return given


def _role(given: object, where: str) -> Role:
    match given:
        case "system" | "developer":
            return "system"
        case "user":
            return "user"
        case "assistant":
            return "assistant"
        case _:
            raise InvalidRequest(
                f"{where}: expected system, developer, user or assistant, got {kind_of(given)}.",
                param=where,
            )


def _nothing_kept(where: str) -> InvalidRequest:
    return InvalidRequest(
        f"{where}: nothing is kept here, so an item cannot be named by its id.",
        hint="Send the item itself.",
        param=where,
    )


_CALLS = ("_call", "_call_output")
