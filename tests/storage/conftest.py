"""An open catalog in a folder of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.storage.catalog import Catalog


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Fresh and up to date."""
    opened = Catalog.of(tmp_path)
    yield opened
    opened.close()
