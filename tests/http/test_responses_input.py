"""The input of the Responses API in every form, and what of it is refused."""

import base64
from typing import Any

import pytest

from sightline.errors import InvalidRequest, SightlineError
from sightline.http.responses_input import received
from sightline.messages import ImagePart, Message, TextPart

FILE = b"\x89PNG, or so it says"
DATA_URL = f"data:image/png;base64,{base64.b64encode(FILE).decode()}"
LOOK = TextPart("What is this?")
ASKED = Message("user", (LOOK,))
SEEN = Message("user", (LOOK, ImagePart(FILE)))


def text(words: str = "What is this?") -> dict[str, Any]:
    return {"type": "input_text", "text": words}


def image(**more: object) -> dict[str, Any]:
    return {"type": "input_image", "image_url": DATA_URL, **more}


def user(*parts: object) -> dict[str, Any]:
    return {"role": "user", "content": list(parts)}


FORMS: dict[str, tuple[object, tuple[Message, ...]]] = {
    "a string": ("What is this?", (ASKED,)),
    "a short message": ([{"role": "user", "content": "What is this?"}], (ASKED,)),
    "a whole message": ([{"type": "message", **user(text())}], (ASKED,)),
    "with nulls and an id": ([{"type": None, "id": "x", "status": None, **user(text())}], (ASKED,)),
    "a picture": ([user(text(), image())], (SEEN,)),
    "without a file id": ([user(text(), image(file_id=None, detail=None))], (SEEN,)),
    "with detail": (
        [user(text(), image(detail="low"))],
        (Message("user", (LOOK, ImagePart(FILE, "low"))),),
    ),
    "a picture as chats have it": (
        [user(text(), image(image_url={"url": DATA_URL, "detail": "high"}))],
        (Message("user", (LOOK, ImagePart(FILE, "high"))),),
    ),
    "parts that stand alone": ([text(), image()], (SEEN,)),
    "parts around a message": (
        [text("Look."), {"role": "assistant", "content": "I do."}, image(), text()],
        (
            Message("user", (TextPart("Look."),)),
            Message("assistant", (TextPart("I do."),)),
            Message("user", (ImagePart(FILE), LOOK)),
        ),
    ),
    "a picture in a message of its own": ([user(text()), user(image())], (SEEN,)),
    "an earlier response sent back": (
        [
            {"role": "developer", "content": "Be brief."},
            user(text("Hello")),
            {"type": "reasoning", "id": "rs_1", "summary": [], "content": []},
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [
                    {"type": "output_text", "text": "Hi.", "annotations": [], "logprobs": []},
                    {"type": "refusal", "refusal": "No."},
                ],
            },
            user(text()),
        ],
        (
            Message("system", (TextPart("Be brief."),)),
            Message("user", (TextPart("Hello"),)),
            Message("assistant", (TextPart("Hi."), TextPart("No."))),
            ASKED,
        ),
    ),
}


@pytest.mark.parametrize(("given", "messages"), FORMS.values(), ids=FORMS.keys())
def test_every_form_of_input(given: object, messages: tuple[Message, ...]):
    found = received(given, None)
    assert found.messages == messages
    assert found.notes == ()


def test_instructions_are_the_first_system_message():
    given = [{"role": "system", "content": "Be kind."}, user(text())]
    first, second, _ = received(given, "Be brief.").messages
    assert first == Message("system", (TextPart("Be brief."),))
    assert second == Message("system", (TextPart("Be kind."),))
    assert received("What is this?", " ").messages == (ASKED,)


def test_calls_of_tools_are_left_out_and_noted():
    calls = [
        {"type": "function_call", "call_id": "1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "1", "output": "42"},
        {"type": "function_call", "call_id": "2", "name": "f", "arguments": "{}"},
    ]
    found = received([*calls, user(text())], None)
    assert found.messages == (ASKED,)
    (note,) = found.notes
    assert "'input': function_call, function_call_output." in note


@pytest.mark.parametrize(
    "part", [image(detail="original"), image(image_url={"url": DATA_URL, "detail": "original"})]
)
def test_a_picture_as_it_is_counts_as_one_of_high_detail_and_is_noted(part: dict[str, Any]):
    found = received([user(text(), part)], None)
    assert found.messages[0].images == (ImagePart(FILE, "high"),)
    assert found.notes == ("The detail 'original' of a picture is taken for 'high'.",)


PART = "input[0].content[0]"
REFUSED: dict[str, tuple[object, str, str]] = {
    "nothing": (None, "input", "got null"),
    "a number": (3, "input", "got 3"),
    "no items": ([], "input", "got none"),
    "no words": ("  ", "input", "got neither"),
    "only instructions": ([{"role": "system", "content": "x"}], "input", "got none"),
    "an item that is none": (["Hello"], "input[0]", "got 'Hello'"),
    "an item without anything": ([{}], "input[0]", "got an object"),
    "an item by its id": ([{"type": "item_reference", "id": "x"}], "input[0]", "nothing is kept"),
    "an id alone": ([{"id": "msg_1"}], "input[0]", "nothing is kept"),
    "an unknown item": ([{"type": "compaction"}], "input[0].type", "got 'compaction'"),
    "an unknown role": ([{"role": "tool", "content": "x"}], "input[0].role", "got 'tool'"),
    "no role": ([{"type": "message", "content": "x"}], "input[0].role", "got null"),
    "content of another kind": ([{"role": "user", "content": 3}], "input[0].content", "got 3"),
    "a bare string as a part": ([user("x")], PART, "got 'x'"),
    "a part of chats": (
        [user({"type": "text", "text": "x"})],
        f"{PART}.type",
        "expected input_text, input_image or output_text, got 'text'",
    ),
    "a text that is none": ([user({"type": "input_text", "text": 3})], PART, "needs a string"),
    "a file": ([user({"type": "input_file", "file_id": "f"})], PART, "files are not served"),
    "a loose file": ([{"type": "input_file", "file_id": "f"}], "input[0]", "files are not served"),
    "a sound": ([user({"type": "input_audio"})], PART, "audio is not served"),
    "a video": ([user({"type": "video_url"})], PART, "needs a field 'video_url'"),
    "a picture by its id": (
        [user({"type": "input_image", "file_id": "f", "detail": "auto"})],
        f"{PART}.file_id",
        "no files are kept",
    ),
    "a picture without anything": (
        [user({"type": "input_image"})],
        f"{PART}.image_url",
        "expected a data URL or base64, got null",
    ),
    "an address": (
        [user(text(), image(image_url="https://example.com/a.png"))],
        "input[0].content[1].image_url",
        "got the address 'https://example.com/a.png'",
    ),
    "an unknown detail": ([user(image(detail="much"))], f"{PART}.detail", "got 'much'"),
}


@pytest.mark.parametrize(("given", "param", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_names_the_place_and_what_came(given: object, param: str, words: str):
    with pytest.raises(SightlineError) as raised:
        received(given, None)
    assert raised.value.param == param
    assert words in raised.value.message


def test_a_picture_that_cannot_be_named_by_its_id_says_what_to_send():
    with pytest.raises(InvalidRequest) as raised:
        received([user({"type": "input_image", "file_id": "f"})], None)
    assert "data:image/jpeg;base64" in (raised.value.hint or "")
