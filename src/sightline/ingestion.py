"""One run that brings a source into an index, told as events: one for each file. Values only."""

from dataclasses import dataclass, field

from sightline.assets import clock
from sightline.sources.base import SourceProblem


@dataclass(frozen=True, slots=True)
class Listed:
    """First event: how many pictures the source has, and how many of them without description."""

    total: int
    undescribed: int


@dataclass(frozen=True, slots=True)
class Added:
    """A file is in the index now, with so many stills; `note` says what is worth knowing."""

    key: str
    stills: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Updated:
    """A file's rows were made anew, or only its description.

    `note` says which, and after "; " what else is worth knowing.
    """

    key: str
    note: str

    @property
    def remark(self) -> str:
        """What else is worth knowing."""
        return self.note.partition("; ")[2]


@dataclass(frozen=True, slots=True)
class Skipped:
    """The index holds this file as it is."""

    key: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A video is looked at and has come so far, in seconds of its duration."""

    key: str
    seconds: float
    duration: float

    @property
    def words(self) -> str:
        """For a person: `clip.mp4 0:41 of 3:00`."""
        return f"{self.key} {clock(self.seconds)} of {clock(self.duration)}"


@dataclass(frozen=True, slots=True)
class Removed:
    """A file is gone from the source, and so are its rows."""

    key: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A picture that could not be taken; rows it had before are kept. The others go on."""

    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something else in the source that was not taken, and why."""

    problem: SourceProblem


@dataclass(frozen=True, slots=True)
class Optimizing:
    """All files are done; the index brings its search structures up to date."""


IngestEvent = Listed | Added | Updated | Skipped | Watched | Removed | Failed | Noticed | Optimizing


@dataclass(slots=True)
class Tally:
    """The fold over the events of a run."""

    total: int = 0
    undescribed: int = 0
    added: int = 0
    updated: int = 0
    skipped: int = 0
    removed: int = 0
    failed: list[Failed] = field(default_factory=list)
    noticed: list[SourceProblem] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def count(self, event: IngestEvent) -> None:
        """Take one event in."""
        match event:
            case Listed():
                self.total, self.undescribed = event.total, event.undescribed
            case Added():
                self.added += 1
                self._keep(event.key, event.note)
            case Updated():
                self.updated += 1
                self._keep(event.key, event.remark)
            case Skipped():
                self.skipped += 1
            case Removed():
                self.removed += 1
            case Failed():
                self.failed.append(event)
            case Noticed():
                self.noticed.append(event.problem)
            case Watched() | Optimizing():
                pass

    def _keep(self, key: str, note: str) -> None:
        if note:
            self.notes[key] = note

    @property
    def done(self) -> int:
        """Files of the source that are dealt with."""
        return self.added + self.updated + self.skipped + len(self.failed)
