"""Made-up lives of strategies and orders, for property tests of the fold and of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from hypothesis import strategies as st

from app.domain import events as ev
from app.domain.claims import Claim, CrossClaim, LevelClaim, Line, ValueClaim, Way
from app.domain.claims import Comparison as Stands
from app.domain.claims import Side as Holds
from app.domain.fold import Fact
from app.domain.indicators import OwnIndicator
from app.domain.ledger import ExecId, Split
from app.domain.orders import IntentId, OrderRef, OrderState, Side
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.prompts import PromptId, PromptKind, PromptVersionId
from app.domain.providers import Capability, Caps, Price, Provider, ProviderId, Structure
from app.domain.readings import Reading, ReadingId, ReadingKind, ReadingStatus, Target, View
from app.domain.returns import Snapshot
from app.domain.signals import Direction, RunId, SignalId, SignalState, StrategyId, Trend
from app.domain.strategies import Mode, RunStatus, StepStatus, Strategy
from tests.domain.claim_stories import checked
from tests.domain.examples import (
    ACCOUNT,
    APPLE,
    SAP,
    STRATEGY,
    at,
    bracket,
    fill,
    foreign,
    instrument,
    prompt,
    prompt_version,
    run,
    signal,
)

_RUNS = st.sampled_from(["run-1", "run-2", "run-3"])
_SIGNALS = st.sampled_from(["signal-1", "signal-2", "signal-3"])
_INTENTS = st.sampled_from(["intent-1", "intent-2", "intent-3"])
_REFS = st.builds(lambda intent, leg: intent + leg, _INTENTS, st.sampled_from(["", ".stop", ".target"]))
_MOMENTS = st.floats(0, 3600).map(at)
_CENTS = st.integers(1, 200_000).map(lambda cents: Decimal(cents) / 100)
_EXECUTIONS = st.builds(lambda trade, revision: f"0001.aa.0{trade}.0{revision}", st.integers(1, 6), st.integers(1, 3))
_FREE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text() | _CENTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_VALUES = st.dictionaries(st.text(max_size=8), _FREE, max_size=3)


def _learned() -> st.SearchStrategy[Fact]:
    listings = st.builds(instrument, st.sampled_from([APPLE, SAP]), st.sampled_from(["1", "50"]), st.just(1))
    return st.builds(lambda when, listing: ev.InstrumentLearned(at=when, instrument=listing), _MOMENTS, listings)


def _saved() -> st.SearchStrategy[Fact]:
    setups = st.builds(lambda mode: Strategy(STRATEGY, "Three of four", ("AAPL",), mode), st.sampled_from(Mode))
    deleted = st.builds(lambda when: ev.StrategyDeleted(at=when, strategy=STRATEGY, by="hand"), _MOMENTS)
    confirmed = st.builds(
        lambda when, name, digest: ev.OwnIndicatorConfirmed(at=when, indicator=OwnIndicator(name, digest, when)),
        _MOMENTS,
        st.sampled_from(["channel", "mine"]),
        st.sampled_from(["", "ab12"]),
    )
    return (
        deleted | confirmed | st.builds(lambda when, setup: ev.StrategySaved(at=when, strategy=setup), _MOMENTS, setups)
    )


def _ran() -> st.SearchStrategy[Fact]:
    slots = st.sampled_from([None, "2026-11-20T15:45", "2026-11-23T15:45"])
    started = st.builds(lambda when, id_, slot: ev.RunStarted(at=when, started=run(id_, slot)), _MOMENTS, _RUNS, slots)
    finished = st.builds(
        lambda when, id_, status: ev.RunFinished(at=when, run=RunId(id_), status=status, reason="", duration_ms=1.5),
        _MOMENTS,
        _RUNS,
        st.sampled_from(RunStatus),
    )
    return started | finished


def _stepped() -> st.SearchStrategy[Fact]:
    return st.builds(
        lambda when, id_, name, status, inputs, outputs: ev.StepTaken(
            at=when, run=RunId(id_), step=name, status=status, inputs=inputs, outputs=outputs, duration_ms=0.25
        ),
        _MOMENTS,
        _RUNS,
        st.sampled_from(ev.StepName),
        st.sampled_from(StepStatus),
        _VALUES,
        _VALUES,
    )


def _signalled() -> st.SearchStrategy[Fact]:
    raised = st.builds(
        lambda when, id_, run_id: ev.SignalRaised(at=when, run=RunId(run_id), signal=signal(id_, run_id)),
        _MOMENTS,
        _SIGNALS,
        _RUNS,
    )
    moved = st.builds(
        lambda when, id_, state: ev.SignalMoved(at=when, signal=SignalId(id_), state=state, by="test", why="it ended"),
        _MOMENTS,
        _SIGNALS,
        st.sampled_from(SignalState),
    )
    snoozed = st.builds(
        lambda when, id_, until: ev.SignalSnoozed(at=when, signal=SignalId(id_), until=until, by="hand"),
        _MOMENTS,
        _SIGNALS,
        st.none() | _MOMENTS,
    )
    decided = st.builds(
        lambda when, id_, result, r: ev.OutcomeFound(
            at=when, outcome=Outcome(SignalId(id_), result, 109.5, 86400, 102.0, 172800, 97.5, r, 2, 3)
        ),
        _MOMENTS,
        _SIGNALS,
        st.sampled_from(OutcomeResult),
        st.none() | st.floats(-5, 5),
    )
    return raised | moved | snoozed | decided | checked(_MOMENTS)


def _asked() -> st.SearchStrategy[Fact]:
    names = st.sampled_from(["hosted", "local"])
    set_up = st.builds(
        lambda when, name, is_in_use, price: ev.ProviderSaved(at=when, provider=provider(name, is_in_use, price)),
        _MOMENTS,
        names,
        st.booleans(),
        _CENTS,
    )
    removed = st.builds(lambda when, name: ev.ProviderRemoved(at=when, provider=ProviderId(name)), _MOMENTS, names)
    taken = st.builds(
        lambda when, id_, day, status, cost, strategy, prompt: ev.ReadingTaken(
            at=when,
            day=day,
            reading=replace(reading(id_, status, cost), at=when, strategy=strategy, prompt_version=prompt),
        ),
        _MOMENTS,
        st.uuids().map(str),
        st.sampled_from(["2026-11-20", "2026-11-21"]),
        st.sampled_from(ReadingStatus),
        st.none() | _CENTS,
        st.sampled_from([None, STRATEGY]),
        st.sampled_from(["", "ask-1.1"]),
    )
    return set_up | removed | taken


def provider(name: str, is_in_use: bool, price: Decimal) -> Provider:
    """Return a provider with everything it can have."""
    tested = Capability("small", Structure.JSON_OBJECT, True, "small-2026", at(5), notes=("slow",))
    return Provider(
        id=ProviderId(name),
        name=name,
        base_url="http://127.0.0.1:8080/v1",
        model="small",
        is_in_use=is_in_use,
        prices=(Price("small", price, price),),
        caps=Caps(day_money=price),
        capabilities=(tested,),
    )


def reading(id_: str, status: ReadingStatus, cost: Decimal | None) -> Reading:
    """Return a reading with everything it can have."""
    moving = Line("sma", (("length", 20.0),))
    claims = (
        Claim(LevelClaim(Holds.SUPPORT, 98.5), is_key=True, text="it held"),
        Claim(ValueClaim(Line("close"), Stands.ABOVE, moving)),
        Claim(ValueClaim(Line("rsi"), Stands.BELOW, 70.0)),
        Claim(CrossClaim(Line("close"), moving, Way.UP)),
    )
    view = View(Direction.BUY, Trend.BULLISH, 0.7, 99.0, 100.0, 95.0, (Target(110.0, "gap"),), claims, "rising")
    return Reading(
        id=ReadingId(id_),
        kind=ReadingKind.CHART,
        status=status,
        con_id=APPLE,
        symbol="AAPL",
        timeframe=None,
        at=at(0),
        view=view if status in (ReadingStatus.VALID, ReadingStatus.OUTDATED) else None,
        key="same",
        tokens_in=10,
        tokens_out=5,
        cost=cost,
        attempts=1 if cost else 0,
    )


def _ordered() -> st.SearchStrategy[Fact]:
    intended = st.builds(
        lambda when, id_, signal_id, con_id: ev.OrderIntended(
            at=when, intent=bracket(id_, signal_id=signal_id, con_id=con_id), inputs={"risk": Decimal("0.5")}
        ),
        _MOMENTS,
        _INTENTS,
        st.none() | _SIGNALS,
        st.sampled_from([APPLE, SAP]),
    )
    sent = st.builds(lambda when, id_: ev.OrderSent(at=when, intent=IntentId(id_)), _MOMENTS, _INTENTS)
    cancelled = st.builds(lambda when, ref: ev.CancelAsked(at=when, ref=OrderRef(ref), by="hand"), _MOMENTS, _REFS)
    lost = st.builds(lambda when, ref: ev.OrderVerifying(at=when, ref=OrderRef(ref), reason="?"), _MOMENTS, _REFS)
    absent = st.builds(lambda when, ref: ev.OrderNeverSent(at=when, ref=OrderRef(ref), reason="-"), _MOMENTS, _REFS)
    return intended | intended | sent | cancelled | lost | absent


def reports() -> st.SearchStrategy[Fact]:
    """Make what a broker may say about the orders of these stories."""
    ours = st.builds(
        lambda when, ref, state, perm_id, reason: ev.OrderReported(
            at=when, ref=OrderRef(ref), state=state, perm_id=perm_id, reason=reason
        ),
        _MOMENTS,
        _REFS,
        st.none() | st.sampled_from(OrderState),
        st.none() | st.integers(1, 2**31),
        st.sampled_from(["", "no shares to borrow"]),
    )
    theirs = st.builds(
        lambda when, perm_id, state: ev.ForeignOrderSeen(at=when, order=foreign(perm_id, state)),
        _MOMENTS,
        st.integers(1, 2),
        st.sampled_from([OrderState.ACCEPTED, OrderState.FILLED]),
    )
    return ours | theirs


def executions() -> st.SearchStrategy[Fact]:
    """Make executions, corrections and commissions, of our orders and of nobody's."""
    filled = st.builds(
        lambda when, exec_id, quantity, price, side, ref, con_id: ev.Filled(
            at=when,
            fill=replace(fill(exec_id, Decimal(quantity), price, side, con_id=con_id, ref=ref), at=when),
        ),
        _MOMENTS,
        _EXECUTIONS,
        st.integers(1, 10),
        _CENTS,
        st.sampled_from(Side),
        st.none() | _REFS,
        st.just(APPLE),
    )
    paid = st.builds(
        lambda when, exec_id, cost: ev.CommissionReported(
            at=when, exec_id=ExecId(exec_id), account=ACCOUNT, commission=cost, currency="USD"
        ),
        _MOMENTS,
        _EXECUTIONS,
        _CENTS,
    )
    return filled | filled | paid


def _switched() -> st.SearchStrategy[Fact]:
    trading = st.builds(
        lambda when, state: ev.TradingStateChanged(at=when, state=state, reason="test"),
        _MOMENTS,
        st.sampled_from(ev.TradingState),
    )
    day = st.builds(
        lambda when, value: ev.SessionDayOpened(at=when, account=ACCOUNT, session="2026-11-19", net_liquidation=value),
        _MOMENTS,
        _CENTS,
    )
    worth = st.builds(
        lambda when, value, session: ev.SnapshotTaken(
            at=when, snapshot=Snapshot(ACCOUNT, session, when, 2.5, "USD", value, day_pnl=value / 10)
        ),
        _MOMENTS,
        _CENTS,
        st.sampled_from(["2026-11-19", "2026-11-20"]),
    )
    divided = st.builds(
        lambda when, new: ev.SharesSplit(at=when, split=Split(ACCOUNT, APPLE, Decimal(new), Decimal(1), when)),
        _MOMENTS,
        st.sampled_from([2, 10]),
    )
    matched = st.builds(
        lambda when: ev.Reconciled(at=when, account=ACCOUNT, differences=("a", "b"), duration_ms=3.5), _MOMENTS
    )
    crossed = st.builds(
        lambda when, price: ev.LineCrossed(
            at=when, con_id=APPLE, symbol="AAPL", drawing="d1", price=price, words="AAPL crossed the ray."
        ),
        _MOMENTS,
        _CENTS,
    )
    return trading | day | worth | divided | matched | crossed


def _prompted() -> st.SearchStrategy[Fact]:
    names = st.sampled_from(["ask-1", "ask-2"])
    numbers = st.integers(1, 3)

    def created(when: datetime, name: str, kind: PromptKind, own: StrategyId | None, is_default: bool) -> Fact:
        first = prompt_version(name, 1, "{{ symbol }}")
        made = replace(prompt(first, kind=kind, is_default=is_default), strategy=own)
        return ev.PromptCreated(at=when, prompt=made, version=first)

    return st.one_of(
        st.builds(
            created, _MOMENTS, names, st.sampled_from(PromptKind), st.sampled_from([None, STRATEGY]), st.booleans()
        ),
        st.builds(
            lambda when, name, number, text, on: ev.PromptEdited(
                at=when, version=prompt_version(name, number, text), activates=on
            ),
            _MOMENTS,
            names,
            numbers,
            st.text(max_size=20),
            st.booleans(),
        ),
        st.builds(lambda when, name: ev.PromptRenamed(at=when, prompt=PromptId(name), name="N"), _MOMENTS, names),
        st.builds(
            lambda when, name, on: ev.PromptDefaultSet(at=when, prompt=PromptId(name), is_default=on),
            _MOMENTS,
            names,
            st.booleans(),
        ),
        st.builds(lambda when, name: ev.PromptDeleted(at=when, prompt=PromptId(name)), _MOMENTS, names),
        st.builds(
            lambda kind, when, name, number: kind(
                at=when, prompt=PromptId(name), version=PromptVersionId(f"{name}.{number}")
            ),
            st.sampled_from([ev.PromptVersionActivated, ev.PromptVersionDeleted]),
            _MOMENTS,
            names,
            numbers,
        ),
    )


def stories(max_size: int = 40) -> st.SearchStrategy[list[Fact]]:
    """Make any sequence of any facts, also such as may not become true."""
    setting_up = _learned() | _saved() | _ran() | _stepped() | _signalled() | _asked() | _switched() | _prompted()
    trading = _ordered() | reports() | executions()
    return st.lists(setting_up | trading, min_size=min(10, max_size), max_size=max_size)
