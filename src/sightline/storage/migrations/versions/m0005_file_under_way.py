"""What an ingestion is doing with one large file: how far it has come in a video."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; ingestions from before say nothing."""
    op.add_column("ingestions", sa.Column("under_way", sa.Text))
