"""Costs that came before their execution, splits, and what an account was worth at each session's close."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE costs (
        account TEXT NOT NULL,
        exec_id TEXT NOT NULL,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, exec_id)
    )""",
    """CREATE TABLE splits (
        account TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        since TEXT NOT NULL,
        new TEXT NOT NULL,
        old TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, con_id, since)
    )""",
    """CREATE TABLE snapshots (
        account TEXT NOT NULL,
        session TEXT NOT NULL,
        taken TEXT NOT NULL,
        late_s FLOAT NOT NULL,
        currency TEXT NOT NULL,
        net_liquidation TEXT NOT NULL,
        day_pnl TEXT,
        exposure TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (account, session)
    )""",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
