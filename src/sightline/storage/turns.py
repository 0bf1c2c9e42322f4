"""Recorded turns on disk: a JSON file for each, and their pictures once, named by content.

`<id>.json` holds a turn, `pictures/<sha256>` a picture, and the empty file `used/<sha256>.<id>`
says that a turn shows it. A turn's own file comes last, so what a killed process leaves behind
belongs to no turn and goes with the next removal. Files are for their owner only.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from sightline.errors import Unavailable, UnknownTurn
from sightline.recorded_turn import (
    TURN_ID,
    Json,
    RecordedTurn,
    check_id,
    pictures_of,
    summary_json,
    turn_json,
    turn_of,
)
from sightline.storage.blobs import disk_faults

_NOT_WRITTEN = "The recorded turns cannot be written"


class Turns:
    """The recorded turns of a workspace, at most `most`; calls from any thread and process."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder = folder
        self._pictures = folder / "pictures"
        self._used = folder / "used"
        self._most = most

    def keep(self, turn: RecordedTurn) -> None:
        """Write a turn; the oldest make room. Raises Unavailable when the disk does not take it."""
        text = json.dumps(turn_json(turn, whole=False), ensure_ascii=False)
        with disk_faults(_NOT_WRITTEN), self._alone():
            self._used.mkdir(mode=0o700, exist_ok=True)
            self._pictures.mkdir(mode=0o700, exist_ok=True)
            for sha256, picture in pictures_of(turn).items():
                _write(self._used / f"{sha256}.{turn.id}", b"")
                if not (self._pictures / sha256).exists():
                    _write(self._pictures / sha256, picture)
            _write(self._place(turn.id), text.encode("utf-8", "replace"))
            old = self._ids()[self._most :]
            for oldest in old:
                self._place(oldest).unlink(missing_ok=True)
            if old:
                self._sweep()

    def page(self, offset: int, limit: int) -> tuple[list[Json], int]:
        """Summaries, the newest first, and how many turns there are in all."""
        ids = self._ids()
        found = [self._summary(one) for one in ids[offset : offset + limit]]
        return [summary for summary in found if summary], len(ids)

    def shown(self, id: str) -> Json:
        """A turn as JSON with references to its pictures. Raises UnknownTurn."""
        found = self._read(check_id(id))
        if not found:
            raise _unknown(id)
        return found

    def get(self, id: str) -> RecordedTurn:
        """A turn with its pictures. Raises UnknownTurn, Unavailable when a picture is gone."""
        return turn_of(self.shown(id), self._picture)

    def delete(self, id: str) -> None:
        """Remove a turn, and its pictures where no other turn shows them. Raises UnknownTurn."""
        place = self._place(check_id(id))
        if not place.exists():
            raise _unknown(id)
        with disk_faults(_NOT_WRITTEN), self._alone():
            place.unlink(missing_ok=True)
            self._sweep()

    def _ids(self) -> list[str]:
        """The newest first: an id begins with its time."""
        if not self._folder.is_dir():
            return []
        stems = [place.stem for place in self._folder.glob("turn_*.json")]
        return sorted(filter(TURN_ID.fullmatch, stems), reverse=True)

    def _summary(self, id: str) -> Json:
        """One line of a list; a file that cannot be read spoils no other's."""
        try:
            found = self._read(id)
            return summary_json(found) if found else {}
        except (Unavailable, KeyError, TypeError, AttributeError):
            return {"id": id, "ended": "unreadable"}

    def _place(self, id: str) -> Path:
        return self._folder / f"{id}.json"

    def _read(self, id: str) -> Json:
        """The file of a turn; empty when it has been removed."""
        try:
            found = json.loads(self._place(id).read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise Unavailable(f"The recorded turn {id} cannot be read: {error}.") from error
        return found if isinstance(found, dict) else {}

    def _picture(self, sha256: str) -> bytes:
        try:
            return (self._pictures / sha256).read_bytes()
        except OSError as error:
            raise Unavailable(f"A picture of the recorded turn is gone: {sha256}.") from error

    def _sweep(self) -> None:
        """Drop pictures that no turn shows."""
        if not self._used.is_dir():
            return
        shown = set()
        for mark in self._used.iterdir():
            sha256, _, turn = mark.name.partition(".")
            if self._place(turn).exists():
                shown.add(sha256)
            else:
                mark.unlink()
        for picture in self._pictures.iterdir():
            if picture.name not in shown:
                picture.unlink()
        for aside in self._folder.glob(f"{_ARRIVING}*"):  # of a process that was killed
            aside.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one writer at a time, in whatever process."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)


_ARRIVING = ".arriving-"


def _write(place: Path, data: bytes) -> None:
    """Write a file that appears whole, for its owner only."""
    aside = place.parent / f"{_ARRIVING}{token_hex(8)}"
    file = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(file, "wb") as writing:
            writing.write(data)
        aside.replace(place)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def _unknown(id: str) -> UnknownTurn:
    return UnknownTurn(
        f"There is no recorded turn {id!r}.",
        hint="`sightline turns list` or GET /api/turns has those that are there.",
    )
