"""Which runtime opens an ONNX model: ONNX Runtime, or OpenVINO where it is installed and faster.

Which one is faster depends on the processor (OpenVINO uses its bf16 unit where there is one) and
on the model. It is measured once for each model and machine and remembered beside the models; a
runtime whose results differ from those of ONNX Runtime is never taken.
"""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sightline.errors import InvalidInput, MissingPackage

RuntimeName = Literal["onnxruntime", "openvino"]
RuntimeSetting = Literal["auto", "onnxruntime", "openvino"]

RUNTIMES: dict[RuntimeName, str] = {
    "onnxruntime": "sightline.vision.onnx_session:OnnxSession",
    "openvino": "sightline.vision.openvino_session:OpenVinoSession",
}
"""Runtimes by name, the reference first; imported when chosen."""

MEMORY_FILE = "runtimes.json"

_ROUNDS = 3  # timed calls of each probe after one to warm up; the fastest counts
_WORTH_IT = 0.9  # another runtime must take at most this share of the reference's time
_ALIKE = 0.99  # least cosine between the outputs of two runtimes (bf16 stays above 0.998)


class Session(Protocol):
    """An open ONNX model. Calls from several threads are safe."""

    def run(self, outputs: list[str], **inputs: NDArray[Any]) -> list[NDArray[Any]]:
        """The named outputs for the named inputs."""
        ...

    def metadata(self, key: str) -> str:
        """A text that the file carries beside its graph; KeyError when it has none of that name."""
        ...


Probe = Mapping[str, NDArray[Any]]
"""Inputs by name, as the model will get them: to time and to compare runtimes with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How one runtime did on the probes. `alike`: least cosine with the reference's outputs."""

    runtime: str
    milliseconds: float
    alike: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which runtime a model uses and why; `timings` is empty when nothing was measured."""

    model: str
    runtime: RuntimeName
    reason: Literal["asked for", "only one installed", "measured"]
    timings: tuple[Timing, ...] = ()


def open_fastest(
    model: Path,
    outputs: list[str],
    probes: Sequence[Probe],
    *,
    memory: Path,
    threads: int,
    setting: str = "auto",
) -> tuple[Session, Choice]:
    """Opens `model` on the runtime that `setting` names, or with `auto` on the fastest one.

    `memory` is the folder that remembers what was measured; a folder that cannot be written only
    means that it is measured again. Raises MissingPackage when `openvino` is asked for and not
    installed, InvalidInput for an unknown setting, BrokenModel when the file cannot be opened.
    """
    if setting != "auto":
        name = _known(setting)
        if name not in installed():
            raise MissingPackage(
                f"expected the package 'openvino' for the runtime {setting!r}, it is not here",
                hint="Install it with `pip install 'sightline[openvino]'` or set the runtime to"
                " 'auto'.",
            )
        return _open(name, model, threads), Choice(
            model=model.name, runtime=name, reason="asked for"
        )
    if len(installed()) == 1:
        name = installed()[0]
        return _open(name, model, threads), Choice(
            model=model.name, runtime=name, reason="only one installed"
        )
    key = _key(model, threads)
    choice = _remembered(memory).get(key)
    if choice is not None:
        return _open(choice.runtime, model, threads), choice
    sessions = {name: _open(name, model, threads) for name in installed()}
    choice = fastest(model.name, sessions, outputs, probes)
    _remember(memory, key, choice)
    return sessions[choice.runtime], choice


def fastest(
    model: str,
    sessions: Mapping[RuntimeName, Session],
    outputs: list[str],
    probes: Sequence[Probe],
) -> Choice:
    """The session that answers the probes fastest, the reference (the first) unless clearly beaten.

    One whose outputs are not those of the reference is out of the question.
    """
    timings: dict[RuntimeName, Timing] = {}
    expected: list[list[NDArray[Any]]] = []
    for name, session in sessions.items():
        results = [session.run(outputs, **probe) for probe in probes]
        expected = expected or results
        timings[name] = Timing(
            runtime=name,
            milliseconds=round(sum(_milliseconds(session, outputs, probe) for probe in probes), 2),
            alike=round(_least_cosine(expected, results), 5),
        )
    reference = next(iter(sessions))
    limit = _WORTH_IT * timings[reference].milliseconds
    better = [
        name
        for name, timing in timings.items()
        if name != reference and timing.alike >= _ALIKE and timing.milliseconds <= limit
    ]
    best = min(better, key=lambda name: timings[name].milliseconds, default=reference)
    return Choice(model=model, runtime=best, reason="measured", timings=tuple(timings.values()))


def installed() -> list[RuntimeName]:
    """The runtimes of this environment, the reference first."""
    return [name for name in RUNTIMES if version_of(name) is not None]


def version_of(package: str) -> str | None:
    """The version of an installed package; None when it is not here."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def remembered_choices(memory: Path) -> list[Choice]:
    """What was measured on this machine with the versions that are installed now."""
    here = _machine()
    return [choice for key, choice in _remembered(memory).items() if key.endswith(here)]


def _known(setting: str) -> RuntimeName:
    for name in RUNTIMES:
        if name == setting:
            return name
    expected = ", ".join(repr(name) for name in ("auto", *RUNTIMES))
    raise InvalidInput(f"expected one of {expected} as runtime, got {setting!r}")


def _open(name: RuntimeName, model: Path, threads: int) -> Session:
    module, _, attribute = RUNTIMES[name].partition(":")
    session: Session = getattr(import_module(module), attribute)(model, threads=threads)
    return session


def _milliseconds(session: Session, outputs: list[str], probe: Probe) -> float:
    """Milliseconds of the fastest of a few calls."""
    times = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        session.run(outputs, **probe)
        times.append(time.perf_counter() - started)
    return 1000 * min(times)


def _least_cosine(
    expected: Sequence[Sequence[NDArray[Any]]], results: Sequence[Sequence[NDArray[Any]]]
) -> float:
    pairs = zip(
        (array for call in expected for array in call),
        (array for call in results for array in call),
        strict=True,
    )
    return min(_cosine(one.ravel(), other.ravel()) for one, other in pairs)


def _cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    if one.shape != other.shape:
        return -1.0
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(np.dot(one, other)) / lengths if lengths else float(np.array_equal(one, other))


def _key(model: Path, threads: int) -> str:
    return f"{model.name}, {model.stat().st_size} bytes, {threads} threads, {_machine()}"


def _machine() -> str:
    versions = ", ".join(f"{name} {version_of(name)}" for name in RUNTIMES)
    return f"{_processor()}, {os.cpu_count()} cores, {versions}"


def _processor() -> str:
    with suppress(OSError, KeyError):
        first, *_ = Path("/proc/cpuinfo").read_text().split("\n\n")
        facts = dict(line.split(":", 1) for line in first.splitlines() if ":" in line)
        named = {name.strip(): value.strip() for name, value in facts.items()}
        if "model name" in named:  # the name alone is often only the maker's
            return "{model name} (family {cpu family}, model {model})".format(**named)
    return platform.processor() or platform.machine()


def _remembered(memory: Path) -> dict[str, Choice]:
    """What the file says; a file that is missing or broken says nothing."""
    try:
        entries = json.loads((memory / MEMORY_FILE).read_text())
        return {key: _choice(entry) for key, entry in entries.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InvalidInput):
        return {}


def _choice(entry: dict[str, Any]) -> Choice:
    timings = tuple(Timing(**timing) for timing in entry["timings"])
    return Choice(
        model=entry["model"], runtime=_known(entry["runtime"]), reason="measured", timings=timings
    )


def _remember(memory: Path, key: str, choice: Choice) -> None:
    entries = {**{k: asdict(v) for k, v in _remembered(memory).items()}, key: asdict(choice)}
    with suppress(OSError):
        memory.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=memory, suffix=".json", delete=False) as file:
            json.dump(entries, file, indent=1)
        Path(file.name).replace(memory / MEMORY_FILE)
