"""Vectors from a vision service, against a server of our own that speaks its protocol."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import numpy as np
import pytest

from loopback import running
from sightline.errors import EncoderMismatch, ServiceFailed
from sightline.vision.azure_vision import AzureVision

RED = np.full((40, 30, 3), (200, 10, 10), np.uint8)


class Service(HTTPServer):
    """Answers every question with the next of its replies, and keeps what was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status, reply = self.server.replies.pop(0)
        packed = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(packed)))
        self.end_headers()
        self.wfile.write(packed)

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as answering:
        yield answering


@pytest.fixture
def vision(service: Service) -> Iterator[AzureVision]:
    opened = AzureVision("eyes", service.endpoint, key="K", dimension=3)
    yield opened
    opened.close()


def test_a_picture_and_words_become_vectors_of_one_space(service: Service, vision: AzureVision):
    service.replies = [
        (200, {"modelVersion": "2023-04-15", "vector": [0, 3, 4]}),
        (200, {"modelVersion": "2023-04-15", "vector": [1, 0, 0]}),
    ]
    (encoded,) = vision.encode([RED])
    assert encoded.vector.tolist() == pytest.approx([0, 0.6, 0.8])
    assert encoded.concept is encoded.vector
    assert vision.words.encode(["a red card"]).tolist() == [[1, 0, 0]]
    assert vision.words.identity == vision.identity

    (image, headers, jpeg), (text, _, body) = service.asked
    query = "api-version=2024-02-01&model-version=2023-04-15"
    assert image == f"/computervision/retrieval:vectorizeImage?{query}"
    assert text == f"/computervision/retrieval:vectorizeText?{query}"
    assert headers["ocp-apim-subscription-key"] == "K"
    assert headers["content-type"] == "application/octet-stream"
    assert jpeg.startswith(b"\xff\xd8")
    assert json.loads(body) == {"text": "a red card"}


def test_an_endpoint_with_the_path_of_the_old_clients_is_the_same(service: Service):
    service.replies = [(200, {"vector": [1, 0, 0]})]
    vision = AzureVision("eyes", f"{service.endpoint}computervision", dimension=3)
    vision.words.encode(["x"])
    vision.close()
    assert service.asked[0][0].startswith("/computervision/retrieval:")
    assert "ocp-apim-subscription-key" not in service.asked[0][1]


def test_a_long_text_is_cut_at_the_limit_of_the_service(service: Service, vision: AzureVision):
    service.replies = [(200, {"vector": [1, 0, 0]})]
    vision.words.encode(["word " * 100])
    assert len(json.loads(service.asked[0][2])["text"].split()) == 70


@pytest.mark.parametrize(
    ("status", "reply", "message"),
    [
        (401, {"error": {"code": "401", "message": "Access denied."}}, "401.*Access denied"),
        (404, b"<html>no</html>", "404"),
        (200, b"not json", "something else"),
        (200, {"numbers": [1]}, "something else"),
        (200, [], "something else"),
    ],
)
def test_what_the_service_says_wrong_is_told_by_its_name(
    service: Service, vision: AzureVision, status: int, reply: object, message: str
):
    service.replies = [(status, reply)]
    with pytest.raises(ServiceFailed, match=message) as raised:
        vision.words.encode(["x"])
    assert "'eyes'" in str(raised.value)


def test_vectors_of_another_size_are_refused(service: Service, vision: AzureVision):
    service.replies = [(200, {"vector": [1, 0]})]
    with pytest.raises(EncoderMismatch, match="Expected 3 numbers"):
        vision.encode([RED])


def test_a_service_that_is_not_there_is_named_without_its_address():
    vision = AzureVision("eyes", "http://127.0.0.1:1", key="secret", dimension=3)
    with pytest.raises(ServiceFailed, match="'eyes' cannot be reached") as raised:
        vision.encode([RED])
    assert "127.0.0.1" not in str(raised.value)
    assert "secret" not in str(raised.value)
    vision.close()
