"""What the catalog keeps: uploads, sources, ingestions, deployments. No database is opened here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

CATALOG_FILE: Final = "catalog.sqlite"
"""The catalog of a workspace, in its folder."""

State = Literal["Queued", "Running", "Interrupted", "Succeeded", "Failed", "Cancelled"]
Stage = Literal["waiting", "opening", "listing", "pictures", "optimizing", "done"]
SourceKind = Literal["upload", "folder", "url", "videos"]
"""`videos`: the documents of an index of videos."""

RemarkKind = Literal["failure", "notice"]
AskedBy = Literal["request", "refresh", "command"]
"""Who wanted an ingestion: a client of the API, a source's interval, the command line."""

UNFINISHED: Final = ("Queued", "Running", "Interrupted")
WAITING: Final = ("Queued", "Interrupted")
MAX_ATTEMPTS: Final = 5
"""Workers that may die on one ingestion without getting anything done before it is given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, in files. `opened` runs a little ahead of what is in the index.

    `rate`: files a second of late; None before it is known. `under_way`: how far it has come in a
    video, in words; None between videos.
    """

    stage: Stage = "waiting"
    total: int = 0
    undescribed: int = 0
    opened: int = 0
    added: int = 0
    updated: int = 0
    skipped: int = 0
    removed: int = 0
    failed: int = 0
    noticed: int = 0
    rate: float | None = None
    under_way: str | None = None

    @property
    def done(self) -> int:
        """Files of the source that are dealt with."""
        return self.added + self.updated + self.skipped + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """The record of one. `worker` is the process that runs it, or ran it last.

    `source_id` is the record of its source, None when that had none. `asked_by` is None for those
    from before it was written down.
    """

    id: str
    index_name: str
    source_kind: SourceKind
    source: str
    read_text: bool
    force: bool
    source_id: str | None
    asked_by: AskedBy | None
    state: State
    progress: Progress
    waiting: str | None
    attempts: int
    cancel_requested: bool
    error_code: str | None
    error_message: str | None
    worker: int | None
    heartbeat_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    updated_at: datetime
    finished_at: datetime | None

    @property
    def finished(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in UNFINISHED

    @property
    def seconds_left(self) -> float | None:
        """An estimate while pictures are worked on."""
        left = self.progress.total - self.progress.done
        if self.state != "Running" or self.progress.stage != "pictures" or not self.progress.rate:
            return None
        return max(left, 0) / self.progress.rate


@dataclass(frozen=True, slots=True)
class Remark:
    """A file that failed, or something else worth knowing about one."""

    kind: RemarkKind
    key: str
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A source that is remembered, and the index that is kept in step with it. Never a secret.

    `value` is the address, path or upload as it was given; `uri` is what an index calls the source.
    `refresh_minutes` 0: it is brought in only when somebody asks. `next_due_at` is None then.
    """

    id: str
    name: str
    kind: SourceKind
    value: str
    uri: str
    index_name: str
    read_text: bool
    refresh_minutes: int
    created_at: datetime
    last_ingestion: str | None
    next_due_at: datetime | None


FileState = Literal["Uploaded", "Failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A set of files that somebody sent. `uploaded`, `failed`: how many; `size`: bytes kept."""

    id: str
    created_at: datetime
    uploaded: int = 0
    failed: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A file as it came in: kept under its content hash, or refused with a code and a message."""

    name: str
    size: int
    sha256: str | None = None
    media_type: str | None = None
    code: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """The record of a file. `key` is its name made plain, and no other file of the upload has it.

    A Failed file has `code` and `message` instead of `sha256` and `media_type`.
    """

    id: str
    key: str
    state: FileState
    size: int
    sha256: str | None
    media_type: str | None
    code: str | None
    message: str | None
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """A deployment that was added; `settings` are those of a `[[deployments]]` table as JSON."""

    name: str
    settings: Mapping[str, Any]
    created_at: datetime


FindingState = Literal["ok", "accepted", "no", "unknown", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeFinding:
    """What a probe found out about one capability.

    "ok" was seen to work; "accepted" was taken, and nothing shows that it was used; "no" is refused
    or ignored; "unknown" was not asked or not told; "failed" is a question without an answer.
    `value` is what requests are adapted to, None when nothing is. `error` has the server's own
    words, on one line, bounded, without the key.
    """

    capability: str
    state: FindingState
    found: str
    value: bool | int | str | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """All findings about a deployment; `target` is who was asked, model and address."""

    target: str
    findings: tuple[ProbeFinding, ...]
    probed_at: datetime

    @property
    def values(self) -> dict[str, bool | int | str]:
        """What requests are adapted to, by capability."""
        return {f.capability: f.value for f in self.findings if f.value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataField:
    """A field of what is said about videos; its name in lower case."""

    name: str
    type: Literal["string", "datetime"]
    searchable: bool
    filterable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFeature:
    """What is looked for in videos; version and domain as they were asked for."""

    name: Literal["vision", "speech"]
    model_version: str
    domain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoIndex:
    """What an index of videos is beside its rows. `language` is None without a schema.

    `id` names the folder of videos that came inside requests. `etag` is new after each change.
    """

    id: str
    name: str
    language: str | None
    fields: tuple[MetadataField, ...]
    features: tuple[VideoFeature, ...]
    user_data: Mapping[str, Any]
    etag: str
    created_at: datetime
    changed_at: datetime

    def field(self, name: str) -> MetadataField | None:
        """A field by its name in any case."""
        return next((field for field in self.fields if field.name == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why something failed, to be kept: the code of an error and its words."""

    code: str
    message: str


VideoMode = Literal["add", "update", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOrder:
    """What is to be done with one video. `error`: it was looked at, and it cannot be.

    `url` is the address without its secrets, `location` where the file lies: a path or an address
    that a connection opens. `metadata` and `user_data` are None where nothing is said of them.
    """

    mode: VideoMode
    id: str
    url: str
    location: str = ""
    size: int = 0
    etag: str = ""
    metadata: Mapping[str, Any] | None = None
    user_data: Mapping[str, Any] | None = None
    error: Fault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoDocument:
    """A video of an index. `run` is the ingestion that has to bring it in, None if none may.

    `error`: why it could not be taken, by itself; a run that failed as a whole says so itself.
    """

    id: str
    url: str
    location: str
    size: int
    etag: str
    metadata: Mapping[str, Any]
    user_data: Mapping[str, Any]
    run: str | None
    error: Fault | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoFile:
    """What was asked for one video in an ingestion; with an error nothing was done."""

    mode: VideoMode
    id: str
    url: str
    error: Fault | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoIngestion:
    """A list of videos to be dealt with; `run` does it, None when there was nothing to do."""

    name: str
    run: str | None
    files: tuple[VideoFile, ...]
    warnings: tuple[str, ...]
    created_at: datetime
