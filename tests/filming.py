"""Small videos, made where they are needed."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from sightline.assets import Pixels

COLOURS = {
    "red": (200, 20, 20),
    "green": (20, 160, 40),
    "blue": (20, 40, 200),
    "white": (240, 240, 240),
    "grey": (120, 120, 120),
}


def scene(colour: str, *, width: int = 160, height: int = 96) -> Pixels:
    """A picture in shades of one colour, with shapes of its own so that scenes differ."""
    seed = sorted(COLOURS).index(colour)
    rough = np.random.default_rng(seed).integers(40, 255, (height // 16, width // 16, 1))
    shades = np.kron(rough, np.ones((16, 16, 1))) / 255
    made: Pixels = (shades * COLOURS[colour]).astype(np.uint8)
    return made


def film(
    path: Path,
    frames: Iterable[tuple[float, Pixels]],
    *,
    codec: str = "mpeg4",
    gop: int = 10,
    rotation: int = 0,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
) -> Path:
    """A video of these pictures at these seconds."""
    base = Fraction(1, 1000)
    with av.open(str(path), "w", options=container_options or {}) as out:
        stream = None
        for seconds, pixels in frames:
            if stream is None:
                stream = out.add_stream(codec, rate=25, options=options or {})
                stream.width, stream.height = pixels.shape[1], pixels.shape[0]
                stream.pix_fmt = "yuv420p"
                stream.codec_context.gop_size = gop
                stream.codec_context.time_base = base
                stream.time_base = base
                if rotation:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
            frame.pts, frame.time_base = round(seconds / base), base
            out.mux(stream.encode(frame))
        assert stream is not None
        out.mux(stream.encode())
    return path


def shots(*colours: tuple[str, float], rate: float = 10) -> list[tuple[float, Pixels]]:
    """Scenes one after the other, each for so many seconds."""
    frames = []
    at = 0.0
    for colour, seconds in colours:
        frames += [(at + n / rate, scene(colour)) for n in range(round(seconds * rate))]
        at += seconds
    return frames
