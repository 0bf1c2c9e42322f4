"""A server that speaks just enough S3 to misbehave on purpose."""

from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

Mood = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request; the mood of the server decides what becomes of it."""

    server: "MoodyServer"

    def do_GET(self) -> None:
        self.server.visits[urlsplit(self.path).path] += 1
        self.server.mood(self)

    def log_message(self, *_: object) -> None:
        pass

    @property
    def asked(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query)

    @property
    def is_listing(self) -> bool:
        return "list-type" in self.asked

    @property
    def visits(self) -> int:
        return self.server.visits[urlsplit(self.path).path]

    def answer(self, status: int, body: bytes, *, announced: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        self.send_header("ETag", '"1"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def page(self, *keys: str, following: str = "") -> None:
        contents = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            "<ETag>&quot;1&quot;</ETag><Size>4</Size></Contents>"
            for key in keys
        )
        more = f"<NextContinuationToken>{following}</NextContinuationToken>" if following else ""
        self.answer(200, f"<ListBucketResult>{contents}{more}</ListBucketResult>".encode())

    def stall(self) -> None:
        self.server.over.wait(30)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.close()


class MoodyServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, mood: Mood) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.mood = mood
        self.visits: Counter[str] = Counter()
        self.over = Event()

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "someone",
            "AWS_SECRET_ACCESS_KEY": "TOP-SECRET-VALUE",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_port}",
        }

    def handle_error(self, *_: object) -> None:
        """A client that gave up is what the test is about."""

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
