"""Small domain records to test with, and the fold over a list of facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.fold import Fact, fold
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Intent, IntentId, Leg, Limit, Order, OrderRef, OrderState, Role, Side, Stop, TimeInForce
from app.domain.prompts import Language, Prompt, PromptId, PromptKind, PromptVersion, PromptVersionId
from app.domain.signals import (
    Analysis,
    Check,
    CheckName,
    Confidence,
    Confirmation,
    Direction,
    IndicatorValues,
    Levels,
    Relation,
    RunId,
    Signal,
    SignalId,
    StrategyId,
    Term,
    Trend,
    Verdict,
)
from app.domain.state import Record, State
from app.domain.strategies import Run, RunStatus

NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
ACCOUNT = "DUT000001"
STRATEGY = StrategyId("three_of_four")
APPLE, SAP = ConId(900_000_001), ConId(900_000_002)
SYMBOLS = {APPLE: "AAPL", SAP: "SAP"}


def at(seconds: float) -> datetime:
    """Return a moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def instrument(con_id: ConId = APPLE, multiplier: str = "1", magnifier: int = 1) -> Instrument:
    """Return a stock."""
    return Instrument(
        con_id,
        SYMBOLS[con_id],
        InstrumentKind.STOCK,
        "SMART",
        "NASDAQ",
        "USD",
        multiplier=Decimal(multiplier),
        price_magnifier=magnifier,
    )


def run(id_: str, slot: str | None = None, symbol: str = "AAPL") -> Run:
    """Return a run that has just begun."""
    return Run(RunId(id_), STRATEGY, symbol, APPLE, slot, RunStatus.RUNNING, NOON)


def prompt_version(name: str, number: int, text: str) -> PromptVersion:
    """Return a version whose id is `name.number`."""
    return PromptVersion(PromptVersionId(f"{name}.{number}"), PromptId(name), number, text, NOON)


def prompt(
    version: PromptVersion,
    *,
    kind: PromptKind = PromptKind.DAILY,
    language: Language = Language.EN,
    is_default: bool = False,
) -> Prompt:
    """Return a prompt of one version."""
    return Prompt(
        version.prompt, version.prompt, kind, language, None, (version.mark,), version.id, is_default=is_default
    )


def signal(id_: str, run_id: str, last_bar: int = 1_763_596_800, con_id: ConId = APPLE) -> Signal:
    """Return a confirmed BUY with levels."""
    checks = tuple(Check(name, Verdict.BULLISH, 101.5, 100.25, 1.25) for name in CheckName)
    primary = Confirmation(Timeframe.D1, checks, Direction.BUY, Trend.STRONG_BULLISH)
    analysis = Analysis(
        symbol=SYMBOLS[con_id],
        timeframe=Timeframe.D1,
        bars=500,
        last_bar=last_bar,
        close=101.5,
        indicators=IndicatorValues(100.25, 98.5, "up", 0.75, 0.5, 61.0, None),
        primary=primary,
        confirmation_timeframe=Timeframe.W1,
        confirmation=replace(primary, timeframe=Timeframe.W1),
        relation=Relation.ALIGNED,
        direction=Direction.BUY,
        trend=Trend.STRONG_BULLISH,
        confidence=Confidence(0.7, (Term("base", 0.6), Term("confirmation", 0.1))),
        levels=Levels(101.0, 102.0, 102.0, 97.5, 109.5, 113.5, 7.5 / 4.5, 11.5 / 4.5),
        actionable=True,
        reasons=("one note",),
    )
    return Signal(SignalId(id_), STRATEGY, RunId(run_id), con_id, analysis, NOON, at(86400))


def bracket(
    id_: str, *, decision: str | None = None, signal_id: str | None = None, con_id: ConId = APPLE, side: Side = Side.BUY
) -> Intent:
    """Return an entry of 10 with its stop and its target."""
    quantity = Decimal(10)
    return Intent(
        IntentId(id_),
        decision or f"decision-{id_}",
        ACCOUNT,
        con_id,
        SYMBOLS[con_id],
        (
            Leg(OrderRef(id_), Role.ENTRY, side, quantity, Limit(Decimal("102.00")), TimeInForce.DAY),
            Leg(OrderRef(f"{id_}.stop"), Role.STOP, side.opposite, quantity, Stop(Decimal("97.5")), TimeInForce.GTC),
            Leg(
                OrderRef(f"{id_}.target"),
                Role.TARGET,
                side.opposite,
                quantity,
                Limit(Decimal("109.5")),
                TimeInForce.GTC,
            ),
        ),
        strategy=STRATEGY if signal_id else None,
        signal=SignalId(signal_id) if signal_id else None,
    )


def fill(
    exec_id: str,
    quantity: str | Decimal = "10",
    price: str | Decimal = "101.25",
    side: Side = Side.BUY,
    *,
    ref: str | None = None,
    seconds: float = 0,
    con_id: ConId = APPLE,
    commission: str | None = None,
) -> Fill:
    """Return one execution."""
    return Fill(
        ExecId(exec_id),
        ACCOUNT,
        con_id,
        SYMBOLS[con_id],
        side,
        Decimal(quantity),
        Decimal(price),
        at(seconds),
        ref=OrderRef(ref) if ref else None,
        commission=None if commission is None else Decimal(commission),
    )


def foreign(perm_id: int, state: OrderState, filled: str = "0") -> Order:
    """Return an order that another program placed."""
    return Order(
        ref=OrderRef(f"foreign-{perm_id}"),
        intent=None,
        account=ACCOUNT,
        con_id=SAP,
        symbol="SAP",
        role=Role.ENTRY,
        side=Side.SELL,
        quantity=Decimal("7.5"),
        type_name="TRAIL",
        limit=None,
        stop=None,
        tif="GTC",
        state=state,
        created=NOON,
        updated=NOON,
        perm_id=perm_id,
        filled=Decimal(filled),
        is_foreign=True,
    )


def settle(facts: Sequence[Fact], state: State | None = None) -> tuple[State, list[Fact], list[Record]]:
    """Return what facts add up to, those that could become true, and the records they write."""
    state = state or State()
    kept: list[Fact] = []
    records: list[Record] = []
    for fact in facts:
        try:
            state, written = fold(state, fact)
        except UserError:
            continue  # what may not become true is never journaled
        kept.append(fact)
        records.extend(written)
    return state, kept, records
