"""The catalog's tables as they are now; `migrations` has how they came to be so."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData()

LONGEST_KEY = 255
"""Characters of a file's key."""

LONGEST_NAME = 128
"""Characters of a source's name."""


class Moment(TypeDecorator[datetime]):
    """A time with its zone, stored as UTC; not every engine remembers zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC without a zone."""
        del dialect
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Back with its zone."""
        del dialect
        return None if value is None else value.replace(tzinfo=UTC)


uploads = Table(
    "uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("created_at", Moment, nullable=False),
)

upload_files = Table(
    "upload_files",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("upload", ForeignKey("uploads.id", ondelete="CASCADE"), nullable=False),
    Column("key", String(LONGEST_KEY), nullable=False),
    Column("state", String(16), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64)),
    Column("media_type", String(64)),
    Column("code", String(64)),
    Column("message", Text),
    Column("description", Text),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("upload", "key", name="upload_files_upload_key"),
)

ingestions = Table(
    "ingestions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("index_name", String(128), nullable=False),
    Column("source_kind", String(16), nullable=False),
    Column("source", Text, nullable=False),
    Column("read_text", Boolean, nullable=False),
    Column("force", Boolean, nullable=False),
    Column("source_id", String(40)),  # stays when the source is forgotten
    Column("asked_by", String(16)),
    Column("state", String(16), nullable=False),
    Column("stage", String(16), nullable=False),
    Column("waiting", Text),
    Column("not_before", Moment),
    Column("total", Integer, nullable=False, default=0),
    Column("undescribed", Integer, nullable=False, default=0),
    Column("opened", Integer, nullable=False, default=0),
    Column("added", Integer, nullable=False, default=0),
    Column("updated", Integer, nullable=False, default=0),
    Column("skipped", Integer, nullable=False, default=0),
    Column("removed", Integer, nullable=False, default=0),
    Column("failed", Integer, nullable=False, default=0),
    Column("noticed", Integer, nullable=False, default=0),
    Column("rate", Float),
    Column("under_way", Text),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cancel_requested", Boolean, nullable=False, default=False),
    Column("error_code", String(64)),
    Column("error_message", Text),
    Column("worker", Integer),
    Column("heartbeat_at", Moment),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("updated_at", Moment, nullable=False),
    Column("finished_at", Moment),
    Index("ingestions_state", "state", "number"),
    Index("ingestions_source", "source_id", "number"),
)

sources = Table(
    "sources",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("name", String(LONGEST_NAME), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("value", Text, nullable=False),
    Column("uri", Text, nullable=False),
    Column("index_name", String(128), nullable=False),
    Column("read_text", Boolean, nullable=False),
    Column("refresh_minutes", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_ingestion", String(40)),
    Column("next_due_at", Moment),
    UniqueConstraint("index_name", "uri", name="sources_index_uri"),
)

remarks = Table(
    "ingestion_remarks",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("ingestion", ForeignKey("ingestions.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", Text, nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Index("ingestion_remarks_of", "ingestion", "kind", "number"),
)

findings = Table(
    "findings",
    metadata,
    Column("picture", String(64), primary_key=True),
    Column("engine", String(128), primary_key=True),
    Column("options", String(64), primary_key=True),
    Column("found", Text, nullable=False),
    Column("kept_at", Moment, nullable=False),
    Index("findings_kept_at", "kept_at"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("settings", Text, nullable=False),  # JSON; a key is stored nowhere
    Column("created_at", Moment, nullable=False),
)

probes = Table(
    "probes",
    metadata,
    Column("deployment", String(64), primary_key=True),
    Column("target", Text, nullable=False),
    Column("findings", Text, nullable=False),
    Column("probed_at", Moment, nullable=False),
)

video_indexes = Table(
    "video_indexes",
    metadata,
    Column("name", String(LONGEST_NAME), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("language", String(16)),
    Column("fields", Text, nullable=False),  # JSON, like the rest of what a client made up
    Column("features", Text, nullable=False),
    Column("user_data", Text, nullable=False),
    Column("etag", String(40), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

video_documents = Table(
    "video_documents",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("index_name", ForeignKey("video_indexes.name", ondelete="CASCADE"), nullable=False),
    Column("id", String(LONGEST_KEY), nullable=False),
    Column("url", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("etag", Text, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("user_data", Text, nullable=False),
    Column("run", String(40)),  # the ingestion that has to bring it in
    Column("error_code", String(64)),
    Column("error_message", Text),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("index_name", "id", name="video_documents_index_id"),
)

video_ingestions = Table(
    "video_ingestions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("index_name", ForeignKey("video_indexes.name", ondelete="CASCADE"), nullable=False),
    Column("name", String(LONGEST_NAME), nullable=False),
    Column("run", String(40)),
    Column("files", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("index_name", "name", name="video_ingestions_index_name"),
)
