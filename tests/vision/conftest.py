"""The embedded encoders, opened once for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loopback import running
from sightline.errors import MissingModel
from sightline.vision.lite0 import Lite0
from sightline.vision.minilm import MiniLM
from vision.hub_server import Hub


@pytest.fixture(scope="session")
def minilm(models_dir: Path) -> MiniLM:
    """The text encoder over the real weights."""
    try:
        return MiniLM.open(models_dir)
    except MissingModel as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lite0(models_dir: Path, minilm: MiniLM) -> Lite0:
    """The picture encoder over the real weights."""
    return Lite0.open(models_dir, text_encoder=minilm)


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A model hub that gives one small model."""
    with running(Hub()) as answering:
        yield answering


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """An empty folder for models."""
    return tmp_path / "models"
