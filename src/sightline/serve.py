"""Serve the HTTP API of one workspace: on this machine, or with keys on others, too."""

import ipaddress
import socket
import ssl
import sys
from typing import Any

import uvicorn

from sightline.errors import InvalidRequest, Refused, Unavailable
from sightline.http.app import create_app
from sightline.http.stopping import OpenRequests
from sightline.settings import Settings, is_loopback
from sightline.workspace import Workspace


def serve(workspace: Workspace) -> None:
    """Run until interrupted.

    Raises Refused where keys are needed and there are none, Unavailable when the port is taken,
    InvalidRequest for an address or a certificate that cannot be used.
    """
    host, port = workspace.settings.host, workspace.settings.port
    address = _address(host)
    _check_keys(workspace)
    secure = tls_options(workspace.settings)
    bound = _listen(address, port)
    scheme, place = "https" if secure else "http", f"[{host}]" if ":" in host else host
    url = f"{scheme}://{place}:{bound.getsockname()[1]}"
    app = create_app(workspace)
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
            **secure,
        ),
        requests=app.state.requests,
        announce=f"Sightline is ready at {url}  (stop with Ctrl+C)\n{_remarks(workspace.settings)}",
    )
    server.run(sockets=[bound])


class _Server(uvicorn.Server):
    """Says where it is once it really answers, and ends what it answers when it stops."""

    def __init__(self, config: uvicorn.Config, *, requests: OpenRequests, announce: str) -> None:
        super().__init__(config)
        self._requests = requests
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            sys.stdout.write(self._announce)
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._requests.end_soon()
        await super().shutdown(sockets)


def tls_options(settings: Settings) -> dict[str, Any]:
    """What uvicorn needs to serve https; nothing when no certificate is set.

    Raises InvalidRequest for files that cannot be used.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        return {}
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Without a password at hand OpenSSL would ask for one at the terminal and wait.
        context.load_cert_chain(certificate or "", key or "", password="")
    except OSError as error:  # an SSLError is one, too
        raise InvalidRequest(
            "Expected PEM files of a certificate and its key in tls_certificate and tls_key, got "
            f"{str(certificate)!r} and {str(key)!r}: {error}."
        ) from error
    return {"ssl_certfile": str(certificate), "ssl_keyfile": str(key)}


def _address(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise InvalidRequest(
            f"host: expected an IP address or localhost, got {host!r}.", param="host"
        ) from error
    return address


def _check_keys(workspace: Workspace) -> None:
    """Raises Refused for a server that nobody could use, or else everybody."""
    settings = workspace.settings
    if not settings.asks_for_keys or workspace.access.possible:
        return
    why = "with `require_key` set" if is_loopback(settings.host) else "beyond this machine"
    raise Refused(
        f"Expected at least one API key to serve {settings.host!r} {why}, got none.",
        hint="Make one: `sightline keys create NAME --scope read,chat`.",
    )


def _remarks(settings: Settings) -> str:
    """What somebody who serves others should know."""
    if is_loopback(settings.host):
        return ""
    remarks = ["Every request needs a key (`sightline keys list`)."]
    if settings.tls_certificate is None:
        remarks.append("Keys and pictures travel unencrypted: set tls_certificate and tls_key.")
    if ipaddress.ip_address(settings.host).is_unspecified and not settings.allowed_hosts:
        remarks.append(
            "Only requests to localhost are answered: set allowed_hosts to the names "
            "and addresses that others use."
        )
    return "".join(f"{remark}\n" for remark in remarks)


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's delay: 1 ms, not 48, for a small reply.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise Unavailable(
            f"Cannot listen on {address}:{port}: {error.strerror}.",
            hint="Choose another port with --port, or 0 for a free one.",
        ) from error
    bound.listen(2048)
    return bound
