"""kill -9 in the middle of an ingest: a re-run ends with exactly one row for each picture."""

import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from sightline.index.lance import LanceIndexes

INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import sightline.ingest as module
import sightline.row_desk
from sightline.index.base import IndexInfo
from sightline.index.lance import LanceIndexes
from sightline.sources.folder import Folder
from sightline.vision.fake import FakePictureEncoder, FakeTextEncoder

sightline.row_desk.COMMIT_ROWS = 4  # many small commits: many moments at which a kill can hurt
text_encoder = FakeTextEncoder()
encoder = FakePictureEncoder(text_encoder=text_encoder)
indexes = LanceIndexes(Path(sys.argv[2]))
if "shop" not in indexes.names():
    info = IndexInfo(name="shop", encoder=encoder.identity, text_encoder=text_encoder.identity,
                     created_at=datetime.now(UTC))
    indexes.create(info)
engines = module.Engines(encoder=encoder, text_encoder=text_encoder, reader=None)
with indexes.writing("shop") as index:
    for event in module.ingest(Folder(Path(sys.argv[1])), index, engines):
        print(type(event).__name__, flush=True)
"""


def start(source: Path, indexes: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", INGEST, str(source), str(indexes)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    """The events until the end."""
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return told.split()


def kill_after(process: subprocess.Popen[str], events: int, seconds: float) -> None:
    """kill -9, so many seconds after so many events: anywhere in or between two commits."""
    assert process.stdout is not None
    for _ in range(events):
        process.stdout.readline()
    time.sleep(seconds)
    process.kill()
    process.communicate()


def check_kills(source: Path, tmp_path: Path, kills: int, seed: int) -> None:
    expected = finish(start(source, tmp_path / "whole")).count("Added")
    assert expected > 100

    moments = random.Random(seed)
    for round_ in range(kills):
        indexes = tmp_path / f"killed-{round_}"
        process = start(source, indexes)
        kill_after(process, moments.randrange(1, expected - 20), moments.uniform(0, 0.05))

        survived = LanceIndexes(indexes).open("shop").count()
        resumed = finish(start(source, indexes))
        assert resumed.count("Skipped") == survived
        assert resumed.count("Added") == expected - survived
        check_rows(indexes, expected)
        shutil.rmtree(indexes)


def check_rows(indexes: Path, expected: int) -> None:
    """One row for each picture, and each of them whole."""
    index = LanceIndexes(indexes).open("shop")
    assets = index.browse(0, 10_000)
    assert len(assets) == expected
    assert set(Counter(asset.key for asset in assets).values()) == {1}
    ids = [asset.id for asset in assets]
    assert index.vectors("picture", ids).keys() == set(ids)
    for thumbnail in index.thumbnails(ids).values():
        Image.open(BytesIO(thumbnail)).load()
    assert len(index.thumbnails(ids)) == expected


def test_three_kills(shared_data: Path, tmp_path: Path):
    check_kills(shared_data / "rag" / "images", tmp_path, kills=3, seed=7)


@pytest.mark.torture
def test_a_hundred_kills(shared_data: Path, tmp_path: Path):
    check_kills(shared_data / "rag" / "images", tmp_path, kills=100, seed=1)
