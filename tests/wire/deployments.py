"""`sightline serve` as a process with deployments of every kind, and what each of them says."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openai import AzureOpenAI, OpenAI

from chat.local_place import environment
from chat.quirks_server import (
    DONE,
    Behaviour,
    QuirksServer,
    counts,
    delta,
    event,
    in_a_thread,
    streams,
)
from standin_engines import ENGINES
from wire.standin import pictures

QUESTION = "Which tent is red?"


@dataclass(frozen=True)
class Deployment:
    """One to be asked `QUESTION` about the index "tents", at the server `address`.

    `says` is its answer, None when only the model knows it, and `tokens` counts both ends. One that
    never comes to an end by itself has `most_tokens`.
    """

    address: str
    name: str
    says: str | None
    tokens: int | None = None
    most_tokens: int | None = None

    @property
    def reason(self) -> str:
        """Why its answers end."""
        return "length" if self.most_tokens else "stop"

    @property
    def limit(self) -> dict[str, Any]:
        """What a chat request needs for its answer to end soon and to be the same each time."""
        return {"max_tokens": self.most_tokens, "temperature": 0} if self.most_tokens else {}

    @property
    def output_limit(self) -> dict[str, Any]:
        """The same for a request of the Responses API."""
        limit = {"max_output_tokens": self.most_tokens, "temperature": 0}
        return limit if self.most_tokens else {}

    def said(self, text: str | None) -> bool:
        """Whether that is its answer."""
        return text == self.says if self.says is not None else bool(text and text.strip())

    def counted(self, tokens: int) -> bool:
        """Whether that many tokens are right."""
        return tokens == self.tokens if self.tokens is not None else tokens > 0

    def client(self) -> OpenAI:
        """The plain client."""
        return OpenAI(base_url=f"{self.address}/v1", api_key="any", max_retries=0)

    def azure(self, path: str = "", version: str = "2024-02-15-preview") -> AzureOpenAI:
        """The Azure client, by endpoint, or by the deployment's address and this path after it."""
        where: Any = (
            {"base_url": f"{self.address}/openai/deployments/{self.name}{path}"}
            if path
            else {"azure_endpoint": self.address}
        )
        return AzureOpenAI(api_key="any", api_version=version, max_retries=0, **where)


def _cut(data: bytes) -> Iterator[bytes]:
    """Bytes in packets of three, so that no letter, line or event is safe."""
    return (data[start : start + 3] for start in range(0, len(data), 3))


every_harmless_quirk: Behaviour = streams(
    b": ping\n\n",
    event({"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
    delta(role="assistant", content=""),
    b"event: message\r\nid: 7\r\nretry: 10\r\n" + delta(reasoning_content="A tent … "),
    delta(reasoning="or a house?"),
    b": PROCESSING\n\n",
    delta("<thi"),
    delta("nk>Which one?</think>\n\n"),
    *_cut(delta("The tent ") + delta("is red [do").replace(b"\n", b"\r\n")),
    event({"choices": [{"index": 0, "content_filter_offsets": {"check_offset": 9}}]}),
    0.02,
    event({"choices": [{"index": 0, "delta": {"content": "c1]."}}], "error": None}),
    event({"choices": [{"delta": {}, "finish_reason": None, "finish_details": {"type": "stop"}}]}),
    counts(9, 4),
    DONE,
)
"""What honest servers do that clients stumble over: says "The tent is red [doc1].", 13 tokens."""


def at(address: str, name: str) -> Deployment:
    """The deployment of that name at a server."""
    match name:
        case "extractive":
            says = "The description says “A red tent on a mountain” [doc1]."
            return Deployment(address, name, says, tokens=0)
        case "tiny":
            return Deployment(address, name, None, most_tokens=8)
        case _:
            return Deployment(address, name, "The tent is red [doc1].", tokens=13)


@contextmanager
def quirky_upstream() -> Iterator[list[dict[str, object]]]:
    """The settings of two deployments: quirky, with every quirk, and cut, which breaks off."""
    with in_a_thread(QuirksServer()) as server:
        server.models = {"quirky": every_harmless_quirk, "cut": streams(delta("Half an ans"))}
        yield [
            {"name": model, "base_url": server.base_url, "model": model} for model in server.models
        ]


@contextmanager
def sightline_serve(folder: Path, *deployments: Mapping[str, object]) -> Iterator[str]:
    """The address of `sightline serve`, with the index "tents" of three pictures."""
    workspace = folder / "workspace"
    workspace.mkdir()
    # JSON of strings, numbers and lists of them is TOML, too.
    lines = [f"{name} = {json.dumps(value)}" for name, value in ENGINES.items()]
    for deployment in deployments:
        lines.append("[[deployments]]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in deployment.items()]
    (workspace / "settings.toml").write_text("\n".join(lines), encoding="utf-8")
    command = [sys.executable, "-m", "sightline", "--workspace", str(workspace)]
    subprocess.run(
        [*command, "ingest", str(pictures(folder / "pictures")), "--index", "tents", "--json"],
        env=environment(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    with subprocess.Popen(
        [*command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True, env=environment()
    ) as server:
        assert server.stdout is not None
        yield next(word for word in server.stdout.readline().split() if "://" in word).rstrip("/.,")
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
