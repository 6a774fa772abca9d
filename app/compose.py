"""The composition root: builds every object once, in order, and closes them in reverse. `__main__` alone knows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from app.adapters.calendar import EXCHANGE, ExchangeCalendar, open_calendar
from app.adapters.cron import CronTable
from app.adapters.ib.data import IbDataChannel
from app.adapters.ib.orders import IbOrderChannel
from app.adapters.llm.client import ModelClient
from app.adapters.llm.presets import PRESETS
from app.adapters.practice_child import PracticeChild, running_practice
from app.adapters.prompts.renderer import PromptRenderer
from app.adapters.store.codec import to_json
from app.adapters.store.store import Store
from app.adapters.vault import SystemVault
from app.domain.broker import Endpoint
from app.domain.bulk import RETENTION
from app.domain.errors import UserError
from app.domain.events import OrderVerifying, RunFinished, StrategySaved
from app.domain.orders import OrderState
from app.domain.signals import StrategyId
from app.domain.strategies import RunStatus, Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.instance import has_window
from app.runtime.paths import DATABASE as DATABASE
from app.runtime.paths import resource
from app.runtime.settings import Settings, SettingsFile
from app.runtime.tasks import Tasks
from app.services.absence import Absence
from app.services.analyst_room import AnalystRoom, analyst_room
from app.services.batches import Batches
from app.services.chart_inputs import ChartInputs
from app.services.closing import Closing
from app.services.daily_restart import DailyRestart
from app.services.desk import Desk
from app.services.doctor import PRACTICE, Doctor, Rung
from app.services.facts import Facts
from app.services.fees import Fees
from app.services.flatten import Flatten
from app.services.guard import Guard
from app.services.inbox import Inbox
from app.services.jobs import Jobs, after_close, every
from app.services.limits import LimitBook, risk_limits
from app.services.lots import Lots
from app.services.market import Market
from app.services.opinions import Opinions
from app.services.outcomes import Outcomes
from app.services.own_columns import OwnColumns
from app.services.own_indicators import FOLDER, OwnIndicators
from app.services.portfolio import Portfolio
from app.services.ports import ChartPainter
from app.services.prompt_room import PromptRoom, prompt_room
from app.services.prompt_seeds import plant
from app.services.protection import Protection
from app.services.reconcile import Reconciler
from app.services.run_files import RunFiles
from app.services.runs import Runs
from app.services.schedule import Schedule
from app.services.session import Session
from app.services.signal_orders import SignalOrders
from app.services.situation import Situations
from app.services.snapshots import Snapshots
from app.services.splits import Splits
from app.services.strangers import Strangers
from app.services.studies import Studies
from app.services.survey import Surveys
from app.services.track_record import TrackRecord
from app.services.trimming import Trimming
from app.services.turning import Turning
from app.services.watch import OrderWatch
from app.ui.charts.painter import OffscreenPainter

log = logging.getLogger(__name__)
SNAPSHOT_AFTER = timedelta(minutes=1)
"""How long the broker may take to settle the figures of a close."""
CALENDAR_FROM = date(1990, 1, 1)
"""Far enough back that no chart makes the calendar open more years on the loop."""
SAMPLE = Strategy(id=StrategyId("three-of-four"), name="Three of four", symbols=("AAPL", "MSFT", "IBM", "GOOG", "FB"))


@dataclass(slots=True)
class Core:
    """Everything that works without a window."""

    data_dir: Path
    settings: SettingsFile
    bus: Bus
    clock: Clock
    tasks: Tasks
    store: Store
    facts: Facts
    session: Session
    restart: DailyRestart
    doctor: Doctor
    absence: Absence
    market: Market
    portfolio: Portfolio
    snapshots: Snapshots
    track: TrackRecord
    situations: Situations
    limits: LimitBook
    desk: Desk
    closing: Closing
    turning: Turning
    flatten: Flatten
    runs: Runs
    run_files: RunFiles
    opinions: Opinions
    surveys: Surveys
    own_indicators: OwnIndicators
    studies: Studies
    schedule: Schedule
    batches: Batches
    inbox: Inbox
    outcomes: Outcomes
    jobs: Jobs
    guard: Guard
    fees: Fees
    splits: Splits
    strangers: Strangers
    trimming: Trimming
    painter: ChartPainter
    prompts: PromptRoom
    readings: AnalystRoom
    renderer: PromptRenderer
    child: PracticeChild | None
    locate: Callable[[], Awaitable[Endpoint]]
    account: str

    def connect(self) -> None:
        """Go for the gateway and stay with it."""
        self.session.start(self.locate, self.market.hear, account=self.account)
        self.absence.start()
        self.schedule.start()
        self.jobs.start()
        self.own_indicators.start()

    async def switch_gateway(self, profile: str) -> None:
        """Leave the gateway there is and stay with that of a profile; raise UserError when there is no such profile."""
        child, locate, account = _gateway(self.settings.current, profile, None, self.data_dir, None, may_restart=True)
        await self.session.stop()
        await self.facts.settle()
        if self.child is not None:
            await self.child.stop()
        self.child, self.locate, self.account = child, locate, account
        self.restart.expect(_restart_of(self.settings.current, profile))
        self.session.start(self.locate, self.market.hear, account=self.account)

    async def reset_practice(self) -> None:
        """Give the practice account its first cash back, without orders or positions; raise UserError elsewhere."""
        if self.child is None:
            raise UserError("Only the practice account can be reset; this one belongs to a broker.")
        account = self.session.view.account
        await self.child.control(do="reset")
        await self.session.begin_anew()
        await self.portfolio.begin_anew(account)

    async def close(self) -> None:
        """Leave in the reverse order; orders that work stay at the broker."""
        await self.session.stop()
        await self.facts.settle()
        await self.tasks.close()
        await self.renderer.close()
        self.own_indicators.close()
        await self.store.close()
        if self.child is not None:
            await self.child.stop()


async def build(
    data_dir: Path,
    *,
    profile: str | None = None,
    seed: int | None = None,
    may_restart: bool = True,
    gateway: Endpoint | None = None,
) -> Core:
    """Build the core for a data directory that this process holds; raise UserError when it cannot be."""
    settings = SettingsFile(data_dir)
    found = _gateway(settings.current, profile, gateway, data_dir, seed, may_restart)
    store = await Store.open(data_dir / DATABASE)
    try:
        core = await _assembled(data_dir, settings, store, *found)
    except BaseException:
        await store.close()
        raise
    if gateway is None:
        core.restart.expect(_restart_of(settings.current, profile))
    return core


async def _assembled(
    data_dir: Path,
    settings: SettingsFile,
    store: Store,
    child: PracticeChild | None,
    locate: Callable[[], Awaitable[Endpoint]],
    account: str,
) -> Core:
    bus, clock, tasks = Bus(), Clock(), Tasks()
    facts = Facts(store.journal, bus, tasks)
    await facts.load()
    await _recover(facts, clock)
    await plant(facts, clock, resource("prompts"))
    today = clock.now().date()
    calendar = await asyncio.to_thread(open_calendar, EXCHANGE, CALENDAR_FROM, today + timedelta(days=90))
    orders, data = IbOrderChannel(tasks), IbDataChannel(tasks, clock, calendar)
    watch = OrderWatch(facts, clock, bus)
    session = Session(orders, data, facts, watch, Reconciler(facts, watch, clock), bus, clock, tasks)
    market = Market(data, store.bars, calendar, open_calendar, session, facts, bus, clock, tasks)
    portfolio = Portfolio(facts, market, calendar, bus, clock)
    snapshots = Snapshots(facts, portfolio, calendar, session, clock)
    limits, restart = risk_limits(settings.current.limits), DailyRestart(bus, clock)
    situations = Situations(facts, session, restart, market, portfolio, limits, clock)
    desk = Desk(orders, facts, session, situations, bus, clock, tasks)
    lots = Lots(facts, situations, session)
    protection = Protection(facts, lots, desk, session, bus, clock, tasks)
    closing = Closing(lots, protection, market, situations, desk)
    splits = Splits(facts, lots, desk, market, bus, tasks)
    signal_orders = SignalOrders(facts, market, situations, desk, closing, splits, clock)
    painter, renderer = OffscreenPainter(), PromptRenderer()
    prompts = prompt_room(facts, store.prompts, store.readings, renderer, market, painter, bus, clock)
    model, texts = ModelClient(clock), prompts.texts
    charts = ChartInputs(painter, clock)
    readings = analyst_room(facts, market, model, SystemVault(), texts, store.readings, PRESETS, charts, clock, tasks)
    prompts.trials.reader = readings.analyst
    opinions = Opinions(facts, market, charts, readings.analyst, bus, clock)
    longest = lambda: float(settings.current.run_timeout_s)  # noqa: E731  a change counts from the next run on
    runs = Runs(facts, market, calendar, signal_orders, opinions, to_json, clock, longest)
    batches = Batches(runs, bus, tasks)
    inbox, outcomes = Inbox(facts, clock), Outcomes(facts, market, calendar, clock)
    jobs = Jobs(bus, clock, tasks)
    _add_jobs(jobs, inbox, outcomes, store, calendar, clock)
    jobs.add("snapshot", "Portfolio snapshot", after_close(calendar, SNAPSHOT_AFTER), snapshots.take)
    jobs.add("performance", "Prompt performance", after_close(calendar, timedelta(hours=2)), prompts.performance.work)
    schedule = Schedule(facts, batches, session, CronTable(), calendar, bus, clock, tasks)
    own = OwnIndicators(data_dir / FOLDER, facts, bus, clock, tasks)
    return Core(
        data_dir=data_dir,
        settings=settings,
        bus=bus,
        clock=clock,
        tasks=tasks,
        store=store,
        facts=facts,
        session=session,
        restart=restart,
        absence=Absence(bus, clock, tasks),
        market=market,
        portfolio=portfolio,
        snapshots=snapshots,
        doctor=new_doctor(tasks, clock),
        track=TrackRecord(facts, portfolio, snapshots, calendar, clock),
        situations=situations,
        limits=LimitBook(facts, settings, situations, clock),
        desk=desk,
        closing=closing,
        turning=Turning(closing, desk, facts, session, market),
        flatten=Flatten(orders, facts, session, desk, closing),
        runs=runs,
        run_files=RunFiles(store.lineage, store.readings, store.bulk, to_json),
        opinions=opinions,
        surveys=Surveys(market, situations, portfolio, session),
        own_indicators=own,
        studies=Studies(own, OwnColumns(bus, clock, tasks)),
        schedule=schedule,
        batches=batches,
        inbox=inbox,
        outcomes=outcomes,
        jobs=jobs,
        guard=Guard(facts, situations, desk, bus, clock, tasks),
        splits=splits,
        fees=Fees(facts, portfolio, bus, clock, tasks),
        strangers=Strangers(facts, session, bus, tasks),
        trimming=Trimming(facts, lots, protection, desk, market, session, bus, tasks),
        painter=painter,
        prompts=prompts,
        readings=readings,
        renderer=renderer,
        child=child,
        locate=locate,
        account=account,
    )


def _add_jobs(
    jobs: Jobs, inbox: Inbox, outcomes: Outcomes, store: Store, calendar: ExchangeCalendar, clock: Clock
) -> None:
    """Add what runs by itself, each with the times it is due."""

    async def forget() -> str:
        count = await store.bulk.forget_before(clock.now() - RETENTION)
        return f"{count} pictures, prompts and inputs older than {RETENTION.days} days were deleted."

    jobs.add("signals", "Signal expiry", every(timedelta(seconds=10)), inbox.pass_time)
    jobs.add("outcomes", "Outcomes of signals", after_close(calendar), outcomes.find)
    jobs.add("retention", "Retention of bulk data", every(timedelta(days=1)), forget)


def _gateway(
    settings: Settings,
    profile: str | None,
    gateway: Endpoint | None,
    data_dir: Path,
    seed: int | None,
    may_restart: bool,
) -> tuple[PracticeChild | None, Callable[[], Awaitable[Endpoint]], str]:
    """Return the child, if it is ours to run, how to find the gateway, and the account wanted there."""
    name = profile or settings.profile
    if gateway is None and name == "practice":
        child = PracticeChild(data_dir, seed=seed, may_restart=may_restart)
        return child, child.locate, ""
    if gateway is None and name not in settings.profiles:
        known = ", ".join(["practice", *settings.profiles])
        raise UserError(f"There is no gateway profile {name}; there are: {known}. Add it to settings.json.")
    account = "" if gateway else settings.profiles[name].account
    endpoint = gateway or _endpoint(settings, name)

    async def locate() -> Endpoint:
        return endpoint

    return None, locate, account


def _endpoint(settings: Settings, name: str) -> Endpoint:
    chosen = settings.profiles[name]
    return Endpoint(chosen.host, chosen.port, chosen.client_id, chosen.client_id + 1)


def _restart_of(settings: Settings, profile: str | None) -> str:
    known = settings.profiles.get(profile or settings.profile)
    return known.restart if known is not None else ""


async def _recover(facts: Facts, clock: Clock) -> None:
    """After a crash: what was on its way is for the broker to tell, and a run that was cut off says so."""
    now = clock.now()
    doubtful = (OrderState.INTENDED, OrderState.SENT)
    reason = "Tapeline ended before the broker answered; checking."
    events: list[OrderVerifying | RunFinished | StrategySaved] = [
        OrderVerifying(at=now, ref=order.ref, reason=reason)
        for order in facts.state.orders.values()
        if order.state in doubtful
    ]
    for run in facts.state.runs.values():
        if run.status is RunStatus.RUNNING:
            took = (now - run.started).total_seconds() * 1000
            why = "Tapeline ended during this run."
            events.append(RunFinished(at=now, run=run.id, status=RunStatus.INTERRUPTED, reason=why, duration_ms=took))
    if not facts.state.strategies and not facts.state.retired:
        events.append(StrategySaved(at=now, strategy=SAMPLE))
    if events:
        await facts.enter(*events)


def new_doctor(tasks: Tasks, clock: Clock) -> Doctor:
    """Return a doctor with channels of its own."""
    looking, data = IbOrderChannel(tasks), IbDataChannel(tasks, clock, None)
    return Doctor(looking, data, lambda at: (at - clock.now()).total_seconds())


async def examine(data_dir: Path, *, profile: str | None, gateway: Endpoint | None) -> tuple[Rung, ...]:
    """Return what the connection doctor finds for a data directory, changing nothing in it."""
    clock, tasks = Clock(), Tasks()
    settings = SettingsFile(data_dir, may_write=False).current
    name = profile or settings.profile
    chosen = gateway
    if chosen is None and name == "practice":
        chosen = running_practice(data_dir)
    elif chosen is None:
        _, locate, _ = _gateway(settings, profile, None, data_dir, None, may_restart=False)
        chosen = await locate()
    symbols = settings.watchlists.get(settings.watchlist, ())
    try:
        doctor = new_doctor(tasks, clock)
        held = chosen is not None and await has_window(data_dir)
        ours = frozenset({chosen.orders_client, chosen.data_client}) if chosen and held else frozenset[int]()
        shown = PRACTICE if name == "practice" else name
        return await doctor.examine(chosen, shown, symbols=symbols, ours=ours)
    finally:
        await tasks.close()
