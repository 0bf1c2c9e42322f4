"""Where text stands on a picture: the DB detector of PP-OCR around one ONNX session.

Differentiable binarization: Liao et al., "Real-time Scene Text Detection with Differentiable
Binarization", 2020. The network gives the probability that a pixel lies in the (shrunken) core of
a line of text; cores become rotated rectangles, which are grown back to the height of the letters.
"""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from sightline.assets import Pixels
from sightline.vision.runtime import Probe, Session

Quad = NDArray[np.float32]
"""Four corners [[x, y], …] in pixels: from the top left of the text, clockwise."""

_STRIDE = 32  # the network halves its input five times
_CORE = 0.3  # a pixel with this probability belongs to a core
_MIN_CORE_SIDE = 3  # pixels of the map; smaller cores are specks
_MAX_CORES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDetector:
    """Finds lines of text.

    `pixels`, `longest`: pictures are made smaller to this area and this side before they are
    searched; the area counts, so that the letters of a long receipt or screenshot stay large
    enough. `smallest`: pictures whose longest side is below are enlarged to it. `certain`: mean
    probability a core must have. `growth`: how far a core grows, as a share of its area over its
    outline.
    """

    OUTPUTS: ClassVar = ["fetch_name_0"]

    session: Session
    pixels: int = 1280 * 960
    longest: int = 4096
    smallest: int = 320
    certain: float = 0.5
    growth: float = 1.8

    @classmethod
    def probes(cls, card: Pixels) -> list[Probe]:
        """Inputs of usual sizes that show the picture, to choose a runtime with."""
        return [{"x": _input(card, size)} for size in ((640, 480), (704, 1280))]

    def find(self, picture: Pixels) -> list[Quad]:
        """The boxes of the lines on an RGB picture, in no order of reading."""
        height, width = picture.shape[:2]
        scale = min(1.0, (self.pixels / (height * width)) ** 0.5, self.longest / max(height, width))
        if max(height, width) < self.smallest:
            scale = self.smallest / max(height, width)
        size = (_whole_strides(width * scale), _whole_strides(height * scale))
        (probability,) = self.session.run(self.OUTPUTS, x=_input(picture, size))
        boxes = self._boxes(probability[0, 0])
        return [_clockwise(box * (width / size[0], height / size[1])) for box in boxes]

    def _boxes(self, probability: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        cores = cv2.dilate((probability > _CORE).astype(np.uint8), np.ones((2, 2), np.uint8))
        outlines, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        boxes = []
        for outline in outlines[:_MAX_CORES]:
            centre, (across, along), angle = cv2.minAreaRect(outline)
            if min(across, along) < _MIN_CORE_SIDE:
                continue
            core = cv2.boxPoints((centre, (across, along), angle))
            if _mean_inside(probability, core) < self.certain:
                continue
            margin = self.growth * across * along / (2 * (across + along))
            grown = (across + 2 * margin, along + 2 * margin)
            boxes.append(cv2.boxPoints((centre, grown, angle)))
        return boxes


def part(quad: Quad, start: float, end: float) -> Quad:
    """The piece of a box between two fractions of its length."""
    top, bottom = quad[1] - quad[0], quad[2] - quad[3]
    return np.array(
        [
            quad[0] + start * top,
            quad[0] + end * top,
            quad[3] + end * bottom,
            quad[3] + start * bottom,
        ],
        np.float32,
    )


def turned(quad: Quad, quarters: int) -> Quad:
    """The same box with its text taken to start `quarters` corners further clockwise."""
    return np.roll(quad, -quarters, axis=0)


def sides(quad: Quad) -> tuple[float, float]:
    """Length of the line and height of its letters in pixels (the longer of opposite sides)."""
    edges = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    return float(max(edges[0], edges[2])), float(max(edges[1], edges[3]))


def cut_out(picture: Pixels, quad: Quad) -> Pixels:
    """The box as a picture of its own, its text running from left to right."""
    width, height = (max(1, round(side)) for side in sides(quad))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    straighten = cv2.getPerspectiveTransform(quad, corners)
    straight: Pixels = cv2.warpPerspective(
        picture, straighten, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return straight


def _input(picture: Pixels, size: tuple[int, int]) -> NDArray[np.float32]:
    """One picture of that size, channels first, BGR in -1..1."""
    smaller = size[0] < picture.shape[1]
    resized = cv2.resize(
        picture, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    )
    blob: NDArray[np.float32] = cv2.dnn.blobFromImage(
        resized, 1 / 127.5, mean=(127.5,) * 3, swapRB=True
    )
    return blob


def _whole_strides(side: float) -> int:
    return max(_STRIDE, round(side / _STRIDE) * _STRIDE)


def _mean_inside(probability: NDArray[np.float32], box: NDArray[np.float32]) -> float:
    height, width = probability.shape
    left, top = np.clip(np.floor(box.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(box.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [(box - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], inside)[0])


def _clockwise(box: NDArray[np.float32]) -> Quad:
    """Corners from the top left, clockwise as seen on the screen."""
    by_x = box[np.argsort(box[:, 0], kind="stable")]
    left = by_x[:2][np.argsort(by_x[:2, 1], kind="stable")]
    right = by_x[2:][np.argsort(by_x[2:, 1], kind="stable")]
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
