"""kill -9 of workers and servers, wherever it falls: nothing is lost, doubled or half written."""

from pathlib import Path

import pytest

from killing import Slaughter


def test_six_kills(tmp_path: Path):
    toll = Slaughter(tmp_path, seed=11).run(workers=5, servers=1)
    assert (toll.workers, toll.servers) == (5, 1)
    assert toll.half_way > 0
    assert (toll.lost, toll.doubled, toll.half_written) == (0, 0, 0)


@pytest.mark.torture
def test_a_hundred_kills(tmp_path: Path):
    toll = Slaughter(tmp_path, seed=12).run(workers=85, servers=15)
    assert toll.workers + toll.servers == 100
    assert toll.half_way > 20
    assert (toll.lost, toll.doubled, toll.half_written) == (0, 0, 0)
