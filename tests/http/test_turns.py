"""Messages in every form of the contract."""

import base64

import pytest

from sightline.errors import InvalidRequest, SightlineError, UrlNotAllowed
from sightline.http.turns import messages_of, with_role_information
from sightline.messages import ImagePart, Message, TextPart

FILE = b"\x89PNG, or so it says"
BASE64 = base64.b64encode(FILE).decode()
DATA_URL = f"data:image/png;base64,{BASE64}"
LOOK = TextPart("What is this?")
PICTURE = ImagePart(FILE)


def image_url(**more: object) -> dict[str, object]:
    return {"type": "image_url", "image_url": {"url": DATA_URL, **more}}


def text(words: str = "What is this?") -> dict[str, object]:
    return {"type": "text", "text": words}


CONTENTS = {
    "a string": ("What is this?", (LOOK,)),
    "text parts": ([text("What is"), text("this?")], (TextPart("What is"), TextPart("this?"))),
    "an image object": ([text(), image_url()], (LOOK, PICTURE)),
    "with detail": ([image_url(detail="high"), text()], (ImagePart(FILE, "high"), LOOK)),
    "detail null": ([image_url(detail=None), text()], (PICTURE, LOOK)),
    "a bare data URL": ([text(), {"type": "image_url", "image_url": DATA_URL}], (LOOK, PICTURE)),
    "bare base64": ([text(), {"type": "image_url", "image_url": BASE64}], (LOOK, PICTURE)),
    "the oldest form": (["What is this?", {"image": BASE64}], (LOOK, PICTURE)),
    "the oldest form, data URL": (["What is this?", {"image": DATA_URL}], (LOOK, PICTURE)),
    "oldest form with an object": ([{"image": {"url": DATA_URL}}, text()], (PICTURE, LOOK)),
    "a bare string that is a picture": ([DATA_URL, "What is this?"], (PICTURE, LOOK)),
    "text without a type": ([{"text": "What is this?"}], (LOOK,)),
}


@pytest.mark.parametrize(("content", "parts"), CONTENTS.values(), ids=CONTENTS.keys())
def test_every_form_of_content(content: object, parts: tuple[object, ...]):
    assert messages_of([{"role": "user", "content": content}]) == (Message("user", parts),)


def test_every_role_and_what_is_left_out():
    turns = [
        {"role": "system", "content": [text("Be brief.")]},
        {"role": "system", "content": ["Be kind."]},
        {"role": "developer", "content": "Be exact."},
        {"role": "user", "content": "Hello"},
        {"role": "tool", "content": '{"citations": [], "intent": "…"}', "end_turn": False},
        {"role": "function", "name": "f", "content": "42"},
        {"role": "assistant", "content": None},
        {
            "role": "assistant",
            "content": [text("Hi [doc1]."), {"type": "refusal", "refusal": "No."}],
            "context": {"citations": [{"content": "…"}], "intent": "greeting"},
            "end_turn": True,
        },
        {"role": "user", "name": "Ann", "content": "What is this?"},
    ]
    assert messages_of(turns) == (
        Message("system", (TextPart("Be brief."),)),
        Message("system", (TextPart("Be kind."),)),
        Message("system", (TextPart("Be exact."),)),
        Message("user", (TextPart("Hello"),)),
        Message("assistant", (TextPart("Hi [doc1]."), TextPart("No."))),
        Message("user", (LOOK,)),
    )


JOINED = {
    "pictures before the question": (
        [[image_url()], [text()]],
        [(PICTURE, LOOK)],
    ),
    "pictures after the question": ([[text()], [image_url()]], [(LOOK, PICTURE)]),
    "each picture in a message of its own": (
        [[image_url()], [image_url()], [text()]],
        [(PICTURE, PICTURE, LOOK)],
    ),
    "two questions stay two": ([[text("And?")], [text()]], [(TextPart("And?"),), (LOOK,)]),
    "a question with a picture stays apart": (
        [[text("And?"), image_url()], [text()]],
        [(TextPart("And?"), PICTURE), (LOOK,)],
    ),
}


@pytest.mark.parametrize(("contents", "expected"), JOINED.values(), ids=JOINED.keys())
def test_several_user_messages_in_a_row(contents: list[object], expected: list[tuple[object, ...]]):
    turns = [{"role": "user", "content": content} for content in contents]
    assert [message.parts for message in messages_of(turns)] == expected


VIDEO = {"type": "acv_document_id", "acv_document_id": "vid-1"}
REFUSED = {
    "no role": ({"content": "x"}, "messages[0].role", "got null"),
    "unknown role": ({"role": "bot", "content": "x"}, "messages[0].role", "got 'bot'"),
    "content is a number": ({"content": 3}, "messages[0].content", "got 3"),
    "a part is a number": ({"content": [3]}, "messages[0].content[0]", "got 3"),
    "unknown part": ({"content": [{"type": "hat"}]}, "messages[0].content[0].type", "got 'hat'"),
    "text that is none": (
        {"content": [{"type": "text", "text": 3}]},
        "messages[0].content[0]",
        "a part of type 'text' needs a field 'text'",
    ),
    "image without its field": (
        {"content": [{"type": "image_url"}]},
        "messages[0].content[0]",
        "needs a field 'image_url'",
    ),
    "image without a URL": (
        {"content": [{"type": "image_url", "image_url": {"detail": "low"}}]},
        "messages[0].content[0].image_url.url",
        "expected a data URL or base64",
    ),
    "bad base64": (
        {"content": [text(), {"type": "image_url", "image_url": {"url": "data:;base64,!"}}]},
        "messages[0].content[1].image_url.url",
        "Invalid image (base64) data.",
    ),
    "unknown detail": (
        {"content": [image_url(detail="huge")]},
        "messages[0].content[0].image_url.detail",
        "expected auto, low or high, got 'huge'",
    ),
    "a video": ({"content": [{"type": "video_url"}]}, "messages[0].content[0]", "'video_url'"),
    "a sound": ({"content": [{"type": "input_audio"}]}, "messages[0].content[0]", "audio is not"),
    "a file": ({"content": [{"type": "file"}]}, "messages[0].content[0]", "files are not"),
    "nothing": ({"content": ""}, "messages", "a question or a picture in the last user message"),
    "no user": ({"role": "system", "content": "x"}, "messages", "of role 'user', got none"),
}


@pytest.mark.parametrize(("turn", "param", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_says_where(turn: dict[str, object], param: str, words: str):
    role = {} if "no role" in words or param.endswith("role") else {"role": "user"}
    with pytest.raises(InvalidRequest) as raised:
        messages_of([role | turn])
    assert raised.value.param == param
    assert words in raised.value.message


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "image_url", "image_url": "http://example.com/cat.png"},
        {"image": "https://example.com/cat.png"},
    ],
)
def test_an_address_is_refused_with_a_way_out(part: dict[str, object]):
    with pytest.raises(UrlNotAllowed) as raised:
        messages_of([{"role": "user", "content": [text(), part]}])
    error: SightlineError = raised.value
    assert error.hint is not None
    assert "data:image/jpeg;base64" in error.hint


def test_role_information_comes_after_the_system_messages():
    system, user = Message("system", (TextPart("a"),)), Message("user", (LOOK,))
    ours = Message("system", (TextPart("Be brief."),))
    assert with_role_information((system, user), "Be brief.") == (system, ours, user)
    assert with_role_information((user,), "Be brief.") == (ours, user)
    assert with_role_information((system, user), " ") == (system, user)
