"""Azure AI Vision's paths: bodies in every form, what is refused and how, vectors."""

import base64
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from sightline.chat.base import Capabilities
from sightline.chat.fake import ScriptedChat
from sightline.errors import BrokenModel, SightlineError, UpstreamRateLimited, UpstreamRejected
from sightline.http.app import create_app
from sightline.http.picture_body import MOST, PACKED
from sightline.vision.fake import COLOURS
from sightline.workspace import Workspace
from wire.standin import standin

ANALYZE = "/computervision/imageanalysis:analyze"
IMAGE = "/computervision/retrieval:vectorizeImage"
TEXT = "/computervision/retrieval:vectorizeText"
READ = {"api-version": "2023-10-01", "features": "read"}
VECTOR = {"api-version": "2024-02-01", "model-version": "2023-04-15"}
BYTES = {"content-type": "application/octet-stream"}
JSON = {"content-type": "application/json"}


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    """Nobody here sees, and the only detector finds colours."""
    blind = Capabilities(sees=False, max_images=0, language_model=False)
    models = [ScriptedChat("extractive", [], capabilities=blind)]
    opened = standin(tmp_path, models, detectors=("standin_engines:Things",))
    yield opened
    await opened.close()


def png(colour: str = "red", size: tuple[int, int] = (80, 60)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, COLOURS[colour]).save(file, "PNG")
    return file.getvalue()


RED = png()
DATA_URL = "data:image/png;base64," + base64.b64encode(RED).decode()


def turned(size: tuple[int, int]) -> bytes:
    """A JPEG whose EXIF says that it lies on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, "JPEG", exif=exif)
    return file.getvalue()


BODIES: dict[str, dict[str, Any]] = {
    "bytes": {"content": RED, "headers": BYTES},
    "a data URL": {"json": {"url": DATA_URL}},
    "JSON with a charset": {
        "content": b'{"url": "%s"}' % DATA_URL.encode(),
        "headers": {"content-type": "Application/JSON; charset=utf-8"},
    },
    "a form": {"files": {"any": ("red.png", RED)}, "data": {"note": "passed over"}},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_picture_comes_in_three_forms(client: httpx2.AsyncClient, body: dict[str, Any]):
    reply = await client.post(ANALYZE, params=READ, **body)
    assert reply.status_code == 200
    found = reply.json()
    assert list(found) == ["modelVersion", "metadata", "readResult"]
    assert found["metadata"] == {"width": 80, "height": 60}
    (block,) = found["readResult"]["blocks"]
    assert block["lines"][0]["boundingPolygon"] == [
        {"x": 0, "y": 0},
        {"x": 80, "y": 0},
        {"x": 80, "y": 60},
        {"x": 0, "y": 60},
    ]


async def test_places_are_those_of_the_upright_original(client: httpx2.AsyncClient):
    reply = await client.post(ANALYZE, params=READ, content=turned((3000, 1000)), headers=BYTES)
    assert reply.json()["metadata"] == {"width": 1000, "height": 3000}
    line = reply.json()["readResult"]["blocks"][0]["lines"][0]
    assert line["boundingPolygon"][2] == {"x": 1000, "y": 3000}


GOOD: dict[str, dict[str, str]] = {
    "features in any case": {"features": "READ, read,Read"},
    "another language for text": {"language": "zh-Hans"},
    "the older spelling of the model": {"modelVersion": "latest"},
    "any model": {"model-version": "2030-01-01"},
    "an unknown parameter": {"colour": "red"},
    "a preview": {"api-version": "2023-02-01-preview"},
}


@pytest.mark.parametrize("query", GOOD.values(), ids=GOOD.keys())
async def test_what_a_query_may_say(client: httpx2.AsyncClient, query: dict[str, str]):
    reply = await client.post(ANALYZE, params=READ | query, content=RED, headers=BYTES)
    assert reply.status_code == 200, reply.text


async def test_what_is_a_list_may_be_said_in_several_parameters(client: httpx2.AsyncClient):
    query = [
        *(("api-version", "2023-10-01"), ("features", "objects"), ("features", "read,smartCrops")),
        *(("smartcrops-aspect-ratios", "1"), ("smartcrops-aspect-ratios", "0.9,1.2")),
    ]
    reply = await client.post(ANALYZE, params=query, content=RED, headers=BYTES)
    assert reply.status_code == 200, reply.text
    found = reply.json()
    assert {"objectsResult", "readResult", "smartCropsResult"} < found.keys()
    ratios = [crop["aspectRatio"] for crop in found["smartCropsResult"]["values"]]
    assert ratios == pytest.approx([1, 0.9, 1.2], abs=0.02)


SINGLE = ("language", "model-name", "model-version", "modelVersion", "gender-neutral-caption")


@pytest.mark.parametrize("path", [ANALYZE, IMAGE, TEXT])
@pytest.mark.parametrize("name", [*SINGLE, "api-version"])
async def test_what_is_no_list_is_said_once(client: httpx2.AsyncClient, path: str, name: str):
    query = [*(READ | {name: "2023-10-01"}).items(), (name, "2023-10-01")]
    reply = await client.post(path, params=query, content=RED, headers=BYTES)
    check_refused(reply, "BadArgument", f"{name}: expected one value, got 2")


BAD_QUERIES: dict[str, tuple[dict[str, str], str, str]] = {
    "no features": ({"features": ""}, "BadArgument", "got nothing"),
    "an unknown feature": (
        {"features": "read,brands"},
        "NotSupportedVisualFeature",
        "'brands'",
    ),
    "nobody who sees": ({"features": "caption"}, "NotSupportedVisualFeature", "no deployment"),
    "nobody who finds people": ({"features": "people"}, "NotSupportedVisualFeature", "people"),
    "a custom model": ({"model-name": "mine"}, "BadArgument", "custom models"),
    "another language": (
        {"features": "tags,read", "language": "fr"},
        "NotSupportedLanguage",
        "expected 'en' for tags, got 'fr'",
    ),
    "a narrow crop": ({"smartcrops-aspect-ratios": "0.9,0.5"}, "BadArgument", "0.75 to 1.8"),
    "a crop of no number": ({"smartcrops-aspect-ratios": "nan"}, "BadArgument", "'nan'"),
    "a crop in words": ({"smartcrops-aspect-ratios": "wide"}, "BadArgument", "'wide'"),
    "many crops": ({"smartcrops-aspect-ratios": "1," * 21}, "BadArgument", "at most 20, got 21"),
    "perhaps": ({"gender-neutral-caption": "perhaps"}, "BadArgument", "true or false"),
}


@pytest.mark.parametrize(("query", "code", "words"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_a_query_that_cannot_be_served(
    client: httpx2.AsyncClient, query: dict[str, str], code: str, words: str
):
    reply = await client.post(ANALYZE, params=READ | query, content=RED, headers=BYTES)
    check_refused(reply, code, words)


def check_refused(reply: httpx2.Response, code: str, words: str) -> None:
    assert reply.status_code == 400
    error = reply.json()["error"]
    assert list(reply.json()) == ["error"]
    assert set(error) == {"code", "message", "innererror"}
    assert error["code"] == "InvalidRequest"
    assert error["innererror"]["code"] == code
    assert words in error["message"]


ADDRESS = "https://example.com/a.png?sig=secret"
BAD_BODIES: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({"content": b"", "headers": BYTES}, "InvalidImageSize", "got 0"),
    "too much": (
        {"content": bytes(MOST + 1), "headers": BYTES},
        "InvalidImageSize",
        "1 to 20,971,520 bytes, got 20,971,521",
    ),
    "much too much": (
        {"content": bytes(PACKED + 1), "headers": {"content-type": "multipart/form-data"}},
        "InvalidImageSize",
        "got 41,943,041",
    ),
    "too large a file in a form": (
        {"files": {"file": ("a.png", bytes(MOST + 1))}},
        "InvalidImageSize",
        "got 20,971,521",
    ),
    "too large a data URL": (
        {"json": {"url": "data:image/png;base64," + base64.b64encode(bytes(MOST + 1)).decode()}},
        "InvalidImageSize",
        "1 to 20,971,520 bytes, got 20,971,521",
    ),
    "no picture": ({"content": b"no", "headers": BYTES}, "InvalidImageFormat", "picture"),
    "half a picture": ({"content": RED[:90], "headers": BYTES}, "InvalidImageFormat", ""),
    "no type": ({"content": RED}, "BadArgument", "got 'no content-type'"),
    "the type of the picture": (
        {"content": RED, "headers": {"content-type": "image/png"}},
        "BadArgument",
        "got 'image/png'",
    ),
    "an address": ({"json": {"url": ADDRESS}}, "InvalidImageUrl", "does not fetch"),
    "no address": ({"json": {}}, "InvalidImageUrl", "got null"),
    "an address of nothing": ({"json": {"url": " "}}, "InvalidImageUrl", "an empty string"),
    "broken base64": ({"json": {"url": "data:image/png;base64,@"}}, "InvalidImageUrl", "base64"),
    "a data URL of words": (
        {"json": {"url": "data:text/plain;base64,aGVsbG8="}},
        "InvalidImageFormat",
        "",
    ),
    "no JSON": ({"content": b"{", "headers": JSON}, "BadArgument", "JSON"),
    "a list": ({"json": []}, "BadArgument", "Expected a JSON object"),
    "two files": (
        {"files": [("a", ("a.png", RED)), ("b", ("b.png", RED))]},
        "BadArgument",
        "Expected one file in the form, got 2",
    ),
    "a form that breaks off": (
        {
            "content": b"--x\r\nContent-Disposition: form-data; filename=a\r\n\r\nabc",
            "headers": {"content-type": "multipart/form-data; boundary=x"},
        },
        "BadArgument",
        "ends in the middle",
    ),
}


@pytest.mark.parametrize("path", [ANALYZE, IMAGE])
@pytest.mark.parametrize(("body", "code", "words"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
async def test_a_body_that_is_no_picture(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any], code: str, words: str
):
    reply = await client.post(path, params=READ, **body)
    check_refused(reply, code, words)
    assert "secret" not in reply.text


@pytest.mark.parametrize("path", [ANALYZE, IMAGE, TEXT])
@pytest.mark.parametrize("version", [None, "", "latest"])
async def test_without_a_version_there_is_nothing(
    client: httpx2.AsyncClient, path: str, version: str | None
):
    params = {"features": "read"} | ({} if version is None else {"api-version": version})
    reply = await client.post(path, params=params, content=RED, headers=BYTES)
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "404"
    assert reply.json()["error"]["message"].startswith("Resource not found")


async def test_a_body_above_the_servers_own_limit(client: httpx2.AsyncClient):
    headers = BYTES | {"content-length": str(2**40)}
    reply = await client.post(ANALYZE, params=READ, content=RED, headers=headers)
    assert reply.status_code == 413
    assert set(reply.json()["error"]) == {"code", "message"}


FAILURES: dict[str, tuple[SightlineError, int, str, dict[str, str]]] = {
    "broken_model": (BrokenModel("x"), 503, "ServiceUnavailable", {"x-should-retry": "false"}),
    "upstream_rejected": (UpstreamRejected("x"), 502, "BadGateway", {"x-should-retry": "false"}),
    "upstream_rate_limited": (
        UpstreamRateLimited("x", retry_after=7),
        429,
        "TooManyRequests",
        {"retry-after": "7"},
    ),
}


@pytest.mark.parametrize(("inner", "failure"), FAILURES.items(), ids=FAILURES.keys())
async def test_an_engine_that_fails(
    tmp_path: Path, inner: str, failure: tuple[SightlineError, int, str, dict[str, str]]
):
    error, status, code, headers = failure
    opened = standin(tmp_path, [ScriptedChat("eyes", [error])], caption_deployment="eyes")
    transport = httpx2.ASGITransport(create_app(opened))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        query = READ | {"features": "read,caption"}
        reply = await client.post(ANALYZE, params=query, content=RED, headers=BYTES)
    await opened.close()
    assert reply.status_code == status
    assert reply.json()["error"]["code"] == code
    assert reply.json()["error"]["innererror"] == {"code": inner, "message": "x"}
    assert headers.items() <= dict(reply.headers).items()


async def vector(client: httpx2.AsyncClient, path: str, **body: Any) -> np.ndarray:  # noqa: ANN401
    reply = await client.post(path, params=VECTOR, **body)
    assert reply.status_code == 200, reply.text
    assert list(reply.json()) == ["modelVersion", "vector"]
    assert reply.json()["modelVersion"] == "fake-colours+fake-words@1+1+1:320"
    return np.asarray(reply.json()["vector"])


async def test_pictures_and_texts_lie_in_one_space(client: httpx2.AsyncClient):
    red = await vector(client, IMAGE, content=RED, headers=BYTES)
    again = await vector(client, IMAGE, json={"url": DATA_URL})
    blue = await vector(client, IMAGE, content=png("blue"), headers=BYTES)
    asked = await vector(client, TEXT, json={"text": "something red"})
    assert red.shape == blue.shape == asked.shape == (320,)
    assert np.linalg.norm([red, blue, asked], axis=1) == pytest.approx(1)
    assert red @ again == pytest.approx(1)
    assert red @ asked > blue @ asked


BAD_TEXTS: dict[str, tuple[Any, str]] = {
    "no text": ({}, "got null"),
    "blanks": ({"text": " \n"}, "expected 1 to 70 words"),
    "a number": ({"text": 7}, "got 7"),
    "too many words": ({"text": "word " * 71}, "got 71"),
    "a list": (["word"], "Expected a JSON object"),
}


@pytest.mark.parametrize(("given", "words"), BAD_TEXTS.values(), ids=BAD_TEXTS.keys())
async def test_a_text_that_becomes_no_vector(client: httpx2.AsyncClient, given: Any, words: str):  # noqa: ANN401
    check_refused(await client.post(TEXT, params=VECTOR, json=given), "BadArgument", words)
    assert (await client.post(TEXT, params=VECTOR, json={"text": "word " * 70})).status_code == 200


@pytest.mark.parametrize("size", [(10, 400), (400, 10), (16_000, 20)])
async def test_a_picture_of_a_size_that_becomes_no_vector(
    client: httpx2.AsyncClient, size: tuple[int, int]
):
    picture = png(size=size)
    reply = await client.post(IMAGE, params=VECTOR, content=picture, headers=BYTES)
    check_refused(reply, "InvalidImageSize", "larger than 10 × 10 and smaller than 16,000")
    reply = await client.post(ANALYZE, params=READ, content=picture, headers=BYTES)
    assert reply.status_code == 200


async def test_broken_and_odd_files_of_the_world(client: httpx2.AsyncClient, shared_data: Path):
    for path in sorted(path for path in (shared_data / "bad").rglob("*") if path.is_file()):
        content = path.read_bytes()
        reply = await client.post(ANALYZE, params=READ, content=content, headers=BYTES)
        assert reply.status_code in {200, 400}, path.name
