"""A client that goes away ends the work behind its answer, on a real connection.

In every dialect, for whole and for streamed answers, and whatever stands behind the deployment.
"""

import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from chat.back_ends import BACK_ENDS, BackEnd, question
from wire.dialects import DIALECTS
from wire.serving import Served, serving, until
from wire.standin import WORDS, standin

LEFT = 1.0
"""Seconds that anything may go on for a client that has left."""

TENTS = {"data_sources": [{"type": "sightline", "parameters": {"index_name": "tents"}}]}
KINDS = [made.__name__ for made in BACK_ENDS]


@pytest.fixture(scope="module")
def back_ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, BackEnd]]:
    """Each kind of back end twice, by the name of its model: talking, and silent."""
    with ExitStack() as opened:
        made = [
            opened.enter_context(kind(tmp_path_factory.mktemp("back-end"), silent=silent))
            for kind in BACK_ENDS
            for silent in (False, True)
        ]
        yield {back_end.model.name: back_end for back_end in made}


@pytest.fixture(scope="module")
def in_front(
    back_ends: Mapping[str, BackEnd], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server with all of them as deployments."""
    models = [back_end.model for back_end in back_ends.values()]
    with serving(standin(tmp_path_factory.mktemp("served"), models)) as running:
        yield running


@contextmanager
def visit(served: Served, dialect: str, model: str, *, stream: bool) -> Iterator[socket.socket]:
    """A connection on which a question has been asked; it is closed at the end of the block."""
    path, body = DIALECTS[dialect].request(model, question(), stream=stream, **TENTS)
    sent = json.dumps(body).encode()
    place = urlsplit(served.address)
    with socket.create_connection((place.hostname, place.port), timeout=10) as connection:
        head = f"POST {path} HTTP/1.1"
        lines = [head, f"host: {place.netloc}", "content-type: application/json"]
        lines += [f"content-length: {len(sent)}", "", ""]
        connection.sendall("\r\n".join(lines).encode() + sent)
        yield connection


def nothing_is_left(served: Served, back_end: BackEnd, tasks: int) -> None:
    until(lambda: not back_end.at_work() and not back_end.held() and served.tasks == tasks, LEFT)
    time.sleep(0.05)  # whoever does not know that it was left begins the next piece of work now
    assert not back_end.at_work()


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_leaving_between_the_words_of_a_stream(
    in_front: Served, back_ends: Mapping[str, BackEnd], kind: str, dialect: str
):
    back_end, tasks = back_ends[f"{kind}, silent=False"], in_front.tasks
    with visit(in_front, dialect, back_end.model.name, stream=True) as connection:
        received = b""
        while not (b"tent" in received or received.count(b"word ") >= 2):
            received += connection.recv(4096)
    nothing_is_left(in_front, back_end, tasks)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_leaving_while_the_first_word_is_made(
    in_front: Served, back_ends: Mapping[str, BackEnd], kind: str, dialect: str, stream: bool
):
    back_end, tasks = back_ends[f"{kind}, silent=True"], in_front.tasks
    with visit(in_front, dialect, back_end.model.name, stream=stream):
        until(lambda: bool(back_end.at_work()), 20)
    nothing_is_left(in_front, back_end, tasks)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", KINDS[:-1])  # the built-in answerer says all at once
def test_leaving_while_a_whole_answer_is_made(
    in_front: Served, back_ends: Mapping[str, BackEnd], kind: str, dialect: str
):
    back_end, tasks = back_ends[f"{kind}, silent=False"], in_front.tasks
    with visit(in_front, dialect, back_end.model.name, stream=False):
        until(lambda: bool(back_end.at_work()), 20)
        time.sleep(0.1)  # a few words have come
    nothing_is_left(in_front, back_end, tasks)


def test_other_clients_are_served_while_one_is_slow(served: Served):
    ask = {"model": "slow", "messages": [{"role": "user", "content": "Talk."}]}
    with (
        httpx2.Client(base_url=served.address) as client,
        client.stream("POST", "/v1/chat/completions", json=ask | {"stream": True}) as slow,
    ):
        lines = slow.iter_lines()
        next(lines)
        start = time.monotonic()
        reply = httpx2.post(
            f"{served.address}/v1/chat/completions", json=ask | {"model": "scripted"}
        )
        assert time.monotonic() - start < 1
        assert reply.json()["choices"][0]["message"]["content"].startswith(WORDS[0].text)
        assert next(line for line in lines if "word" in line)
