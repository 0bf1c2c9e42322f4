"""Who asks: the key or the sign-in that a request brings along, and whether it opens the path.

A key comes as `api-key`, `Ocp-Apim-Subscription-Key` or `Authorization: Bearer`; the first of these
that is there counts. A browser that signed in sends a cookie in its place. A page of a stranger
can make a browser send that, too, so what changes something must then come from a page of ours.
"""

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from sightline.access import Access
from sightline.errors import HostNotAllowed, InvalidKey, MissingScope, Refused
from sightline.http.guards import READING
from sightline.http.scopes import Need
from sightline.http.sign_ins import SignIns, token_of
from sightline.http.throttle import MINUTE, Throttle
from sightline.storage.records import KeyRecord
from sightline.workspace import Workspace

ANYBODY: Final = "anybody on this machine"
"""Who asks where no key is needed; the name of no key, for those have no spaces."""

NOBODY: Final = "somebody without a key"
"""Who is refused without a key that fits."""

REFUSALS: Final = 10_000
"""Remembered at once, so that none is written twice a minute."""


class Gate:
    """Lets requests in, and signs browsers in; where it asks for no key, everybody may come in.

    Only for one event loop.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.asks = workspace.settings.asks_for_keys
        self._access: Access = workspace.access
        self._audit = workspace.audit
        self._pool = workspace.pool
        self._throttle = Throttle()
        self._sign_ins = SignIns()
        self._refusals: OrderedDict[tuple[str, ...], float] = OrderedDict()

    async def admit(self, request: HTTPConnection, need: Need) -> str:
        """The name of the key that lets the request in.

        Raises InvalidKey, MissingScope, TooManyWrongKeys, HostNotAllowed, Unavailable.
        """
        if not self.asks or not need.scopes:
            return ANYBODY
        async with self._noting_refusals(request):
            record = await self.holder(request)
            if record is None:
                raise InvalidKey(
                    "Expected an API key, got none.",
                    hint="Send it as `api-key` or as `Authorization: Bearer`; "
                    "`sightline keys create` makes one.",
                )
            request.state.who = record.name
            if not need.met_by(record.scopes):
                raise MissingScope(
                    f"Expected a key with the scope {' or '.join(need.scopes)}, got one with "
                    f"{', '.join(record.scopes)}.",
                    scopes=need.scopes,
                    hint="`sightline keys create` makes one.",
                )
        return record.name

    async def holder(self, request: HTTPConnection) -> KeyRecord | None:
        """Whose key came along; None without a key. Raises as `admit`."""
        key = key_in(request.headers)
        if key:
            record = await self._right(key, _address(request))
        else:
            sha256 = self._sign_ins.key_of(token_of(request.headers))
            if sha256 is None:
                return None
            await self._look()
            found = self._access.bearer(sha256)
            if found is None:
                return None
            record = found
            _check_page(request)
        if self._access.unnoted(record):
            await self._pool.run(self._access.note, record)
        return record

    async def sign_in(self, request: HTTPConnection, key: str) -> tuple[KeyRecord, str]:
        """Who signs in, and the token for it. Raises as `admit`."""
        async with self._noting_refusals(request):
            if "origin" in request.headers:
                _check_page(request)
            record = await self._right(key, _address(request))
        await self._pool.run(
            lambda: self._audit.write("signed_in", record.name, address=_address(request))
        )
        return record, self._sign_ins.open(record.sha256)

    def sign_out(self, request: HTTPConnection) -> None:
        """The token of a browser is worth nothing any more. Raises HostNotAllowed."""
        _check_page(request)
        self._sign_ins.close(token_of(request.headers))

    async def note_removal(self, index: str, who: str) -> None:
        """An index was deleted."""
        await self._pool.run(lambda: self._audit.write("index_deleted", who, index=index))

    async def _right(self, key: str, address: str) -> KeyRecord:
        await self._look()
        # From here to the count nothing else happens, so that many tries at once are counted, too.
        self._throttle.check(address)
        record = self._access.holder(key)
        if record is None:
            self._throttle.count(address)
            # It may have been made a moment ago.
            await self._pool.run(self._access.look)
            record = self._access.holder(key)
            if record is None:
                raise InvalidKey(
                    "Expected an API key of this server, got one that is wrong, revoked or "
                    "expired.",
                    hint="`sightline keys list` shows which there are.",
                )
            self._throttle.forgive(address)
        return record

    async def _look(self) -> None:
        if self._access.stale:
            await self._pool.run(lambda: self._access.look(now=False))

    @asynccontextmanager
    async def _noting_refusals(self, request: HTTPConnection) -> AsyncIterator[None]:
        """Each is written once a minute for an address, a key and a reason."""
        try:
            yield
        except Refused as error:
            address, who = _address(request), getattr(request.state, "who", NOBODY)
            if self._is_new((address, who, error.code)):
                path, method = request.url.path, request.scope["method"]
                said = {"address": address, "method": method, "path": path, "why": error.code}
                await self._pool.run(lambda: self._audit.write("refused", who, **said))
            raise

    def _is_new(self, refusal: tuple[str, ...]) -> bool:
        now = time.monotonic()
        last = self._refusals.get(refusal)
        if last is not None and now - last < MINUTE:
            return False
        self._refusals[refusal] = now
        self._refusals.move_to_end(refusal)
        if len(self._refusals) > REFUSALS:
            self._refusals.popitem(last=False)
        return True


def key_in(headers: Mapping[str, str]) -> str:
    """The key that a request brings along, or nothing."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    bearer = token if kind.lower() == "bearer" else ""
    named = (headers.get(name, "") for name in ("api-key", "ocp-apim-subscription-key"))
    return next((key.strip() for key in (*named, bearer) if key.strip()), "")


def _check_page(request: HTTPConnection) -> None:
    """Raises HostNotAllowed for a change by cookie that comes from no page of this server."""
    if request.scope["method"] in READING:
        return
    origin = request.headers.get("origin")
    ours = (
        request.headers.get("sec-fetch-site") == "same-origin"
        if origin is None
        else urlsplit(origin).netloc == request.headers.get("host")
    )
    if not ours:
        raise HostNotAllowed(
            f"Expected a page of this server behind a sign-in, got {origin or 'no Origin'!r}.",
            hint="Programs send a key in place of the cookie.",
        )


def _address(request: HTTPConnection) -> str:
    return request.client.host if request.client else ""
