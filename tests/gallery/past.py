"""The weeks before: what the sample strategy's rules would have done on the practice market's own bars, as facts.

Signals, readings, fills and closes are worked out by the product's own functions; only what the model said is made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

from app.domain import events as ev
from app.domain.bars import Bars, Timeframe, epoch, weekly
from app.domain.fold import Fact
from app.domain.instruments import ConId, Instrument
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Intent, IntentId, Leg, Limit, OrderRef, OrderState, Role, Side, Stop, TimeInForce, leg_ref
from app.domain.outcomes import Outcome, OutcomeResult
from app.domain.prompts import PromptVersionId
from app.domain.readings import Reading, ReadingId, ReadingKind, ReadingStatus, View
from app.domain.returns import Snapshot
from app.domain.signals import Direction, Policy, RunId, Signal, SignalId, SignalState, Trend
from app.domain.strategies import Run, RunStatus, Strategy
from app.quant.outcomes import Plan, find_outcome
from app.services.conclusion import Inputs, analysis_of, conclude, signal_of
from app.services.opinions import opinion_of
from app.services.ports import Calendar

SESSIONS = 250
LEAST = 60
"""So many bars there are before the first signal; a young listing has fewer weeks to tell of."""
WEEKS = 160
RISK = 400.0
MODELS = ("local-vision-7b", "local-vision-3b")
REASONS = (
    "Higher lows above a rising average; the last pullback was bought.",
    "Price holds above SuperTrend and momentum turned up from its signal line.",
    "The range broke upwards on rising volume; the old high is support now.",
)


@dataclass(frozen=True, slots=True)
class Trip:
    """A signal that was followed: its order of so many, and what the bars made of it."""

    signal: Signal
    outcome: Outcome
    quantity: Decimal
    entered: datetime
    exited: datetime

    def price(self, value: float | None) -> Decimal:
        """Return a price to the cent."""
        return Decimal(str(round(value or 0.0, 2)))

    @property
    def cash(self) -> Decimal:
        """What came of it, costs included."""
        return self.quantity * (self.price(self.outcome.exit) - self.price(self.outcome.entry)) - 2


class Past:
    """Follows a strategy through the sessions before today; flat again at their end."""

    def __init__(
        self, strategy: Strategy, account: str, calendar: Calendar, versions: Sequence[PromptVersionId], worth: Decimal
    ) -> None:
        self._strategy, self._account, self._calendar = strategy, account, calendar
        self._versions, self._worth = versions, worth
        self._chance = Random(11)
        self._count = 0
        self._daily: dict[ConId, Bars] = {}
        self.trips: list[Trip] = []

    def facts(self, daily: Mapping[Instrument, Bars]) -> list[Fact]:
        """Return all that happened, in its order."""
        found: list[Fact] = []
        for instrument, bars in daily.items():
            closed = self._daily[instrument.con_id] = bars.closed_only
            at = max(len(closed) - SESSIONS, LEAST)
            while at < len(closed) - 1:
                taken, steps = self._session(instrument, closed, at)
                found += taken
                at += steps
        return sorted([*found, *self._closes()], key=lambda fact: fact.at)

    def _session(self, instrument: Instrument, bars: Bars, at: int) -> tuple[list[Fact], int]:
        """Return what a session brought and after how many bars the strategy looks again."""
        inputs = self._inputs(instrument, bars, at)
        rules = analysis_of(inputs)
        if rules.direction is not Direction.BUY or rules.levels is None:
            return [], 3
        self._count += 1
        run, raised = RunId(f"past-run-{self._count}"), inputs.market
        reading = self._reading(instrument, rules.close, run, raised)
        inputs = replace(inputs, opinion=opinion_of([reading], {Timeframe.D1: inputs.primary}))
        signal = signal_of(
            inputs, conclude(inputs, rules), self._calendar,
            id_=SignalId(f"past-signal-{self._count}"), run=run, raised=raised,
        )  # fmt: skip
        outcome = self._outcome(signal, bars, at)
        if outcome is None or not outcome.result.is_final:
            return [], 3
        told = [*self._told(signal, reading, instrument.symbol), *self._ended(signal, outcome)]
        return told, max(5, outcome.bars_held + 2)

    def _inputs(self, instrument: Instrument, bars: Bars, at: int) -> Inputs:
        first, day = bars.date_at(0), bars.date_at(at)
        past = bars.part(0, at + 1)
        weeks = weekly(past, self._calendar.last_sessions_of_weeks(first, day + timedelta(days=7))).closed_only
        raised = self._calendar.close_of(day) + timedelta(minutes=2)
        return Inputs(
            self._strategy, instrument, raised, past.last(self._strategy.bars), weeks.last(WEEKS), Policy.CONFIRM
        )

    def _reading(self, instrument: Instrument, close: float, run: RunId, at: datetime) -> Reading:
        agrees = self._chance.random() < 0.75
        view = View(
            Direction.BUY if agrees else Direction.HOLD,
            Trend.BULLISH if agrees else Trend.NEUTRAL,
            round(self._chance.uniform(0.52, 0.93), 2),
            entry_low=close * 0.99, entry_high=close, stop=close * 0.95,
            reasoning=self._chance.choice(REASONS),
        )  # fmt: skip
        model = self._chance.choices(MODELS, (3, 2))[0]
        return Reading(
            id=ReadingId(f"past-reading-{self._count}"), kind=ReadingKind.CHART, status=ReadingStatus.VALID,
            con_id=instrument.con_id, symbol=instrument.symbol, timeframe=Timeframe.D1, at=at, view=view, run=run,
            strategy=self._strategy.id, model=model, model_served=model,
            prompt_version=self._chance.choices(self._versions, (2, 3, 14, 3))[0], tokens_in=1450, tokens_out=180,
            latency_ms=2350.0, attempts=1, last_price=close,
        )  # fmt: skip

    def _outcome(self, signal: Signal, bars: Bars, at: int) -> Outcome | None:
        levels = signal.analysis.levels
        assert levels is not None
        plan = Plan(
            signal.id, Direction.BUY, levels.limit, levels.stop, levels.target_1, int(signal.expires.timestamp())
        )
        return find_outcome(plan, bars.part(at + 1, len(bars)), int(bars.time[-1]) + 86400)

    def _told(self, signal: Signal, reading: Reading, symbol: str) -> Iterator[Fact]:
        at, run = signal.raised, signal.run
        began = Run(run, signal.strategy, symbol, signal.con_id, at.isoformat(), RunStatus.RUNNING, at)
        yield ev.RunStarted(at=at, run=run, started=began)
        yield ev.ReadingTaken(at=at, run=run, reading=reading, day=at.date().isoformat())
        yield ev.SignalRaised(at=at, run=run, signal=signal)
        status = RunStatus.ORDERED if signal.analysis.actionable else RunStatus.REFUSED
        reason = "" if signal.analysis.actionable else signal.analysis.reasons[0]
        yield ev.RunFinished(at=at, run=run, status=status, reason=reason, duration_ms=2400.0)

    def _ended(self, signal: Signal, outcome: Outcome) -> Iterator[Fact]:
        is_followed = signal.analysis.actionable and outcome.result is not OutcomeResult.EXPIRED
        over = self._moment(outcome.exited, 19.4) if outcome.exited else signal.expires
        state = SignalState.ACTED if is_followed else SignalState.EXPIRED
        why = "order filled" if is_followed else "the session after its bar has closed"
        yield ev.SignalMoved(at=signal.raised, run=signal.run, signal=signal.id, state=state, by="run", why=why)
        if is_followed:
            yield from self._traded(signal, outcome)
        yield ev.OutcomeFound(at=over + timedelta(hours=2), outcome=replace(outcome, found=over + timedelta(hours=2)))

    def _traded(self, signal: Signal, outcome: Outcome) -> Iterator[Fact]:
        levels = signal.analysis.levels
        assert levels is not None
        quantity = Decimal(max(1, int(RISK / (levels.limit - levels.stop))))
        trip = Trip(
            signal, outcome, quantity,
            self._moment(outcome.entered, 14.6 + self._chance.random()), self._moment(outcome.exited, 19.4),
        )  # fmt: skip
        self.trips.append(trip)
        intent = self._intent(trip)
        at, entry, stop, target = signal.raised, *(leg.ref for leg in intent.legs)
        won = outcome.result is OutcomeResult.WIN
        ends, other = (target, stop) if won else (stop, target)
        yield ev.OrderIntended(at=at, run=signal.run, intent=intent)
        yield ev.OrderSent(at=at, run=signal.run, intent=intent.id)
        for number, leg in enumerate(intent.legs):
            perm_id = 700_000_000 + 10 * self._count + number
            yield ev.OrderReported(at=at, run=signal.run, ref=leg.ref, state=OrderState.ACCEPTED, perm_id=perm_id)
        yield self._fill(trip, entry, Side.BUY, trip.entered, outcome.entry, 1)
        yield ev.OrderReported(at=trip.entered, run=signal.run, ref=entry, state=OrderState.FILLED)
        yield self._fill(trip, ends, Side.SELL, trip.exited, outcome.exit, 2)
        yield ev.OrderReported(at=trip.exited, run=signal.run, ref=ends, state=OrderState.FILLED)
        reason = "The other order of the bracket filled."
        yield ev.OrderReported(at=trip.exited, run=signal.run, ref=other, state=OrderState.CANCELLED, reason=reason)

    def _intent(self, trip: Trip) -> Intent:
        levels, id_ = trip.signal.analysis.levels, IntentId(f"past{self._count:04}")
        assert levels is not None
        legs = (
            (Role.ENTRY, Side.BUY, Limit(trip.price(levels.limit)), TimeInForce.DAY),
            (Role.STOP, Side.SELL, Stop(trip.price(levels.stop)), TimeInForce.GTC),
            (Role.TARGET, Side.SELL, Limit(trip.price(levels.target_1)), TimeInForce.GTC),
        )
        made = tuple(Leg(leg_ref(id_, role), role, side, trip.quantity, type_, tif) for role, side, type_, tif in legs)
        signal = trip.signal
        return Intent(
            id_, f"past-{id_}", self._account, signal.con_id, signal.analysis.symbol, made, signal.strategy, signal.id
        )

    def _fill(self, trip: Trip, ref: OrderRef, side: Side, at: datetime, price: float | None, number: int) -> Fact:
        signal = trip.signal
        fill = Fill(
            ExecId(f"0000e0d5.{self._count:08x}.0{number}.01"), self._account, signal.con_id, signal.analysis.symbol,
            side, trip.quantity, trip.price(price), at, ref=ref, commission=Decimal("1.00"), currency="USD",
            strategy=signal.strategy,
        )  # fmt: skip
        return ev.Filled(at=at, run=signal.run, fill=fill)

    def _moment(self, day: int | None, hour: float) -> datetime:
        return datetime.fromtimestamp(day or 0, UTC) + timedelta(hours=hour)

    def _closes(self) -> Iterator[Fact]:
        """What the account was worth at each close, so that it ends with what it is worth now."""
        days = sorted({bars.date_at(at) for bars in self._daily.values() for at in range(len(bars))})[-SESSIONS:]
        cash = self._worth - sum((trip.cash for trip in self.trips), Decimal(0))
        before: tuple[date, Decimal] | None = None
        for day in days:
            close = self._calendar.close_of(day)
            now = cash + self._moved(close)
            held = [trip for trip in self.trips if trip.entered <= close < trip.exited]
            worth = now + sum((trip.quantity * self._close(trip.signal.con_id, day) for trip in held), Decimal(0))
            taken = Snapshot(
                self._account, day.isoformat(), close + timedelta(minutes=1), 60.0, "USD", worth, cash=now,
                exposure=worth - now, positions=len(held), before=before[0].isoformat() if before else "",
                traded=now - before[1] if before else None,
            )  # fmt: skip
            before = (day, now)
            yield ev.SnapshotTaken(at=close + timedelta(minutes=1), snapshot=taken)

    def _moved(self, until: datetime) -> Decimal:
        moved = Decimal(0)
        for trip in self.trips:
            if trip.entered <= until:
                moved -= trip.quantity * trip.price(trip.outcome.entry) + 1
            if trip.exited <= until:
                moved += trip.quantity * trip.price(trip.outcome.exit) - 1
        return moved

    def _close(self, con_id: ConId, day: date) -> Decimal:
        bars = self._daily[con_id]
        at = max(0, int(bars.time.searchsorted(epoch(day), side="right")) - 1)
        return Decimal(str(round(float(bars.close[at]), 2)))
