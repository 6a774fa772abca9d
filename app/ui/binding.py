"""The window bound to the services: its status bar, its acts, its notices, and how it is left."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import tzinfo
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal, SignalInstance

from app.domain.broker import Message
from app.domain.errors import Fault, TapelineError
from app.domain.events import Filled, OrderReported, TradingState, TradingStateChanged
from app.domain.orders import OrderState
from app.domain.quotes import DataClass
from app.runtime.language import LANGUAGES
from app.services.absence import ClockIsOff, LongAbsence
from app.services.missed import SlotsMissed
from app.services.session import SessionState, SessionView
from app.services.session_view import many_differences
from app.ui.banners import Banners
from app.ui.handles import Handles
from app.ui.layouts import LayoutActs
from app.ui.panels.connection_words import lamps
from app.ui.panels.line_alerts import LineAlerts
from app.ui.selection import MAIN_GROUP
from app.ui.shell_status import StatusText
from app.ui.tray import Tray, app_icon
from app.ui.widgets.format import UNKNOWN, age, price, quantity
from app.ui.widgets.notices import Level, Notice

LAMPS = {
    SessionState.OFFLINE: ("Offline", "danger"),
    SessionState.CONNECTING: ("Connecting", "warn"),
    SessionState.SYNCING: ("Checking orders", "warn"),
    SessionState.READY: ("Ready", "ok"),
    SessionState.DEGRADED: ("Broker unreachable", "danger"),
}
DATA_WORDS = {
    DataClass.LIVE: ("Live data", "ok"),
    DataClass.DELAYED: ("Delayed 15 min", "warn"),
    DataClass.FROZEN: ("Frozen data", "warn"),
    DataClass.DELAYED_FROZEN: ("Delayed, frozen", "warn"),
    DataClass.PRACTICE: ("Practice data", "account.practice"),
}
ENDED_ALREADY = 10148
"""What the broker says to a cancel of an order that has ended meanwhile: the table of orders tells how."""
REFRESH_MS = 500
STALE_S = 5.0
LOSS_AGAIN_S = 600.0


class Binding(QObject):
    """Keeps the shell truthful and carries out what the menus ask for."""

    quit_chosen = Signal()

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.window)
        self._h = handles
        self._was_ready = handles.session.view.is_ready
        self._loss_told: float | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(REFRESH_MS)
        bus = handles.bus
        bus.on(SessionView, self._session_moved)
        bus.on(Fault, lambda fault: self.say(str(fault), Level.ERROR))
        bus.on(Message, self._broker_said)
        for kind in (LongAbsence, ClockIsOff):
            bus.on(kind, lambda told: self.say(str(told), Level.ERROR))
        bus.on(SlotsMissed, self._slots_missed)
        bus.on(Filled, self._filled)
        bus.on(OrderReported, self._order_reported)
        bus.on(TradingStateChanged, self._trading_changed)
        self._bind_acts()
        self._build_the_ticket_when_wanted()
        self.line_alerts = LineAlerts(handles)
        self.layouts = LayoutActs(handles)
        self.banners = Banners(handles)
        self._keep_theme()
        handles.window.setWindowIcon(app_icon())
        self.tray = Tray(handles.window)
        self._keep_language()
        self.refresh()

    def say(self, text: str, level: Level = Level.INFO) -> None:
        """Show one sentence."""
        self._h.window.notify(Notice(text, level, self._h.clock.now()))

    def attempt(self, work: Awaitable[object], name: str) -> None:
        """Do something that may be refused; the refusal is shown in its one sentence."""

        async def tried() -> None:
            try:
                await work
            except TapelineError as error:
                self.say(str(error), Level.WARN)

        self._h.tasks.spawn(tried(), name=name)

    def refresh(self) -> None:
        """Bring the status bar up to date."""
        view = self._h.session.view
        words, token = LAMPS[view.state]
        trading = self._h.facts.state.trading.state
        if view.is_read_only:
            words, token = "Read-only API", "warn"
        elif view.is_ready and trading is not TradingState.ACTIVE:
            words, token = f"Trading {trading.value}", "danger"
        elif view.differences:
            words, token = f"Ready, {many_differences(len(view.differences))}", "warn"
        data, data_token, tick_age = self._data_words()
        text = StatusText(
            session=words,
            session_token=token,
            farms=tuple((lamp.short, lamp.token) for lamp in lamps(view)[1:]),
            account=view.account,
            account_class=view.account_class.value if view.account_class else "",
            data=data,
            data_token=data_token,
            tick_age=tick_age,
            budget=self._budget_words(),
            clock=self._clock_words(),
        )
        self._h.window.show_status(text)
        self._h.window.header.show_halted(trading is TradingState.HALTED)

    def _data_words(self) -> tuple[str, str, str]:
        shown = self._h.selection.instrument(MAIN_GROUP)
        quote = self._h.market.quote(shown.con_id) if shown else None
        old = self._h.market.tick_age_s(shown.con_id) if shown else None
        if quote is None or old is None:
            return "No data", "text.faint", UNKNOWN
        words, token = DATA_WORDS[quote.data_class]
        return (words, token, age(old)) if old <= STALE_S else (f"{words}, stale", "warn", age(old))

    def _budget_words(self) -> str:
        """Say what is used of the history budget, nothing while none of it is."""
        budget = self._h.market.budget
        return f"History {budget.used}/{budget.limit}" if budget.used else ""

    def _clock_words(self) -> str:
        now = self._h.clock.market().astimezone(display_zone(self._h))
        return f"{now:%H:%M:%S} {now.tzname()}"

    def _session_moved(self, view: SessionView) -> None:
        if view.state is SessionState.OFFLINE and self._was_ready:
            self._tell_loss(view.why)
        if view.is_ready and not self._was_ready and view.differences:
            self.say(f"{many_differences(len(view.differences))} with the broker: {view.differences[0]}", Level.WARN)
        self._was_ready = view.is_ready
        self.refresh()

    def _slots_missed(self, told: SlotsMissed) -> None:
        """Tell of scheduled runs that were not done; each is listed in Runs, and one click makes up for them."""
        schedule, strategy = self._h.schedule, told.strategy
        act = lambda: self.attempt(schedule.run_now(strategy), f"run {strategy.name}")  # noqa: E731  what the button does
        text = f"{told.slots[-1].astimezone(display_zone(self._h)):%a %d %b %H:%M}: {told}"
        self._h.window.notify(Notice(text, Level.WARN, self._h.clock.now(), "Run now", act))

    def _tell_loss(self, why: str) -> None:
        """Notify of a loss once in ten minutes, however often it is lost; the banner stands for as long as it lasts."""
        now = self._h.clock.monotonic()
        if self._loss_told is None or now - self._loss_told >= LOSS_AGAIN_S:
            self._loss_told = now
            self.say(why, Level.WARN)

    def _broker_said(self, message: Message) -> None:
        if not message.is_warning and message.code != ENDED_ALREADY:
            self.say(message.text, Level.WARN)

    def _filled(self, fact: Filled) -> None:
        fill = fact.fill
        if fill.ref in self._h.facts.state.orders:
            verb = "Bought" if fill.signed > 0 else "Sold"
            known = self._h.facts.state.instruments.get(fill.con_id)
            written = price(fill.price, known.decimals if known else 2)
            self.say(f"{verb} {quantity(fill.quantity)} {fill.symbol} at {written}.", Level.OK)

    def _order_reported(self, fact: OrderReported) -> None:
        if fact.state in (OrderState.REJECTED, OrderState.INACTIVE):
            order = self._h.facts.state.orders.get(fact.ref)
            name = f"{order.side} {order.quantity} {order.symbol}" if order else "An order"
            self.say(f"{name} was refused: {fact.reason or 'the broker gave no reason'}", Level.ERROR)

    def _trading_changed(self, fact: TradingStateChanged) -> None:
        level = Level.OK if fact.state is TradingState.ACTIVE else Level.ERROR
        self.say(f"Trading is {fact.state.value}. {fact.reason}", level)
        self.refresh()

    def _bind_acts(self) -> None:
        on = self._h.window.actions_.on
        on("buy", lambda: self._h.selection.price_wanted.emit(None, "BUY"))
        on("sell", lambda: self._h.selection.price_wanted.emit(None, "SELL"))
        on("kill_switch", lambda: self._h.desk.halt("Stopped by hand."))
        on("cancel_symbol", self._cancel_symbol)
        on("run_strategies", self._run_strategies)
        on("doctor", lambda: self._h.window.workspace.show("connection"))

    def _build_the_ticket_when_wanted(self) -> None:
        """Build the ticket if nobody has seen it yet, and say again what it is wanted for: it was not there to hear."""
        workspace, built = self._h.window.workspace, set[str]()
        workspace.panel_built.connect(built.add)

        def again(wanted: SignalInstance, *what: object) -> None:
            if "ticket" not in built:
                workspace.panel("ticket")
                wanted.emit(*what)

        selection = self._h.selection
        for wanted in (selection.price_wanted, selection.copy_wanted, selection.approval_wanted):
            wanted.connect(partial(again, wanted))

    def _cancel_symbol(self) -> None:
        shown = self._h.selection.instrument(MAIN_GROUP)
        orders = self._h.facts.state.orders.values()
        for order in orders:
            if shown and order.con_id == shown.con_id and not order.state.is_final and not order.is_foreign:
                self.attempt(self._h.desk.cancel(order.ref, "hand"), "cancel")

    def _run_strategies(self) -> None:
        for strategy in self._h.facts.state.strategies.values():
            self.attempt(self._h.schedule.run_now(strategy), f"run {strategy.name}")

    def _keep_theme(self) -> None:
        theme, settings = self._h.theme, self._h.settings

        def changed() -> None:
            percent = round(theme.scale * 100)
            if (theme.name, percent) != (settings.current.theme, settings.current.scale_percent):
                settings.change(theme=theme.name, scale_percent=percent)

        theme.changed.connect(changed)

    def _keep_language(self) -> None:
        """Bind the two acts of the menu, and keep what was chosen."""
        language, actions, settings = self._h.language, self._h.window.actions_, self._h.settings

        def changed() -> None:
            for code in LANGUAGES:
                actions.action(f"language_{code}").setChecked(code == language.name)
            self._h.window.translate()
            if language.name != settings.current.language:
                settings.change(language=language.name)

        for code in LANGUAGES:
            actions.on(f"language_{code}", partial(self._choose_language, code, changed))
        language.changed.connect(changed)
        changed()

    def _choose_language(self, code: str, mark: Callable[[], None]) -> None:
        self._h.language.set(code)
        mark()  # a menu unchecks the act that was in force already


def display_zone(handles: Handles) -> tzinfo:
    """Return the zone in which times are shown: the exchange's, this machine's, UTC or a named one."""
    setting = handles.settings.current.zone
    if setting == "local":
        return handles.clock.local_zone()
    try:
        return ZoneInfo("America/New_York" if setting == "exchange" else setting)
    except (KeyError, ValueError):
        return ZoneInfo("America/New_York")
