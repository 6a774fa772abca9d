"""The first tables: the journal of facts, what they add up to, and bars in column chunks."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    "PRAGMA application_id = 1414548565",
    """CREATE TABLE journal (
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        cause TEXT,
        run TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )""",
    """CREATE TABLE instruments (
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        kind TEXT NOT NULL,
        exchange TEXT NOT NULL,
        currency TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (con_id)
    )""",
    """CREATE TABLE strategies (
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        mode TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE runs (
        id TEXT NOT NULL,
        strategy TEXT NOT NULL,
        symbol TEXT NOT NULL,
        con_id INTEGER,
        slot TEXT,
        status TEXT NOT NULL,
        started TEXT NOT NULL,
        duration_ms FLOAT,
        reason TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    "CREATE UNIQUE INDEX runs_slot ON runs (strategy, slot, symbol) WHERE slot IS NOT NULL",
    """CREATE TABLE steps (
        seq INTEGER NOT NULL,
        id TEXT NOT NULL,
        cause TEXT,
        run TEXT,
        step TEXT NOT NULL,
        status TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        started TEXT NOT NULL,
        duration_ms FLOAT NOT NULL,
        subject TEXT NOT NULL,
        inputs TEXT NOT NULL,
        outputs TEXT NOT NULL,
        digest TEXT NOT NULL,
        error TEXT NOT NULL,
        PRIMARY KEY (seq),
        UNIQUE (id)
    )""",
    "CREATE INDEX steps_run ON steps (run)",
    "CREATE INDEX steps_subject ON steps (subject) WHERE subject <> ''",
    """CREATE TABLE signals (
        id TEXT NOT NULL,
        strategy TEXT NOT NULL,
        run TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        timeframe TEXT NOT NULL,
        last_bar TEXT NOT NULL,
        direction TEXT NOT NULL,
        confidence FLOAT,
        state TEXT NOT NULL,
        raised TEXT NOT NULL,
        expires TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE intents (
        id TEXT NOT NULL,
        decision TEXT NOT NULL,
        account TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        strategy TEXT,
        signal TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    "CREATE UNIQUE INDEX intents_decision ON intents (decision)",
    """CREATE TABLE orders (
        ref TEXT NOT NULL,
        intent TEXT,
        account TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        role TEXT NOT NULL,
        side TEXT NOT NULL,
        quantity TEXT NOT NULL,
        type TEXT NOT NULL,
        "limit" TEXT,
        stop TEXT,
        tif TEXT NOT NULL,
        state TEXT NOT NULL,
        filled TEXT NOT NULL,
        average TEXT,
        perm_id INTEGER,
        strategy TEXT,
        signal TEXT,
        created TEXT NOT NULL,
        updated TEXT NOT NULL,
        is_foreign BOOLEAN NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (ref),
        FOREIGN KEY(intent) REFERENCES intents (id) DEFERRABLE INITIALLY DEFERRED
    )""",
    "CREATE INDEX orders_intent ON orders (intent)",
    """CREATE TABLE fills (
        account TEXT NOT NULL,
        "key" TEXT NOT NULL,
        exec_id TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        symbol TEXT NOT NULL,
        side TEXT NOT NULL,
        quantity TEXT NOT NULL,
        price TEXT NOT NULL,
        commission TEXT,
        currency TEXT NOT NULL,
        at TEXT NOT NULL,
        ref TEXT,
        perm_id INTEGER,
        strategy TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (account, "key")
    )""",
    "CREATE INDEX fills_exec_id ON fills (exec_id)",
    """CREATE TABLE positions (
        account TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        strategy TEXT NOT NULL,
        symbol TEXT NOT NULL,
        quantity TEXT NOT NULL,
        average TEXT NOT NULL,
        realized TEXT NOT NULL,
        commission TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account, con_id, strategy)
    )""",
    """CREATE TABLE trading (
        id INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        since TEXT,
        body TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE session_days (
        account TEXT NOT NULL,
        session TEXT NOT NULL,
        net_liquidation TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (account)
    )""",
    """CREATE TABLE bar_series (
        id INTEGER NOT NULL,
        source TEXT NOT NULL,
        con_id INTEGER NOT NULL,
        timeframe TEXT NOT NULL,
        what TEXT NOT NULL,
        regular_hours BOOLEAN NOT NULL,
        adjusted BOOLEAN NOT NULL,
        asked_from INTEGER,
        asked_to INTEGER,
        is_from_head BOOLEAN DEFAULT 0 NOT NULL,
        PRIMARY KEY (id),
        UNIQUE (source, con_id, timeframe, what, regular_hours, adjusted)
    )""",
    """CREATE TABLE bar_chunks (
        series INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        count INTEGER NOT NULL,
        time BLOB NOT NULL,
        open BLOB NOT NULL,
        high BLOB NOT NULL,
        low BLOB NOT NULL,
        close BLOB NOT NULL,
        volume BLOB NOT NULL,
        PRIMARY KEY (series, first),
        FOREIGN KEY(series) REFERENCES bar_series (id)
    )""",
    """CREATE TABLE bar_revisions (
        seq INTEGER NOT NULL,
        series INTEGER NOT NULL,
        time INTEGER NOT NULL,
        old TEXT NOT NULL,
        new TEXT NOT NULL,
        PRIMARY KEY (seq),
        FOREIGN KEY(series) REFERENCES bar_series (id)
    )""",
    "CREATE INDEX bar_revisions_series ON bar_revisions (series, time)",
)


def upgrade() -> None:
    """Create every table and index, and mark the file as ours."""
    for statement in STATEMENTS:
        op.execute(statement)
