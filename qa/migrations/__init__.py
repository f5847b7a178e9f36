"""Brings an older ledger to the newest schema, with alembic; each step is a file in `versions`."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa


def migrate(engine: sa.Engine, to: str = "head") -> None:
    """Upgrades the database in one transaction, so that a kill leaves the old schema or the new one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
