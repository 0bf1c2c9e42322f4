"""A model hub on a loopback port, with one small model."""

from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sightline.vision.hub_models import HubFile, HubModel

TINY = HubModel(
    name="tiny",
    purpose="a model for these tests",
    licence="Apache-2.0",
    size=2_000_000,
    repository="somebody/tiny-ONNX",
    revision="abc123",
    files=(HubFile(name="config.json"), HubFile(name="onnx/model.onnx")),
)
CONTENT = {"config.json": b'{"model_type": "owlv2"}', "onnx/model.onnx": bytes(range(250)) * 6_000}


class Hub(ThreadingHTTPServer):
    """Gives the files of a repository by way of a redirect, as hubs do.

    `cut_after`: break off after so many bytes of a file. `tags`: give an ETag with each file, and
    parts of it to whoever asks under that tag. `ranges`: which parts were asked for.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {f"/somebody/tiny-ONNX/resolve/abc123/{k}": v for k, v in CONTENT.items()}
        self.asked: list[str] = []
        self.ranges: list[str] = []
        self.sent = 0
        self.cut_after: int | None = None
        self.tags = True
        self.shift = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, name: str, content: bytes | None) -> None:
        path = f"/somebody/tiny-ONNX/resolve/abc123/{name}"
        if content is None:
            del self.files[path]
        else:
            self.files[path] = content


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if not self.path.startswith("/store"):
            self.send_response(302)
            self.send_header("location", f"/store{self.path}")
            self.send_header("content-length", "0")
            self.end_headers()
            return
        content = self.server.files.get(self.path.removeprefix("/store"))
        if content is None:
            self.send_error(404)
            return
        tag = f'"{sha256(content).hexdigest()}"'
        begin = self._begin(tag)
        if begin > len(content):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            at = begin + self.server.shift
            self.send_header("content-range", f"bytes {at}-{len(content) - 1}/{len(content)}")
        if self.server.tags:
            self.send_header("etag", tag)
        body = content[begin:]
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        body = body[: self.server.cut_after]
        self.server.sent += len(body)
        self.wfile.write(body)

    def _begin(self, tag: str) -> int:
        asked = self.headers.get("range")
        if asked is None:
            return 0
        self.server.ranges.append(asked)
        if self.headers.get("if-range") != tag:
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def log_message(self, *_arguments: object) -> None: ...
