"""The official client asks for JSON and for tools; behind the server a scripted model answers."""

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AzureOpenAI, OpenAI
from pydantic import BaseModel

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.events import Finished, LogProbs, TextDelta, ToolCalled
from wire.serving import Served, serving
from wire.standin import END, standin

BLIND = Capabilities(sees=False, max_images=10, language_model=False)
ASK: Any = [{"role": "user", "content": "How much is the tent?"}]
TOOL: Any = {"type": "function", "function": {"name": "price", "parameters": {"type": "object"}}}
CALLED = Finished(reason="tool_calls", usage=END.usage)
PIECES = [ToolCalled(index=0, id="c1", name="price", arguments='{"of"'),
          ToolCalled(index=0, arguments=': "tent"}'), CALLED]  # fmt: skip


class Price(BaseModel):
    """What is asked for."""

    euros: int


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Deployments: fenced (JSON in a code fence), stubborn (never JSON), caller, token, quoting."""
    token = {"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}
    models = [
        ScriptedChat("fenced", [TextDelta('```json\n{"eu'), TextDelta('ros": 49}\n```'), END]),
        ScriptedChat("stubborn", [TextDelta("49 euros."), END]),
        ScriptedChat("caller", PIECES),
        ScriptedChat("quoting", [END], capabilities=BLIND),
        ScriptedChat("token", [TextDelta("Hi"), LogProbs((token,)), END]),
    ]
    with serving(standin(tmp_path_factory.mktemp("priced"), models)) as running:
        yield running


@pytest.fixture
def client(priced: Served) -> Iterator[OpenAI]:
    """The plain client."""
    with OpenAI(base_url=f"{priced.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def test_a_parsed_answer_whole_and_streamed(client: OpenAI):
    parsed = client.chat.completions.parse(model="fenced", messages=ASK, response_format=Price)
    assert parsed.choices[0].message.parsed == Price(euros=49)
    with client.chat.completions.stream(
        model="fenced", messages=ASK, response_format=Price
    ) as stream:
        final = stream.get_final_completion()
    assert final.choices[0].message.parsed == Price(euros=49)


def test_a_response_is_parsed_whole_and_streamed(client: OpenAI):
    parsed = client.responses.parse(model="fenced", input="How much?", text_format=Price)
    assert parsed.output_parsed == Price(euros=49)
    with client.responses.stream(model="fenced", input="How much?", text_format=Price) as stream:
        assert stream.get_final_response().output_parsed == Price(euros=49)


def test_an_answer_that_never_fits_comes_as_it_is(client: OpenAI):
    answer: Any = client.chat.completions.create(
        model="stubborn", messages=ASK, response_format={"type": "json_object"}
    )
    assert answer.choices[0].message.content == "49 euros."
    assert [w["code"] for w in answer.sightline["warnings"]] == ["invalid_json"]
    assert answer.usage.prompt_tokens == 2 * END.usage.prompt_tokens


def test_a_tool_is_called_and_its_result_sent_back(client: OpenAI, priced: Served):
    first = client.chat.completions.create(model="caller", messages=ASK, tools=[TOOL])
    assert first.choices[0].finish_reason == "tool_calls"
    said = first.choices[0].message
    assert said.content is None
    [call] = said.tool_calls or []
    assert (call.id, call.function.arguments) == ("c1", '{"of": "tent"}')
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "49"}
    turns: Any = [*ASK, said.model_dump(exclude_none=True), result]
    client.chat.completions.create(model="caller", messages=turns, tools=[TOOL])
    after = priced.model("caller").prompts[-1].after
    assert [(turn.role, turn.answers) for turn in after] == [("assistant", ""), ("tool", "c1")]


def test_a_streamed_call_is_put_together_by_the_client(client: OpenAI):
    with client.chat.completions.stream(model="caller", messages=ASK, tools=[TOOL]) as stream:
        choice = stream.get_final_completion().choices[0]
    [call] = choice.message.tool_calls or []
    assert (call.function.name, call.function.arguments) == ("price", '{"of": "tent"}')


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("path", "version"),
    [("", "2024-02-15-preview"), ("/extensions", "2023-12-01-preview")],
)
def test_the_older_form_in_the_azure_dialects(
    priced: Served, path: str, version: str, stream: bool
):
    azure = AzureOpenAI(
        base_url=f"{priced.address}/openai/deployments/caller{path}",
        api_key="any", api_version=version, max_retries=0,
    )  # fmt: skip
    with azure:
        reply: Any = azure.chat.completions.create(
            model="caller", messages=ASK, functions=[{"name": "price"}], stream=stream
        )
        choices = [c for part in reply for c in part.choices] if stream else reply.choices
        told = [choice.delta if stream else choice.message for choice in choices]
        pieces = [t.function_call.arguments for t in told if getattr(t, "function_call", None)]
    assert "".join(pieces) == '{"of": "tent"}'
    assert choices[-1].finish_reason == "function_call"


def test_log_probabilities(client: OpenAI):
    answer = client.chat.completions.create(
        model="token", messages=ASK, logprobs=True, top_logprobs=2
    )
    assert answer.choices[0].logprobs is not None
    assert [t.token for t in answer.choices[0].logprobs.content or []] == ["Hi"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [TOOL]}, "tools"),
    ],
)
def test_without_a_language_model_both_are_refused_by_name(
    client: OpenAI, fields: dict[str, Any], param: str
):
    with pytest.raises(openai.BadRequestError, match="cannot do this") as raised:
        client.chat.completions.create(model="quoting", messages=ASK, **fields)
    assert raised.value.param == param


BAD: list[tuple[dict[str, Any], str]] = [
    ({"response_format": {"type": "xml"}}, "response_format.type"),
    ({"response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {}}}},
        "response_format.json_schema.schema",
    ),
    ({"tools": [{"type": "web"}]}, "tools[0].type"),
    ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].name"),
    ({"tools": [TOOL], "tool_choice": {"function": {"name": "x"}}}, "tool_choice"),
    ({"tool_choice": "required"}, "tool_choice"),
    ({"n": 2}, "n"),
]


@pytest.mark.parametrize(("fields", "param"), BAD)
def test_what_cannot_be_served_names_its_field(client: OpenAI, fields: dict[str, Any], param: str):
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="fenced", messages=ASK, extra_body=fields)
    assert raised.value.param == param
