"""Indexes of videos: what they say of themselves, their documents and their ingestions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "video_indexes",
        sa.Column("name", sa.String(128), primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("language", sa.String(16)),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("features", sa.Text, nullable=False),
        sa.Column("user_data", sa.Text, nullable=False),
        sa.Column("etag", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "video_documents",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        _index_name(),
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("etag", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("user_data", sa.Text, nullable=False),
        sa.Column("run", sa.String(40)),
        sa.Column("error_code", sa.String(64)),
        sa.Column("error_message", sa.Text),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("changed_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("index_name", "id", name="video_documents_index_id"),
    )
    op.create_table(
        "video_ingestions",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        _index_name(),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("run", sa.String(40)),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("warnings", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.UniqueConstraint("index_name", "name", name="video_ingestions_index_name"),
    )


def _index_name() -> sa.Column[str]:
    there = sa.ForeignKey("video_indexes.name", ondelete="CASCADE")
    return sa.Column("index_name", sa.String(128), there, nullable=False)
