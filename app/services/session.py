"""The session: from offline to ready and back, over two connections, with its own heartbeat and back-off."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from app.domain import events as ev
from app.domain.broker import (
    BarsReport,
    DataNews,
    Endpoint,
    Farm,
    FarmReport,
    Greeting,
    LinkReport,
    LinkState,
    Message,
    account_class,
)
from app.domain.errors import ClientIdTaken, ReadOnlyApi, Retryable, TapelineError, UserError
from app.domain.orders import OrderState
from app.domain.quotes import Quote
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from app.services.knock import answers
from app.services.matching import Match, MatchRow
from app.services.ports import DataChannel, OrderChannel
from app.services.pulse import Pulse
from app.services.reconcile import Reconciler
from app.services.session_view import SessionState as SessionState
from app.services.session_view import SessionView as SessionView
from app.services.session_view import many_differences, silence_at, why_no_account
from app.services.watch import OrderWatch

log = logging.getLogger(__name__)
BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
HEARTBEAT_S = 1.5
MATCH_EVERY_S = 30.0
MATCH_DIFFERENT_S = 5.0
LOOK_AGAIN_S = 1.0
GREETING_S = 2.0
ID_FREED_S = 120.0
SLEPT_S = 20.0
TRIED_LONG_S = 4.0
"""So much wall time between two beats is more than two silent heartbeats and a busy machine explain."""
ARMING_PHRASE = "I trade real money"


class Session:
    """Keeps the two channels connected to wherever `locate` says the gateway is."""

    def __init__(
        self,
        orders: OrderChannel,
        data: DataChannel,
        facts: Facts,
        watch: OrderWatch,
        reconciler: Reconciler,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._orders = orders
        self._data = data
        self._facts = facts
        self._watch = watch
        self._reconciler = reconciler
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._wanted_account = ""
        self._wake = asyncio.Event()
        self._is_lost = False
        self._is_cut = False
        self._has_to_match = False
        self._looked_at = clock.now()
        self._waiting: list[asyncio.Future[None]] = []
        self._failures = 0
        self._last_failure = ""
        self._taken_since: float | None = None
        self.pulse = Pulse(clock)
        """When the gateway answered last, and when it is tried again."""
        self._view = SessionView()
        self._running: asyncio.Task[None] | None = None
        self._stop_hearing: list[Callable[[], None]] = []
        self.last_match: Match | None = None
        """The newest match, line by line; each is published on the bus."""

    @property
    def view(self) -> SessionView:
        """What is true of the session now; each change is published on the bus."""
        return self._view

    def start(
        self,
        locate: Callable[[], Awaitable[Endpoint]],
        hear_quote: Callable[[Quote], None],
        *,
        account: str = "",
    ) -> None:
        """Connect and stay connected until `stop`."""
        self._wanted_account = account
        self._show(is_wanted=True)
        self._orders.listen(self._watch.hear)
        self._data.listen(hear_quote, self._data_news)
        self._stop_hearing = [self._bus.on(LinkReport, self._link_news), self._bus.on(FarmReport, self._farm_news)]
        self._running = self._tasks.spawn(self._stay_connected(locate), name="session", is_vital=True)

    async def stop(self) -> None:
        """Close both channels and stay offline; a live account has to be armed anew afterwards."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self._running = None
        while self._stop_hearing:
            self._stop_hearing.pop()()
        await self._close_channels()
        self._doubt_unanswered()
        self.pulse.rests()
        self._show(state=SessionState.OFFLINE, why="Disconnected.", is_wanted=False, is_armed=False)

    async def ready(self, timeout_s: float = 30.0, *, tries: int | None = None) -> SessionView:
        """Return once orders may leave; raise UserError with what hinders it.

        That is after `timeout_s`, or with `tries` once so many have failed, or one that took TRIED_LONG_S.
        """
        changed, began = asyncio.Event(), self._clock.monotonic()
        stop = self._bus.on(SessionView, lambda view: changed.set())
        try:
            async with asyncio.timeout(timeout_s):
                while not self._view.is_ready:
                    is_long = self._clock.monotonic() - began >= TRIED_LONG_S
                    if tries is not None and self._failures >= (1 if is_long else tries):
                        raise UserError(self._last_failure)
                    await changed.wait()
                    changed.clear()
        except TimeoutError as error:
            why = self._last_failure or self._view.why
            raise UserError(f"The gateway was not ready after {timeout_s:g} s: {why}") from error
        finally:
            stop()
        return self._view

    def arm(self, typed: str) -> None:
        """Let a live account trade for this session; raise UserError unless the phrase is typed exactly."""
        if typed.strip() != ARMING_PHRASE:
            raise UserError(f"To trade a live account type “{ARMING_PHRASE}”; nothing was armed.")
        self._show(is_armed=True)

    def match_again(self) -> None:
        """Have the ledger matched with the broker as soon as possible."""
        self._has_to_match = True
        self._wake.set()

    def check_awake(self) -> None:
        """Close the gate until the next match when the machine slept, or its clock jumped, since it was last asked."""
        now = self._clock.now()
        gap_s, self._looked_at = (now - self._looked_at).total_seconds(), now
        if abs(gap_s) > SLEPT_S and self._view.is_ready:
            why = f"The machine slept or its clock jumped by {gap_s:.0f} s: checking orders with the broker."
            log.warning("%s", why)
            self._show(state=SessionState.SYNCING, why=why)
            self.match_again()

    async def matched(self, timeout_s: float) -> None:
        """Return once a look that began after this was asked for is done; raise Retryable when it takes too long."""
        looked: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(looked)
        self.match_again()
        try:
            async with asyncio.timeout(timeout_s):
                await looked
        except TimeoutError as error:
            raise Retryable(f"The broker was not asked within {timeout_s:g} s: {self._view.why}") from error
        finally:
            looked.cancel()

    async def adopt(self, row: MatchRow) -> None:
        """Have the ledger take over what the broker holds where a position differs, and match again."""
        await self._reconciler.adopt_row(row, self._view.account)
        self.match_again()

    async def set_aside(self, row: MatchRow) -> None:
        """Let a difference be until it moves or the connection is made anew, and match again."""
        await self._reconciler.set_aside(row)
        self.match_again()

    async def begin_anew(self) -> None:
        """Have the ledger forget what the practice account held, and match it."""
        await self._reconciler.begin_anew(self._view.account)
        self.match_again()

    async def _stay_connected(self, locate: Callable[[], Awaitable[Endpoint]]) -> None:
        while True:
            try:
                self._is_lost = self._is_cut = False
                await self._connect(await locate())
                await self._keep()
            except TapelineError as error:
                log.warning("%s", error)
                self._failed(self._explained(error))
            except Exception as error:  # nobody else would ever connect again
                log.exception("the session failed")
                self._failed(f"Tapeline failed while it was connected ({error!r}); it connects again, see the log.")
            await self._close_channels()
            self._doubt_unanswered()
            pause = BACK_OFF_S[min(self._failures, len(BACK_OFF_S)) - 1] if self._failures else BACK_OFF_S[0]
            await self._wait_for_return(pause)

    def _explained(self, error: TapelineError) -> str:
        """Return why an attempt failed; an id in use may be an old connection's, which the gateway still closes."""
        if not isinstance(error, ClientIdTaken):
            self._taken_since = None
            return str(error)
        now = self._clock.monotonic()
        self._taken_since = now if self._taken_since is None else self._taken_since
        if now - self._taken_since >= ID_FREED_S:
            return str(error)
        return f"{error} It may be an old connection that is still closing: the same id is tried for two minutes."

    def _failed(self, why: str) -> None:
        self._failures += 1
        self._last_failure = why
        self._show(state=SessionState.OFFLINE, why=why)

    async def _wait_for_return(self, pause_s: float) -> None:
        """Wait before the next attempt, shorter when a port that nobody listened at is listened at again."""
        endpoint, until = self._view.endpoint, self._clock.monotonic() + pause_s
        was_silent = False
        self.pulse.waits(pause_s)
        while (left := until - self._clock.monotonic()) > 0:
            await asyncio.sleep(min(left, LOOK_AGAIN_S))
            is_silent = endpoint is None or not await answers(endpoint.host, endpoint.port)
            if was_silent and not is_silent:
                return
            was_silent = was_silent or is_silent

    async def _connect(self, endpoint: Endpoint) -> None:
        where = f"{endpoint.host}:{endpoint.port}"
        self._show(state=SessionState.CONNECTING, why=f"Connecting to {where}.", endpoint=endpoint)
        self.pulse.rests()
        hint = asyncio.get_running_loop().call_later(GREETING_S, self._tell_silence, where)
        try:
            greeting = await self._orders.open(endpoint)
            await self._data.open(endpoint)
        finally:
            hint.cancel()
        self.pulse.answered()
        self._clock.set_market(greeting.server_time)
        self._welcome(greeting)
        await self._orders.follow_account(self._view.account)
        await self._match()

    def _tell_silence(self, where: str) -> None:
        self._show(why=silence_at(where))

    def _welcome(self, greeting: Greeting) -> None:
        account = self._wanted_account = self._choose(greeting.accounts)  # no other is taken when it vanishes
        self._watch.account = account
        self._reconciler.forget_set_aside()
        kept = self._view.is_armed and account == self._view.account
        self._show(
            state=SessionState.SYNCING,
            why="Checking orders, executions and positions with the broker.",
            account=account,
            accounts=greeting.accounts,
            account_class=account_class(account),
            server_version=greeting.server_version,
            is_armed=kept,
            is_market_farm_up=True,
            is_history_farm_up=True,
        )

    def _choose(self, accounts: tuple[str, ...]) -> str:
        if why := why_no_account(self._wanted_account, accounts):
            raise UserError(why)
        return self._wanted_account or accounts[0]

    async def _match(self) -> None:
        """Match with the broker; ready afterwards, unless something came between that asks for another look."""
        self._has_to_match = False
        waiting, self._waiting = self._waiting, []
        try:
            match = await self._reconciler.match(self._orders, self._view.account)
        except ReadOnlyApi as error:
            self._waiting += waiting
            self._failures = 0
            self._show(state=SessionState.DEGRADED, why=str(error), is_read_only=True)
            return
        except BaseException:
            self._waiting += waiting
            raise
        if self._is_lost:
            raise Retryable("The connection was lost while orders were being checked.")
        if self._is_cut or self._has_to_match:
            self._waiting += waiting
            self._has_to_match = True
            return
        self._failures, self._last_failure = 0, ""
        differences = match.differences
        open_ = many_differences(len(differences))
        why = f"{open_} with the broker: automatic trading waits." if differences else "Ready."
        self._show(state=SessionState.READY, why=why, differences=differences, is_read_only=False)
        self.last_match = match
        self._bus.publish(match)
        for looked in waiting:
            if not looked.done():
                looked.set_result(None)

    async def _keep(self) -> None:
        """Beat, and match from time to time, until the connection is lost."""
        matched_at = self._clock.monotonic()
        while not self._is_lost:
            self.check_awake()
            await self._beat()
            if not self._is_cut and (self._has_to_match or self._is_match_due(matched_at)):
                await self._match()
                matched_at = self._clock.monotonic()
            await self._pause()

    def _is_match_due(self, matched_at: float) -> bool:
        has_doubt = self._reconciler.has_unresolved(self._view.account)
        is_waited_for = self._view.differences or self._view.is_read_only
        every_s = MATCH_DIFFERENT_S if is_waited_for else MATCH_EVERY_S
        return has_doubt or self._clock.monotonic() - matched_at >= every_s

    async def _beat(self) -> None:
        try:
            times = await self._heartbeats()
        except Retryable:
            times = await self._heartbeats()
        self.pulse.answered()
        self._clock.set_market(times[0])

    async def _heartbeats(self) -> tuple[datetime, datetime]:
        return await asyncio.gather(self._orders.heartbeat(), self._data.heartbeat())

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S):
                await self._wake.wait()
        self._wake.clear()

    def _data_news(self, news: DataNews) -> None:
        if isinstance(news, FarmReport):
            self._farm_news(news)
        elif isinstance(news, Message | BarsReport):
            self._bus.publish(news)
        elif news.state is LinkState.DOWN:
            self._link_news(news)

    def _link_news(self, news: LinkReport) -> None:
        match news.state:
            case LinkState.DOWN:
                if self._view.state is not SessionState.OFFLINE:
                    self._show(state=SessionState.OFFLINE, why=news.why or "The connection was lost.")
                self._is_lost = True
                self._wake.set()
            case LinkState.BROKER_LOST:
                self._is_cut = True
                why = "The gateway lost its connection to the broker; it restores it by itself."
                self._show(state=SessionState.DEGRADED, why=why)
            case LinkState.BROKER_BACK | LinkState.BROKER_BACK_DATA_LOST:
                self._is_cut = False
                self._show(state=SessionState.SYNCING, why="Back: checking orders with the broker.")
                self.match_again()
            case LinkState.UP:
                pass

    def _farm_news(self, news: FarmReport) -> None:
        if news.farm is Farm.MARKET:
            self._show(is_market_farm_up=news.is_up)
        else:
            self._show(is_history_farm_up=news.is_up)

    def _doubt_unanswered(self) -> None:
        """What was on its way when the connection went is for the broker to tell."""
        now = self._clock.now()
        for order in self._facts.state.orders.values():
            is_asked = order.state is OrderState.SENT or order.change_asked is not None
            if is_asked and order.account == self._view.account:
                reason = "The connection was lost before the broker answered; checking."
                self._facts.post(ev.OrderVerifying(at=now, ref=order.ref, reason=reason))

    async def _close_channels(self) -> None:
        await asyncio.gather(self._orders.close(), self._data.close())

    def _show(self, **changes: object) -> None:
        view = replace(self._view, **changes)  # type: ignore[arg-type]
        if view != self._view:
            self._view = view
            self._bus.publish(view)
