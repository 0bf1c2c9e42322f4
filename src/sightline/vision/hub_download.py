"""Fetches a file over HTTPS, and goes on where an earlier attempt stopped.

Guards against mixing two files: what came earlier is kept only under the strong `ETag` the server
gave for it, and the rest is asked for under that tag. Whoever wants more compares the hash.
"""

import hashlib
import os
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

import httpx2

_CHUNK = 1 << 20
_SHORTEST_TAG = len('""') + 1


def fetch(client: httpx2.Client, url: str, target: Path, heard: Callable[[int], None]) -> str:
    """The SHA-256 of the file at `url`, whole in `target` when this returns.

    Until then it grows in a file beside it, which stays when this fails. `heard` is told how many
    bytes there are more, those of earlier attempts first. Raises httpx2.HTTPError and OSError, and
    what `heard` raises.
    """
    part, tag = _beside(target, "part"), _beside(target, "etag")
    if target.exists():  # whole since an earlier attempt
        return _read(target, hashlib.sha256(), heard)
    before = part.stat().st_size if part.exists() and tag.exists() else 0
    # Without compression, so that what comes is what is announced and can be counted.
    headers = {"accept-encoding": "identity"}
    if before:
        headers |= {"range": f"bytes={before}-", "if-range": tag.read_text(encoding="utf-8")}
    digest = hashlib.sha256()
    with client.stream("GET", url, headers=headers) as reply:
        if url.startswith("https:") and reply.url.scheme != "https":
            raise httpx2.RequestError("it redirects from https to http", request=reply.request)
        if before and _cannot_go_on(reply, before):
            reply.close()
            tag.unlink()
            return fetch(client, url, target, heard)
        if not reply.is_success:
            raise httpx2.RequestError(
                f"it answered {reply.status_code} {reply.reason_phrase}", request=reply.request
            )
        goes_on = reply.status_code == HTTPStatus.PARTIAL_CONTENT
        if goes_on:
            _read(part, digest, heard)
        else:
            tag.unlink(missing_ok=True)
        with part.open("ab" if goes_on else "wb") as file:
            if not goes_on:
                _keep_tag(tag, reply.headers.get("etag", ""))
            for chunk in reply.iter_bytes():
                heard(len(chunk))
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    part.replace(target)
    tag.unlink(missing_ok=True)
    return digest.hexdigest()


def _cannot_go_on(reply: httpx2.Response, before: int) -> bool:
    """Whether the server has another part than the one that was asked for, or none at all."""
    if reply.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return True
    begins = f"bytes {before}-"
    return reply.status_code == HTTPStatus.PARTIAL_CONTENT and not reply.headers.get(
        "content-range", ""
    ).startswith(begins)


def _keep_tag(path: Path, tag: str) -> None:
    if tag.startswith('"') and len(tag) >= _SHORTEST_TAG:  # a weak one does not promise same bytes
        path.write_text(tag, encoding="utf-8")


def _beside(target: Path, ending: str) -> Path:
    return target.with_name(f"{target.name}.{ending}")


def _read(path: Path, digest: "hashlib._Hash", heard: Callable[[int], None]) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            heard(len(chunk))
    return digest.hexdigest()
