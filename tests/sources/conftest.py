"""Real servers, one of each for the whole run, and a studio that ingests from them."""

from collections.abc import Iterator

import pytest

from sources.servers import Azurite, S3Server


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    server = Azurite(tmp_path_factory.mktemp("azurite"))
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    server = S3Server()
    yield server.start()
    server.stop()
