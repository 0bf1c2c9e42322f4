"""Messages in every form that clients send them, to `Message` values.

Forms of `content`: a string, null, or an array of parts; a part is an object or a bare string.
A turn of the role tool or function belongs to a call of an assistant turn before it. One that
answers no call, and `context` on assistant turns, are what older clients send back of an earlier
answer's sources: they are accepted and left out.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast, get_args

from sightline.errors import InvalidRequest
from sightline.http.pictures import is_data_url, picture_bytes
from sightline.http.tool_fields import call_of, old_call_of
from sightline.http.video_parts import documents_in, video_part
from sightline.http.wire_json import Json, kind_of
from sightline.messages import Detail, ImagePart, Message, Part, Role, TextPart, ToolCall


def messages_of(turns: Sequence[Json], video_index: str = "") -> tuple[Message, ...]:
    """The conversation; `video_index` is where its documents are looked up.

    Raises InvalidRequest, UnreadableVideo or UrlNotAllowed with the place in `param`.
    """
    messages: list[Message] = []
    unanswered: list[ToolCall] = []
    for number, turn in enumerate(turns):
        where = f"messages[{number}]"
        role = _role(turn.get("role"), f"{where}.role")
        answered = _answered(turn, unanswered)
        if role == "tool" and answered is None:
            continue
        parts = tuple(
            documents_in(parts_of(turn.get("content"), f"{where}.content", _part), video_index)
        )
        calls = tuple(_calls(turn, where)) if role == "assistant" else ()
        if answered is not None:
            unanswered.remove(answered)
            messages.append(_result(parts, answered, where))
        elif parts or calls:
            messages.append(Message(role, parts, calls))
        unanswered += calls
    return conversation(messages, "messages")


def conversation(messages: Sequence[Message], param: str) -> tuple[Message, ...]:
    """Messages with those that belong together joined. Raises InvalidRequest without a question."""
    joined = _joined(messages)
    _check_question(joined, param)
    return joined


def with_role_information(messages: tuple[Message, ...], text: str) -> tuple[Message, ...]:
    """The conversation with the data source's own instruction after the system messages."""
    if not text.strip():
        return messages
    first = next(
        (at for at, message in enumerate(messages) if message.role != "system"), len(messages)
    )
    return (*messages[:first], Message("system", (TextPart(text),)), *messages[first:])


def _role(given: object, where: str) -> Role:
    match given:
        case "system" | "developer":
            return "system"
        case "user":
            return "user"
        case "assistant":
            return "assistant"
        case "tool" | "function":
            return "tool"
        case _:
            raise InvalidRequest(
                f"{where}: expected system, developer, user, assistant, tool or function, "
                f"got {kind_of(given)}.",
                param=where,
            )


def _calls(turn: Json, where: str) -> Iterator[ToolCall]:
    """The calls that an assistant turn holds, in either form."""
    calls = turn.get("tool_calls") or []
    if not isinstance(calls, list):
        raise InvalidRequest(
            f"{where}.tool_calls: expected an array, got {kind_of(calls)}.",
            param=f"{where}.tool_calls",
        )
    for number, call in enumerate(calls):
        yield call_of(call, f"{where}.tool_calls[{number}]")
    if turn.get("function_call") and not calls:
        made = "call_" + "".join(filter(str.isdigit, where))
        yield old_call_of(turn["function_call"], made, f"{where}.function_call")


def _answered(turn: Json, unanswered: Sequence[ToolCall]) -> ToolCall | None:
    """The call whose result the turn holds."""
    match turn:
        case {"role": "tool", "tool_call_id": str(wanted)}:
            return next((call for call in unanswered if call.id == wanted), None)
        case {"role": "function", "name": str(wanted)}:
            return next((call for call in unanswered if call.name == wanted), None)
    return None


def _result(parts: tuple[Part, ...], call: ToolCall, where: str) -> Message:
    if any(isinstance(part, ImagePart) for part in parts):
        raise InvalidRequest(
            f"{where}.content: expected words as the result of a tool, got a picture.",
            hint="Send pictures in a user message.",
            param=f"{where}.content",
        )
    return Message("tool", parts, answers=call.id)


def parts_of(content: object, where: str, part_of: Callable[[Any, str], Part]) -> Iterator[Part]:
    """The parts of a message's content; `part_of` reads one of a list at its place."""
    match content:
        case None:
            return
        case str():
            yield TextPart(content)
        case list():
            for number, part in enumerate(content):
                yield part_of(part, f"{where}[{number}]")
        case _:
            raise InvalidRequest(
                f"{where}: expected a string or an array of parts, got {kind_of(content)}.",
                param=where,
            )


def _part(part: Any, where: str) -> Part:  # noqa: ANN401 (any JSON)
    match part:
        case str():
            return ImagePart(picture_bytes(part, where)) if is_data_url(part) else TextPart(part)
        case {"type": "image_url", "image_url": reference}:
            return image_part(reference, f"{where}.image_url")
        case {"type": "video_url" | "acv_document_id"}:
            return video_part(part, where)
        case {"type": "text", "text": str(text)} | {"type": "refusal", "refusal": str(text)}:
            return TextPart(text)
        case {"image": reference}:
            return image_part(reference, f"{where}.image")
        case {"text": str(text)} if "type" not in part:
            return TextPart(text)
        case {"type": str(kind)} if why := NOT_SERVED.get(kind):
            raise InvalidRequest(f"{where}: {why}", param=where)
        case {"type": "text" | "image_url" as kind}:
            raise InvalidRequest(
                f"{where}: a part of type {kind!r} needs a field {kind!r}.", param=where
            )
        case {"type": kind}:
            raise InvalidRequest(
                f"{where}.type: expected 'text' or 'image_url', got {kind_of(kind)}.",
                param=f"{where}.type",
            )
        case _:
            raise InvalidRequest(
                f"{where}: expected a string or an object with a type, got {kind_of(part)}.",
                param=where,
            )


def image_part(reference: object, where: str) -> ImagePart:
    """A picture by its data URL or base64, or by an object with `url` and `detail`."""
    if not isinstance(reference, dict):
        return ImagePart(picture_bytes(reference, where))
    detail = detail_of(reference.get("detail"), f"{where}.detail")
    return ImagePart(picture_bytes(reference.get("url"), f"{where}.url"), detail=detail)


def detail_of(given: object, where: str) -> Detail:
    """How closely a picture is to be looked at. Raises InvalidRequest."""
    detail = given or "auto"
    if detail not in get_args(Detail):
        raise InvalidRequest(
            f"{where}: expected auto, low or high, got {kind_of(detail)}.", param=where
        )
    return cast("Detail", detail)


def _joined(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Neighbouring user messages as one where one of them is only pictures.

    Some clients send the pictures in a message of their own, before or after the question. Two
    messages with words stay two: the first may be a question whose answer got lost.
    """
    joined: list[Message] = []
    for message in messages:
        before = joined[-1] if joined else None
        both_ask = before is not None and before.role == message.role == "user"
        if before is not None and both_ask and not (before.text.strip() and message.text.strip()):
            joined[-1] = Message("user", before.parts + message.parts)
        else:
            joined.append(message)
    return tuple(joined)


def _check_question(messages: Sequence[Message], param: str) -> None:
    last = next((message for message in reversed(messages) if message.role == "user"), None)
    if last is None:
        raise InvalidRequest("Expected a message of role 'user', got none.", param=param)
    if not last.text.strip() and not last.images and not last.videos:
        raise InvalidRequest(
            "Expected a question or a picture in the last user message, got neither.",
            param=param,
        )


NOT_SERVED = {
    "input_audio": "audio is not served; send text and pictures.",
    "file": "files are not served as parts; send pictures as 'image_url'.",
}
