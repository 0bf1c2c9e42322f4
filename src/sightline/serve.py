"""Serve the HTTP API of one workspace, on this machine only."""

import ipaddress
import socket
import ssl
import sys
from typing import Any

import uvicorn

from sightline.errors import InvalidRequest, Refused, Unavailable
from sightline.http.app import create_app
from sightline.http.stopping import OpenRequests
from sightline.settings import Settings
from sightline.workspace import Workspace


def serve(workspace: Workspace) -> None:
    """Run until interrupted.

    Raises Refused for an address beyond this machine, Unavailable when the port is taken,
    InvalidRequest for a certificate that cannot be used.
    """
    host, port = workspace.settings.host, workspace.settings.port
    secure = tls_options(workspace.settings)
    bound = _listen(_loopback(host), port)
    scheme, place = "https" if secure else "http", f"[{host}]" if ":" in host else host
    address = f"{scheme}://{place}:{bound.getsockname()[1]}"
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
        announce=f"Sightline is ready at {address}  (stop with Ctrl+C)\n",
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


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(address).is_loopback:
            return address
    except ValueError:
        pass
    raise Refused(
        f"Expected a loopback address (127.0.0.1, ::1, localhost), got {host!r}.",
        hint="There is no login yet, so the server listens on this machine only; "
        "put a proxy with a login in front of it to share it.",
    )


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
