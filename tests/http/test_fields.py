"""The fields of a chat request: passed on, refused by name, or noted."""

from typing import Any

import pytest

from sightline.errors import InvalidRequest
from sightline.http.fields import chat_body, notes_on_fields
from sightline.messages import Sampling

ASKED: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello"}]}

PASSED: dict[str, tuple[dict[str, Any], Sampling]] = {
    "nothing": ({}, Sampling()),
    "temperature": ({"temperature": 0}, Sampling(temperature=0.0)),
    "top_p": ({"top_p": 0.5}, Sampling(top_p=0.5)),
    "max_tokens": ({"max_tokens": 800}, Sampling(max_tokens=800)),
    "max_completion_tokens": ({"max_completion_tokens": 9}, Sampling(max_tokens=9)),
    "both, the newer counts": (
        {"max_tokens": 800, "max_completion_tokens": 9},
        Sampling(max_tokens=9),
    ),
    "stop as a string": ({"stop": "END"}, Sampling(stop=("END",))),
    "stop as an array": ({"stop": ["a", "b"]}, Sampling(stop=("a", "b"))),
    "stop that says nothing": ({"stop": ["", "a"]}, Sampling(stop=("a",))),
    "seed": ({"seed": 7}, Sampling(seed=7)),
    "penalties": (
        {"presence_penalty": -2, "frequency_penalty": 1.5},
        Sampling(presence_penalty=-2.0, frequency_penalty=1.5),
    ),
    "nulls": (
        dict.fromkeys(["temperature", "top_p", "max_tokens", "stop", "seed", "n", "stream"]),
        Sampling(),
    ),
    "another style of keys": ({"maxTokens": 8, "topP": 1}, Sampling(max_tokens=8, top_p=1.0)),
}


@pytest.mark.parametrize(("fields", "sampling"), PASSED.values(), ids=PASSED.keys())
def test_what_is_passed_on(fields: dict[str, Any], sampling: Sampling):
    assert chat_body(ASKED | fields).sampling == sampling


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "several answers": ({"n": 2}, "n"),
    "top log probabilities": ({"top_logprobs": 3}, "top_logprobs"),
    "a format of another kind": ({"response_format": "json"}, "response_format"),
    "speech": ({"modalities": ["text", "audio"]}, "modalities"),
    "a voice": ({"audio": {"voice": "alloy"}}, "audio"),
    "a web search": ({"web_search_options": {"user_location": {}}}, "web_search_options"),
    "too hot": ({"temperature": 2.1}, "temperature"),
    "a word for a number": ({"temperature": "warm"}, "temperature"),
    "top_p above 1": ({"top_p": 1.1}, "top_p"),
    "no tokens": ({"max_tokens": 0}, "max_tokens"),
    "five stops": ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
    "a stop that is no string": ({"stop": ["a", 3]}, "stop[1]"),
    "a penalty out of range": ({"presence_penalty": 3}, "presence_penalty"),
    "a seed that is no number": ({"seed": "x"}, "seed"),
    "stream options of another kind": ({"stream_options": "x"}, "stream_options"),
    "no messages": ({"messages": []}, "messages"),
    "messages of another kind": ({"messages": "Hello"}, "messages"),
    "a message that is none": ({"messages": ["Hello"]}, "messages[0]"),
    "data sources of another kind": ({"data_sources": {"type": "x"}}, "data_sources"),
    "enhancements of another kind": ({"enhancements": {"ocr": 7}}, "enhancements.ocr"),
}


@pytest.mark.parametrize(("fields", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_names_the_field_and_what_came(fields: dict[str, Any], param: str):
    with pytest.raises(InvalidRequest) as raised:
        chat_body(ASKED | fields)
    assert raised.value.param == param
    assert raised.value.message.startswith(param)
    assert "got " in raised.value.message.lower()


def test_two_spellings_of_one_field_are_refused():
    with pytest.raises(InvalidRequest, match="'data_sources' is given twice"):
        chat_body(ASKED | {"data_sources": [{"type": "a"}], "dataSources": [{"type": "b"}]})


@pytest.mark.parametrize("nothing", [None, []])
def test_a_second_spelling_that_says_nothing_is_no_mistake(nothing: object):
    source = [{"type": "sightline", "parameters": {"index_name": "tents"}}]
    for given in ({"data_sources": nothing, "dataSources": source},
                  {"dataSources": source, "data_sources": nothing}):  # fmt: skip
        body = chat_body(ASKED | given)
        assert body.data_sources is not None
        assert len(body.data_sources) == 1


WITHOUT_EFFECT: dict[str, dict[str, Any]] = {
    "one answer": {"n": 1},
    "no tools": {"tools": [], "tool_choice": "auto"},
    "no log probabilities": {"logprobs": False, "top_logprobs": 0},
    "no bias": {"logit_bias": {}},
    "plain text": {"response_format": {"type": "text"}, "modalities": ["text"]},
    "labels": {"user": "ann", "metadata": {"a": "b"}, "service_tier": "auto"},
    "nulls": {"tools": None, "logit_bias": None, "response_format": None, "something_new": None},
}


@pytest.mark.parametrize("fields", WITHOUT_EFFECT.values(), ids=WITHOUT_EFFECT.keys())
def test_what_says_nothing_is_accepted_without_a_word(fields: dict[str, Any]):
    assert list(notes_on_fields(chat_body(ASKED | fields))) == []


NOTED: dict[str, tuple[dict[str, Any], str]] = {
    "a field of tomorrow": ({"reasoning_effort": "high"}, "'reasoning_effort' is not known"),
    "tools that none may call": (
        {"tools": [{"type": "function"}], "tool_choice": "none"},
        "The tools are left out",
    ),
    "two lengths": (
        {"max_tokens": 5, "max_completion_tokens": 6},
        "'max_completion_tokens' counts",
    ),
}


@pytest.mark.parametrize(("fields", "words"), NOTED.values(), ids=NOTED.keys())
def test_what_has_no_effect_is_noted(fields: dict[str, Any], words: str):
    (note,) = notes_on_fields(chat_body(ASKED | fields))
    assert words in note
