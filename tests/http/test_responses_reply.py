"""Events of an answer to the events of the Responses API, and to whole responses."""

from collections.abc import Iterable
from typing import Any

import pytest
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from sightline.errors import InvalidRequest, SightlineError, UpstreamRateLimited, UpstreamTruncated
from sightline.events import (
    AnswerEvent,
    Finished,
    FinishReason,
    Gathered,
    Grounded,
    ReasoningDelta,
    TextDelta,
    fold,
)
from sightline.http.data_sources import Reachable
from sightline.http.errors import error_body
from sightline.http.responses_items import Mark, Marks
from sightline.http.responses_reply import ResponsesReply
from sightline.http.responses_wire import asked_response
from wire.samples import EVENTS, LINKS, PHOTO, TENT, USAGE, WITHOUT_GROUNDS

EVENT = TypeAdapter[Any](ResponseStreamEvent)
TENTS = [{"type": "sightline", "parameters": {"index_name": "tents"}}]
OPENING = ["response.created", "response.in_progress"]
REASONING = [
    "response.output_item.added",
    "response.content_part.added",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.content_part.done",
    "response.output_item.done",
]
BEGINNING = ["response.output_item.added", "response.content_part.added"]
END = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]


def reply(*, grounded: bool = True) -> ResponsesReply:
    """A fresh encoder whose ids and times do not change."""
    body = {"model": "gpt-4", "input": "Which?", "data_sources": TENTS if grounded else []}
    wanted = asked_response(body, reachable=Reachable(here="127.0.0.1:8477"))
    return ResponsesReply(asked=wanted, links=LINKS, token="x", clock=lambda: 1710000000.5)


def sent(encoder: ResponsesReply, events: Iterable[AnswerEvent]) -> list[dict[str, Any]]:
    """All events of a stream; each fits the client's types, and they are numbered."""
    chunks = [chunk for event in events for chunk in encoder.chunks(event)]
    check(chunks)
    return chunks


def check(chunks: list[dict[str, Any]]) -> None:
    for chunk in chunks:
        assert EVENT.validate_python(chunk).type == chunk["type"]
    assert [chunk["sequence_number"] for chunk in chunks] == list(range(len(chunks)))


def types(chunks: Iterable[dict[str, Any]]) -> list[str]:
    return [chunk["type"] for chunk in chunks]


def test_a_whole_response():
    body = reply().body(fold(EVENTS))
    Response.model_validate(body)
    ours = body.pop("sightline")
    citation = {
        "type": "url_citation",
        "start_index": 15,
        "end_index": 21,
        "title": "x 200.tif",
        "url": "http://127.0.0.1:8477/api/indexes/tents/assets/a1/original",
    }
    assert body == {
        "id": "resp_x",
        "object": "response",
        "created_at": 1710000000,
        "completed_at": 1710000000,
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "background": False,
        "instructions": None,
        "max_output_tokens": None,
        "max_tool_calls": None,
        "metadata": {},
        "model": "gpt-4",
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "prompt_cache_key": None,
        "reasoning": {"effort": None, "summary": None},
        "safety_identifier": None,
        "store": False,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": None,
        "truncation": "disabled",
        "user": None,
        "output": [
            {
                "id": "rs_0_x",
                "type": "reasoning",
                "status": "completed",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "Hm."}],
            },
            {
                "id": "msg_x",
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [
                    {
                        "type": "output_text",
                        "text": "It is the X200 [doc1]. 🏕",
                        "annotations": [citation],
                        "logprobs": [],
                    }
                ],
            },
        ],
        "usage": {
            "input_tokens": 12,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 17,
            "estimated": True,
        },
    }
    assert [one["code"] for one in ours["warnings"]] == [
        "accepted_without_effect",
        "pictures_left_out",
    ]
    assert ours["intent"] == "Which tent?"
    tent, photo = ours["citations"]
    assert tent["sightline"]["quote"] == "SALE 49 €"
    assert photo["sightline"]["attached"] == 1


def test_the_events_of_a_stream_in_order():
    chunks = sent(reply(), EVENTS)
    assert types(chunks) == [
        *OPENING,
        *REASONING,
        *BEGINNING,
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        *END,
        "response.completed",
    ]
    first = chunks[0]["response"]
    assert (first["status"], first["output"], first["usage"]) == ("in_progress", [], None)
    assert [one["title"] for one in first["sightline"]["citations"]] == [TENT.title, PHOTO.title]
    assert first["sightline"]["warnings"][0]["code"] == "accepted_without_effect"
    assert [chunk["output_index"] for chunk in chunks if "output_index" in chunk] == [0] * 6 + [
        1
    ] * 8


ANSWERS = {
    "with everything": EVENTS,
    "without grounds": WITHOUT_GROUNDS,
    "no words at all": (WITHOUT_GROUNDS[0], WITHOUT_GROUNDS[-1]),
    "only an end": (WITHOUT_GROUNDS[-1],),
    "only reasoning": (ReasoningDelta("Hm"), ReasoningDelta("."), WITHOUT_GROUNDS[-1]),
    "filtered": (TextDelta("a"), Finished(reason="content_filter", usage=USAGE)),
    "a mark in pieces": (
        Gathered((TENT, PHOTO), "?"),
        *map(TextDelta, ["[x [", "do", "c1", "] and [doc2][doc1]", "[doc9]"]),
        Finished(reason="stop", usage=USAGE),
    ),
    "grounded": (
        TextDelta("Hi."),
        Grounded(text="Hi.", spans=(), status="Success"),
        Finished(reason="stop", usage=USAGE),
    ),
}


@pytest.mark.parametrize("grounded", [False, True])
@pytest.mark.parametrize("events", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_stream_ends_with_the_whole_response(events: tuple[AnswerEvent, ...], grounded: bool):
    *_, last = sent(reply(grounded=grounded), events)
    whole = reply(grounded=grounded).body(fold(events))
    Response.model_validate(whole)
    assert last["response"] == whole
    assert last["type"] == f"response.{whole['status']}"


@pytest.mark.parametrize("events", ANSWERS.values(), ids=ANSWERS.keys())
def test_the_pieces_of_a_stream_come_to_its_last_response(events: tuple[AnswerEvent, ...]):
    """A client that puts the pieces together has what the last event says."""
    chunks = sent(reply(), events)
    output: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        match chunk:
            case {"type": "response.output_item.added", "output_index": at, "item": item}:
                output[at] = item
            case {"type": "response.content_part.added", "output_index": at, "part": part}:
                output[at]["content"].append(part)
            case {"delta": delta, "output_index": at}:
                output[at]["content"][0]["text"] += delta
            case {"annotation": annotation, "output_index": at, "annotation_index": number}:
                kept = output[at]["content"][0]["annotations"]
                assert number == len(kept)
                kept.append(annotation)
            case {"type": "response.output_item.done", "output_index": at, "item": item}:
                assert output[at] | {"status": item["status"]} == item
                output[at] = item
    assert list(output.values()) == chunks[-1]["response"]["output"]


INCOMPLETE: dict[FinishReason, str] = {
    "length": "max_output_tokens",
    "content_filter": "content_filter",
}


@pytest.mark.parametrize(("reason", "told"), INCOMPLETE.items())
def test_an_answer_that_is_not_whole_says_why(reason: FinishReason, told: str):
    events = (TextDelta("a"), Finished(reason=reason, usage=USAGE))
    *_, done, last = sent(reply(), events)
    assert done["item"]["status"] == "incomplete"
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": told}
    assert last["response"]["completed_at"] is None


def test_reasoning_after_the_first_words_is_an_item_of_its_own():
    events = (
        TextDelta("One"),
        ReasoningDelta("Hm."),
        TextDelta(" two."),
        Finished(reason="stop", usage=USAGE),
    )
    *_, last = sent(reply(), events)
    message, reasoning = last["response"]["output"]
    assert message["content"][0]["text"] == "One two."
    assert (reasoning["type"], reasoning["content"][0]["text"]) == ("reasoning", "Hm.")
    first, second = reply().body(fold(events))["output"]
    assert (first["content"][0]["text"], second["content"][0]["text"]) == ("Hm.", "One two.")


def test_evidence_is_listed_when_an_index_was_asked_even_if_nothing_was_found():
    answer = fold(WITHOUT_GROUNDS)
    assert "citations" not in reply(grounded=False).body(answer)["sightline"]
    assert reply(grounded=True).body(answer)["sightline"]["citations"] == []


def test_marks_are_found_however_the_text_is_cut():
    text = "🏕 [doc1] [doc [doc12] [docs] [doc1234567] [doc3"
    whole = [Mark(1, 2, 8), Mark(12, 14, 21)]
    for size in range(1, len(text) + 1):
        marks = Marks()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        assert [mark for piece in pieces for mark in marks.feed(piece)] == whole
    assert all(text[mark.start : mark.end] == f"[doc{mark.number}]" for mark in whole)


BREAKS: dict[str, tuple[SightlineError, str]] = {
    "the model breaks off": (UpstreamTruncated("cut"), "server_error"),
    "the model asks to wait": (UpstreamRateLimited("wait"), "rate_limit_exceeded"),
    "a picture cannot be used": (InvalidRequest("no", param="input"), "invalid_prompt"),
}


@pytest.mark.parametrize(("error", "code"), BREAKS.values(), ids=BREAKS.keys())
def test_a_failure_inside_the_stream(error: SightlineError, code: str):
    encoder = reply()
    chunks = [
        chunk
        for event in (ReasoningDelta("Hm."), TextDelta("Half"))
        for chunk in encoder.chunks(event)
    ]
    chunks += encoder.broken(error_body(error))
    check(chunks)
    failed, told = chunks[-2:]
    assert failed["type"] == "response.failed"
    response = failed["response"]
    assert (response["status"], response["usage"]) == ("failed", None)
    assert response["error"] == {
        "code": code,
        "message": error.message,
        "type": error_body(error)["error"]["type"],
        "param": error.param,
    }
    assert [item["status"] for item in response["output"]] == ["completed", "incomplete"]
    assert told["type"] == "error"
    assert (told["code"], told["message"], told["param"]) == (
        error.code,
        error.message,
        error.param,
    )
    assert told["error"] == error_body(error)["error"]


def test_a_failure_before_the_first_event_has_a_response_to_belong_to():
    chunks = list(reply().broken(error_body(UpstreamTruncated("cut"))))
    check(chunks)
    assert types(chunks) == [*OPENING, "response.failed", "error"]
