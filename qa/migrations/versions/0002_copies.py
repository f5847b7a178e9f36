"""Authors, how dates are known, and which passages are copies of others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("articles", sa.Column("author", sa.Text))
    op.add_column("articles", sa.Column("dated", sa.Text))
    op.add_column("passages", sa.Column("copy_of", sa.String(64)))
    op.create_index("ix_passages_copy_of", "passages", ["copy_of"])
    op.create_table(
        "bands",
        sa.Column("band", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("passage_key", sa.Integer, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
