"""The way a web back end would usually do it: a row a bar, ORM objects, pandas, a transaction a symbol.

It is what the product's own figures are held against; nothing else uses it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Engine, ForeignKey, Index, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

from app.domain.bars import COLUMNS, Bars


class Base(DeclarativeBase):
    """What the tables share."""


class BarRow(Base):
    """One bar."""

    __tablename__ = "bars"
    __table_args__ = (Index("bars_of", "symbol", "time", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    time: Mapped[int]
    open: Mapped[float]
    high: Mapped[float]
    low: Mapped[float]
    close: Mapped[float]
    volume: Mapped[float]


class SignalRow(Base):
    """One conclusion."""

    __tablename__ = "signals"
    id: Mapped[int] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    direction: Mapped[str]
    confidence: Mapped[float]
    raised: Mapped[datetime]
    steps: Mapped[list[StepRow]] = relationship(back_populates="signal")


class StepRow(Base):
    """One row of lineage."""

    __tablename__ = "steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    signal_id: Mapped[int] = mapped_column(ForeignKey("signals.id"))
    name: Mapped[str]
    taken: Mapped[datetime]
    signal: Mapped[SignalRow] = relationship(back_populates="steps")


def open_plain(path: Path) -> Engine:
    """Return an engine with the same WAL and durability as the product's."""
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _make_safe)
    Base.metadata.create_all(engine)
    return engine


def _make_safe(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def rows_of(symbol: str, bars: Bars) -> list[dict[str, Any]]:
    """Return bars as a dict each."""
    values = zip(*(getattr(bars, name).tolist() for name in COLUMNS), strict=True)
    return [{"symbol": symbol, **dict(zip(COLUMNS, row, strict=True))} for row in values]


def save_core(engine: Engine, symbol: str, bars: Bars) -> None:
    """Write a row a bar by one Core statement."""
    with engine.begin() as connection:
        connection.execute(insert(BarRow), rows_of(symbol, bars))


def save_orm(engine: Engine, symbol: str, bars: Bars) -> None:
    """Write an object a bar."""
    with Session(engine) as session:
        session.add_all([BarRow(**row) for row in rows_of(symbol, bars)])
        session.commit()


def read_core(engine: Engine, symbol: str, count: int) -> list[Any]:
    """Return the newest bars as Core rows."""
    with engine.connect() as connection:
        columns = [getattr(BarRow, name) for name in COLUMNS]
        asked = select(*columns).where(BarRow.symbol == symbol).order_by(BarRow.time.desc()).limit(count)
        return list(connection.execute(asked))


def read_orm(session: Session, symbol: str, count: int) -> list[BarRow]:
    """Return the newest bars as objects."""
    asked = select(BarRow).where(BarRow.symbol == symbol).order_by(BarRow.time.desc()).limit(count)
    return list(session.scalars(asked))


def cycle(engine: Engine, symbol: str, count: int) -> tuple[str, float]:
    """Read bars, compute the four checks of days and weeks, store a signal with six steps; return what it says."""
    with Session(engine) as session:
        rows = read_orm(session, symbol, count)
        frame = pd.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in rows[::-1]])
        frame.index = pd.to_datetime(frame.pop("time"), unit="s")
        direction, agreeing = decide(frame)
        other, _ = decide(weeks(frame))
        confidence = _confidence(direction, agreeing, other)
        now = datetime.now(UTC)
        signal = SignalRow(symbol=symbol, direction=direction, confidence=confidence, raised=now)
        signal.steps = [StepRow(name=name, taken=now) for name in STEPS]
        session.add(signal)
        session.commit()
    return direction, confidence


STEPS = ("load_strategy", "load_bars", "load_weeks", "indicators", "checks", "signal")


def _confidence(direction: str, agreeing: int, other: str) -> float:
    if direction == "HOLD":
        return 1 - abs(2 * agreeing - 4) / 4
    base = 0.6 if agreeing == 4 else 0.5
    return base if other == "HOLD" else base + (0.1 if other == direction else -0.1)


def weeks(frame: pd.DataFrame) -> pd.DataFrame:
    """Return closed weeks; a week of this market ends on Sunday."""
    how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum"}
    built = frame.resample("W-SUN").agg(how)  # type: ignore[arg-type]
    return built if frame.index[-1].day_of_week == 6 else built.iloc[:-1]


def decide(frame: pd.DataFrame) -> tuple[str, int]:
    """Return the direction that three of four checks agree on, and how many agree."""
    close = frame["close"]
    up = [_supertrend_up(frame), bool(close.iloc[-1] > close.rolling(20).mean().iloc[-1])]
    line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
    up.append(bool(line.iloc[-1] > line.ewm(span=9, adjust=False).mean().iloc[-1]))
    change = close.diff()
    gain = change.clip(lower=0).ewm(alpha=1 / 14, adjust=False).mean()
    loss = (-change.clip(upper=0)).ewm(alpha=1 / 14, adjust=False).mean()
    up.append(bool((100 - 100 / (1 + gain / loss)).iloc[-1] > 50))
    if sum(up) >= 3:
        return "BUY", sum(up)
    return ("SELL", 4 - sum(up)) if sum(up) <= 1 else ("HOLD", 2)


def _supertrend_up(frame: pd.DataFrame) -> bool:
    high, low, close = frame["high"], frame["low"], frame["close"]
    before = close.shift()
    ranges = pd.concat([high - low, (high - before).abs(), (low - before).abs()], axis=1).max(axis=1)
    reach = 3 * ranges.ewm(alpha=1 / 10, adjust=False).mean()
    upper, lower = (high + low) / 2 + reach, (high + low) / 2 - reach
    top, bottom, is_up = upper.iloc[0], lower.iloc[0], True
    for place in range(1, len(frame)):
        last, now = close.iloc[place - 1], close.iloc[place]
        is_up = True if now > top else False if now < bottom else is_up
        top = upper.iloc[place] if upper.iloc[place] < top or last > top else top
        bottom = lower.iloc[place] if lower.iloc[place] > bottom or last < bottom else bottom
    return is_up
