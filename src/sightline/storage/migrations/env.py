"""Runs the steps on the connection that `Catalog` holds, in its transaction."""

from alembic import context

from sightline.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
