"""What an engine for speech must do."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words that are said from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


class Transcriber(Protocol):
    """Sound to words with times."""

    @property
    def name(self) -> str:
        """Engine, model and settings that change the result, for the row's pipeline mark."""
        ...

    def transcribe(self, sound: bytes) -> list[Spoken]:
        """What is said in a WAV file (16 kHz, mono, 16 bits), in order of time.

        No words is an answer. Raises a SightlineError when it could not listen.
        """
        ...
