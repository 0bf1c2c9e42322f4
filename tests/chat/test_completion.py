"""Which streams are whole answers, and which break off: all ways that real servers were seen to."""

import asyncio
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from chat.asking import asking, deployed, events_of, failure_of, text_of
from chat.quirks_server import (
    DONE,
    STOP,
    Behaviour,
    QuirksServer,
    answers,
    counts,
    delta,
    event,
    stays_silent,
    streams,
)
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.model_server import Patience
from sightline.errors import (
    UpstreamEmpty,
    UpstreamError,
    UpstreamRejected,
    UpstreamTruncated,
    UpstreamUnreachable,
)
from sightline.events import Usage, fold
from sightline.messages import ImagePart, Sampling

IMPATIENT = Patience(between_chunks=0.3, counts=0.1)


ODD_AND_WHOLE: list[tuple[str, Behaviour, str]] = [
    (
        "pings, comments, other fields, chunks without choices",
        streams(
            b": ping\n\n",
            event({"choices": [], "prompt_filter_results": [], "id": ""}),
            b"event: message\nid: 7\nretry: 10\n",
            delta("Fine"),
            b": PROCESSING\n\n",
            delta("."),
            event({"choices": [{"index": 0, "content_filter_offsets": {}}]}),
            STOP,
            DONE,
        ),
        "Fine.",
    ),
    (
        "letters cut between packets",
        streams(*(bytes([byte]) for byte in delta("Schöne Grüße 🐿️") + STOP + DONE)),
        "Schöne Grüße 🐿️",
    ),
    (
        "all in one packet, with \\r\\n",
        streams((delta("Fi") + delta("ne.") + STOP + DONE).replace(b"\n", b"\r\n")),
        "Fine.",
    ),
    (
        "line separators that only Python takes for line ends",
        streams(delta("a\u2028b\x85c"), STOP, DONE),
        "a\u2028b\x85c",
    ),
    (
        "an emoji in two halves",
        streams(
            event(rb'{"choices":[{"delta":{"content":"\ud83d"}}]}'),
            event(rb'{"choices":[{"delta":{"content":"\ude00 ok \ud83d"}}]}'),
            event(rb'{"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}'),
        ),
        "😀 ok \ufffd!",
    ),
    ("no [DONE]", streams(delta("Fine."), STOP), "Fine."),
    ("no end at all", streams(delta("Fine."), STOP, DONE, then="silent"), "Fine."),
    ("cut after the end", streams(delta("Fine."), STOP, then="resets"), "Fine."),
    (
        "the last event lacks its empty line",
        streams(delta("Fine."), STOP.rstrip(b"\n")),
        "Fine.",
    ),
    (
        "one piece of JSON instead of a stream",
        answers(
            200,
            {"choices": [{"message": {"content": "Fine."}, "finish_reason": "stop"}]},
        ),
        "Fine.",
    ),
    (
        "the same, written by hand",
        answers(
            200,
            b'\n\n{\n "choices": [{\n "message": {"content": "Fine."},'
            b'\n\n "finish_reason": "stop"}]\n}\n',
        ),
        "Fine.",
    ),
    (
        "a stream that says it is JSON",
        streams(delta("Fine."), STOP, DONE, media_type="application/json"),
        "Fine.",
    ),
    (
        "words in parts",
        streams(
            event(
                {
                    "choices": [
                        {
                            "delta": {"content": [{"type": "text", "text": "Fine."}]},
                            "finish_reason": "stop",
                        }
                    ]
                }
            )
        ),
        "Fine.",
    ),
    (
        "a refusal in its own field",
        streams(delta(None, refusal="I cannot help."), STOP, DONE),
        "I cannot help.",
    ),
    (
        "error: null in each chunk",
        streams(
            event(
                {
                    "choices": [{"delta": {"content": "Fine."}, "finish_reason": "stop"}],
                    "error": None,
                }
            )
        ),
        "Fine.",
    ),
]


@pytest.mark.parametrize(
    ("behaviour", "text"), [case[1:] for case in ODD_AND_WHOLE], ids=[c[0] for c in ODD_AND_WHOLE]
)
async def test_odd_streams_that_are_whole_answers(
    server: QuirksServer, model: OpenAICompatible, behaviour: Behaviour, text: str
):
    server.will(behaviour)
    assert await text_of(model) == text


BROKEN: list[tuple[str, Behaviour, type[UpstreamError], str, str]] = [
    # what it does, how, the error, the words before it, what the message says
    ("nothing in the stream", streams(), UpstreamEmpty, "", "answered with nothing"),
    ("only [DONE]", streams(DONE), UpstreamEmpty, "", "answered with nothing"),
    ("an empty body", answers(200, b""), UpstreamEmpty, "", "answered with nothing"),
    ("JSON of another API", answers(200, {"response": "Hi"}), UpstreamEmpty, "", '"Hi"'),
    ("no finish_reason", streams(delta("Fi")), UpstreamTruncated, "Fi", "without saying"),
    ("[DONE] without it", streams(delta("Fi"), DONE), UpstreamTruncated, "Fi", "without saying"),
    (
        "cut inside an event",
        streams(delta("Fi"), b'data: {"choices":[{"delta":{"con'),
        UpstreamTruncated,
        "Fi",
        "without saying",
    ),
    (
        "hangs up in the middle",
        streams(delta("Fi"), then="hangs up"),
        UpstreamTruncated,
        "Fi",
        "broke off in its answer",
    ),
    (
        "resets in the middle",
        streams(delta("Fi"), then="resets"),
        UpstreamTruncated,
        "Fi",
        "broke off in its answer",
    ),
    (
        "hangs up after the headers",
        streams(then="hangs up"),
        UpstreamUnreachable,
        "",
        "broke off before its answer",
    ),
    (
        "an error as an object",
        streams(delta("Fi"), event({"error": {"message": "CUDA out of memory", "code": 500}})),
        UpstreamError,
        "Fi",
        "CUDA out of memory",
    ),
    (
        "an error as a string",
        streams(delta("Fi"), event({"error": "CUDA out of memory"})),
        UpstreamError,
        "Fi",
        "CUDA out of memory",
    ),
    (
        "an error on a bare line",
        streams(delta("Fi"), b'{"error": "CUDA out of memory"}\n'),
        UpstreamError,
        "Fi",
        "CUDA out of memory",
    ),
    (
        "an error that is an event of its own kind",
        streams(b"event: error\n" + event({"object": "error", "message": "No memory"})),
        UpstreamError,
        "",
        "No memory",
    ),
    (
        "a refusal inside the stream",
        streams(event({"error": {"message": "At most 1 image(s)", "code": 400}})),
        UpstreamRejected,
        "",
        "At most 1 image(s)",
    ),
    (
        "a reason that means failure",
        streams(delta("Fi"), delta(finish="error"), DONE),
        UpstreamTruncated,
        "Fi",
        "'error'",
    ),
    (
        "an error text that breaks its own JSON",
        streams(delta("Fi"), event(b'{"error": "tensor "x" is broken"}')),
        UpstreamError,
        "Fi",
        'tensor "x" is broken',
    ),
    (
        "a web page",
        answers(200, b"<!doctype html><title>Router</title>", media_type="text/html"),
        UpstreamRejected,
        "",
        "a web page titled 'Router'",
    ),
    (
        "a tool call instead of an answer",
        streams(
            delta(None, tool_calls=[{"index": 0, "function": {"name": "search"}}]),
            delta(finish="tool_calls"),
            DONE,
        ),
        UpstreamEmpty,
        "",
        "the tool 'search'",
    ),
    (
        "an event without end",
        streams(*[b"data: " + b"x" * 2**20] + [b"x" * 2**20] * 9),
        UpstreamError,
        "",
        "without an end",
    ),
]


@pytest.mark.parametrize(
    ("behaviour", "kind", "before", "says"),
    [case[1:] for case in BROKEN],
    ids=[case[0] for case in BROKEN],
)
async def test_broken_streams_never_pass_for_whole_answers(
    server: QuirksServer,
    model: OpenAICompatible,
    behaviour: Behaviour,
    kind: type[UpstreamError],
    before: str,
    says: str,
):
    server.will(behaviour)
    words, error = await failure_of(model)
    assert (type(error), words) == (kind, before)
    assert says in str(error)
    assert "'gpt'" in str(error), "the message names the deployment"
    assert len(server.requests) == 1, "nothing is repeated once an answer has begun"


@pytest.mark.parametrize(
    ("behaviour", "kind", "before"),
    [
        (stays_silent, UpstreamUnreachable, ""),
        (streams(then="silent"), UpstreamUnreachable, ""),
        (streams(delta("Fi"), then="silent"), UpstreamTruncated, "Fi"),
    ],
)
async def test_silence_has_an_end(
    server: QuirksServer, behaviour: Behaviour, kind: type[UpstreamError], before: str
):
    model = deployed(server.base_url, patience=IMPATIENT)
    server.will(behaviour)
    words, error = await failure_of(model)
    assert (type(error), words) == (kind, before)
    assert "nothing came for 0.3 s" in str(error)
    await model.close()


async def test_counts_are_not_waited_for_long(server: QuirksServer):
    model = deployed(server.base_url, patience=Patience(counts=0.1))
    server.will(streams(delta("Fine."), STOP, then="silent"))
    began = asyncio.get_running_loop().time()
    assert await text_of(model) == "Fine."
    assert asyncio.get_running_loop().time() - began < 2
    await model.close()


@pytest.mark.parametrize(
    ("pieces", "reasoning"),
    [
        ([delta(reasoning_content="Let me "), delta(reasoning_content="see.")], "Let me see."),
        ([delta(reasoning="Let me "), delta(reasoning="see.")], "Let me see."),
        ([delta(reasoning="See.", reasoning_content="See.")], "See."),
        ([delta("<think>Let me see.</think>\n\n")], "Let me see."),
        ([delta(letter) for letter in "<think>Let me <b>see.</think>\n\n"], "Let me <b>see."),
    ],
)
async def test_reasoning_is_kept_apart(
    server: QuirksServer, model: OpenAICompatible, pieces: list[bytes], reasoning: str
):
    server.will(streams(*pieces, delta("Fine."), STOP, DONE))
    answer = fold(await events_of(model))
    assert (answer.reasoning, answer.text) == (reasoning, "Fine.")


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        ({"finish_reason": "stop"}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"finish_details": {"type": "stop", "stop": "<|fim_suffix|>"}}, "stop"),
        ({"finish_details": {"type": "max_tokens"}, "finish_reason": None}, "length"),
        ({"finish_details": {"type": "content_filter"}}, "content_filter"),
        ({"finish_reason": "eos_token"}, "stop"),
    ],
)
async def test_why_an_answer_ended(
    server: QuirksServer, model: OpenAICompatible, last: dict[str, Any], reason: str
):
    server.will(streams(delta("Fine."), event({"choices": [{"delta": {}, **last}]}), DONE))
    answer = fold(await events_of(model))
    assert answer.finish_reason == reason
    assert not answer.warnings


@pytest.mark.parametrize(
    ("pieces", "code", "says"),
    [
        ([delta("Fine."), delta(finish="tool_calls")], "tool_call", "not done"),
        ([delta("Fine."), delta(finish="boredom")], "finish_reason", "'boredom'"),
        ([STOP], "empty_answer", "without an answer"),
        ([delta(reasoning="Hm."), delta(finish="length")], "empty_answer", "max_tokens"),
        ([delta(finish="content_filter")], "empty_answer", "content filter"),
    ],
)
async def test_odd_ends_are_said(
    server: QuirksServer, model: OpenAICompatible, pieces: list[bytes], code: str, says: str
):
    server.will(streams(*pieces, DONE))
    [warning] = fold(await events_of(model)).warnings
    assert warning.code == code
    assert says in warning.message


async def test_tokens_are_estimated_when_the_server_does_not_count(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(streams(delta("x" * 35), STOP))
    file = BytesIO()
    Image.new("RGB", (640, 480)).save(file, "PNG")
    picture = ImagePart(file.getvalue(), detail="high")
    usage = fold(await events_of(model, asking("y" * 70, images=(picture,)))).usage
    # 640 × 480 stays as it is and touches two tiles: 85 + 2 × 170.
    assert usage == Usage(prompt_tokens=20 + 425, completion_tokens=10, estimated=True)


async def test_the_counts_of_the_server_win_wherever_they_stand(
    server: QuirksServer, model: OpenAICompatible
):
    last = {
        "choices": [{"delta": {"content": "Fine."}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 6},
    }
    server.will(streams(counts(5, 1), event(last)), streams(delta("Fi"), STOP, 0.05, counts(5, 6)))
    for _ in range(2):
        usage = fold(await events_of(model)).usage
        assert usage == Usage(prompt_tokens=5, completion_tokens=6, estimated=False)


STOPPED: list[tuple[str, list[bytes], tuple[str, ...], str]] = [
    ("in one piece", [delta("Fine. END of"), delta(" it")], ("END",), "Fine. "),
    (
        "letter by letter",
        [delta(letter) for letter in "Fine. EN or END of it"],
        ("END",),
        "Fine. EN or ",
    ),
    ("the one that is complete first", [delta("a b"), delta("c")], ("c", "abc", "b"), "a "),
    ("at once", [delta("\n\nFine.")], ("\n",), ""),
    ("after reasoning with it", [delta("<think>END</think>Fine.END")], ("END",), "Fine."),
    ("before an error", [delta("Fine.END"), event({"error": "too late"})], ("END",), "Fine."),
]


@pytest.mark.parametrize(
    ("pieces", "stop", "text"), [case[1:] for case in STOPPED], ids=[case[0] for case in STOPPED]
)
async def test_a_server_that_ignores_stop_strings_is_stopped(
    server: QuirksServer,
    model: OpenAICompatible,
    pieces: list[bytes],
    stop: tuple[str, ...],
    text: str,
):
    server.will(streams(*pieces, then="silent"))
    answer = fold(await events_of(model, asking(sampling=Sampling(stop=stop))))
    assert (answer.text, answer.finish_reason) == (text, "stop")
    assert answer.usage.estimated
    await asyncio.wait_for(server.left.wait(), timeout=1)


async def test_half_a_stop_string_is_part_of_the_answer(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(streams(delta("Fine. EN"), delta(finish="length"), DONE))
    answer = fold(await events_of(model, asking(sampling=Sampling(stop=("END",)))))
    assert (answer.text, answer.finish_reason) == ("Fine. EN", "length")
    assert answer.usage.completion_tokens == 3
