"""The reader `rapidocr`: PP-OCRv6 small, whose two ONNX models lie in the wheel of RapidOCR.

Boxes are found (`text_boxes`), cut out and read (`text_lines`), turned where they stand on their
head, and put into reading order (`reading_order`). Only the models are RapidOCR's: the steps
around them decide what a line, a word and its polygon are, so they are here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sightline.assets import Line, Pixels, Reading, Word
from sightline.errors import BrokenModel, MissingModel
from sightline.geometry import polygon_from_pixels
from sightline.vision.reading_order import reading_order
from sightline.vision.runtime import Choice, open_fastest, version_of
from sightline.vision.scripts import SCRIPTS, foreign
from sightline.vision.text_boxes import Quad, TextDetector, cut_out, part, sides, turned
from sightline.vision.text_lines import Letters, TextRecogniser

VERSION = "1"
"""Counts changes of models or settings that change what is read."""

_CERTAIN = 0.6  # below, a line is taken for texture; real lines are seldom below 0.9
_CERTAIN_ALONE = 0.9  # a single character on its own is more often texture than text
_HEAD_DOWN = 0.9  # medians of lines upside down: 0.56 to 0.85; the right way up: 0.97 to 1.0
_SAMPLE = 5  # lines that are read the other way round to find out
_ELONGATED = 1.5  # a box this much longer one way than the other shows how its text runs
_RUNS_ACROSS = 2.5  # heights of a line; what crosses the page's direction for less is one letter
_CROP_SIDE = 320  # pixels; smaller pictures may be one cut-out word without a margin
_CROP_CERTAIN = 0.8

_SELF_TEST = "Sightline 2049"


@dataclass(frozen=True, slots=True)
class _Found:
    quad: Quad
    letters: Letters


class RapidReader:
    """Reads printed text and much handwriting, in Latin, Chinese and Japanese script.

    Calls from several threads are safe.
    """

    languages = tuple(SCRIPTS)

    def __init__(
        self,
        detector: TextDetector,
        recogniser: TextRecogniser,
        choices: tuple[Choice, ...] = (),
        language: str = "",
    ) -> None:
        """`language`: the one that the recogniser is limited to, for the name."""
        self._detector = detector
        self._recogniser = recogniser
        self._language = language
        self._proof = Lock()
        self._proven = False
        self.choices = choices
        """Which runtime each model got, and why."""

    @classmethod
    def open(cls, models_dir: Path, *, threads: int = 2, runtime: str = "auto") -> Self:
        """Opens the models of the installed RapidOCR.

        `models_dir` remembers which runtime is fastest (see `sightline.vision.runtime`).

        Raises:
            MissingModel: when RapidOCR is not installed or has other models.
            MissingPackage: when `runtime` names a runtime that is not installed.
            BrokenModel: when a model cannot be opened.
        """
        detector, found = open_fastest(
            _model("PP-OCRv6_det_small.onnx"),
            TextDetector.OUTPUTS,
            TextDetector.probes(_drawn(_SELF_TEST)),
            memory=models_dir,
            threads=threads,
            setting=runtime,
        )
        recogniser, read = open_fastest(
            _model("PP-OCRv6_rec_small.onnx"),
            TextRecogniser.OUTPUTS,
            TextRecogniser.probes(_drawn(_SELF_TEST)),
            memory=models_dir,
            threads=threads,
            setting=runtime,
        )
        alphabet = ("", *recogniser.metadata("character").splitlines(), " ")
        return cls(
            TextDetector(session=detector),
            TextRecogniser(session=recogniser, alphabet=alphabet),
            (found, read),
        )

    @property
    def name(self) -> str:
        """Engine, models and the version of the steps around them."""
        return ":".join(filter(None, ("rapidocr:PP-OCRv6-small", VERSION, self._language)))

    def in_language(self, language: str) -> "RapidReader":
        """A reader of the same models that never takes a letter for one of another script."""
        letters = self._recogniser
        limited = replace(letters, foreign=foreign(letters.alphabet, language))
        return RapidReader(self._detector, limited, self.choices, language)

    @property
    def runtime(self) -> str:
        """The package that the models come with and what each runs on, with their versions."""
        packages = ("rapidocr", *(choice.runtime for choice in self.choices))
        return ", ".join(f"{package} {version_of(package)}" for package in packages)

    def read(self, picture: Pixels) -> Reading:
        """The lines on an upright RGB picture (height × width × 3), in reading order.

        Pages that lie on their side or head are read as well; the polygons of their lines start
        where the text starts.

        Raises:
            BrokenModel: when the models cannot even read a rendered line (checked at first use).
        """
        self._prove()
        found = self._lines(picture)
        if max(picture.shape[:2]) < _CROP_SIDE and len(found) <= 1:
            found = self._whole(picture, found)
        order = reading_order([each.quad for each in found])
        height, width = picture.shape[:2]
        return Reading(tuple(_line(found[index], width, height) for index in order))

    def _lines(self, picture: Pixels) -> list[_Found]:
        level, upended = _by_direction(self._detector.find(picture))
        found = self._right_way_up(picture, level) + self._right_way_up(picture, upended)
        return [each for each in found if _is_text(each.letters)]

    def _right_way_up(self, picture: Pixels, quads: Sequence[Quad]) -> list[_Found]:
        """Lines of one direction, read one way, and the other way round where that is better."""
        found = self._read(picture, quads)
        if not found or _median([each.letters for each in found]) >= _HEAD_DOWN:
            return found
        longest = sorted(found, key=lambda each: -sides(each.quad)[0])[:_SAMPLE]
        sample = self._read(picture, [turned(each.quad, 2) for each in longest])
        if _median([each.letters for each in sample]) <= _median([x.letters for x in longest]):
            return found
        return self._read(picture, [turned(quad, 2) for quad in quads])

    def _read(self, picture: Pixels, quads: Sequence[Quad]) -> list[_Found]:
        letters = self._recogniser.read([cut_out(picture, quad) for quad in quads])
        return [_Found(quad, each) for quad, each in zip(quads, letters, strict=True)]

    def _whole(self, picture: Pixels, found: list[_Found]) -> list[_Found]:
        """A word cut out without a margin: the picture itself is the line."""
        height, width = picture.shape[:2]
        frame = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        (whole,) = self._read(picture, [frame])
        best = max([_CROP_CERTAIN, *(each.letters.certainty for each in found)])
        enough = len(whole.letters.text.strip()) > 1 and whole.letters.certainty > best
        return [whole] if enough else found

    def _prove(self) -> None:
        """Before the first picture: a rendered line must be read as it was written."""
        if self._proven:
            return
        with self._proof:
            lines = self._lines(_drawn(_SELF_TEST))
            text = " ".join(each.letters.text for each in lines)
            if text != _SELF_TEST:
                runtimes = ", ".join(f"{each.model} on {each.runtime}" for each in self.choices)
                raise BrokenModel(
                    f"expected the reader to read {_SELF_TEST!r} on a test picture,"
                    f" it read {text!r} ({runtimes})",
                    hint="Set the reader's runtime to 'onnxruntime', or install rapidocr again.",
                )
            self._proven = True


def _by_direction(quads: Sequence[Quad]) -> tuple[list[Quad], list[Quad]]:
    """Boxes whose text runs level, and those whose text runs up or down, turned to start there.

    Most boxes are clearly longer one way. The rest, and short boxes across the page's direction
    (a 1 is taller than wide), follow the direction of the page.
    """
    shapes = [sides(quad) for quad in quads]
    wide = [height for width, height in shapes if width >= _ELONGATED * height]
    tall = [width for width, height in shapes if height >= _ELONGATED * width]
    page_is_upended = len(tall) > len(wide)
    thickness = float(np.median((tall if page_is_upended else wide) or [0.0]))
    level, upended = [], []
    for quad, (width, height) in zip(quads, shapes, strict=True):
        along, across = (height, width) if page_is_upended else (width, height)
        crosses = across >= _ELONGATED * along and across >= _RUNS_ACROSS * thickness
        if page_is_upended != crosses:
            upended.append(turned(quad, 1))
        else:
            level.append(quad)
    return level, upended


def _is_text(letters: Letters) -> bool:
    text = letters.text.strip()
    return bool(text) and letters.certainty >= (_CERTAIN if len(text) > 1 else _CERTAIN_ALONE)


def _median(lines: Sequence[Letters]) -> float:
    return float(np.median([line.certainty for line in lines]))


def _line(found: _Found, width: int, height: int) -> Line:
    words = tuple(
        Word(
            text=word.text,
            polygon=polygon_from_pixels(part(found.quad, word.start, word.end), width, height),
            confidence=round(word.certainty, 4),
        )
        for word in found.letters.words()
    )
    return Line(
        text=" ".join(word.text for word in words),
        polygon=polygon_from_pixels(found.quad, width, height),
        confidence=round(found.letters.certainty, 4),
        words=words,
    )


def _model(name: str) -> Path:
    """A model file inside the installed RapidOCR, found without importing it."""
    package = find_spec("rapidocr")
    folders = (package.submodule_search_locations or []) if package else []
    for folder in folders:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise MissingModel(
        f"expected the model {name!r} in the package rapidocr, it is not there",
        hint="Install it with `pip install 'rapidocr>=3.10,<4'`.",
    )


def _drawn(text: str) -> Pixels:
    """The text in black on a white card."""
    card = Image.new("RGB", (480, 160), "white")
    font = ImageFont.load_default(size=48)
    ImageDraw.Draw(card).text((40, 50), text, fill="black", font=font)
    return np.array(card, dtype=np.uint8)
