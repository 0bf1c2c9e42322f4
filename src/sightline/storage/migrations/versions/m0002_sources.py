"""Sources as records; ingestions know theirs, who asked, and how many pictures lack words.

Columns are added and no table is made anew: dropping the old one would take the remarks with it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of sources and widen that of ingestions."""
    op.create_table(
        "sources",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("name", sa.String(128), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("index_name", sa.String(128), nullable=False),
        sa.Column("read_text", sa.Boolean, nullable=False),
        sa.Column("refresh_minutes", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("last_ingestion", sa.String(40)),
        sa.Column("next_due_at", sa.DateTime),
        sa.UniqueConstraint("index_name", "uri", name="sources_index_uri"),
    )
    op.add_column("ingestions", sa.Column("source_id", sa.String(40)))
    op.add_column("ingestions", sa.Column("asked_by", sa.String(16)))
    op.add_column(
        "ingestions", sa.Column("undescribed", sa.Integer, nullable=False, server_default="0")
    )
    op.create_index("ingestions_source", "ingestions", ["source_id", "number"])
