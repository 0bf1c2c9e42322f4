"""Bodies to requests, and events to chunks or one answer, in the plain dialect."""

from collections.abc import Iterable
from typing import Any

import pytest

from sightline.errors import InvalidRequest
from sightline.events import AnswerEvent, Finished, TextDelta, fold
from sightline.http.data_sources import Reachable
from sightline.http.openai_wire import Reply, asked
from sightline.messages import Grounds, Message, Sampling, TextPart
from sightline.views import polygon_json
from wire.samples import EVENTS, LINE, WITHOUT_GROUNDS, reply

AROUND = Reachable(here="127.0.0.1:8477")
HELLO = [{"role": "user", "content": "Hello"}]


def test_a_body_becomes_a_request():
    wanted = asked(
        {
            "model": "extractive",
            "messages": HELLO,
            "temperature": 0.2,
            "stream": True,
            "stream_options": {"include_usage": True},
            "data_sources": [
                {
                    "type": "sightline",
                    "parameters": {"index_name": "tents", "role_information": "Be brief."},
                }
            ],
            "enhancements": {"ocr": {"enabled": True}, "grounding": {"enabled": True}},
            "colour": "red",
        },
        reachable=AROUND,
    )
    request = wanted.request
    assert request.deployment == "extractive"
    assert request.messages == (
        Message("system", (TextPart("Be brief."),)),
        Message("user", (TextPart("Hello"),)),
    )
    assert request.sampling == Sampling(temperature=0.2)
    assert request.grounds == Grounds(indexes=("tents",))
    assert request.read_text
    assert request.ground
    assert [note.split()[0:3] for note in request.notes] == [["The", "field", "'colour'"]]
    assert (wanted.stream, wanted.usage_chunk, wanted.grounded) == (True, True, True)


def test_the_path_names_the_deployment_before_the_model():
    wanted = asked({"model": "gpt-4", "messages": HELLO}, reachable=AROUND, deployment="eyes")
    assert wanted.request.deployment == "eyes"
    assert (wanted.stream, wanted.usage_chunk, wanted.grounded) == (False, False, False)


def test_a_request_without_a_deployment_is_refused():
    with pytest.raises(InvalidRequest) as raised:
        asked({"messages": HELLO}, reachable=AROUND)
    assert raised.value.param == "model"


def test_the_whole_answer():
    body = reply().body(fold(EVENTS))
    (choice,) = body.pop("choices")
    assert body == {
        "id": "chatcmpl-x",
        "object": "chat.completion",
        "created": 1710000000,
        "model": "gpt-4",
        "usage": {
            "prompt_tokens": 12,
            "completion_tokens": 5,
            "total_tokens": 17,
            "estimated": True,
        },
        "sightline": {
            "warnings": [
                {"code": "accepted_without_effect", "message": "A field has no effect."},
                {"code": "pictures_left_out", "message": "A picture was left out."},
            ]
        },
    }
    message = choice.pop("message")
    assert choice == {"index": 0, "finish_reason": "stop"}
    context = message.pop("context")
    assert message == {
        "role": "assistant",
        "content": "It is the X200 [doc1]. 🏕",
        "reasoning_content": "Hm.",
    }
    assert context["intent"] == "Which tent?"
    tent, photo = context["citations"]
    base = "http://127.0.0.1:8477/api/indexes/tents/assets/a1"
    assert tent == {
        "content": "X200 two-person tent\nSALE 49 €",
        "title": "x 200.tif",
        "url": f"{base}/original",
        "filepath": "tents/x 200.tif",
        "chunk_id": "0",
        "score": 0.875,
        "sightline": {
            "number": 1,
            "index": "tents",
            "asset": "a1",
            "asset_url": base,
            "thumbnail_url": f"{base}/thumbnail",
            "reasons": {"picture": 0.9},
            "place": {"page": 2, "pages": 3},
            "cited": True,
            "quote": "SALE 49 €",
            "regions": [polygon_json(LINE.polygon)],
            "inferred": False,
        },
    }
    assert photo == {
        "content": "",
        "title": "picture 1 of the question",
        "url": None,
        "filepath": None,
        "chunk_id": "0",
        "sightline": {"number": 2, "attached": 1},
    }


def test_a_context_is_there_when_an_index_was_asked_even_if_nothing_was_found():
    answer = fold(WITHOUT_GROUNDS)
    assert "context" not in reply(grounded=False).body(answer)["choices"][0]["message"]
    message = reply(grounded=True).body(answer)["choices"][0]["message"]
    assert message["context"] == {"citations": [], "intent": "Hello"}


def chunks(encoder: Reply, events: Iterable[AnswerEvent]) -> list[dict[str, Any]]:
    return [chunk for event in events for chunk in encoder.chunks(event)]


def test_the_chunks_of_a_stream_in_order():
    sent = chunks(reply(), EVENTS)
    heads = {(c["id"], c["object"], c["created"], c["model"]) for c in sent}
    assert heads == {("chatcmpl-x", "chat.completion.chunk", 1710000000, "gpt-4")}
    deltas = [c["choices"][0]["delta"] for c in sent]
    context = deltas[0].pop("context")
    assert [entry["title"] for entry in context["citations"]] == [
        "x 200.tif",
        "picture 1 of the question",
    ]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {},
        {"reasoning_content": "Hm."},
        {"content": "It is "},
        {"content": "the X200 [doc1]. 🏕"},
        {},
        {},
        {},
    ]
    assert [c["choices"][0]["finish_reason"] for c in sent] == [None] * 7 + ["stop"]
    assert sent[1]["sightline"]["warnings"][0]["code"] == "accepted_without_effect"
    assert sent[5]["sightline"]["cited"][0]["quote"] == "SALE 49 €"
    assert sent[6]["sightline"]["warnings"][0]["code"] == "pictures_left_out"
    assert sent[7]["usage"]["total_tokens"] == 17
    assert not any("usage" in chunk for chunk in sent[:7])


def test_usage_comes_in_a_chunk_of_its_own_when_asked_for():
    sent = chunks(reply(usage_chunk=True), WITHOUT_GROUNDS)
    assert [chunk["usage"] for chunk in sent[:-1]] == [None] * (len(sent) - 1)
    assert sent[-2]["choices"][0]["finish_reason"] == "length"
    assert sent[-1]["choices"] == []
    assert sent[-1]["usage"]["total_tokens"] == 17


def test_no_chunk_is_without_choices_unless_usage_was_asked_for():
    for events in (EVENTS, WITHOUT_GROUNDS):
        assert all(chunk["choices"] for chunk in chunks(reply(), events))


def folded(sent: list[dict[str, Any]]) -> dict[str, Any]:
    """What a client has when it puts the chunks of a stream together."""
    message: dict[str, Any] = {"content": ""}
    warnings: list[Any] = []
    cited: list[dict[str, Any]] = []
    for chunk in sent:
        ours = chunk.get("sightline", {})
        warnings += ours.get("warnings", [])
        cited += ours.get("cited", [])
        for choice in chunk["choices"]:
            delta = choice["delta"]
            message["content"] += delta.pop("content", "")
            if "reasoning_content" in delta:
                said = message.get("reasoning_content", "") + delta.pop("reasoning_content")
                message["reasoning_content"] = said
            message |= delta
    for quote in cited:
        message["context"]["citations"][quote["number"] - 1]["sightline"] |= quote
    last = next(
        chunk for chunk in sent if chunk["choices"] and chunk["choices"][0]["finish_reason"]
    )
    choice = {"index": 0, "finish_reason": last["choices"][0]["finish_reason"], "message": message}
    return {
        "id": sent[0]["id"],
        "object": "chat.completion",
        "created": sent[0]["created"],
        "model": sent[0]["model"],
        "choices": [choice],
        "usage": sent[-1]["usage"],
        "sightline": {"warnings": warnings},
    }


ANSWERS = {
    "with everything": EVENTS,
    "without grounds": WITHOUT_GROUNDS,
    "no words at all": (WITHOUT_GROUNDS[0], WITHOUT_GROUNDS[-1]),
    "words without evidence events": (TextDelta("a"), TextDelta("b"), WITHOUT_GROUNDS[-1]),
    "only an end": (WITHOUT_GROUNDS[-1],),
}


@pytest.mark.parametrize("usage_chunk", [False, True])
@pytest.mark.parametrize("events", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_stream_put_together_is_the_whole_answer(
    events: tuple[AnswerEvent, ...], usage_chunk: bool
):
    assert isinstance(events[-1], Finished)
    streamed = folded(chunks(reply(grounded=False, usage_chunk=usage_chunk), events))
    assert streamed == reply(grounded=False).body(fold(events))
