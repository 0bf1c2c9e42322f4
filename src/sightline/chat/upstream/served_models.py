"""What a model server tells about itself: its models, and how much fits into one.

`GET /models` is part of the API that all speak. How long a prompt may be is not, and each says it
somewhere else: vLLM and SGLang in the list, llama.cpp at `/props`, Ollama at `/api/ps`, LM Studio
at `/api/v0/models`. Redirects are not followed and the environment's proxies are not used.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from sightline.chat.upstream.upstream_errors import Upstream, refused, unreadable
from sightline.errors import UpstreamUnreachable

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of an answer that are read: hosted services list thousands of models."""

COMPLETIONS: Final = "/chat/completions"
"""What a base URL lacks to be the address of questions."""

_DEPLOYMENT_ROUTE: Final = "/openai/deployments/"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModels:
    """The names of the models, and what the list says of each beside its name."""

    entries: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names in the order of the list."""
        return tuple(entry["id"] for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a server tells about itself and one of its models.

    `models` is None at an address that lists none. `context_tokens` is None when it is not told,
    else `where` says by what.
    """

    models: tuple[str, ...] | None = None
    context_tokens: int | None = None
    where: str = ""


async def told(
    completions: httpx2.URL,
    headers: Mapping[str, str],
    model: str,
    upstream: Upstream,
    *,
    seconds: float = 10.0,
) -> Told:
    """Ask for the list, and how much fits into `model`; `seconds` for each.

    Raises UpstreamError when there is no list where one should be.
    """
    if _DEPLOYMENT_ROUTE in completions.path:  # Azure's route of one deployment
        return Told()
    url = completions.copy_with(path=f"{completions.path.removesuffix(COMPLETIONS)}/models")
    listed = await served_models(url, headers, upstream, seconds=seconds)
    found = await _context_tokens(completions, headers, model, listed, seconds=seconds)
    tokens, where = found or (None, "")
    return Told(models=listed.names, context_tokens=tokens, where=where)


async def served_models(
    url: httpx2.URL, headers: Mapping[str, str], upstream: Upstream, *, seconds: float
) -> ServedModels:
    """The list at `url`. Raises UpstreamError when there is none within `seconds`."""
    try:
        async with _client(url, seconds) as client:
            status, kept, body = await asyncio.wait_for(_get(client, url, headers), seconds)
    except (httpx2.HTTPError, TimeoutError) as error:
        why = upstream.quote(str(error)) or f"nothing came within {seconds:g} s"
        raise UpstreamUnreachable(
            f"{upstream} did not answer: {why}.", hint="Is it running, and is base_url right?"
        ) from error
    if status // 100 != 2:  # noqa: PLR2004
        raise refused(upstream, status, kept, body)
    match _json(body):
        case {"data": list() as listed}:
            named = [e for e in listed if isinstance(e, dict) and isinstance(e.get("id"), str)]
            return ServedModels(entries=tuple(named))
        case _:
            raise unreadable(upstream, body)


async def _context_tokens(
    completions: httpx2.URL,
    headers: Mapping[str, str],
    model: str,
    listed: ServedModels,
    *,
    seconds: float,
) -> tuple[int, str] | None:
    """How many tokens fit into the model as it is served, and where that was told; else None."""
    for entry in listed.entries:
        if entry["id"] == model:
            for name in ("max_model_len", "context_length", "context_window"):
                if found := _count(entry.get(name)):
                    return found, f"{name} in the list of models"
    base = completions.path.removesuffix(COMPLETIONS)
    if not base.endswith("/v1"):
        return None
    root = base.removesuffix("/v1")
    async with _client(completions, seconds) as client:
        for path, read in (
            ("/props", _of_llama_cpp),
            ("/api/ps", _of_ollama),
            ("/api/v0/models", _of_lm_studio),
        ):
            url = completions.copy_with(path=f"{root}{path}", query=None)
            try:
                status, _, body = await asyncio.wait_for(_get(client, url, headers), seconds)
            except (httpx2.HTTPError, TimeoutError):
                continue
            told = read(_json(body), model) if status == 200 else None  # noqa: PLR2004
            if told:
                return told, path
    return None


def _of_llama_cpp(told: object, _model: str) -> int | None:
    match told:
        case {"default_generation_settings": {"n_ctx": int(found)}}:
            return _count(found)
    return None


def _of_ollama(told: object, model: str) -> int | None:
    """Of a model that is loaded; "m" and "m:latest" are one."""
    names = {model, f"{model}:latest"}
    match told:
        case {"models": list() as running}:
            for one in running:
                if isinstance(one, dict) and names & {one.get("name"), one.get("model")}:
                    return _count(one.get("context_length"))
    return None


def _of_lm_studio(told: object, model: str) -> int | None:
    match told:
        case {"data": list() as known}:
            for one in known:
                if isinstance(one, dict) and one.get("id") == model:
                    return _count(one.get("loaded_context_length"))
    return None


def _count(value: object) -> int | None:
    return value if type(value) is int and value > 0 else None


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _client(url: httpx2.URL, seconds: float) -> httpx2.AsyncClient:
    # Certificates take a while to load and are for https.
    tls = url.scheme == "https"
    return httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=seconds, verify=tls)


async def _get(
    client: httpx2.AsyncClient, url: httpx2.URL, headers: Mapping[str, str]
) -> tuple[int, Mapping[str, str], bytes]:
    """Status, headers and the beginning of the body."""
    body = b""
    async with client.stream("GET", url, headers=headers) as response:
        async for received in response.aiter_bytes():
            body += received
            if len(body) > LARGEST:
                break
        return response.status_code, response.headers, body
