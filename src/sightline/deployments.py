"""The deployments of a workspace: those of the settings, and records that were added.

Records are looked up in the catalog again and again, so that one that was added or removed is so in
a server that runs, whichever process did it. The settings win over a record of the same name.
"""

import logging
import os
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

from sightline.bridge import Pool
from sightline.chat.base import Capabilities, ChatModel
from sightline.deployment_checks import check_address, check_from_afar, check_new
from sightline.errors import Conflict, InvalidInput, Unavailable, UnknownDeployment
from sightline.settings import DeploymentSettings, Settings, deployment_settings
from sightline.storage.records import CATALOG_FILE, DeploymentRecord, Probe

if TYPE_CHECKING:
    from sightline.chat.openai_compatible import OpenAICompatible
    from sightline.probing import ProbeEvent
    from sightline.storage.deployments import DeploymentRecords

log = logging.getLogger("sightline.deployments")

BUILT_IN: Final = "extractive"

LOOK_AGAIN: Final = 1.0
"""Seconds for which the records are known; a name that is not known is looked up at once."""

_USUAL: Final = {"sees": True, "max_images": 5}
_BLIND: Final = (
    "A probe found that it takes no pictures: it is told the text read in them, and tags."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A chat model that was named, and what the last probe of it found.

    `added_at` is None for one of the settings.
    """

    settings: DeploymentSettings
    model: ChatModel
    probe: Probe | None = None
    added_at: datetime | None = None


class Deployments:
    """All deployments of a workspace but the built-in one. Calls from any thread."""

    def __init__(self, settings: Settings, pool: Pool) -> None:
        self._settings = settings
        self._pool = pool
        self._looking = RLock()
        self._looked = -LOOK_AGAIN
        self._known: dict[str, Deployment] = {}
        self._gone: list[ChatModel] = []

    def all(self, *, now: bool = False) -> dict[str, Deployment]:
        """Those of the settings, then the records by name; `now` looks them up in any case.

        When the catalog cannot be read, those that are known are still there. A record that cannot
        be used is left out with a warning in the log; raises InvalidInput for one of the settings.
        """
        with self._looking:
            if now or time.monotonic() - self._looked >= LOOK_AGAIN:
                try:
                    self._take(*self._look())
                except Unavailable as error:
                    log.warning("deployments cannot be looked up: %s", error)
                    if not self._known:
                        self._take([], {})
                self._looked = time.monotonic()
            return dict(self._known)

    def get(self, name: str) -> Deployment:
        """One by name. Raises UnknownDeployment."""
        found = self.all().get(name) or self.all(now=True).get(name)
        if found is None:
            raise UnknownDeployment(
                f"Expected a deployment ({', '.join((BUILT_IN, *self._known))}), got {name!r}.",
                hint="Add it: `sightline deployments add NAME --base-url … --model …`.",
                param="model",
            )
        return found

    def served(self, name: str) -> tuple[str, ...]:
        """Who answers under a name, which says nothing about it; empty for the built-in one."""
        known = self._known.get(name)
        one = known.settings if known else None
        return tuple(filter(None, (one.base_url, one.model, one.local))) if one else ()

    def add(self, settings: DeploymentSettings, *, from_afar: bool = False) -> Deployment:
        """A new record, usable at once. `from_afar`: it comes over the network.

        Raises InvalidInput for what cannot be used, Refused for what may not come from there,
        Conflict for a name that is taken.
        """
        # No key is looked at before it is known to be allowed.
        check_new(settings)
        keyless = settings.model_copy(update={"api_key_env": None})
        back_end = self._connected(keyless, None).back_end
        check_address(back_end)
        if from_afar:
            check_from_afar(settings, back_end, self._settings.deployment_keys)
        self._connected(settings, None)
        if any(settings.name == one.name for one in self._settings.deployments):
            raise Conflict(
                f"The settings have a deployment {settings.name!r}.",
                hint="Choose another name, or change settings.toml.",
                param="name",
            )
        self._records.add(settings.name, settings.model_dump(mode="json", exclude_unset=True))
        self.all(now=True)
        return self.get(settings.name)

    def check_removable(self, name: str) -> None:
        """Raises UnknownDeployment, and Conflict for one that is not a record."""
        if name == BUILT_IN:
            raise Conflict(f"The deployment {name!r} is built in and always there.")
        if self.get(name).added_at is None:
            raise Conflict(
                f"The deployment {name!r} is in settings.toml or the environment.",
                hint="Take it out there and start again; only added ones can be removed.",
            )

    def remove(self, name: str) -> None:
        """Forget a record; answers that it is giving are finished. Raises as `check_removable`."""
        self.check_removable(name)
        self._records.remove(name)
        self.all(now=True)

    def askable(self, name: str) -> DeploymentSettings:
        """What can be probed. Raises UnknownDeployment, and Conflict for one without a server."""
        if name == BUILT_IN:
            raise Conflict(f"The deployment {name!r} is built in: it has no server to ask.")
        settings = self.get(name).settings
        if settings.local:
            raise Conflict(
                f"What {name!r} can do is known: {settings.local!r} is in the catalogue."
            )
        return settings

    async def probe(self, name: str, *, limit: float | None = None) -> "AsyncGenerator[ProbeEvent]":
        """Ask the deployment what it can do; what was found is remembered and used at once.

        `limit`: seconds for all of it. Raises as `askable`.
        """
        from sightline.probing import Probed, probe

        settings = await self._pool.run(self.askable, name)
        # One of its own: what a server has refused before is asked for again.
        asked = self._connected(settings, None)
        try:
            async with aclosing(probe(asked, target=_target(settings), limit=limit)) as events:
                async for event in events:
                    if isinstance(event, Probed):
                        await self._pool.run(self._records.keep, name, event.probe)
                        await self._pool.run(lambda: self.all(now=True))
                    yield event
        finally:
            await asked.close()

    async def close(self) -> None:
        """Let go of connections, in the event loop that opened them; a question opens new ones."""
        with self._looking:
            models = [*(one.model for one in self._known.values()), *self._gone]
            self._gone = []
        for model in models:
            await model.close()

    def forget(self) -> None:
        """Let go of the catalog."""
        with self._looking:
            if "_opened" in self.__dict__:
                self._opened.close()

    def _look(self) -> tuple[list[DeploymentRecord], dict[str, Probe]]:
        """What the catalog has; a workspace without one has nothing, and gets none by looking."""
        there = "_opened" in self.__dict__ or (self._settings.workspace / CATALOG_FILE).exists()
        return self._records.look() if there else ([], {})

    def _take(self, records: list[DeploymentRecord], probes: Mapping[str, Probe]) -> None:
        """Make those that are known what the settings and the catalog say."""
        found = {
            one.name: self._deployment(one, probes, None) for one in self._settings.deployments
        }
        for record in records:
            if record.name not in found:
                try:
                    settings = deployment_settings(record.settings)
                    found[record.name] = self._deployment(settings, probes, record.created_at)
                except InvalidInput as error:
                    log.warning("the deployment %r cannot be used: %s", record.name, error)
        for name, known in self._known.items():
            if name not in found or found[name].model is not known.model:
                # It may be answering: it is closed with the others.
                self._gone.append(known.model)
        self._known = found

    def _deployment(
        self, settings: DeploymentSettings, probes: Mapping[str, Probe], added_at: datetime | None
    ) -> Deployment:
        """The one that is known, if nothing about it has changed, else a new one."""
        probe = probes.get(settings.name)
        if probe and probe.target != _target(settings):
            probe = None
        known = self._known.get(settings.name)
        if known and (known.settings, known.probe, known.added_at) == (settings, probe, added_at):
            return known
        model = self._local(settings) if settings.local else self._connected(settings, probe)
        return Deployment(settings=settings, model=model, probe=probe, added_at=added_at)

    def _connected(self, settings: DeploymentSettings, probe: Probe | None) -> "OpenAICompatible":
        """Raises InvalidInput for an address or a key that cannot be used."""
        from sightline.chat.openai_compatible import OpenAICompatible

        return OpenAICompatible(
            settings.name,
            base_url=settings.base_url,
            model=settings.model,
            api_key=key_of(settings),
            azure=settings.azure,
            key_variable=settings.api_key_env or "",
            run=self._pool.run,
            capabilities=capabilities_of(settings, probe),
        )

    def _local(self, settings: DeploymentSettings) -> ChatModel:
        """Raises InvalidRequest for a model that is not in the catalogue."""
        from sightline.chat.local import LocalChat
        from sightline.chat.local_models import local_weights
        from sightline.chat.local_server import LocalServer

        weights = local_weights(settings.local)
        server = LocalServer(
            settings.name,
            weights,
            program=self._settings.llama_server,
            models_dir=self._settings.models_dir,
            log=self._settings.workspace / f"llama-server-{settings.name}.log",
        )
        catalogue = {
            "max_images": weights.max_images,
            "boxes": weights.boxes,
            "context_tokens": weights.context_tokens,
        }
        return LocalChat(
            settings.name,
            server,
            model=settings.local,
            run=self._pool.run,
            capabilities=capabilities_of(settings, None, catalogue),
        )

    @property
    def _records(self) -> "DeploymentRecords":
        with self._looking:
            return self._opened

    @cached_property
    def _opened(self) -> "DeploymentRecords":
        from sightline.storage.catalog import Catalog
        from sightline.storage.deployments import DeploymentRecords

        return DeploymentRecords(Catalog.of(self._settings.workspace))


def capabilities_of(
    settings: DeploymentSettings, probe: Probe | None, usual: Mapping[str, Any] | None = None
) -> Capabilities:
    """What was set, else what a probe found, else what is usual for models like it."""
    found = {name: value for name, value in (probe.values if probe else {}).items() if name in _CAN}
    said = settings.model_dump(include=_CAN, exclude_unset=True, exclude_none=True)
    can: dict[str, Any] = {**_USUAL, **(usual or {}), **found, **said}
    notice = _BLIND if not can["sees"] and "sees" not in said else ""
    return Capabilities(language_model=True, notice=notice, **can)


_CAN: Final = {f.name for f in fields(Capabilities)} & DeploymentSettings.model_fields.keys()
"""Capabilities that can be set."""


def key_of(settings: DeploymentSettings) -> str | None:
    """The key out of the environment; None when there is none."""
    return os.environ.get(settings.api_key_env) if settings.api_key_env else None


def open_address(settings: DeploymentSettings) -> str:
    """Its base URL without parameters, which may be secrets."""
    return settings.base_url.partition("?")[0]


def _target(settings: DeploymentSettings) -> str:
    """Who is asked: a name says nothing about who serves under it."""
    return f"{settings.model} at {open_address(settings)}"
