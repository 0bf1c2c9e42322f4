"""What is told about a model server to those who record what it is sent."""

from collections.abc import Mapping

import httpx2

from sightline.chat.base import BackEnd, Recorder

_SHORTEST_SECRET = 8
"""Shorter keys ("any", "ollama") are there because a client insists on one, and are words, too."""

_OPEN_PARAMETERS = frozenset({"api-version", "api_version", "version"})


def back_end(
    url: httpx2.URL, model: str, key: str | None, *, azure: bool, key_variable: str
) -> BackEnd:
    """What may be written down of a server's address and key, and which words may not."""
    hidden = [(name, value) for name, value in url.params.multi_items() if not _is_open(name)]
    open_ones = [pair for pair in url.params.multi_items() if _is_open(pair[0])]
    secrets = {key or "", *(value for _, value in hidden)}
    return BackEnd(
        address=str(url.copy_with(params=open_ones) if open_ones else url.copy_with(query=None)),
        model=model,
        azure=azure,
        key_variable=key_variable if key else "",
        left_out=tuple(dict.fromkeys(name for name, _ in hidden)),
        secrets=tuple(sorted(one for one in secrets if len(one) >= _SHORTEST_SECRET)),
    )


def _is_open(parameter: str) -> bool:
    return parameter.lower() in _OPEN_PARAMETERS


class _Unrecorded:
    """The recorder of an answer that nobody records."""

    def sent(self, body: bytes) -> None:
        """Not heard."""

    def reply(self, status: int, headers: Mapping[str, str]) -> None:
        """Not heard."""

    def chunk(self, data: bytes) -> None:
        """Not heard."""

    def ended(self, outcome: str) -> None:
        """Not heard."""


UNRECORDED: Recorder = _Unrecorded()
