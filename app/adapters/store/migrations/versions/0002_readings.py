"""Model providers, readings, what they used a day, and bulk data by its digest."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE providers (
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        base_url TEXT NOT NULL,
        model TEXT NOT NULL,
        is_in_use BOOLEAN NOT NULL,
        is_removed BOOLEAN NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE readings (
        id TEXT NOT NULL,
        kind TEXT NOT NULL,
        status TEXT NOT NULL,
        run TEXT,
        strategy TEXT,
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT,
        provider TEXT,
        model TEXT NOT NULL,
        prompt_version TEXT NOT NULL,
        "key" TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    "CREATE INDEX readings_run ON readings (run)",
    "CREATE INDEX readings_at ON readings (at)",
    "CREATE INDEX readings_prompt_version ON readings (prompt_version)",
    """CREATE INDEX readings_key ON readings ("key") WHERE status = 'valid'""",
    """CREATE TABLE spending (
        day TEXT NOT NULL,
        strategy TEXT NOT NULL,
        calls INTEGER NOT NULL,
        tokens_in INTEGER NOT NULL,
        tokens_out INTEGER NOT NULL,
        money TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (day, strategy)
    )""",
    """CREATE TABLE bulk (
        digest TEXT NOT NULL,
        at TEXT NOT NULL,
        size INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (digest)
    )""",
    "CREATE INDEX bulk_at ON bulk (at)",
)


def upgrade() -> None:
    """Create the tables and their indexes."""
    for statement in STATEMENTS:
        op.execute(statement)
