"""The official client asks a real engine with a real model through Sightline.

The model knows nothing, but what it says depends on each picture and each word, and is the same
each time: so a picture that does not arrive, or arrives in another place, shows.
"""

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI
from PIL import Image

from engines.conftest import in_front_of
from engines.running import Engine, transformers_serve
from wire.dialects import DIALECTS
from wire.serving import Served, until

pytestmark = pytest.mark.engine

TENTS = {"data_sources": [{"type": "sightline", "parameters": {"index_name": "tents"}}]}
LEFT = 1.0
"""Most seconds that the engine may compute for a client that has left; a whole answer takes ten."""


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{served.address}/v1", api_key="any", max_retries=0) as opened:
        yield opened


def asked(*colours: str, words: str = "What is on the picture?") -> list[Any]:
    """A question with pictures of one colour each before it."""
    return [{"role": "user", "content": [*map(picture, colours), {"type": "text", "text": words}]}]


def picture(colour: str) -> dict[str, Any]:
    file = BytesIO()
    Image.new("RGB", (80, 60), colour).save(file, "PNG")
    url = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return {"type": "image_url", "image_url": {"url": url}}


def said(client: OpenAI, messages: list[Any], **given: object) -> str:
    options: dict[str, Any] = {"max_tokens": 8, "temperature": 0, **given}
    answer = client.chat.completions.create(model="tiny", messages=messages, **options)
    return answer.choices[0].message.content or ""


def test_a_whole_answer_about_a_picture(client: OpenAI):
    answer = client.chat.completions.create(model="tiny", messages=asked("red"), max_tokens=8)
    (choice,) = answer.choices
    assert len((choice.message.content or "").split()) == 8
    assert choice.finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 8
    assert answer.usage.prompt_tokens > 20
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 8


def test_a_streamed_answer_is_the_same_and_comes_in_pieces(client: OpenAI):
    with client.chat.completions.create(
        model="tiny",
        messages=asked("red"),
        max_tokens=8,
        temperature=0,
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        chunks = list(stream)
    pieces = [
        c.choices[0].delta.content for c in chunks if c.choices and c.choices[0].delta.content
    ]
    assert len(pieces) >= 4
    assert "".join(pieces) == said(client, asked("red"))
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens == 8


def test_the_engine_sees_each_picture_in_its_place(client: OpenAI):
    red = said(client, asked("red"))
    assert said(client, asked("red")) == red
    both = said(client, asked("red", "blue"))
    answers = {red, said(client, asked("blue")), said(client, asked()), both}
    answers.add(said(client, asked("blue", "red")))
    assert len(answers) == 5


def test_pictures_and_words_that_were_found_arrive(client: OpenAI):
    question: Any = {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Which tent is red?"}],
        "max_tokens": 8,
        "temperature": 0,
    }
    bare = client.chat.completions.create(**question)
    found = client.chat.completions.create(**question, extra_body=TENTS)
    context: Any = found.choices[0].message.model_extra["context"]  # type: ignore[index]
    assert context["citations"][0]["filepath"] == "red.png"
    assert found.choices[0].message.content != bare.choices[0].message.content
    assert found.usage is not None
    assert bare.usage is not None
    assert found.usage.prompt_tokens > bare.usage.prompt_tokens + 100


def test_a_conversation_arrives_whole(client: OpenAI):
    turns: Any = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "What is this?"},
        {"role": "assistant", "content": "A tent."},
    ]
    told = said(client, [*turns, *asked("red")])
    turns[2]["content"] = "A house."
    assert said(client, [*turns, *asked("red")]) != told


def test_settings_of_the_sampling_reach_the_engine(client: OpenAI):
    lively = {"temperature": 2, "max_tokens": 20}
    first = said(client, asked("red"), seed=1, **lively)
    assert said(client, asked("red"), seed=1, **lively) == first
    assert said(client, asked("red"), seed=2, **lively) != first


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_leaving_in_any_dialect_stops_the_engine(
    served: Served, engine: Engine, dialect: str, stream: bool
):
    path, body = DIALECTS[dialect].request("tiny", "What is this?", stream=stream)
    tasks = served.tasks
    with httpx2.Client(base_url=served.address, timeout=2) as client:
        if stream:
            with client.stream("POST", path, json=body) as reply:
                words = (line for line in reply.iter_lines() if "delta" in line)
                assert [next(words) for _ in range(4)]
        else:
            with pytest.raises(httpx2.ReadTimeout):
                client.post(path, json=body)
    until(lambda: served.tasks == tasks, LEFT)
    assert engine.cpu_seconds_until_idle() < LEFT


def test_leaving_a_stream_stops_the_engine(client: OpenAI, engine: Engine):
    with client.chat.completions.create(model="tiny", messages=asked("red"), stream=True) as stream:
        pieces = (c for c in stream if c.choices and c.choices[0].delta.content)
        next(pieces), next(pieces)
    assert engine.cpu_seconds_until_idle() < LEFT
    assert said(client, asked("red"))


def test_giving_up_a_whole_answer_stops_the_engine(served: Served, engine: Engine):
    body = {"model": "tiny", "messages": asked("red")}
    with pytest.raises(httpx2.ReadTimeout):
        httpx2.post(f"{served.address}/v1/chat/completions", json=body, timeout=2)
    assert engine.cpu_seconds_until_idle() < LEFT


def test_several_are_answered_at_once(client: OpenAI):
    with ThreadPoolExecutor(4) as at_once:
        colours = ["red", "blue"] * 4
        answers = list(at_once.map(lambda colour: said(client, asked(colour)), colours))
    assert answers == [said(client, asked("red")), said(client, asked("blue"))] * 4


def test_a_model_that_the_engine_has_not_is_named(client: OpenAI):
    with pytest.raises(openai.InternalServerError, match="Server is pinned to") as raised:
        client.chat.completions.create(model="misnamed", messages=asked())
    assert raised.value.status_code == 502
    assert raised.value.code == "upstream_rejected"


def test_a_deployment_that_is_not_there_never_reaches_the_engine(client: OpenAI):
    with pytest.raises(openai.NotFoundError, match="misnamed"):
        client.chat.completions.create(model="gpt-4", messages=asked())


def test_fields_that_the_engine_would_refuse_are_not_sent(client: OpenAI, engine: Engine):
    body = {"model": engine.model, "messages": asked(), "enhancements": {"ocr": {"enabled": True}}}
    refused = httpx2.post(f"{engine.address}/chat/completions", json=body)
    assert refused.status_code == 422
    enhanced = {"enhancements": {"ocr": {"enabled": True}}, **TENTS}
    assert said(client, asked("red"), user="me", extra_body=enhanced)


def test_what_is_no_picture_is_refused_before_the_engine_fails_on_it(client: OpenAI):
    broken = {"type": "image_url", "image_url": {"url": "data:image/png;base64,bm8gcGljdHVyZQ=="}}
    messages: Any = [{"role": "user", "content": [broken, {"type": "text", "text": "What?"}]}]
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="tiny", messages=messages)


def test_an_engine_that_dies_in_its_answer_is_an_error(
    engines_python: Path, tiny_vlm: Path, tmp_path: Path
):
    (tmp_path / "engine").mkdir()
    body = {"model": "tiny", "messages": asked("red")}
    with (
        transformers_serve(engines_python, tiny_vlm, tmp_path / "engine") as engine,
        in_front_of(engine, tmp_path) as served,
        httpx2.Client(base_url=f"{served.address}/v1", timeout=30) as client,
    ):
        with client.stream("POST", "/chat/completions", json=body | {"stream": True}) as reply:
            lines = reply.iter_lines()
            next(line for line in lines if '"content":"' in line)
            engine.process.kill()
            assert any("upstream_truncated" in line for line in lines)
        for stream in (False, True):
            after = client.post("/chat/completions", json=body | {"stream": stream})
            assert after.status_code == 502
            assert after.json()["error"]["code"] == "upstream_unreachable"
