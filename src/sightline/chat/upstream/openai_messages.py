"""A rendered prompt in the JSON of the chat completions API, pictures as data URLs of JPEG.

JPEG inside a data URL is the one form that every compatible server takes: some refuse GIF, BMP,
TIFF or WebP, several refuse addresses, and an address would make the server fetch it, with its own
reach into the network and its own files. So a picture is always decoded and encoded again here,
upright, RGB, and no larger than is useful (as PNG for a server that refuses JPEG). The work is for
a thread, not for the event loop.
"""

import base64
import math
from dataclasses import dataclass
from typing import Any

from sightline.assets import Pixels
from sightline.chat.base import Capabilities
from sightline.chat.upstream.completion import estimated_tokens
from sightline.events import Adapted, Warned
from sightline.media.images import jpeg, png, shrink
from sightline.media.stills import Limits, stills
from sightline.messages import Detail, ImagePart
from sightline.prompt import Clip, Picture, RenderedMessage, RenderedPrompt
from sightline.untrusted import shortened

LOW_SIDE = 512
"""Longest side with detail "low": what OpenAI reduces such pictures to, one tile elsewhere."""

HIGH_SIDE = 1568
"""Longest side else: about what hosted models keep of a picture (a short side of 768 is left by
OpenAI, 1568 by Anthropic), and a whole number of the 28 and 32 pixel cells of Qwen's models."""

QUALITY = 88

_FIRST_ONLY = Limits(pages=1, frames=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPrompt:
    """Messages ready for the wire, their estimated tokens, and what the reader must know."""

    messages: list[dict[str, Any]]
    tokens: int
    warnings: tuple[Warned, ...]


def encode(rendered: RenderedPrompt, capabilities: Capabilities) -> EncodedPrompt:
    """Encode the messages; UnreadableImage when a picture of the user cannot be decoded."""
    smaller: list[str] = []
    messages: list[dict[str, Any]] = []
    warnings = list(rendered.warnings)
    tokens = 0
    for message in rendered.messages:
        content: list[dict[str, Any]] = []
        for part in _joined(message):
            if isinstance(part, str):
                content.append({"type": "text", "text": part})
                tokens += estimated_tokens(len(part))
                continue
            if isinstance(part, Clip):
                content.append(_video_part(part))
                continue
            pixels, left_out = _decoded(part)
            side = side_of(part.detail, capabilities)
            if max(pixels.shape[:2]) > side:
                smaller.append(part.label)
                pixels = shrink(pixels, side)
            content.append(_image_part(pixels, part.detail, capabilities))
            tokens += picture_tokens(pixels.shape[1], pixels.shape[0], part.detail)
            if left_out:
                warnings.append(Warned("picture_shortened", f"{part.label}: {left_out}"))
        messages.append(
            {"role": message.role, "content": _simplest(content), **_calls_and_results(message)}
        )
        tokens += estimated_tokens(sum(len(call.name + call.arguments) for call in message.calls))
    if smaller:
        named = shortened(", ".join(smaller), 400)
        said = f"pictures of {named} were made smaller: the model takes {capabilities.image_side}"
        warnings.append(Adapted("pictures_smaller", f"{said} pixels a side"))
    return EncodedPrompt(messages=messages, tokens=tokens, warnings=tuple(warnings))


def _calls_and_results(message: RenderedMessage) -> dict[str, Any]:
    """What a message says about tools besides its words."""
    if message.answers:
        return {"tool_call_id": message.answers}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in message.calls
    ]
    return {"tool_calls": calls} if calls else {}


def usual_side(detail: Detail = "auto") -> int:
    """The longest side in pixels at which a picture is sent to most models."""
    return LOW_SIDE if detail == "low" else HIGH_SIDE


def side_of(detail: Detail, capabilities: Capabilities) -> int:
    """The same to one that may take less."""
    return min(usual_side(detail), capabilities.image_side or HIGH_SIDE)


def picture_tokens(width: int, height: int, detail: Detail) -> int:
    """Tokens of a picture by the rule of the GPT-4 vision models, the best known of many.

    "low": 85. Else: fitted into 2048 × 2048, the short side brought to 768, then 170 for each tile
    of 512 × 512 that it touches, and 85.
    """
    if detail == "low":
        return 85
    scale = min(1.0, 2048 / max(width, height))
    scale = min(scale, 768 / min(width, height))
    tiles = math.ceil(width * scale / 512) * math.ceil(height * scale / 512)
    return 170 * tiles + 85


def _decoded(picture: Picture) -> tuple[Pixels, str]:
    side = usual_side(picture.detail)
    if isinstance(picture.source, ImagePart):
        found = stills(picture.source.data, max_side=side, limits=_FIRST_ONLY)
        return shrink(found.stills[0].pixels, side), found.left_out
    return shrink(picture.source, side), ""


def _image_part(pixels: Pixels, detail: Detail, capabilities: Capabilities) -> dict[str, Any]:
    as_png = capabilities.image_format == "png"
    data = png(pixels) if as_png else jpeg(pixels, quality=QUALITY)
    encoded = base64.b64encode(data).decode("ascii")
    url = {"url": f"data:image/{capabilities.image_format};base64,{encoded}"}
    said = url if detail == "auto" else {**url, "detail": detail}
    return {"type": "image_url", "image_url": said}


def _video_part(clip: Clip) -> dict[str, Any]:
    """In the form of vLLM and the hosted Qwen models. Its tokens are known to the model alone."""
    encoded = base64.b64encode(clip.data).decode("ascii")
    return {"type": "video_url", "video_url": {"url": f"data:{clip.media_type};base64,{encoded}"}}


def _joined(message: RenderedMessage) -> list[str | Picture | Clip]:
    """The parts, neighbouring words joined by a line end; some servers refuse empty words."""
    joined: list[str | Picture | Clip] = []
    for part in message.parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] = f"{joined[-1]}\n{part}"
        elif part:
            joined.append(part)
    return joined


def _simplest(content: list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    """Words alone as a string: not every chat template takes a list."""
    if not content:
        return ""
    if len(content) == 1 and content[0]["type"] == "text":
        return str(content[0]["text"])
    return content
