"""An answer that must be JSON, from model servers that enforce it, ignore it or refuse it."""

import asyncio
from typing import Any

import pytest

from chat.asking import asking
from chat.quirks_server import DONE, STOP, Behaviour, QuirksServer, answers, counts, delta, streams
from sightline.chat.base import Prompt
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.structured import answered_in_json
from sightline.events import Answer, Usage, fold
from sightline.messages import OutputFormat, Tools

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
WANTED = OutputFormat(schema=SCHEMA, strict=True)


def says(text: str, finish: str = "stop") -> Behaviour:
    return streams(delta(text), delta(finish=finish), counts(5, 2), DONE)


async def answered(model: OpenAICompatible, prompt: Prompt | None = None) -> Answer:
    prompt = prompt or asking(output=WANTED)
    return fold([event async for event in answered_in_json(model, prompt, asyncio.to_thread)])


def codes(answer: Answer) -> list[str]:
    return [warning.code for warning in answer.warnings]


async def test_the_schema_reaches_the_server_as_a_field_and_in_words(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(says('{"n": 1}'))
    answer = await answered(model)
    assert (answer.text, codes(answer)) == ('{"n": 1}', [])
    [request] = server.requests
    named = {"name": "answer", "schema": SCHEMA, "strict": True}
    assert request.body["response_format"] == {"type": "json_schema", "json_schema": named}
    assert '"required": ["n"]' in request.body["messages"][-1]["content"]


FOUND: dict[str, tuple[str, str, list[str]]] = {
    "a code fence": ('```json\n{"n": 1}\n```', '{"n": 1}', []),
    "prose around it": ('Sure! {"n": 1} Anything else?', '{"n": 1}', ["around_json"]),
    "another object first": ('{"m": 2} and {"n": 1}', '{"n": 1}', ["around_json"]),
    "a big number": ('{"n": 12345678901234567890}', '{"n": 12345678901234567890}', []),
    "a line end in a string": ('{"n": 1, "s": "a\nb"}', '{"n": 1, "s": "a\\nb"}', []),
}


@pytest.mark.parametrize(("said", "text", "warned"), FOUND.values(), ids=FOUND.keys())
async def test_a_server_that_ignores_the_wish(
    server: QuirksServer, model: OpenAICompatible, said: str, text: str, warned: list[str]
):
    server.will(says(said))
    answer = await answered(model)
    assert (answer.text, codes(answer), len(server.requests)) == (text, warned, 1)


async def test_a_wrong_answer_is_asked_for_once_more(server: QuirksServer, model: OpenAICompatible):
    server.will(says('{"n": "one"}'), says('{"n": 1}'))
    answer = await answered(model)
    assert (answer.text, codes(answer)) == ('{"n": 1}', ["json_repaired"])
    assert answer.usage == Usage(prompt_tokens=10, completion_tokens=4, estimated=False)
    *_, said, again = server.requests[1].body["messages"]
    assert (said["role"], said["content"]) == ("assistant", '{"n": "one"}')
    assert "$.n: 'one' is not of type 'integer'" in again["content"]


TWICE: dict[str, tuple[str, str, str]] = {
    "prose twice": ("No idea.", "Still none.", "Still none."),
    "JSON, then prose": ('{"n": "one"}', "Sorry.", '{"n": "one"}'),
    "prose, then JSON": ("Sorry.", '{"n": "one"}', '{"n": "one"}'),
    "NaN is no JSON": ('{"n": NaN}', '{"n": NaN}', '{"n": NaN}'),
}


@pytest.mark.parametrize(("first", "second", "text"), TWICE.values(), ids=TWICE.keys())
async def test_two_wrong_answers_end_in_one_as_it_is_and_a_warning(
    server: QuirksServer, model: OpenAICompatible, first: str, second: str, text: str
):
    server.will(says(first), says(second))
    answer = await answered(model)
    assert (answer.text, codes(answer), len(server.requests)) == (text, ["invalid_json"], 2)


async def test_a_cut_answer_is_not_asked_for_again(server: QuirksServer, model: OpenAICompatible):
    server.will(says('{"n": 1', finish="length"))
    answer = await answered(model)
    assert (answer.text, answer.finish_reason) == ('{"n": 1', "length")
    assert (codes(answer), len(server.requests)) == (["invalid_json"], 1)


async def test_when_asking_again_fails_the_first_answer_stands(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(says("No."), answers(500, {"error": {"message": "out of memory"}}))
    answer = await answered(model)
    assert answer.text == "No."
    assert codes(answer) == ["json_not_repaired", "invalid_json"]


NO_SCHEMA = answers(500, {"error": {"message": "Input should be 'text' or 'json_object'"}})
NO_FORMAT = answers(422, {"detail": "Unexpected fields in the request: {'response_format'}"})


async def test_a_server_that_refuses_is_asked_for_less_and_remembered(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(NO_SCHEMA, NO_FORMAT, says('{"n": 1}'))
    for _ in range(2):
        answer = await answered(model)
        assert (answer.text, codes(answer)) == ('{"n": 1}', ["field_dropped"] * 2)
    formats = [request.body.get("response_format", {}).get("type") for request in server.requests]
    assert formats == ["json_schema", "json_object", None, None]


async def test_one_bad_schema_says_nothing_of_others(server: QuirksServer, model: OpenAICompatible):
    bad = answers(400, {"error": {"message": "Invalid schema for response_format 'answer'"}})
    server.will(bad, says('{"n": 1}'))
    await answered(model)
    await answered(model)
    formats = [request.body["response_format"]["type"] for request in server.requests]
    assert formats == ["json_schema", "json_object", "json_schema"]


CALL: Any = {"index": 0, "id": "c", "function": {"name": "f", "arguments": '{"a"'}}
REST: Any = {"index": 0, "function": {"arguments": ": 1}"}}
TOOLS = Tools(functions=({"name": "f"},), choice={"name": "f"})


async def test_a_call_of_a_tool_needs_no_json(server: QuirksServer, model: OpenAICompatible):
    server.will(streams(delta(tool_calls=[CALL]), delta(tool_calls=[REST]), STOP, DONE))
    answer = await answered(model, asking(output=WANTED, tools=TOOLS))
    assert (answer.finish_reason, codes(answer), len(server.requests)) == ("tool_calls", [], 1)
    [call] = answer.tool_calls
    assert (call.id, call.name, call.arguments) == ("c", "f", '{"a": 1}')
    sent = server.requests[0].body
    assert sent["tools"] == [{"type": "function", "function": {"name": "f"}}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "f"}}
