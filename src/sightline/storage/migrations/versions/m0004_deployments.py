"""Deployments as records, and what the last probe of each found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make both tables; they are not tied, for deployments of the settings have probes, too."""
    op.create_table(
        "deployments",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
    )
    op.create_table(
        "probes",
        sa.Column("deployment", sa.String(64), primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("findings", sa.Text, nullable=False),
        sa.Column("probed_at", sa.DateTime, nullable=False),
    )
