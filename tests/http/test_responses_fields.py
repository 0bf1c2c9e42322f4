"""The fields of the Responses API: passed on, refused by name, or noted."""

from typing import Any

import pytest

from sightline.errors import InvalidRequest
from sightline.http.data_sources import Reachable
from sightline.http.responses_wire import AskedResponse, asked_response
from sightline.messages import Grounds, Message, Sampling, TextPart

ASKED: dict[str, Any] = {"model": "scripted", "input": "Hello"}


def asked(**fields: object) -> AskedResponse:
    return asked_response(ASKED | fields, reachable=Reachable(here="127.0.0.1:8477"))


def test_a_body_becomes_a_request():
    source = {"type": "sightline", "parameters": {"index_name": "tents", "role_information": "R"}}
    wanted = asked(
        instructions="I",
        stream=True,
        temperature=0.2,
        top_p=0.5,
        max_output_tokens=9,
        text={"format": {"type": "text"}},
        data_sources=[source],
        enhancements={"ocr": {"enabled": True}, "grounding": {"enabled": True}},
    )
    request = wanted.request
    assert request.deployment == "scripted"
    assert request.messages == (
        Message("system", (TextPart("I"),)),
        Message("system", (TextPart("R"),)),
        Message("user", (TextPart("Hello"),)),
    )
    assert request.sampling == Sampling(temperature=0.2, top_p=0.5, max_tokens=9)
    assert request.grounds == Grounds(indexes=("tents",))
    assert (request.read_text, request.ground, request.notes) == (True, True, ())
    assert (wanted.stream, wanted.grounded) == (True, True)


@pytest.mark.parametrize("text", [None, {}, {"format": {"type": "text"}}])
def test_the_answer_is_prose(text: object):
    assert asked(text=text).request.notes == ()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no model": ({"model": None}, "model"),
    "no input": ({"input": None}, "input"),
    "messages": ({"messages": [{"role": "user", "content": "x"}]}, "messages"),
    "the form as chats say it": ({"response_format": {"type": "json_object"}}, "response_format"),
    "an earlier response": ({"previous_response_id": "resp_1"}, "previous_response_id"),
    "a conversation": ({"conversation": {"id": "conv_1"}}, "conversation"),
    "a template": ({"prompt": {"id": "pmpt_1"}}, "prompt"),
    "the background": ({"background": True}, "background"),
    "moderation": ({"moderation": {"model": "m"}}, "moderation"),
    "tools": ({"tools": [{"type": "web_search"}]}, "tools"),
    "a tool that must be called": ({"tool_choice": "required"}, "tool_choice"),
    "one tool": ({"tool_choice": {"type": "function", "name": "f"}}, "tool_choice"),
    "log probabilities": ({"include": ["message.output_text.logprobs"]}, "include"),
    "top log probabilities": ({"top_logprobs": 3}, "top_logprobs"),
    "several answers": ({"n": 2}, "n"),
    "instructions of another kind": ({"instructions": [{}]}, "instructions"),
    "a key that is no text": ({"metadata": {"a": 1}}, "metadata.a"),
    "too hot": ({"temperature": 3}, "temperature"),
    "top_p above 1": ({"top_p": 1.1}, "top_p"),
    "no tokens": ({"max_output_tokens": 0}, "max_output_tokens"),
    "a truncation of tomorrow": ({"truncation": "middle"}, "truncation"),
    "stream of another kind": ({"stream": "perhaps"}, "stream"),
    "include of another kind": ({"include": "everything"}, "include"),
    "text of another kind": ({"text": "json"}, "text"),
    "a format of another kind": ({"text": {"format": "json"}}, "text.format"),
    "a format of tomorrow": ({"text": {"format": {"type": "xml"}}}, "text.format.type"),
    "a format without a type": ({"text": {"format": {"name": "x"}}}, "text.format.type"),
    "a format without a schema": ({"text": {"format": {"type": "json_schema", "name": "x"}}},
                                  "text.format.schema"),
    "data sources of another kind": ({"data_sources": {"type": "x"}}, "data_sources"),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_names_the_field(fields: dict[str, Any], param: str):
    with pytest.raises(InvalidRequest) as raised:
        asked(**fields)
    assert raised.value.param == param
    assert raised.value.message.startswith(param)


@pytest.mark.parametrize("field", ["previous_response_id", "conversation"])
def test_what_is_not_kept_says_what_to_send_instead(field: str):
    with pytest.raises(InvalidRequest, match="send the whole conversation as 'input'"):
        asked(**{field: "x"})


WITHOUT_EFFECT: dict[str, dict[str, Any]] = {
    "labels": {"user": "ann", "metadata": {"a": "b"}, "safety_identifier": "x",
               "prompt_cache_key": "k", "prompt_cache_retention": "24h", "service_tier": "auto",
               "max_tool_calls": 3, "prompt_cache_options": {"mode": "implicit"}},
    "what is the case anyway": {"store": False, "background": False, "truncation": "disabled",
                                "parallel_tool_calls": True, "tools": [], "tool_choice": "auto",
                                "top_logprobs": 0, "include": [], "text": {"format": None},
                                "stream_options": {"include_obfuscation": False}},
    "nulls": dict.fromkeys(["previous_response_id", "reasoning", "text", "include", "tools",
                            "conversation", "prompt", "store", "metadata", "something_new"]),
    "reasoning that says nothing": {"reasoning": {"effort": None, "summary": None}},
}  # fmt: skip


@pytest.mark.parametrize("fields", WITHOUT_EFFECT.values(), ids=WITHOUT_EFFECT.keys())
def test_what_says_nothing_is_accepted_without_a_word(fields: dict[str, Any]):
    assert asked(**fields).request.notes == ()


NOTED: dict[str, tuple[dict[str, Any], str]] = {
    "storing": ({"store": True}, "'store' has no effect"),
    "reasoning": ({"reasoning": {"effort": "low", "summary": "auto"}}, "(effort, summary)"),
    "include": ({"include": ["reasoning.encrypted_content"]}, "reasoning.encrypted_content"),
    "truncation": ({"truncation": "auto"}, "'truncation' has no effect"),
    "verbosity": ({"text": {"verbosity": "low"}}, "'text.verbosity' has no effect"),
    "obfuscation": ({"stream_options": {"include_obfuscation": True}}, "include_obfuscation"),
    "tools that none may call": (
        {"tools": [{"type": "function"}], "tool_choice": "none"},
        "The tools are left out",
    ),
    "a field of chats": ({"max_tokens": 9}, "'max_tokens' is not known here"),
    "a call in the input": (
        {"input": [{"type": "function_call"}, {"role": "user", "content": "x"}]},
        "Left out of 'input'",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "words"), NOTED.values(), ids=NOTED.keys())
def test_what_has_no_effect_is_noted(fields: dict[str, Any], words: str):
    (note,) = asked(**fields).request.notes
    assert words in note


def test_a_response_repeats_what_was_asked():
    repeated = asked(
        instructions="Be brief.", metadata={"a": "b"}, temperature=0.5, user="ann",
        parallel_tool_calls=False, tool_choice="none", text={"format": {"type": "text"}},
    ).repeated  # fmt: skip
    assert repeated["instructions"] == "Be brief."
    assert repeated["metadata"] == {"a": "b"}
    assert (repeated["temperature"], repeated["top_p"], repeated["user"]) == (0.5, None, "ann")
    assert (repeated["parallel_tool_calls"], repeated["tool_choice"]) == (False, "none")
    assert repeated["text"] == {"format": {"type": "text"}}
    assert asked().repeated["text"] == {"format": {"type": "text"}}
    assert asked(store=True).repeated["store"] is False
