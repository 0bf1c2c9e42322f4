"""A stand-in for `llama-server`: takes its arguments, asks for its key, and says what it was told.

The file of weights is JSON: `loads` (seconds), `dies` ("loading", "asked" or "answering"), `once`
(only the first one dies), `deaf` (does not end when it is asked to), `endless` ("words" or
"silence"). Each start is a line of `starts.jsonl` beside that file; each answer without end begins
with a "+" in `endless` there and ends with a "-", when the client has left.
"""

import argparse
import json
import os
import select
import signal
import socket
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

STARTED = time.monotonic()
CHUNK = {"choices": [{"index": 0, "delta": {"content": "A tent."}}]}
END = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
USAGE = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--model", "--mmproj", "--alias", "--host", "--port", "--ctx-size", "--parallel"):
        parser.add_argument(name, required=True)
    parser.add_argument("--image-max-tokens")
    given = parser.parse_args()
    weights = Path(given.model)
    manner = json.loads(weights.read_text())
    with (weights.parent / "starts.jsonl").open("a+") as starts:
        starts.seek(0)
        earlier = len(starts.readlines())
        starts.write(json.dumps({"pid": os.getpid(), "key": key(), **vars(given)}) + "\n")
    if manner.get("once") and earlier:
        manner["dies"] = ""
    if manner.get("deaf"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if manner.get("dies") == "loading":
        sys.exit("error: unable to load model")
    server = ThreadingHTTPServer((given.host, int(given.port)), Handler)
    server.manner = manner  # type: ignore[attr-defined]
    server.folder = weights.parent  # type: ignore[attr-defined]
    server.serve_forever()


def key() -> str:
    return os.environ["LLAMA_API_KEY"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert self.path == "/health"
        loading = time.monotonic() - STARTED < self.manner.get("loads", 0)
        self.answer(503 if loading else 200, b"{}")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        if self.headers["authorization"] != f"Bearer {key()}":
            self.answer(401, b'{"error": {"message": "Invalid API Key"}}')
            return
        self.die("asked")
        if endless := self.manner.get("endless"):
            self.go_on(endless)
            return
        self.begin()
        self.say(CHUNK)
        self.die("answering")
        self.say(END)
        self.say(USAGE)
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    @property
    def manner(self) -> dict:
        return self.server.manner  # type: ignore[attr-defined]

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def go_on(self, endless: str) -> None:
        self.note("+")
        self.close_connection = True
        try:
            if endless == "words":
                self.begin()
            while not self.left():
                if endless == "words":
                    self.say(CHUNK)
        except ConnectionError:
            pass
        finally:
            self.note("-")

    def left(self) -> bool:
        """Whether the client is gone; waits for it a moment."""
        readable, _, _ = select.select([self.connection], [], [], 0.02)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def note(self, mark: str) -> None:
        with (self.server.folder / "endless").open("a") as marks:  # type: ignore[attr-defined]
            marks.write(mark)

    def die(self, moment: str) -> None:
        if self.manner.get("dies") == moment:
            sys.stderr.write(f"ggml: out of memory while it was {moment}\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def say(self, event: dict) -> None:
        self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
        self.wfile.flush()

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None: ...


if __name__ == "__main__":
    main()
