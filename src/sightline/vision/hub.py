"""Fetches models from a hub over HTTPS, and sees that their files stay the ones that came first.

`models_dir/<name>/sha256.json` locks the files: the hash of each, and the revision they are from.
Where the catalogue has no hash, the lock takes that of the first copy (trust on first use): it
guards against files that change later, here or at the hub, not against a wrong first copy, and not
against somebody who may write to `models_dir`.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Final

import httpx2

from sightline.errors import BrokenModel, InvalidRequest, MissingModel
from sightline.vision.hub_models import HubModel
from sightline.vision.weights import hashes, write_atomically
from sightline.vision.wheels import Progress

HUB: Final = "https://huggingface.co"
"""Where models are fetched from unless the setting `hub` names a mirror."""

LOCK: Final = "sha256.json"

_TIMEOUT: Final = httpx2.Timeout(60.0, connect=10.0)
_CHUNK: Final = 1 << 20
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
                hint=f"Run `sightline models pull {model.name}`; if you changed the file on "
                f"purpose, name the folder in the setting open_vocabulary instead.",
            )
    names = [file.name for file in model.files]
    if not locked.keys() >= set(names):
        with suppress(OSError):  # what cannot be written is locked enough
            _lock(model, folder, dict(zip(names, found, strict=True)))
    return folder


def pull(
    model: HubModel, models_dir: Path, progress: Progress | None = None, *, hub: str = HUB
) -> Path:
    """Fetches the files into `models_dir/<name>` unless they are here; returns that folder.

    They are put in place together, when all of them have come.

    Raises:
        InvalidRequest: when `hub` is not an address to fetch from.
        MissingModel: when the hub cannot be reached or does not give a file.
        BrokenModel: when what came is not what the catalogue says, or what came before.
    """
    tell = progress or (lambda _doing, _share: None)
    with suppress(MissingModel, BrokenModel):
        return locate(model, models_dir)
    folder = models_dir / model.name
    folder.mkdir(parents=True, exist_ok=True)
    lock = Lock.read(folder)
    before = lock.of(model.revision) if lock is not None else {}
    with tempfile.TemporaryDirectory(dir=folder, prefix=".pull-") as scratch:
        found = _fetch(model, Path(scratch), tell, hub)
        for file in model.files:
            expected = file.sha256 or before.get(file.name)
            if expected is not None and found[file.name] != expected:
                raise BrokenModel(
                    f"Expected {file.name} of {model.repository} with SHA-256 {expected}, got "
                    f"{found[file.name]} from {hub}.",
                    hint=f"The hub gives another file than before. If you trust it, delete "
                    f"{str(folder / LOCK)!r} and pull again.",
                )
        for file in model.files:
            (folder / file.name).parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / file.name).replace(folder / file.name)
        _lock(model, folder, found)
    return locate(model, models_dir)


def _fetch(model: HubModel, scratch: Path, tell: Progress, hub: str) -> dict[str, str]:
    """All files into `scratch`; their hashes by name."""
    found: dict[str, str] = {}
    come = 0
    with httpx2.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        for file in model.files:
            url = f"{hub.rstrip('/')}/{model.repository}/resolve/{model.revision}/{file.name}"
            path = scratch / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            try:
                with path.open("wb") as target:
                    for chunk in _chunks(client, url):
                        come += len(chunk)
                        _stop_at(come, model, hub)
                        digest.update(chunk)
                        target.write(chunk)
                        tell("fetch", min(come / model.size, 1.0))
                    _settle(target)
            except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
                raise InvalidRequest(
                    f"Expected an address such as {HUB} for the setting hub, got {hub!r}."
                ) from error
            except httpx2.HTTPError as error:
                raise MissingModel(
                    f"Could not fetch {file.name} of {model.repository} from {hub} "
                    f"({type(error).__name__}): {error}",
                    hint=_BY_HAND.format(model=model),
                ) from error
            found[file.name] = digest.hexdigest()
    tell("fetch", 1.0)
    return found


_BY_HAND = (
    "Check the network, or name a mirror in the setting hub. You can also download the files of "
    "{model.repository} elsewhere and name their folder in the setting open_vocabulary."
)


def _chunks(client: httpx2.Client, url: str) -> Iterator[bytes]:
    # Without compression, so that what comes is what is announced and can be counted.
    with client.stream("GET", url, headers={"accept-encoding": "identity"}) as reply:
        if url.startswith("https:") and reply.url.scheme != "https":
            raise httpx2.RequestError("it redirects from https to http", request=reply.request)
        if reply.status_code != HTTPStatus.OK:
            raise httpx2.RequestError(
                f"it answered {reply.status_code} {reply.reason_phrase}", request=reply.request
            )
        yield from reply.iter_bytes(_CHUNK)


def _stop_at(come: int, model: HubModel, hub: str) -> None:
    if come > _ROOM * model.size:
        raise BrokenModel(
            f"Expected about {model.size / 1e6:.0f} MB for {model.name!r}, got more than "
            f"{come / 1e6:.0f} MB from {hub}.",
            hint="Check the setting hub.",
        )


def _settle(target: IO[bytes]) -> None:
    target.flush()
    os.fsync(target.fileno())


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
