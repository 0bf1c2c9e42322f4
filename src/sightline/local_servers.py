"""Model servers on this machine, looked for only when somebody asks. Finding one uses nothing.

Only loopback is asked, and only for the list of models, all ports at once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx2

from sightline.chat.upstream.served_models import served_models
from sightline.chat.upstream.upstream_errors import Upstream
from sightline.errors import UpstreamError, UpstreamUnreachable

SECONDS: Final = 1.5
"""For one port. A server on loopback that lists its models takes milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundServer:
    """A server that answered. `name` is whose usual port it is, not who answered.

    `refusal` is what it said when it did not list its models, because it wants a key for one.
    """

    name: str
    base_url: str
    models: tuple[str, ...]
    refusal: str = ""


async def local_servers(
    places: Sequence[str], *, seconds: float = SECONDS
) -> tuple[FoundServer, ...]:
    """Those of `places` ("Ollama:11434") that answer, in this order."""
    found = await asyncio.gather(*(_ask(place, seconds) for place in places))
    return tuple(server for server in found if server is not None)


async def _ask(place: str, seconds: float) -> FoundServer | None:
    name, _, port = place.rpartition(":")
    base_url = f"http://127.0.0.1:{port}/v1"
    upstream = Upstream(deployment=name, address=base_url)
    try:
        listed = await served_models(
            httpx2.URL(f"{base_url}/models"), {}, upstream, seconds=seconds
        )
    except UpstreamUnreachable:
        return None
    except UpstreamError as error:
        return FoundServer(name=name, base_url=base_url, models=(), refusal=error.message)
    if any(entry.get("owned_by") == "sightline" for entry in listed.entries):
        return None  # one of us, on a port that others use, too
    return FoundServer(name=name, base_url=base_url, models=listed.names)
