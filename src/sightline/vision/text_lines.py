"""What a line of text says: the CTC recogniser of PP-OCR around one ONNX session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.vision.runtime import Probe, Session

_HEIGHT = 48  # pixels the network was trained for
_SHORTEST = 320  # it was trained on lines padded to at least this width
_STEP = 64  # widths are padded to multiples, so that few shapes have to be compiled
_COLUMN = 8  # pixels of input for each column of output
_BATCH_PIXELS = 4 * 320  # width of all lines of one call together; more gains no time, only memory


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word of a line, from `start` to `end` as fractions of the line's length."""

    text: str
    start: float
    end: float
    certainty: float


@dataclass(frozen=True, slots=True)
class Letters:
    """A read line: `text`, and for each of its characters where it stands and how sure it is.

    `centres` are fractions of the line's length, rising. `certainties` are 0..1.
    """

    text: str
    centres: tuple[float, ...]
    certainties: tuple[float, ...]

    def words(self) -> list[ReadWord]:
        """The runs between blanks, each with the stretch of the line it covers."""
        half = float(np.median(np.diff(self.centres))) / 2 if len(self.centres) > 1 else 0.5
        words = []
        for run in re.finditer(r"\S+", self.text):
            first, last = run.start(), run.end() - 1
            # Half a letter beyond the outer letters, but not over the half of the way to the next.
            start, end = self.centres[first] - half, self.centres[last] + half
            if first > 0:
                start = max(start, (self.centres[first] + self.centres[first - 1]) / 2)
            if last + 1 < len(self.centres):
                end = min(end, (self.centres[last] + self.centres[last + 1]) / 2)
            certainty = float(np.mean(self.certainties[first : last + 1]))
            words.append(ReadWord(run.group(), max(0.0, start), min(1.0, end), certainty))
        return words

    @property
    def certainty(self) -> float:
        """The mean over the characters; 0 for an empty line."""
        return float(np.mean(self.certainties)) if self.certainties else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRecogniser:
    """Reads lines. `alphabet[0]` stands for "no character here"."""

    OUTPUTS: ClassVar = ["fetch_name_0"]

    session: Session
    alphabet: tuple[str, ...]
    foreign: NDArray[np.bool_] | None = None
    """For each character whether it is never read."""

    @classmethod
    def probes(cls, line: Pixels) -> list[Probe]:
        """Inputs of usual sizes that show the picture, to choose a runtime with."""
        return [
            {"x": _batch([_scaled(line)] * count, width)} for count, width in ((1, 320), (8, 448))
        ]

    def read(self, lines: Sequence[Pixels]) -> list[Letters]:
        """One `Letters` for each RGB picture of a line, in order."""
        scaled = [_scaled(line) for line in lines]
        read: list[Letters] = [Letters("", (), ())] * len(lines)
        order = sorted(range(len(lines)), key=lambda index: scaled[index].shape[1])
        while order:
            width = _padded(scaled[order[-1]].shape[1])
            count = max(1, _BATCH_PIXELS // width)
            chosen, order = order[-count:], order[:-count]
            batch = _batch([scaled[index] for index in chosen], width)
            (scores,) = self.session.run(self.OUTPUTS, x=batch)
            for row, index in enumerate(chosen):
                read[index] = self._decoded(scores[row], scaled[index].shape[1])
        return read

    def _decoded(self, scores: NDArray[np.float32], width: int) -> Letters:
        """Greedy CTC (Graves et al., 2006): runs of one character count once, gaps part them."""
        if self.foreign is not None:
            scores = np.where(self.foreign, 0, scores)
        best = scores.argmax(axis=1)
        sure = scores[np.arange(len(best)), best]
        starts = np.flatnonzero(np.diff(best, prepend=-1))
        ends = np.append(starts[1:], len(best))
        text, centres, certainties = [], [], []
        for start, end in zip(starts, ends, strict=True):
            if best[start] == 0:
                continue
            text.append(self.alphabet[best[start]])
            centres.append(min(1.0, (start + end) / 2 * _COLUMN / width))
            certainties.append(float(sure[start:end].max()))
        return Letters("".join(text), tuple(centres), tuple(certainties))


def _batch(lines: Sequence[Pixels], width: int) -> NDArray[np.float32]:
    """Lines side by side in a batch, channels first, BGR in -1..1, grey after their end."""
    batch = np.zeros((len(lines), 3, _HEIGHT, width), np.float32)
    for row, line in enumerate(lines):
        blob = cv2.dnn.blobFromImage(line, 1 / 127.5, mean=(127.5,) * 3, swapRB=True)
        batch[row, :, :, : line.shape[1]] = blob[0]
    return batch


def _scaled(line: Pixels) -> Pixels:
    height, width = line.shape[:2]
    size = (max(_COLUMN, round(width * _HEIGHT / height)), _HEIGHT)
    scaled: Pixels = cv2.resize(line, size)
    return scaled


def _padded(width: int) -> int:
    return max(_SHORTEST, -(-width // _STEP) * _STEP)
