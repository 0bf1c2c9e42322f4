"""Answers that must be JSON: found in what models write around them, checked, asked for again."""

import json
from typing import Any

import pytest

from sightline.chat.base import Prompt
from sightline.chat.fake import ScriptedChat
from sightline.chat.json_schema import check_schema, problems
from sightline.chat.structured import answered_in_json, found_in
from sightline.errors import InvalidRequest, UpstreamUnreachable
from sightline.events import Finished, Progress, TextDelta, Usage, Warned, fold
from sightline.messages import OutputFormat

END = Finished(reason="stop", usage=Usage(prompt_tokens=5, completion_tokens=2, estimated=False))
PRICE = {
    "type": "object",
    "properties": {"price": {"type": "number"}},
    "required": ["price"],
    "additionalProperties": False,
}
WANTED = OutputFormat(schema=PRICE, name="offer")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"price": 49.5}', {"price": 49.5}),
        ('```json\n{"price": 1}\n```', {"price": 1}),
        ('Here it is: {"price": 2}. Enjoy!', {"price": 2}),
        ('{"cost": 1} or rather {"price": 3}', {"price": 3}),
        ('{"price": 4, "note": "a\nb"}', None),
        ('{"price": "five"}', None),
        ("It costs five.", None),
        ('{"price": 6', None),
        ("", None),
        ('{"price": NaN}', None),
    ],
)
def test_the_object_that_was_asked_for_is_found(text: str, found: object):
    result = found_in(text, WANTED)
    assert result.fits == (found is not None)
    if found is not None:
        assert json.loads(result.text) == found
    else:
        assert result.why


def test_without_a_schema_any_object_will_do():
    assert found_in('sure: {"a": [1, 2]}', OutputFormat()).text == '{"a": [1, 2]}'


async def answer(model: ScriptedChat) -> Any:  # noqa: ANN401
    prompt = Prompt(history=(), question="How much?", images=(), evidence=(), output=WANTED)

    async def run(function: Any, *given: object) -> Any:  # noqa: ANN401
        return function(*given)

    events = [event async for event in answered_in_json(model, prompt, run)]
    texts = [event for event in events if isinstance(event, TextDelta)]
    assert len(texts) <= 1  # the words are sent when they are whole
    return fold(events), events


async def test_what_fits_is_given_as_it_is():
    model = ScriptedChat("m", [TextDelta('{"price"'), TextDelta(": 49.5}"), END])
    whole, _ = await answer(model)
    assert whole.text == '{"price": 49.5}'
    assert whole.warnings == ()
    assert len(model.prompts) == 1


class Learning(ScriptedChat):
    """Answers the second question otherwise than the first."""

    def __init__(self, *scripts: list[Any]) -> None:
        super().__init__("m", scripts[0])
        self._scripts = list(scripts)

    def stream(self, prompt: Prompt):
        self._script = tuple(self._scripts.pop(0))
        return super().stream(prompt)


async def test_what_does_not_fit_is_asked_for_once_more_with_the_reason():
    model = Learning([TextDelta("It costs 49.5."), END], [TextDelta('{"price": 49.5}'), END])
    whole, events = await answer(model)
    assert whole.text == '{"price": 49.5}'
    assert [w.code for w in whole.warnings] == ["json_repaired"]
    assert whole.usage.total_tokens == 14
    assert any(isinstance(event, Progress) for event in events)
    said = model.prompts[1].after
    assert [turn.role for turn in said] == ["assistant", "user"]
    assert "no whole JSON object" in said[1].text


async def test_after_the_second_time_it_is_given_with_a_warning():
    model = Learning([TextDelta("No."), END], [TextDelta('{"price": "much"}'), END])
    whole, _ = await answer(model)
    assert whole.text == '{"price": "much"}'
    (warning,) = whole.warnings
    assert warning.code == "invalid_json"
    assert "$.price" in warning.message


async def test_a_model_that_fails_the_second_time_leaves_the_first_answer():
    model = Learning([TextDelta("No."), END], [UpstreamUnreachable("gone")])
    whole, _ = await answer(model)
    assert whole.text == "No."
    assert [w.code for w in whole.warnings] == ["json_not_repaired", "invalid_json"]


async def test_an_answer_cut_at_its_length_is_not_asked_for_again():
    cut = Finished(reason="length", usage=END.usage)
    model = ScriptedChat("m", [TextDelta('{"price": 4'), cut])
    whole, _ = await answer(model)
    assert len(model.prompts) == 1
    assert (whole.finish_reason, whole.warnings[0].code) == ("length", "invalid_json")
    assert isinstance(whole.warnings[0], Warned)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        (5, "as an object"),
        ({"type": "array"}, "of the type object"),
        ({"type": "objekt"}, "no JSON Schema"),
        ({"type": "object", "$ref": "https://example.org/x"}, "into the schema only"),
        ({"type": "object", "properties": {"a": {"$ref": "#/$defs/b"}}}, "leads nowhere"),
        ({"type": "object", "patternProperties": {"(a+)+$": {}}}, "not served"),
        ({"type": "object", "description": "x" * 70_000}, "at most 65,536 characters"),
    ],
)
def test_a_schema_that_cannot_be_served_is_refused(schema: object, why: str):
    with pytest.raises(InvalidRequest, match=why) as raised:
        check_schema(schema, "response_format.json_schema.schema")
    assert raised.value.param == "response_format.json_schema.schema"


def test_a_schema_that_is_too_deep_or_would_never_end():
    deep: dict[str, Any] = {"type": "object"}
    for _ in range(80):
        deep = {"type": "object", "properties": {"a": deep}}
    with pytest.raises(InvalidRequest, match="levels"):
        check_schema(deep, "s")
    endless = {"type": "object", "allOf": [{"$ref": "#"}]}
    with pytest.raises(InvalidRequest, match="leads too far"):
        check_schema(endless, "s")


def test_problems_are_told_with_their_places():
    assert problems({"price": 1}, PRICE) == []
    told = problems({"price": "x", "more": 1}, PRICE)
    assert any(problem.startswith("$.price") for problem in told)
    assert any("more" in problem for problem in told)
