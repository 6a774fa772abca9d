"""What came of the claims of readings, and what became of signals."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE outcomes (
        signal TEXT NOT NULL,
        result TEXT NOT NULL,
        r FLOAT,
        entered INTEGER,
        exited INTEGER,
        bars_held INTEGER NOT NULL,
        found TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (signal)
    )""",
    """CREATE TABLE claims (
        reading TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        timeframe TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (reading)
    )""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
