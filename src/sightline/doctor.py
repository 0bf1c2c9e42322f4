"""What works on this machine, what is missing, and how to get it. Looks; changes nothing."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

import numpy as np

from sightline.chat.local import LocalChat
from sightline.deployments import key_of
from sightline.errors import MissingModel, MissingPackage, SightlineError

if TYPE_CHECKING:
    from sightline.chat.base import ChatModel
    from sightline.vision.runtime import Choice
    from sightline.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "missing", "broken"]
    found: str
    hint: str = ""

    def as_json(self) -> dict[str, str]:
        """For `--json`."""
        return asdict(self)


def examine(workspace: "Workspace") -> list[Finding]:
    """Everything this machine needs, in the order in which a question meets it."""
    return [
        _machine(),
        _folder(workspace),
        _tried("text encoder", lambda: _text_encoder(workspace)),
        _tried("picture encoder", lambda: _encoder(workspace)),
        _tried("reader", lambda: _reader(workspace)),
        _optional_runtime(),
        *_detectors(workspace),
        *_indexes(workspace),
        *(_deployment(workspace, model) for model in workspace.deployments),
    ]


def _machine() -> Finding:
    found = f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, {sys.platform}"
    return Finding(what="machine", state="ok", found=found)


def _folder(workspace: "Workspace") -> Finding:
    folder = workspace.settings.workspace
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / 1e9
    if not os.access(existing, os.W_OK):
        return Finding(
            what="workspace",
            state="broken",
            found=f"{folder} cannot be written to",
            hint="Choose another with --workspace or SIGHTLINE_WORKSPACE.",
        )
    return Finding(what="workspace", state="ok", found=f"{folder}, {free:.0f} GB free")


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what=what, state="ok", found=attempt())
    except (MissingModel, MissingPackage) as error:
        return Finding(what=what, state="missing", found=error.message, hint=error.hint or "")
    except SightlineError as error:
        return Finding(what=what, state="broken", found=error.message, hint=error.hint or "")


def _text_encoder(workspace: "Workspace") -> str:
    encoder = workspace.text_encoder
    return f"{encoder.identity}, golden vectors agree"


def _encoder(workspace: "Workspace") -> str:
    encoder = workspace.encoder
    return f"{encoder.identity}, golden vectors agree"


def _reader(workspace: "Workspace") -> str:
    reader = workspace.reader
    reader.read(np.full((64, 256, 3), 255, np.uint8))  # its self-test runs before this
    chosen = "; ".join(_choice(choice) for choice in getattr(reader, "choices", ()))
    return f"{reader.name}{f' ({chosen})' if chosen else ''}"


def _choice(choice: "Choice") -> str:
    times = ", ".join(f"{t.runtime} {t.milliseconds:.0f} ms" for t in choice.timings)
    return f"{choice.model} on {choice.runtime}: {choice.reason}{f', {times}' if times else ''}"


def _optional_runtime() -> Finding:
    try:
        return Finding(what="openvino", state="ok", found=f"version {version('openvino')}")
    except PackageNotFoundError:
        return Finding(
            what="openvino",
            state="missing",
            found="not installed (optional; reads text faster on many processors)",
            hint="pip install 'sightline[openvino]'",
        )


def _detectors(workspace: "Workspace") -> Iterator[Finding]:
    """Those of the settings, and those of deployments that write boxes."""
    models = [None, *(model for model in workspace.deployments if model.capabilities.boxes)]
    found = {
        name: opened
        for model in models
        for name, opened in workspace.eyesight.detectors(model).items()
    }
    for name, opened in found.items():
        yield _tried(f"detector {name}", lambda opened=opened: opened().name)  # type: ignore[misc]
    if not found:
        hint = "Name one in the setting `detectors`."
        yield Finding(what="detectors", state="missing", found="none is configured", hint=hint)


def _indexes(workspace: "Workspace") -> Iterator[Finding]:
    for name in workspace.index_names():
        yield _tried(f"index {name}", lambda name=name: _index(workspace, name))  # type: ignore[misc]


def _index(workspace: "Workspace", name: str) -> str:
    return f"{workspace.open_index(name).index.count()} rows"


def _deployment(workspace: "Workspace", model: "ChatModel") -> Finding:
    """What is known of it: nobody is asked. The last probe says whether it answered then."""
    what, notice = f"deployment {model.name}", model.capabilities.notice
    if isinstance(model, LocalChat):
        return _tried(what, model.check)
    named = workspace.named_deployments.all().get(model.name)
    if named is None:
        return Finding(what=what, state="ok", found=notice or "built in")
    ask, variable = f"sightline deployments probe {model.name}", named.settings.api_key_env
    if variable and not key_of(named.settings):
        found = f"configured, but the variable {variable} is not set"
        return Finding(what=what, state="missing", found=found, hint=f"Set it, then: {ask}")
    if named.probe is None:
        return Finding(what=what, state="ok", found="configured, never probed", hint=ask)
    when = f"probed {named.probe.probed_at:%Y-%m-%d %H:%M} UTC"
    for one in named.probe.findings:
        if (one.capability, one.state) == ("answers", "failed"):
            found = f"{when}, it gave no answer: {one.error or one.found}"
            return Finding(what=what, state="missing", found=found, hint=f"Then again: {ask}")
    states = ", ".join(f"{one.capability} {one.state}" for one in named.probe.findings)
    return Finding(what=what, state="ok", found=f"{when}: {states}", hint=notice)
