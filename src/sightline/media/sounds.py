"""The sound of a video as pieces of WAV that an engine for speech takes."""

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from sightline.errors import UnreadableVideo
from sightline.media.signatures import HEAD, video_type
from sightline.media.videos import DEMUXERS

RATE: Final = 16_000
"""Samples a second, which is what models of speech are trained on."""

PIECE_SECONDS: Final = 600
"""Seconds of a piece: 19 MB, below what services take."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound: when it begins on the clock of its file, how long it is, and a WAV file."""

    begins: float
    seconds: float
    wav: bytes


def sounds(file: BinaryIO) -> Iterator[Sound]:
    """The first track of sound in pieces: 16 kHz, mono, 16 bits. A video without sound has none.

    Raises UnreadableVideo where it cannot be decoded any more; what came before was given.
    """
    file.seek(0)
    kind = video_type(file.read(HEAD))
    file.seek(0)
    if kind is None:
        return
    held: list[bytes] = []
    samples, begins = 0, 0.0
    try:
        with av.open(file, "r", format=DEMUXERS[kind], metadata_errors="ignore") as container:
            if not container.streams.audio:
                return
            resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in container.decode(container.streams.audio[0]):
                if not held:
                    begins = frame.time or 0.0
                for part in resampler.resample(frame):
                    data = part.to_ndarray().astype("<i2", copy=False)
                    held.append(np.ascontiguousarray(data).tobytes())
                    samples += data.size
                if samples >= PIECE_SECONDS * RATE:
                    yield Sound(begins, samples / RATE, _wav(held))
                    samples = 0
                    held.clear()
    except (FFmpegError, ValueError) as error:
        raise UnreadableVideo(f"Its sound cannot be decoded ({error}).") from error
    if samples:
        yield Sound(begins, samples / RATE, _wav(held))


def _wav(pieces: list[bytes]) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(pieces))
    return written.getvalue()
