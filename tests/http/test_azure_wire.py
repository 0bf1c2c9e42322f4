"""Which dialect a request speaks, and what the reply looks like in it."""

import json
from typing import Any

import pytest

from sightline.events import fold
from sightline.http.azure_wire import AzureReply, Dialect, dialect, is_version
from wire.samples import EVENTS, WITHOUT_GROUNDS, reply

PLAIN = Dialect()
CITATIONS_2023 = Dialect(tool_turn=True, finish_details=True)
OLDEST = Dialect(tool_turn=True, turns=True, finish_details=True)

DIALECTS = {
    "2024 data sources": ("2024-02-15-preview", {"data_sources"}, False, PLAIN),
    "GA, no sources": ("2024-10-21", set(), False, PLAIN),
    "2023 plain chat": ("2023-12-01-preview", set(), False, Dialect(finish_details=True)),
    "2023 GA plain chat": ("2023-05-15", set(), False, Dialect(finish_details=True)),
    "2023 extensions": ("2023-12-01-preview", {"dataSources"}, True, CITATIONS_2023),
    "2023 extensions, enhancements only": ("2023-12-01-preview", set(), True, CITATIONS_2023),
    "old spelling on the plain path": ("2024-02-15-preview", {"dataSources"}, False,
                                       Dialect(tool_turn=True)),
    "new spelling, old version": ("2023-12-01-preview", {"data_sources"}, False,
                                  Dialect(finish_details=True)),
    "oldest extensions": ("2023-06-01-preview", {"dataSources"}, True, OLDEST),
    "oldest, its last version": ("2023-07-01-preview", set(), True, OLDEST),
    "after the oldest": ("2023-08-01-preview", {"dataSources"}, True, CITATIONS_2023),
    "oldest version, plain chat": ("2023-07-01-preview", set(), False,
                                   Dialect(finish_details=True)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "keys", "extensions", "expected"), DIALECTS.values(), ids=DIALECTS.keys()
)
def test_path_version_and_spelling_decide(
    version: str, keys: set[str], extensions: bool, expected: Dialect
):
    given: dict[str, Any] = {key: [] for key in keys | {"messages"}}
    assert dialect(version, given, extensions=extensions) == expected


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2024-02-15-preview", True),
        ("2024-10-21", True),
        ("preview", False),
        ("", False),
        ("2024-02", False),
        ("2024-02-15-beta", False),
        ("２０２４-02-15", False),
    ],
)
def test_a_version_is_a_date(text: str, known: bool):
    assert is_version(text) is known


def body(spoken: Dialect) -> dict[str, Any]:
    return AzureReply(plain=reply(), dialect=spoken).body(fold(EVENTS))


def choices(spoken: Dialect, *, usage_chunk: bool = False) -> list[dict[str, Any]]:
    encoder = AzureReply(plain=reply(usage_chunk=usage_chunk), dialect=spoken)
    return [
        choice for event in EVENTS for chunk in encoder.chunks(event) for choice in chunk["choices"]
    ]


def test_since_2024_the_reply_is_the_plain_one():
    assert body(PLAIN) == reply().body(fold(EVENTS))
    assert "end_turn" not in choices(PLAIN)[0]


def test_the_whole_answer_of_2023():
    (choice,) = body(CITATIONS_2023)["choices"]
    assert choice["finish_reason"] == "stop"
    assert choice["finish_details"] == {"type": "stop", "stop": "<|fim_suffix|>"}
    message = choice["message"]
    assert message["end_turn"] is True
    (turn,) = message["context"]["messages"]
    assert (turn["role"], turn["end_turn"]) == ("tool", False)
    told = json.loads(turn["content"])
    assert told["citations"] == message["context"]["citations"]
    assert told["intent"] == message["context"]["intent"] == "Which tent?"


def test_the_stream_of_2023_brings_the_sources_before_the_role():
    sent = choices(CITATIONS_2023)
    told = json.loads(sent[0]["delta"]["context"]["messages"][0]["content"])
    assert [entry["filepath"] for entry in told["citations"]] == ["tents/x 200.tif", None]
    assert "role" not in sent[0]["delta"]
    assert sent[1]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content") or "" for choice in sent).startswith("It is the")
    assert [choice["end_turn"] for choice in sent] == [False] * (len(sent) - 1) + [True]
    assert [choice["finish_details"] for choice in sent[:-1]] == [None] * (len(sent) - 1)
    assert sent[-1]["finish_details"]["type"] == "stop"


def test_the_whole_answer_of_the_oldest_form():
    (choice,) = body(OLDEST)["choices"]
    tool, assistant = choice["messages"]
    assert (tool["index"], tool["role"], tool["end_turn"]) == (0, "tool", False)
    assert json.loads(tool["content"])["intent"] == "Which tent?"
    assert assistant == {
        "index": 1,
        "role": "assistant",
        "content": "It is the X200 [doc1]. 🏕",
        "end_turn": True,
    }
    assert choice["message"]["content"] == assistant["content"]


def test_the_stream_of_the_oldest_form_mirrors_every_delta():
    sent = choices(OLDEST, usage_chunk=True)
    mirrored = [choice["messages"][0]["delta"] for choice in sent]
    assert mirrored[0]["role"] == "tool"
    assert json.loads(mirrored[0]["content"])["citations"][0]["title"] == "x 200.tif"
    assert mirrored[1] == {"role": "assistant", "content": ""}
    assert mirrored[4] == {"content": "It is "}
    assert mirrored[-1] == {}
    assert [c["delta"].get("content") for c in sent[1:]] == [m.get("content") for m in mirrored[1:]]


def test_the_token_limit_in_both_forms():
    encoder = AzureReply(plain=reply(grounded=False), dialect=CITATIONS_2023)
    (choice,) = encoder.body(fold(WITHOUT_GROUNDS))["choices"]
    assert choice["finish_reason"] == "length"
    assert choice["finish_details"] == {"type": "max_tokens"}
    assert "context" not in choice["message"]
