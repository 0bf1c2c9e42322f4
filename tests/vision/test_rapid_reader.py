import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sightline.assets import Pixels, Reading
from sightline.errors import BrokenModel
from sightline.geometry import bounds
from sightline.media.stills import stills
from sightline.vision.rapid_reader import RapidReader
from sightline.vision.runtime import remembered_choices

both_installed = pytest.mark.skipif(
    find_spec("openvino") is None, reason="openvino is not installed"
)


@pytest.fixture(
    scope="module", params=["onnxruntime", pytest.param("openvino", marks=both_installed)]
)
def reader(request: pytest.FixtureRequest, models_dir: Path) -> Iterator[RapidReader]:
    return RapidReader.open(models_dir, runtime=request.param)


def page(
    *texts: tuple[int, int, str], size: tuple[int, int] = (800, 600), height: int = 28
) -> Pixels:
    """A white page with black text at pixel places."""
    card = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(card), ImageFont.load_default(size=height)
    for left, top, text in texts:
        draw.text((left, top), text, fill="black", font=font)
    return np.array(card, dtype=np.uint8)


LETTER = (
    (60, 60, "Order 4711"),
    (60, 160, "Dear Mrs Tanaka, the lamp"),
    (60, 220, "was sent on 3 March 2024."),
    (60, 320, "Total: 59.90 EUR"),
)


def test_it_says_what_it_runs_on_and_its_name_does_not(reader: RapidReader):
    runtimes = [choice.runtime for choice in reader.choices]
    said = [f"{package} {version(package)}" for package in ("rapidocr", *runtimes)]
    assert reader.runtime == ", ".join(said)
    assert not any(package in reader.name for package in runtimes)


def test_lines_are_read_with_their_words_and_places(reader: RapidReader):
    reading = reader.read(page(*LETTER))
    assert reading.text.splitlines() == [text for _, _, text in LETTER]
    for line, (left, top, text) in zip(reading.lines, LETTER, strict=True):
        assert line.confidence > 0.9
        assert " ".join(word.text for word in line.words) == text
        box = bounds(line.polygon)
        assert box.left * 800 == pytest.approx(left, abs=15)
        assert box.top * 600 < top + 14 < box.bottom * 600  # the middle of the letters
        edges = [(bounds(word.polygon).left, bounds(word.polygon).right) for word in line.words]
        assert edges == sorted(edges)
        assert box.left <= edges[0][0]
        assert edges[-1][1] <= box.right + 1e-6


def test_a_word_is_where_it_was_drawn(reader: RapidReader):
    font = ImageFont.load_default(size=28)
    before, after = font.getlength("Total: "), font.getlength("Total: 59.90")
    line = reader.read(page(*LETTER)).lines[-1]
    (price,) = [word for word in line.words if word.text == "59.90"]
    box = bounds(price.polygon)
    assert box.left * 800 == pytest.approx(60 + before, abs=14)
    assert box.right * 800 == pytest.approx(60 + after, abs=14)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_turned_pages_are_read_and_their_lines_start_where_the_text_starts(
    reader: RapidReader, quarters: int
):
    picture = np.ascontiguousarray(np.rot90(page(*LETTER), quarters))
    reading = reader.read(picture)
    assert reading.text.splitlines() == [text for _, _, text in LETTER]
    first = reading.lines[0].polygon
    start = {1: (0.1, 0.93), 2: (0.93, 0.9), 3: (0.9, 0.07)}[quarters]
    assert (first[0].x, first[0].y) == pytest.approx(start, abs=0.06)


def test_columns_are_read_one_by_one(reader: RapidReader):
    left = ["The old town lies", "between two rivers", "and has a bridge,", "built in 1755, that"]
    right = [
        "carries no cars now.",
        "On market days the",
        "farmers come early",
        "and leave at noon.",
    ]
    columns = [
        *((40, 120 + 50 * row, text) for row, text in enumerate(left)),
        *((440, 122 + 50 * row, text) for row, text in enumerate(right)),
    ]
    reading = reader.read(page((120, 40, "A walk through the old town in one day"), *columns))
    assert reading.text.splitlines()[1:] == left + right


def test_prices_stay_in_the_row_of_their_item(reader: RapidReader):
    items = [("Green tea", "3.20"), ("Apple cake", "4.50"), ("Total", "7.70")]
    receipt = [
        place
        for row, (item, price) in enumerate(items)
        for place in ((60, 60 + 60 * row, item), (500, 62 + 60 * row, price))
    ]
    reading = reader.read(page(*receipt, size=(640, 300)))
    assert reading.text.split("\n") == [text for item in items for text in item]


def test_a_word_cut_out_without_a_margin_is_read(reader: RapidReader):
    card = page((10, 10, "GRAND"), size=(140, 60), height=32)
    ink = np.argwhere(card[:, :, 0] < 128)
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0)
    assert reader.read(card[top : bottom + 1, left : right + 1]).text == "GRAND"


@pytest.mark.parametrize(
    "picture",
    [
        np.full((480, 640, 3), 255, np.uint8),
        np.zeros((100, 100, 3), np.uint8),
        np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        np.zeros((3, 4000, 3), np.uint8),
        np.zeros((4000, 3, 3), np.uint8),
    ],
    ids=["white", "black", "noise", "one pixel", "a row", "a column"],
)
def test_a_picture_without_text_is_read_as_nothing(reader: RapidReader, picture: Pixels):
    assert reader.read(picture) == Reading()


def test_a_view_into_a_larger_picture_is_read_like_a_copy(reader: RapidReader):
    wide = page(*LETTER, size=(1600, 1200))
    view = wide[:600, :800]
    assert reader.read(view) == reader.read(view.copy())


def test_several_threads_read_at_once(reader: RapidReader):
    pictures = [page((40, 40, f"Invoice {1000 + n}"), size=(400, 120)) for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        texts = [reading.text for reading in pool.map(reader.read, pictures)]
    assert texts == [f"Invoice {1000 + n}" for n in range(8)]


def test_a_reader_that_cannot_read_its_test_picture_refuses(reader: RapidReader):
    recogniser = reader._recogniser
    shifted = replace(recogniser, alphabet=(*recogniser.alphabet[1:], "?"))
    broken = RapidReader(reader._detector, shifted, reader.choices)
    for _ in range(2):
        with pytest.raises(BrokenModel, match="expected the reader to read 'Sightline 2049'"):
            broken.read(page(*LETTER))


@both_installed
def test_the_runtime_is_chosen_by_measuring(models_dir: Path):
    reader = RapidReader.open(models_dir)
    assert {choice.reason for choice in reader.choices} == {"measured"}
    assert set(reader.choices) <= set(remembered_choices(models_dir))
    assert reader.read(page(*LETTER)).lines


def test_the_name_says_what_reads(reader: RapidReader):
    assert reader.name.startswith("rapidocr:PP-OCRv6-small:")


def normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).lower()
    return " ".join(re.findall(r"[^\W_]+", folded))


@pytest.mark.data
def test_real_receipts_signs_and_words_are_read(reader: RapidReader, shared_data: Path):
    kinds = {"receipt": 3, "street sign": 1, "word crop": 4, "printed page, upside down": 1}
    found = wanted = hits = fields = 0
    for entry in json.loads((shared_data / "ocr" / "truth.json").read_text()):
        kinds[entry["kind"]] = kinds.get(entry["kind"], 0) - 1
        if kinds[entry["kind"]] < 0:
            continue
        picture = stills((shared_data / entry["image"]).read_bytes(), max_side=2048).stills[0]
        text = normal(reader.read(picture.pixels).text)
        truth = Counter(normal(" ".join(line["text"] for line in entry["lines"])).split())
        found += (truth & Counter(text.split())).total()
        wanted += truth.total()
        hits += sum(normal(value) in text for value in entry["fields"].values())
        fields += len(entry["fields"])
    assert found / wanted >= 0.95
    assert hits / fields >= 0.85


def test_in_a_language_no_letter_of_another_script_is_read(reader: RapidReader):
    assert RapidReader.languages == ("latin", "chinese", "japanese")
    latin = reader.in_language("latin")
    assert latin.name == f"{reader.name}:latin"
    letter = page(*LETTER)
    assert latin.read(letter).text == reader.read(letter).text


def test_a_foreign_letter_is_never_read(reader: RapidReader):
    letters = reader._recogniser
    barred = np.array([character == "4" for character in letters.alphabet])
    limited = RapidReader(reader._detector, replace(letters, foreign=barred), reader.choices)
    limited._proven = True  # its test picture has a 4
    card = page((60, 60, "Order 4711 of 2009"))
    assert reader.read(card).text == "Order 4711 of 2009"
    assert "4" not in limited.read(card).text
