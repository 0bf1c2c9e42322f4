"""What may become a record of a deployment. Keys may not: a record names the variable of one.

What this guards: a key that somebody puts where the name of its variable belongs, or into the
address, is refused and not repeated. Over the network a key goes only where the setting
`deployment_keys` lets it go. What it does not: a deployment without a key may be at any address,
and what its server answers is shown.
"""

import ipaddress
import re
import socket
from collections.abc import Collection
from contextlib import suppress
from urllib.parse import urlsplit

from sightline.chat.base import BackEnd
from sightline.errors import InvalidRequest, Refused
from sightline.settings import DeploymentSettings

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}", re.ASCII)
_HINT = "Put the key into an environment variable of the server and name that in api_key_env."


def check_new(settings: DeploymentSettings) -> None:
    """Whether it can be kept, as far as it is not about the address. Raises InvalidRequest."""
    if settings.name == "found":
        raise InvalidRequest("'found' is a word of the API; choose another name.", param="name")
    if settings.local:
        raise InvalidRequest(
            "A deployment with `local` cannot be added: it is a program that is run here.",
            hint="Name it in settings.toml.",
            param="local",
        )
    variable = settings.api_key_env
    if variable is not None and not _VARIABLE.fullmatch(variable):
        raise InvalidRequest(
            "Expected the name of an environment variable in capital letters, such as "
            "OPENAI_API_KEY, in api_key_env, got something else.",
            hint=_HINT,
            param="api_key_env",
        )


def check_address(back_end: BackEnd) -> None:
    """Whether its address can be kept. Raises InvalidRequest."""
    if back_end.left_out:
        raise InvalidRequest(
            f"base_url must not have parameters but api-version, got "
            f"{', '.join(back_end.left_out)}.",
            hint=_HINT,
            param="base_url",
        )


def check_from_afar(settings: DeploymentSettings, back_end: BackEnd, keys: Collection[str]) -> None:
    """What else is asked of one that comes over the network; `keys` are the setting's.

    The address is looked at as it will be used: two parsers would disagree some day.

    Raises Refused for a key that may not go to that address, and for addresses that belong to the
    machine's cloud.
    """
    address = urlsplit(back_end.address)
    origin = f"{address.scheme}://{address.netloc}".lower()
    allowed = [key.rstrip("/").lower() for key in keys]
    if settings.api_key_env and f"{settings.api_key_env}={origin}".lower() not in allowed:
        raise Refused(
            "A deployment that is added over HTTP may not send the key of that variable there.",
            hint="Allow it in the setting deployment_keys (VARIABLE=ORIGIN), or add the deployment "
            "with `sightline deployments add`.",
            param="api_key_env",
        )
    host = _numeric(address.hostname or "")
    if host and host.is_link_local:
        raise Refused(
            f"Expected the address of a model server, got the link-local address {host}.",
            hint="Add it with `sightline deployments add` if it is one.",
            param="base_url",
        )


def _numeric(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, in any of the ways that systems take; else None."""
    with suppress(OSError):
        return ipaddress.IPv4Address(socket.inet_aton(host))
    with suppress(ValueError):
        address = ipaddress.IPv6Address(host)
        return address.ipv4_mapped or address
    return None
