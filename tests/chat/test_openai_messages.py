"""How pictures and words leave: JPEG of bounded size, and words that any parser takes."""

import json
from base64 import b64decode
from contextlib import aclosing
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from chat.asking import asking, deployed, events_of
from chat.quirks_server import (
    QuirksServer,
    well,
)
from sightline.chat.base import Capabilities
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.openai_messages import picture_tokens
from sightline.errors import (
    UnreadableImage,
)
from sightline.events import Warned, fold
from sightline.messages import Detail, ImagePart


async def test_half_a_character_does_not_keep_a_question_from_being_sent(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(well)
    assert fold(await events_of(model, asking("file \udcff.png: ü"))).text == "Fine."
    assert server.requests[0].body["messages"][0]["content"] == "file ?.png: ü"


@pytest.mark.parametrize("size", [(300, 200), (2400, 600)])
@pytest.mark.parametrize(("detail", "limit"), [("low", 512), ("high", 1568), ("auto", 1568)])
@pytest.mark.parametrize("kind", ["PNG", "GIF", "TIFF", "WEBP", "JPEG"])
async def test_every_picture_leaves_as_a_jpeg_of_bounded_size(
    server: QuirksServer,
    model: OpenAICompatible,
    size: tuple[int, int],
    detail: Detail,
    limit: int,
    kind: str,
):
    server.will(well)
    await events_of(model, asking(images=(ImagePart(picture_file(size, kind), detail=detail),)))
    [message] = server.requests[0].body["messages"]
    picture, question = message["content"]
    assert question == {"type": "text", "text": "How are you?"}
    assert picture["image_url"].get("detail", "auto") == detail
    sent = decoded(picture)
    assert (sent.format, sent.mode) == ("JPEG", "RGB")
    assert max(sent.size) == min(max(size), limit)
    assert sent.width / sent.height == pytest.approx(size[0] / size[1], rel=0.02)


async def test_a_picture_lying_on_its_side_is_sent_upright(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(well)
    picture = Image.new("RGB", (300, 200), "white")
    exif = picture.getexif()
    exif[0x0112] = 6
    file = BytesIO()
    picture.save(file, "JPEG", exif=exif)
    await events_of(model, asking(images=(ImagePart(file.getvalue()),)))
    sent = decoded(server.requests[0].body["messages"][0]["content"][0])
    assert sent.size == (200, 300)
    assert not sent.getexif(), "nothing of the original's metadata leaves"


async def test_of_an_animation_the_first_frame_is_sent_and_said(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(well)
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue", "green")]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    answer = fold(await events_of(model, asking(images=(ImagePart(file.getvalue()),))))
    [warning] = answer.warnings
    assert warning.code == "picture_shortened"
    assert "1 of 3 frames" in warning.message
    red, green, _ = decoded(server.requests[0].body["messages"][0]["content"][0]).getpixel((9, 9))
    assert red > 200
    assert green < 60


async def test_a_broken_picture_is_said_before_anything_is_sent(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(well)
    with pytest.raises(UnreadableImage):
        await events_of(model, asking(images=(ImagePart(b"no picture"),)))
    assert not server.requests


async def test_pictures_that_the_model_cannot_take_are_said(server: QuirksServer):
    blind = Capabilities(sees=False, max_images=0, language_model=True)
    server.will(well)
    async with aclosing(
        deployed(server.base_url, capabilities=blind).stream(
            asking(images=(ImagePart(picture_file((32, 32), "PNG")),))
        )
    ) as events:
        first = await anext(events)
    assert isinstance(first, Warned)
    assert "does not take pictures" in first.message
    assert "image_url" not in json.dumps(server.requests[0].body)


@pytest.mark.parametrize(
    ("width", "height", "detail", "tokens"),
    [
        (2048, 4096, "high", 1105),
        (2048, 4096, "low", 85),
        (512, 512, "high", 255),
        (512, 512, "auto", 255),
        (1568, 1176, "high", 765),
        (1, 1, "high", 255),
        (10_000, 1, "high", 85 + 4 * 170),
    ],
)
def test_tokens_of_a_picture(width: int, height: int, detail: Detail, tokens: int):
    assert picture_tokens(width, height, detail) == tokens


def picture_file(size: tuple[int, int], kind: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "steelblue").save(file, kind)
    return file.getvalue()


def decoded(part: dict[str, Any]) -> Image.Image:
    head, _, data = part["image_url"]["url"].partition(",")
    assert head == "data:image/jpeg;base64"
    return Image.open(BytesIO(b64decode(data, validate=True)))
