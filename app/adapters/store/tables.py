"""The tables, as they are at `HEAD`: one a kind of record, real columns for what people ask, a body for the rest.

Decimals and times are TEXT. Migrations bring a file here; `tests` hold the two against each other.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()


def _must(name: str, kind: type[Text | Integer | Float[float] | Boolean | LargeBinary] = Text) -> Column[object]:
    return Column(name, kind, nullable=False)


def _may(name: str, kind: type[Text | Integer | Float[float]] = Text) -> Column[object]:
    return Column(name, kind)


def _key(name: str, kind: type[Text | Integer] = Text) -> Column[object]:
    return Column(name, kind, primary_key=True, nullable=False)


JOURNAL = Table(
    "journal",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _must("at"),
    _must("kind"),
    _may("cause"),
    _may("run"),
    _must("body"),
)
INSTRUMENTS = Table(
    "instruments",
    METADATA,
    Column("con_id", Integer, primary_key=True, autoincrement=False),
    _must("symbol"),
    _must("kind"),
    _must("exchange"),
    _must("currency"),
    _must("body"),
)
STRATEGIES = Table("strategies", METADATA, _key("id"), _must("name"), _must("mode"), _must("body"))
OWN_INDICATORS = Table("own_indicators", METADATA, _key("name"), _must("digest"), _must("at"), _must("body"))
RUNS = Table(
    "runs",
    METADATA,
    _key("id"),
    _must("strategy"),
    _must("symbol"),
    _may("con_id", Integer),
    _may("slot"),
    _must("status"),
    _must("started"),
    _may("duration_ms", Float),
    _must("reason"),
    _must("body"),
    Index("runs_slot", "strategy", "slot", "symbol", unique=True, sqlite_where=text("slot IS NOT NULL")),
)
STEPS = Table(
    "steps",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    _may("cause"),
    _may("run"),
    _must("step"),
    _must("status"),
    _must("attempt", Integer),
    _must("started"),
    _must("duration_ms", Float),
    _must("subject"),
    _must("inputs"),
    _must("outputs"),
    _must("digest"),
    _must("error"),
    Index("steps_run", "run"),
    Index("steps_subject", "subject", sqlite_where=text("subject <> ''")),  # most steps explain nothing but their run
)
SIGNALS = Table(
    "signals",
    METADATA,
    _key("id"),
    _must("strategy"),
    _must("run"),
    _must("con_id", Integer),
    _must("symbol"),
    _must("timeframe"),
    _must("last_bar"),
    _must("direction"),
    _may("confidence", Float),
    _must("state"),
    _must("raised"),
    _must("expires"),
    _must("body"),
)
INTENTS = Table(
    "intents",
    METADATA,
    _key("id"),
    _must("decision"),
    _must("account"),
    _must("con_id", Integer),
    _must("symbol"),
    _may("strategy"),
    _may("signal"),
    _must("body"),
    Index("intents_decision", "decision", unique=True),
)
ORDERS = Table(
    "orders",
    METADATA,
    _key("ref"),
    Column("intent", Text, ForeignKey("intents.id", deferrable=True, initially="DEFERRED")),
    _must("account"),
    _must("con_id", Integer),
    _must("symbol"),
    _must("role"),
    _must("side"),
    _must("quantity"),
    _must("type"),
    _may("limit"),
    _may("stop"),
    _must("tif"),
    _must("state"),
    _must("filled"),
    _may("average"),
    _may("perm_id", Integer),
    _may("strategy"),
    _may("signal"),
    _must("created"),
    _must("updated"),
    _must("is_foreign", Boolean),
    _must("body"),
    Index("orders_intent", "intent"),
)
FILLS = Table(
    "fills",
    METADATA,
    _key("account"),
    _key("key"),
    _must("exec_id"),
    _must("con_id", Integer),
    _must("symbol"),
    _must("side"),
    _must("quantity"),
    _must("price"),
    _may("commission"),
    _must("currency"),
    _must("at"),
    _may("ref"),
    _may("perm_id", Integer),
    _may("strategy"),
    _must("body"),
    Index("fills_exec_id", "exec_id"),
)
COSTS = Table(
    "costs",
    METADATA,
    _key("account"),
    _key("exec_id"),
    _must("amount"),
    _must("currency"),
    _must("body"),
)
SPLITS = Table(
    "splits",
    METADATA,
    _key("account"),
    _key("con_id", Integer),
    _key("since"),
    _must("new"),
    _must("old"),
    _must("body"),
)
POSITIONS = Table(
    "positions",
    METADATA,
    _key("account"),
    _key("con_id", Integer),
    _key("strategy"),  # empty for the account's whole position: NULL would not be unique
    _must("symbol"),
    _must("quantity"),
    _must("average"),
    _must("realized"),
    _must("commission"),
    _must("body"),
)
TRADING = Table(
    "trading",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    _must("state"),
    _must("reason"),
    _may("since"),
    _must("body"),
)
SESSION_DAYS = Table(
    "session_days", METADATA, _key("account"), _must("session"), _must("net_liquidation"), _must("body")
)
PROVIDERS = Table(
    "providers",
    METADATA,
    _key("id"),
    _must("name"),
    _must("base_url"),
    _must("model"),
    _must("is_in_use", Boolean),
    _must("is_removed", Boolean),
    _must("body"),
)
READINGS = Table(
    "readings",
    METADATA,
    _key("id"),
    _must("kind"),
    _must("status"),
    _may("run"),
    _may("strategy"),
    _must("con_id", Integer),
    _must("symbol"),
    _may("timeframe"),
    _may("provider"),
    _must("model"),
    _must("prompt_version"),
    _must("key"),
    _must("at"),
    _must("body"),
    Index("readings_run", "run"),
    Index("readings_at", "at"),
    Index("readings_prompt_version", "prompt_version"),
    Index("readings_key", "key", sqlite_where=text("status = 'valid'")),
)
SPENDING = Table(
    "spending",
    METADATA,
    _key("day"),
    _key("strategy"),  # empty for what was asked by hand: NULL would not be unique
    _must("calls", Integer),
    _must("tokens_in", Integer),
    _must("tokens_out", Integer),
    _must("money"),
    _must("body"),
)
BULK = Table(
    "bulk",
    METADATA,
    _key("digest"),
    _must("at"),
    _must("size", Integer),
    _must("data", LargeBinary),
    Index("bulk_at", "at"),
)
PROMPTS = Table(
    "prompts",
    METADATA,
    _key("id"),
    _must("name"),
    _must("kind"),
    _must("language"),
    _must("strategy"),  # empty for a prompt of all strategies
    _must("active"),
    _must("is_default", Boolean),
    _must("is_deleted", Boolean),
    _must("body"),
)
PROMPT_VERSIONS = Table(
    "prompt_versions",
    METADATA,
    _key("id"),
    Column("prompt", Text, ForeignKey("prompts.id"), nullable=False),
    _must("number", Integer),
    _must("created"),
    _must("note"),
    _must("digest"),
    _must("text"),
    UniqueConstraint("prompt", "number"),
)
PROMPT_USES = Table("prompt_uses", METADATA, _key("version"), _must("readings", Integer), _must("body"))
OUTCOMES = Table(
    "outcomes",
    METADATA,
    _key("signal"),
    _must("result"),
    _may("r", Float),
    _may("entered", Integer),
    _may("exited", Integer),
    _must("bars_held", Integer),
    _must("found"),
    _must("body"),
)
CLAIMS = Table(
    "claims",
    METADATA,
    _key("reading"),
    _must("con_id", Integer),
    _must("timeframe"),
    _must("at"),
    _must("body"),
)
SNAPSHOTS = Table(
    "snapshots",
    METADATA,
    _key("account"),
    _key("session"),
    _must("taken"),
    _must("late_s", Float),
    _must("currency"),
    _must("net_liquidation"),
    _may("day_pnl"),
    _may("exposure"),
    _must("body"),
)
BAR_SERIES = Table(
    "bar_series",
    METADATA,
    Column("id", Integer, primary_key=True),
    _must("source"),
    _must("con_id", Integer),
    _must("timeframe"),
    _must("what"),
    _must("regular_hours", Boolean),
    _must("adjusted", Boolean),
    _may("asked_from", Integer),
    _may("asked_to", Integer),
    Column("is_from_head", Boolean, nullable=False, server_default=text("0")),
    UniqueConstraint("source", "con_id", "timeframe", "what", "regular_hours", "adjusted"),
)
BAR_CHUNKS = Table(
    "bar_chunks",
    METADATA,
    Column("series", Integer, ForeignKey("bar_series.id"), primary_key=True),
    Column("first", Integer, primary_key=True),
    _must("last", Integer),
    _must("count", Integer),
    _must("time", LargeBinary),
    _must("open", LargeBinary),
    _must("high", LargeBinary),
    _must("low", LargeBinary),
    _must("close", LargeBinary),
    _must("volume", LargeBinary),
)
BAR_REVISIONS = Table(
    "bar_revisions",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("series", Integer, ForeignKey("bar_series.id"), nullable=False),
    _must("time", Integer),
    _must("old"),
    _must("new"),
    Index("bar_revisions_series", "series", "time"),
)
