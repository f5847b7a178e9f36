"""Alembic runs this file; `qa.migrations.migrate` hands it the connection."""

from alembic import context

from qa.schema import tables

context.configure(connection=context.config.attributes["connection"], target_metadata=tables, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
