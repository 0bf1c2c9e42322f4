"""One server for all tests of the official clients."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sightline.chat.fake import ScriptedChat
from sightline.errors import UpstreamRateLimited, UpstreamRejected, UpstreamTruncated
from sightline.events import ReasoningDelta, TextDelta
from wire.deployments import Deployment, at, quirky_upstream, sightline_serve
from wire.serving import Served, serving
from wire.standin import END, standin


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Deployments: scripted; slow (a word each 20 ms); thinking; cut (breaks off); busy (429);
    rejecting (502, asking again is no use).
    """
    models = [
        ScriptedChat("slow", [*[TextDelta("word ")] * 500, END], delay=0.02),
        ScriptedChat("thinking", [ReasoningDelta("Hm."), TextDelta("Yes."), END]),
        ScriptedChat("cut", [TextDelta("Half an ans"), UpstreamTruncated("the model broke off")]),
        ScriptedChat("busy", [UpstreamRateLimited("wait a moment", retry_after=0.01)]),
        ScriptedChat("rejecting", [UpstreamRejected("the prompt is too long")]),
    ]
    with serving(standin(tmp_path_factory.mktemp("served"), models)) as running:
        yield running


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Where a test can put a picture of its own."""
    return tmp_path / "question.png"


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`sightline serve` with the built-in answerer and a model server with every quirk."""
    folder = tmp_path_factory.mktemp("deployed")
    with quirky_upstream() as quirky, sightline_serve(folder, *quirky) as address:
        yield address


@pytest.fixture(params=["scripted", "extractive", "quirky"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Each deployment in turn, for what must hold for all of them."""
    if request.param == "scripted":
        return at(request.getfixturevalue("served").address, request.param)
    return at(request.getfixturevalue("deployed"), request.param)
