"""How many passages are seen at a revision: counting them takes a second in a large PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("revisions", sa.Column("passages", sa.BigInteger().with_variant(sa.Integer, "sqlite")))
