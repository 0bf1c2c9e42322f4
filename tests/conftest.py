"""Guards and fixtures that every test shares."""

import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data: `SIGHTLINE_DATA`, or `shared/data` beside the checkout."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    data = Path(os.environ.get("SIGHTLINE_DATA", beside))
    if not (data / "rag").is_dir():
        pytest.skip(f"no evaluation data at {data} (set SIGHTLINE_DATA)")
    return data


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of model files for the whole run, so that they are made once.

    `SIGHTLINE_MODELS` names a folder that lasts from run to run.
    """
    lasting = os.environ.get("SIGHTLINE_MODELS")
    return Path(lasting) if lasting else tmp_path_factory.mktemp("models")


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the network fails at once and says where it went."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test tried to reach {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def no_error_logs(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test that logs an ERROR fails, unless it clears `caplog` after looking at it."""
    yield
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, [record.getMessage() for record in errors]
