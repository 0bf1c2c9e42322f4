"""Deployments, probes and found servers as plain JSON, the same on the command line and by HTTP."""

from dataclasses import asdict
from typing import Any

from sightline.chat.base import Capabilities, ChatModel
from sightline.deployments import Deployment, key_of, open_address
from sightline.local_servers import FoundServer
from sightline.storage.records import Probe

Json = dict[str, Any]


def deployment_json(model: ChatModel, named: Deployment | None) -> Json:
    """One deployment; of its key only the variable's name, and whether it is set.

    `named` is what is known of one that is not built in.
    """
    shown: Json = {"name": model.name, "origin": "built-in"}
    if named is not None:
        settings = named.settings
        shown["origin"] = "added" if named.added_at else "settings"
        shown["added_at"] = named.added_at.isoformat() if named.added_at else None
        if settings.local:
            shown["local"] = settings.local
        else:
            shown |= {
                "base_url": open_address(settings),
                "model": settings.model,
                "azure": settings.azure,
                "api_key_env": settings.api_key_env,
                "api_key_set": bool(key_of(settings)) if settings.api_key_env else None,
            }
        shown["probe"] = probe_json(named.probe) if named.probe else None
    return shown | {
        "capabilities": capabilities_json(model.capabilities),
        "notice": model.capabilities.notice,
    }


def capabilities_json(can: Capabilities) -> Json:
    """What requests are adapted to."""
    return {name: value for name, value in asdict(can).items() if name != "notice"}


def probe_json(probe: Probe) -> Json:
    """The findings of a probe, and when they were made."""
    return {
        "probed_at": probe.probed_at.isoformat(),
        "findings": [asdict(finding) for finding in probe.findings],
    }


def found_json(server: FoundServer) -> Json:
    """A server that answered on this machine."""
    return asdict(server) | {"models": list(server.models)}
