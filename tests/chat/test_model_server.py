"""What is refused, what is repeated, and how long is waited."""

import asyncio
import gzip
import ssl

import pytest

from chat.asking import KEY, asking, deployed, events_of, failure_of, text_of
from chat.quirks_server import (
    DONE,
    STOP,
    Behaviour,
    QuirksServer,
    Visit,
    answers,
    delta,
    event,
    hangs_up,
    resets,
    streams,
    well,
)
from sightline.chat.openai_compatible import OpenAICompatible
from sightline.chat.upstream.model_server import Patience
from sightline.errors import (
    PromptTooLong,
    UpstreamError,
    UpstreamRateLimited,
    UpstreamRejected,
    UpstreamUnreachable,
)
from sightline.events import fold
from sightline.messages import Sampling

REFUSALS: list[tuple[str, int, object, type[UpstreamError], str]] = [
    ("object", 400, {"error": {"message": "no such field"}}, UpstreamRejected, "no such field"),
    ("string", 400, {"error": "'url' field must be"}, UpstreamRejected, "'url' field must be"),
    ("detail", 422, {"detail": "Unexpected fields"}, UpstreamRejected, "Unexpected fields"),
    (
        "list of details",
        422,
        {"detail": [{"loc": ["body", "stop"], "msg": "not a list", "input": "x" * 5000}]},
        UpstreamRejected,
        "body.stop: not a list",
    ),
    ("list", 400, [{"error": {"message": "Unknown name"}}], UpstreamRejected, "Unknown name"),
    ("plain words", 500, b"Internal Server Error", UpstreamError, "Internal Server Error"),
    ("nothing", 500, b"", UpstreamError, "(no words)"),
    ("another shape", 418, {"reason": "teapot"}, UpstreamRejected, '{"reason": "teapot"}'),
    ("a page", 404, b"<html><title>Not here</title>", UpstreamRejected, "titled 'Not here'"),
    ("wrong key", 401, {"error": {"message": "bad key"}}, UpstreamRejected, "Check the API key"),
    ("wrong path", 404, {"detail": "Not Found"}, UpstreamRejected, "most end in /v1"),
    (
        "too long",
        400,
        {"error": {"message": "request (36043 tokens) exceeds the available context size"}},
        PromptTooLong,
        "ask for fewer documents",
    ),
    (
        "no credit",
        402,
        {"error": {"message": "Insufficient credits"}},
        UpstreamRejected,
        "credit of",
    ),
    ("too large", 413, b"<title>413</title>", UpstreamRejected, "fewer or smaller pictures"),
    (
        "not there",
        400,
        {"error": {"message": "Server is pinned to 'tiny'; requested 'huge'"}},
        UpstreamRejected,
        "Check `model` of the deployment",
    ),
    (
        "https expected",
        400,
        b"Client sent an HTTP request to an HTTPS server.",
        UpstreamRejected,
        "begin with https://",
    ),
    ("its own fault", 500, {"error": "CUDA out of memory"}, UpstreamError, "Its log may say why"),
    (
        "blind",
        500,
        {"error": {"message": "image input is not supported - hint: … mmproj"}},
        UpstreamError,
        "takes no pictures",
    ),
    (
        "too many",
        400,
        {"error": {"message": "At most 1 image(s) may be provided in one request."}},
        UpstreamRejected,
        "max_images",
    ),
]


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [case[1:] for case in REFUSALS],
    ids=[case[0] for case in REFUSALS],
)
async def test_refusals_keep_the_words_of_the_server(
    server: QuirksServer,
    model: OpenAICompatible,
    status: int,
    body: object,
    kind: type[UpstreamError],
    says: str,
):
    server.will(answers(status, body))
    _, error = await failure_of(model)
    assert type(error) is kind
    assert says in str(error)
    assert str(status) in str(error)
    assert len(str(error)) < 800
    assert len(server.requests) == 1, "a refusal is not repeated, and a status 500 neither"


TOO_LONG = {
    "OpenAI": "This model's maximum context length is 128000 tokens. However, your messages "
    "resulted in 192871 tokens.",
    "OpenAI, Responses": "Your input exceeds the context window of this model.",
    "llama.cpp": "the request exceeds the available context size. try increasing the context size",
    "llama-cpp-python": "Requested tokens (36043) exceed context window of 2048",
    "Ollama": "the input length exceeds the context length",
    "vLLM": "The decoder prompt (length 8357) is longer than the maximum model length of 8192.",
    "SGLang": "The input (9000 tokens) is longer than the model's context length (4096 tokens).",
    "LM Studio": "The number of tokens to keep from the initial prompt is greater than the context "
    "length",
    "Gemini": "The input token count (1200293) exceeds the maximum number of tokens allowed.",
    "Anthropic": "prompt is too long: 205106 tokens > 200000 maximum",
    "Anthropic, with the answer": "input length and `max_tokens` exceed context limit: 8 + 9 > 10",
    "TGI": "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 tokens",
    "Mistral": "Prompt contains 40000 tokens, too large for model with 32768 maximum context "
    "length",
    "Groq": "Please reduce the length of the messages or completion.",
    "xAI": "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "SiliconFlow": "number of input tokens (204703) has exceeded max_prompt_tokens (202752) limit.",
    "LiteLLM": "litellm.ContextWindowExceededError: it did not fit",
}
BLIND = {
    "OpenAI": "Invalid content type. image_url is only supported by certain models.",
    "llama.cpp": "image input is not supported - hint: if this is unexpected, provide the mmproj",
    "Ollama": "this model does not support image input (ref: b8bd630e)",
    "Ollama, earlier": "this model is missing data required for image input",
    "vLLM": "/models/tiny is not a multimodal model",
    "vLLM, no picture": "At most 0 image(s) may be provided in one prompt.",
    "LM Studio": "Model does not support images. Please use a model that does.",
    "DeepSeek": "messages[1]: unknown variant `image_url`, expected `text`",
    "OpenRouter": "No endpoints found that support image input",
}
UNKNOWN = {
    "OpenAI": "The model `huge` does not exist or you do not have access to it.",
    "Azure": "The API deployment for this resource does not exist.",
    "Ollama": 'model "huge" not found, try pulling it first',
    "llama.cpp": "model not found",
    "LM Studio": "Model not loaded",
    "transformers": "Server is pinned to 'tiny'; requested 'huge'",
}
WORDINGS = [
    *((words, "fewer documents") for words in TOO_LONG.values()),
    *((words, "takes no pictures") for words in BLIND.values()),
    *((words, "Check `model`") for words in UNKNOWN.values()),
]


@pytest.mark.parametrize(
    ("words", "says"),
    WORDINGS,
    ids=[
        f"{what}: {who}"
        for what, told in (("too long", TOO_LONG), ("blind", BLIND), ("unknown", UNKNOWN))
        for who in told
    ],
)
async def test_what_engines_say_is_understood_with_a_status_and_in_a_stream(
    server: QuirksServer, model: OpenAICompatible, words: str, says: str
):
    server.will(
        answers(400, {"error": {"message": words}}),
        streams(event({"error": {"message": words, "code": 400}})),
    )
    for _ in range(2):
        _, error = await failure_of(model)
        assert isinstance(error, PromptTooLong) == (says == "fewer documents")
        assert words in error.message
        assert says in (error.hint or "")


async def test_a_redirect_is_not_followed(server: QuirksServer, model: OpenAICompatible):
    server.will(answers(307, b"", location=f"http://127.0.0.1:9/elsewhere?key={KEY}"))
    _, error = await failure_of(model)
    assert isinstance(error, UpstreamRejected)
    assert "http://127.0.0.1:9/elsewhere" in str(error)
    assert KEY not in str(error)


@pytest.mark.parametrize("quirk", [resets, hangs_up, *(answers(s, b"") for s in (502, 503, 504))])
async def test_what_fails_before_the_answer_is_repeated_once(
    server: QuirksServer, model: OpenAICompatible, quirk: Behaviour
):
    server.will(quirk, well)
    assert await text_of(model) == "Fine."
    assert len(server.requests) == 2

    server.will(quirk)
    await failure_of(model)
    assert len(server.requests) == 4


async def test_a_connection_that_died_while_idle_costs_no_answer(server: QuirksServer):
    model = deployed(server.base_url, patience=Patience(end=5, pause=0.01))
    server.will(well, resets, well)
    assert await text_of(model) == "Fine."
    assert await text_of(model) == "Fine."
    await model.close()
    assert [request.connection for request in server.requests] == [1, 1, 2]


async def test_one_connection_serves_one_question_after_the_other(
    server: QuirksServer,
):
    model = deployed(server.base_url, patience=Patience(end=5))
    server.will(well)
    for _ in range(3):
        await events_of(model)
    await model.close()
    assert [request.connection for request in server.requests] == [1, 1, 1]


async def test_a_packed_answer_is_unpacked(server: QuirksServer, model: OpenAICompatible):
    async def packed(visit: Visit) -> None:
        body = gzip.compress(delta("Fine.") + STOP + DONE)
        head = {"content-type": "text/event-stream", "content-encoding": "gzip"}
        await visit.begin(200, head | {"content-length": str(len(body))})
        await visit.send(body)

    server.will(packed)
    assert await text_of(model) == "Fine."


async def test_proxies_of_the_environment_are_not_used(
    server: QuirksServer, model: OpenAICompatible, monkeypatch: pytest.MonkeyPatch
):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.will(well)
    assert await text_of(model) == "Fine."


async def test_a_server_that_is_not_there():
    async with QuirksServer() as gone:
        address = gone.base_url
    model = deployed(address)
    _, error = await failure_of(model)
    assert isinstance(error, UpstreamUnreachable)
    assert "Is it running" in str(error)


async def test_a_server_whose_certificate_nobody_here_knows(encrypted: ssl.SSLContext):
    async with QuirksServer(encrypted) as server:
        server.will(well)
        model = deployed(server.base_url)
        _, error = await failure_of(model)
        await model.close()
    assert isinstance(error, UpstreamUnreachable)
    assert "CERTIFICATE_VERIFY_FAILED" in error.message
    assert "not trusted here" in (error.hint or "")
    assert not server.requests


async def test_encrypting_to_a_server_that_does_not():
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        model = deployed(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1")
        _, error = await failure_of(model)
        await model.close()
    assert isinstance(error, UpstreamUnreachable)
    assert "try base_url with http://" in (error.hint or "")


async def test_not_encrypting_to_a_server_that_does(encrypted: ssl.SSLContext):
    async with QuirksServer(encrypted) as server:
        model = deployed(server.base_url.replace("https://", "http://"))
        _, error = await failure_of(model)
        await model.close()
    assert isinstance(error, UpstreamUnreachable)
    assert "https://" in (error.hint or "")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("header", [{"retry_after": "0.05"}, {"retry_after_ms": "50"}])
async def test_a_busy_server_is_asked_again_when_it_said_when(
    server: QuirksServer, model: OpenAICompatible, status: int, header: dict[str, str]
):
    server.will(answers(status, {"error": {"message": "slow down"}}, **header), well)
    began = asyncio.get_running_loop().time()
    assert await text_of(model) == "Fine."
    assert asyncio.get_running_loop().time() - began >= 0.05


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        (429, {}, None),
        (429, {"retry_after": "90"}, 90.0),
        (429, {"retry_after": "soon"}, None),
        (503, {"retry_after": "90"}, 90.0),
    ],
)
async def test_a_server_that_is_busy_for_long(
    server: QuirksServer,
    model: OpenAICompatible,
    status: int,
    header: dict[str, str],
    seconds: float | None,
):
    server.will(answers(status, {"error": {"message": "slow down"}}, **header))
    _, error = await failure_of(model)
    assert isinstance(error, UpstreamRateLimited)
    assert error.retry_after == seconds
    assert "slow down" in error.message
    assert "Ask again later" in (error.hint or "")
    assert len(server.requests) == 1


async def test_a_server_that_stays_busy(server: QuirksServer, model: OpenAICompatible):
    server.will(answers(429, b"", retry_after="0.01"))
    _, error = await failure_of(model)
    assert isinstance(error, UpstreamRateLimited)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "refusal",
    [
        answers(400, {"error": {"message": "Unrecognized argument supplied: stream_options"}}),
        answers(422, {"detail": "Unexpected fields in the request: {'stream_options'}"}),
        answers(400, [{"error": {"message": 'Unknown name "stream_options": Cannot find field.'}}]),
    ],
)
async def test_a_field_we_added_is_dropped_once_and_remembered(
    server: QuirksServer, model: OpenAICompatible, refusal: Behaviour
):
    server.will(refusal, streams(delta("Fine."), STOP, DONE))
    answer = fold(await events_of(model))
    assert [warning.code for warning in answer.warnings] == ["field_dropped"]
    assert answer.usage.estimated
    assert ["stream_options" in r.body for r in server.requests] == [True, False]

    [named_again] = fold(await events_of(model)).warnings
    assert named_again == answer.warnings[0]
    assert len(server.requests) == 3
    assert "stream_options" not in server.requests[-1].body


async def test_a_reasoning_model_gets_its_limit_under_the_name_it_wants(
    server: QuirksServer, model: OpenAICompatible
):
    refusal = {
        "error": {
            "message": "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            "code": "unsupported_parameter",
        }
    }
    server.will(answers(400, refusal), well)
    prompt = asking(sampling=Sampling(max_tokens=50))
    for _ in range(2):
        answer = fold(await events_of(model, prompt))
        assert answer.text == "Fine."
        assert [warning.code for warning in answer.warnings] == ["field_renamed"]
    limits = [
        (r.body.get("max_tokens"), r.body.get("max_completion_tokens")) for r in server.requests
    ]
    assert limits == [(50, None), (None, 50), (None, 50)]


async def test_a_field_of_the_caller_is_never_dropped(
    server: QuirksServer, model: OpenAICompatible
):
    server.will(answers(400, {"error": {"message": "'temperature' must be 1 for this model"}}))
    with pytest.raises(UpstreamRejected, match="'temperature' must be 1"):
        await events_of(model, asking(sampling=Sampling(temperature=0.2)))
    assert len(server.requests) == 1
