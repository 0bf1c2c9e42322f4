"""A client that goes away ends the work behind its answer, on a real connection."""

import time

import httpx2
import pytest

from wire.serving import Served
from wire.standin import WORDS

ASK = {"model": "slow", "messages": [{"role": "user", "content": "Talk."}]}


def seconds_until_closed(served: Served, before: int) -> float:
    """How long after this call the model's generator was closed."""
    start = time.monotonic()
    while served.model("slow").closed_early == before:
        assert time.monotonic() - start < 5
        time.sleep(0.005)
    return time.monotonic() - start


def test_closing_a_stream_stops_the_model_within_a_second(served: Served):
    before = served.model("slow").closed_early
    with httpx2.Client(base_url=served.address) as client:
        with client.stream("POST", "/v1/chat/completions", json=ASK | {"stream": True}) as reply:
            for line in reply.iter_lines():
                if "word" in line:
                    break
        left = seconds_until_closed(served, before)
    assert left < 1


@pytest.mark.parametrize("stream", [False, True])
def test_giving_up_before_the_answer_stops_the_model_within_a_second(served: Served, stream: bool):
    before, asked = served.model("slow").closed_early, len(served.model("slow").prompts)
    body = ASK | {"stream": stream, "model": "slow"}
    with httpx2.Client(base_url=served.address, timeout=0.3) as client:
        try:
            with client.stream("POST", "/v1/chat/completions", json=body) as reply:
                reply.read() if not stream else next(reply.iter_bytes())
        except httpx2.ReadTimeout:
            pass
    assert len(served.model("slow").prompts) == asked + 1
    assert seconds_until_closed(served, before) < 1


def test_other_clients_are_served_while_one_is_slow(served: Served):
    with (
        httpx2.Client(base_url=served.address) as client,
        client.stream("POST", "/v1/chat/completions", json=ASK | {"stream": True}) as slow,
    ):
        lines = slow.iter_lines()
        next(lines)
        start = time.monotonic()
        reply = httpx2.post(
            f"{served.address}/v1/chat/completions", json=ASK | {"model": "scripted"}
        )
        assert time.monotonic() - start < 1
        assert reply.json()["choices"][0]["message"]["content"].startswith(WORDS[0].text)
        assert next(line for line in lines if "word" in line)
