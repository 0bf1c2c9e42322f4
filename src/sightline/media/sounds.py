"""The sound of a video as pieces of WAV that an engine for speech takes."""

import io
import wave
from collections.abc import Iterator
from typing import BinaryIO, Final

import av
import numpy as np
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from sightline.media.signatures import HEAD, video_type
from sightline.media.videos import DEMUXERS

RATE: Final = 16_000
"""Samples a second, which is what models of speech are trained on."""

PIECE_SECONDS: Final = 600
"""Seconds of a piece: 19 MB, below what services take."""


def sounds(file: BinaryIO) -> Iterator[tuple[float, bytes]]:
    """Pieces of the first track of sound: when each begins, in seconds, and a WAV file.

    16 kHz, mono, 16 bits. A video without sound has none; what cannot be decoded ends it.
    """
    file.seek(0)
    kind = video_type(file.read(HEAD))
    file.seek(0)
    if kind is None:
        return
    held: list[bytes] = []
    samples, begun = 0, 0
    try:
        with av.open(file, "r", format=DEMUXERS[kind], metadata_errors="ignore") as container:
            if not container.streams.audio:
                return
            resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
            for frame in container.decode(container.streams.audio[0]):
                for part in resampler.resample(frame):
                    data = part.to_ndarray().astype("<i2", copy=False)
                    held.append(np.ascontiguousarray(data).tobytes())
                    samples += data.size
                if samples >= PIECE_SECONDS * RATE:
                    yield begun / RATE, _wav(held)
                    begun, samples = begun + samples, 0
                    held.clear()
    except (FFmpegError, ValueError):
        pass  # what came until then is heard
    if samples:
        yield begun / RATE, _wav(held)


def _wav(pieces: list[bytes]) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(b"".join(pieces))
    return written.getvalue()
