"""One question in every dialect that the server speaks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

_AZURE = "/openai/deployments/{model}"


def _messages(words: str) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": words}]}


def _input(words: str) -> dict[str, object]:
    return {"input": words}


@dataclass(frozen=True)
class Dialect:
    """Where a question goes and how it is put; `named` frames say what they are."""

    path: str
    asking: Callable[[str], Mapping[str, object]]
    named: bool = False

    def request(self, model: str, words: str, **more: object) -> tuple[str, dict[str, object]]:
        """Path and body of a question to a deployment."""
        return self.path.format(model=quote(model)), {**self.asking(words), "model": model, **more}


DIALECTS = {
    "chat": Dialect("/v1/chat/completions", _messages),
    "Azure": Dialect(f"{_AZURE}/chat/completions?api-version=2024-02-15-preview", _messages),
    "Azure 2023": Dialect(
        f"{_AZURE}/extensions/chat/completions?api-version=2023-06-01-preview", _messages
    ),
    "responses": Dialect("/v1/responses", _input, named=True),
    "Azure responses": Dialect(
        "/openai/responses?api-version=2025-03-01-preview", _input, named=True
    ),
}
