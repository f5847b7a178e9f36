"""Answers that somebody kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kept", sa.DateTime, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
    )
