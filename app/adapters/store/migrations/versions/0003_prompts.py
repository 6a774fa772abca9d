"""Prompts, their versions, and which were used."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """CREATE TABLE prompts (
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        language TEXT NOT NULL,
        strategy TEXT NOT NULL,
        active TEXT NOT NULL,
        is_default BOOLEAN NOT NULL,
        is_deleted BOOLEAN NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE prompt_versions (
        id TEXT NOT NULL,
        prompt TEXT NOT NULL,
        number INTEGER NOT NULL,
        created TEXT NOT NULL,
        note TEXT NOT NULL,
        digest TEXT NOT NULL,
        text TEXT NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (prompt, number),
        FOREIGN KEY(prompt) REFERENCES prompts (id)
    )""",
    """CREATE TABLE prompt_uses (
        version TEXT NOT NULL,
        readings INTEGER NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (version)
    )""",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in STATEMENTS:
        op.execute(statement)
