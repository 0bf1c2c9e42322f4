"""Requests of the retired vision enhancement, as its public samples sent them."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openai import AzureOpenAI, BadRequestError, OpenAI
from pydantic import BaseModel, ConfigDict

from wire.serving import Served
from wire.standin import picture_file

EXAMPLE = Path(__file__).parents[2] / "examples" / "enhancements.py"
ENHANCED = {"enhancements": {"ocr": {"enabled": True}, "grounding": {"enabled": True}}}
VISION = {"type": "AzureComputerVision", "parameters": {"endpoint": "https://v", "key": "K"}}
CAMEL = {**ENHANCED, "dataSources": [VISION]}
SNAKE = {**ENHANCED, "data_sources": [VISION]}


class Point(BaseModel):
    """The types of the retired service, by its published specification: old fields, and no more."""

    model_config = ConfigDict(extra="ignore")
    x: float
    y: float


class Span(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str
    offset: int
    length: int
    polygon: list[Point]


class Line(BaseModel):
    model_config = ConfigDict(extra="ignore")
    text: str
    spans: list[Span]


class Grounding(BaseModel):
    model_config = ConfigDict(extra="ignore")
    status: str
    lines: list[Line]


def ask(folder: Path, *colours: str) -> Any:  # noqa: ANN401
    """What the playground sent: the question first, then the pictures."""
    parts: list[dict[str, Any]] = [{"type": "text", "text": "Describe this image"}]
    for colour in colours:
        data = base64.b64encode(picture_file(folder / f"{colour}.png", colour)).decode()
        parts.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
    return [
        {"role": "system", "content": "You are a helpful assistant."},
        {"role": "user", "content": parts},
    ]


def clients(served: Served) -> Iterator[tuple[str, OpenAI, dict[str, Any]]]:
    deployment = f"{served.address}/openai/deployments/scripted"
    any_key: dict[str, Any] = {"api_key": "any", "max_retries": 0}
    yield "plain", OpenAI(base_url=f"{served.address}/v1", **any_key), SNAKE
    yield "plain, no source", OpenAI(base_url=f"{served.address}/v1", **any_key), ENHANCED
    old = AzureOpenAI(
        base_url=f"{deployment}/extensions", api_version="2023-12-01-preview", **any_key
    )
    yield "extensions", old, CAMEL
    new = AzureOpenAI(azure_endpoint=served.address, api_version="2024-02-15-preview", **any_key)
    yield "azure", new, SNAKE


@pytest.mark.parametrize("number", range(4))
def test_the_words_of_an_answer_have_places_in_the_old_types(
    served: Served, tmp_path: Path, number: int
):
    name, client, body = list(clients(served))[number]
    with client:
        answer = client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, "red"), max_tokens=800, extra_body=body
        )
    (choice,) = answer.choices
    extra: Any = choice.model_extra
    grounding = Grounding.model_validate(extra["enhancements"]["grounding"])
    assert grounding.status == "Success", name
    (line,) = grounding.lines
    assert line.text == choice.message.content == "The tent is red [doc1]."
    (span,) = line.spans
    assert line.text[span.offset : span.offset + span.length] == span.text == "The tent"
    assert [(p.x, p.y) for p in span.polygon] == [(0, 0), (1, 0), (1, 1), (0, 1)]


@pytest.mark.parametrize("number", range(4))
def test_in_a_stream_the_places_come_alone_before_the_last_chunk(
    served: Served, tmp_path: Path, number: int
):
    _, client, body = list(clients(served))[number]
    with (
        client,
        client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, "red"), stream=True, extra_body=body
        ) as stream,
    ):
        chunks = list(stream)
    placed = [n for n, chunk in enumerate(chunks) if "enhancements" in _extra(chunk)]
    assert placed == [len(chunks) - 2]
    (choice,) = chunks[-2].choices
    assert choice.finish_reason is None
    assert not choice.delta.content
    grounding = Grounding.model_validate(_extra(chunks[-2])["enhancements"]["grounding"])
    said = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert grounding.lines[0].text == said
    assert chunks[-1].choices[0].finish_reason == "stop"


def _extra(chunk: Any) -> dict[str, Any]:  # noqa: ANN401
    return (chunk.choices[0].model_extra or {}) if chunk.choices else {}


def test_spans_say_which_of_several_pictures_they_are_on(served: Served, tmp_path: Path):
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, "blue", "red"), extra_body=ENHANCED
        )
    grounding: Any = (answer.choices[0].model_extra or {})["enhancements"]["grounding"]
    (span,) = grounding["lines"][0]["spans"]
    assert span["image_index"] == 1
    assert (span["label"], span["source"]) == ("tent", "fake-detector")
    assert set(grounding["sightline"]["extensions"]) <= set(span)


def test_without_the_enhancement_nothing_is_added(served: Served, tmp_path: Path):
    off = {"enhancements": {"ocr": {"enabled": False}, "grounding": {"enabled": False}}}
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, "red"), extra_body=off
        )
    assert "enhancements" not in (answer.choices[0].model_extra or {})


def test_eleven_pictures_are_too_many(served: Served, tmp_path: Path):
    with (
        OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client,
        pytest.raises(BadRequestError, match="at most 10 pictures in a request, got 11"),
    ):
        client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, *["red"] * 11), extra_body=ENHANCED
        )


def test_the_example_prints_the_places(served: Served, tmp_path: Path):
    picture_file(tmp_path / "tent.png", "red")
    done = subprocess.run(
        [sys.executable, EXAMPLE, tmp_path / "tent.png", "--endpoint", served.address,
         "--deployment", "scripted"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said, status, *places = done.stdout.splitlines()
    assert (said, status) == ("The tent is red [doc1].", "grounding: Success")
    assert [place.split() for place in places] == [
        ["The", "tent", "0%,0%", "100%,0%", "100%,100%", "0%,100%"]
    ]


def test_read_text_is_in_the_prompt_as_data(served: Served, tmp_path: Path):
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as client:
        client.chat.completions.create(
            model="scripted", messages=ask(tmp_path, "red"), extra_body=ENHANCED
        )
    prompt = served.model("scripted").prompts[-1]
    assert prompt.evidence[0].reading is not None
    assert prompt.evidence[0].reading.text == "SALE 49"
