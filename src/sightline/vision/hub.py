"""Fetches models from a hub over HTTPS, and sees that their files stay the ones that came first.

`models_dir/<name>/sha256.json` locks the files: the hash of each, and the revision they are from.
Where the catalogue has no hash, the lock takes that of the first copy (trust on first use): it
guards against files that change later, here or at the hub, not against a wrong first copy, and not
against somebody who may write to `models_dir`.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2

from sightline.errors import BrokenModel, Conflict, InvalidRequest, MissingModel
from sightline.vision.hub_download import fetch
from sightline.vision.hub_models import HubModel
from sightline.vision.weights import hashes, write_atomically
from sightline.vision.wheels import Progress

HUB: Final = "https://huggingface.co"
"""Where models are fetched from unless the setting `hub` names a mirror."""

LOCK: Final = "sha256.json"

_TIMEOUT: Final = httpx2.Timeout(60.0, connect=10.0)
_ROOM: Final = 2  # a repository that sends more than so many times what was expected is stopped


def locate(model: HubModel, models_dir: Path) -> Path:
    """The folder that holds the files of `model`, each of them as the lock says.

    Files without a lock, put there by hand, are locked as they are now.

    Raises:
        MissingModel: when a file is not there.
        BrokenModel: when a file, or the lock, is not what it was.
    """
    folder = models_dir / model.name
    if not all((folder / file.name).is_file() for file in model.files):
        raise MissingModel(
            f"The files of the model {model.name!r} ({model.purpose}) are not on this machine.",
            hint=f"Fetch them with `sightline models pull {model.name}` "
            f"({model.size / 1e6:.0f} MB, {model.licence}).",
        )
    lock = Lock.read(folder)
    if lock is not None and lock.revision != model.revision:
        raise MissingModel(
            f"Expected revision {model.revision} of the model {model.name!r}, got {lock.revision}.",
            hint=f"Fetch it with `sightline models pull {model.name}`.",
        )
    paths = [folder / file.name for file in model.files]
    found = hashes(paths, folder / "verified.json")
    locked = lock.files if lock is not None else {}
    for file, path, sha256 in zip(model.files, paths, found, strict=True):
        expected = file.sha256 or locked.get(file.name, sha256)
        if sha256 != expected:
            raise BrokenModel(
                f"Expected {str(path)!r} with SHA-256 {expected}, got {sha256}.",
                hint=f"Run `sightline models pull {model.name}`{_on_purpose(model)}.",
            )
    names = [file.name for file in model.files]
    if not locked.keys() >= set(names):
        with suppress(OSError):  # what cannot be written is locked enough
            _lock(model, folder, dict(zip(names, found, strict=True)))
    return folder


def _on_purpose(model: HubModel) -> str:
    if not model.folder_setting:
        return ""
    return (
        "; if you changed the file on purpose, name the folder in the setting "
        f"{model.folder_setting} instead"
    )


def pull(
    model: HubModel, models_dir: Path, progress: Progress | None = None, *, hub: str = HUB
) -> Path:
    """Fetches the files into `models_dir/<name>` unless they are here; returns that folder.

    They are put in place together, when all of them have come. What came before it failed is kept
    beside them, and the next pull goes on from there.

    Raises:
        InvalidRequest: when `hub` is not an address to fetch from.
        MissingModel: when the hub cannot be reached or does not give a file, or there is no room.
        BrokenModel: when what came is not what the catalogue says, or what came before.
        Conflict: when another process is fetching the same model.
    """
    tell = progress or (lambda _doing, _share: None)
    with suppress(MissingModel, BrokenModel):
        return locate(model, models_dir)
    folder = models_dir / model.name
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock.read(folder)
    before = lock.of(model.revision) if lock is not None else {}
    with _partial(model, folder) as partial:
        found = _fetch(model, partial, tell, hub)
        for file in model.files:
            expected = file.sha256 or before.get(file.name)
            if expected is not None and found[file.name] != expected:
                raise BrokenModel(
                    f"Expected {file.name} of {model.repository} with SHA-256 {expected}, got "
                    f"{found[file.name]} from {hub}.",
                    hint=_OTHER_FILE if file.sha256 else _OTHER_THAN_BEFORE.format(folder / LOCK),
                )
        for file in model.files:
            (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
            (partial / file.name).replace(folder / file.name)
        _lock(model, folder, found)
        shutil.rmtree(partial, ignore_errors=True)
    return locate(model, models_dir)


_OTHER_FILE = "The hub gives another file than the one we know. Check the setting hub."
_OTHER_THAN_BEFORE = (
    "The hub gives another file than before. If you trust it, delete {!r} and pull again."
)


@contextmanager
def _partial(model: HubModel, folder: Path) -> Iterator[Path]:
    """The folder for what has come so far, for one process at a time.

    It goes when what came is wrong, or when nothing came.
    """
    partial = folder / f".partial-{model.revision}"
    for other in folder.glob(".partial-*"):
        if other != partial:
            shutil.rmtree(other, ignore_errors=True)
    partial.mkdir(exist_ok=True)
    held = os.open(partial, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise Conflict(
            f"Another process is fetching the model {model.name!r}.", hint="Wait for it."
        ) from error
    try:
        _check_room(model, partial)
        yield partial
    except BrokenModel:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        with suppress(OSError):  # it stays where something is in it
            partial.rmdir()
        os.close(held)


def _check_room(model: HubModel, partial: Path) -> None:
    here = sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
    needed, free = model.size - here, shutil.disk_usage(partial).free
    if free < needed:
        raise MissingModel(
            f"Expected {needed / 1e6:.0f} MB of room for {model.name!r} in {str(partial.parent)!r},"
            f" got {free / 1e6:.0f} MB.",
            hint="Make room, or name another folder in the setting models.",
        )


def _fetch(model: HubModel, partial: Path, tell: Progress, hub: str) -> dict[str, str]:
    """All files into `partial`; their hashes by name."""
    found: dict[str, str] = {}
    come = 0

    def heard(count: int) -> None:
        nonlocal come
        come += count
        _stop_at(come, model, hub)
        tell("fetch", min(come / model.size, 1.0))

    with httpx2.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        for file in model.files:
            url = f"{hub.rstrip('/')}/{model.repository}/resolve/{model.revision}/{file.name}"
            path = partial / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                found[file.name] = fetch(client, url, path, heard)
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
                raise InvalidRequest(
                    f"Expected an address such as {HUB} for the setting hub, got {hub!r}."
                ) from error
            except httpx2.HTTPError as error:
                raise MissingModel(
                    f"Could not fetch {file.name} of {model.repository} from {hub} "
                    f"({type(error).__name__}): {error}",
                    hint=_by_hand(model, partial.parent),
                ) from error
    tell("fetch", 1.0)
    return found


def _by_hand(model: HubModel, folder: Path) -> str:
    setting = model.folder_setting
    place = f"name their folder in the setting {setting}" if setting else f"put them into {folder}"
    return (
        "Pull again to go on from what has come, check the network, or name a mirror in the "
        f"setting hub. You can also download the files of {model.repository} elsewhere and "
        f"{place}."
    )


def _stop_at(come: int, model: HubModel, hub: str) -> None:
    if come > _ROOM * model.size:
        raise BrokenModel(
            f"Expected about {model.size / 1e6:.0f} MB for {model.name!r}, got more than "
            f"{come / 1e6:.0f} MB from {hub}.",
            hint="Check the setting hub.",
        )


@dataclass(frozen=True, slots=True)
class Lock:
    """The hashes of the files of a revision, by name."""

    revision: str
    files: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Lock | None":
        """The lock of the folder, None where there is none yet.

        Raises BrokenModel when it cannot be read: its files cannot be trusted then.
        """
        path = folder / LOCK
        if not path.exists():
            return None
        try:
            lock = json.loads(path.read_text(encoding="utf-8"))
            files = {str(name): str(sha256) for name, sha256 in lock["files"].items()}
            return cls(str(lock["revision"]), files)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenModel(
                f"Expected the hashes of the model's files in {str(path)!r}, got what cannot be "
                "read.",
                hint="Delete the folder of the model and pull it again.",
            ) from error

    def of(self, revision: str) -> dict[str, str]:
        """The hashes, if they are of that revision; else none."""
        return self.files if self.revision == revision else {}


def _lock(model: HubModel, folder: Path, found: dict[str, str]) -> None:
    lock = {"repository": model.repository, "revision": model.revision, "files": found}
    write_atomically(folder / LOCK, [json.dumps(lock, indent=1).encode()])
