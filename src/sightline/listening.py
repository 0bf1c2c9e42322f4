"""What is said in a video, put to the frames that are shown meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from sightline.assets import Film
from sightline.errors import SightlineError
from sightline.media.sounds import sounds
from sightline.speech.base import Spoken, Transcriber


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard, in order of time, and in words how that went, for the note on the video.

    `whole` is False when it is worth another try.
    """

    said: tuple[Spoken, ...]
    note: str
    whole: bool = True


def listen(file: BinaryIO, transcriber: Transcriber, origin: float) -> Heard:
    """Everything that is said in a video. An engine that fails costs the words, not the video.

    `origin` is the second of the file's clock from which times count.
    """
    said: list[Spoken] = []
    pieces = 0
    try:
        for piece in sounds(file):
            pieces += 1
            begins = piece.begins - origin
            said += [
                Spoken(begins + one.start, begins + min(one.end, piece.seconds), one.text)
                for one in transcriber.transcribe(piece.wav)
            ]
    except SightlineError as error:
        return Heard(tuple(said), f"speech not written down: {error.message}", whole=False)
    if not pieces:
        return Heard((), "no sound")
    return Heard(tuple(said), f"{len(said)} passages of speech")


def with_speech(films: Sequence[Film], seconds: Sequence[float], heard: Heard) -> Iterator[Film]:
    """The films of frames shown from those seconds on, with what is said until the next."""
    for film, start in zip(films, seconds, strict=True):
        words = (one.text for one in heard.said if one.start < film.until and one.end > start)
        yield replace(film, spoken=" ".join(words))
