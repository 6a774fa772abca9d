"""What the menus open: connect, disconnect, arm, reset, stop, resume, about; greyed out where it would do nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from app.domain.broker import AccountClass
from app.domain.errors import UserError
from app.domain.events import TradingState, TradingStateChanged
from app.services.flatten import Scope
from app.services.session import SessionState, SessionView
from app.ui.binding import Binding
from app.ui.dialogs.about import about
from app.ui.dialogs.codes import explain_code
from app.ui.dialogs.connect import connect
from app.ui.dialogs.consent import arm_live, reset_practice, resume_trading, stop_trading
from app.ui.dialogs.flatten import flatten
from app.ui.dialogs.limits import limits
from app.ui.dialogs.models import models
from app.ui.handles import Handles
from app.ui.panels.following import follow
from app.ui.selection import MAIN_GROUP
from app.ui.widgets.notices import Level


def bind(handles: Handles, binding: Binding) -> None:
    """Have the menus' acts open their dialogs, and offer each only where it makes sense."""
    _DialogActs(handles, binding)


class _DialogActs:
    """The acts that ask before they do something; one dialog of a kind at a time."""

    def __init__(self, handles: Handles, binding: Binding) -> None:
        self._h, self._binding = handles, binding
        self._open: set[str] = set()
        self._on("connect", self._connect)
        self._on("disconnect", self._disconnect)
        self._on("arm_live", self._arm)
        self._on("reset_practice", self._reset)
        self._on("stop_trading", self._stop)
        self._on("resume_trading", self._resume)
        self._on("flatten", self._flatten)
        self._on("flatten_symbol", self._flatten_symbol)
        self._on("limits", self._limits)
        self._on("models", self._models)
        self._on("codes", self._codes)
        self._on("about", self._about)
        window = handles.window
        window.status.session_clicked.connect(lambda: window.actions_.trigger("connect"))
        follow(window, handles.bus, SessionView, lambda _: self._offer())
        follow(window, handles.bus, TradingStateChanged, lambda _: self._offer())
        self._offer()

    def _on(self, key: str, act: Callable[[], Awaitable[None]]) -> None:
        def triggered() -> None:
            if key not in self._open:
                self._open.add(key)
                self._binding.attempt(whole(), key)

        async def whole() -> None:
            try:
                await act()
            finally:
                self._open.discard(key)

        self._h.window.actions_.on(key, triggered)

    def _offer(self) -> None:
        view, enable = self._h.session.view, self._h.window.actions_.enable
        live = view.account_class is AccountClass.LIVE and view.state is not SessionState.OFFLINE
        enable("disconnect", view.state is not SessionState.OFFLINE, "There is no connection.")
        enable("arm_live", live and not view.is_armed, "Only a live account that is connected is armed, once.")
        practice = view.account_class is AccountClass.PRACTICE and view.is_ready
        enable("reset_practice", practice, "Only the practice account can be reset.")
        active = self._h.facts.state.trading.state is TradingState.ACTIVE
        enable("stop_trading", self._h.facts.state.trading.state is not TradingState.HALTED, "Trading is halted.")
        enable("resume_trading", not active, "Trading is active.")

    async def _connect(self) -> None:
        if await connect(self._h):
            view = self._h.session.view
            kind = f"a {view.account_class} account" if view.account_class else "an account"
            self._binding.say(f"Connected to {view.account}, {kind}.", Level.OK)

    async def _disconnect(self) -> None:
        await self._h.session.stop()
        self._binding.say("Disconnected. Orders that work stay at the broker.")

    async def _arm(self) -> None:
        if await arm_live(self._h):
            self._binding.say(f"{self._h.session.view.account} is armed: orders trade real money.", Level.WARN)

    async def _reset(self) -> None:
        if await reset_practice(self._h):
            self._binding.say("The practice account starts again.", Level.OK)

    async def _stop(self) -> None:
        await stop_trading(self._h)

    async def _resume(self) -> None:
        await resume_trading(self._h)

    async def _flatten(self) -> None:
        await flatten(self._h, Scope(), "the account")

    async def _flatten_symbol(self) -> None:
        shown = self._h.selection.instrument(MAIN_GROUP)
        if shown is None:
            raise UserError("No symbol is chosen; choose the one that is to be flat.")
        await flatten(self._h, Scope(con_id=shown.con_id), shown.symbol)

    async def _limits(self) -> None:
        await limits(self._h)

    async def _models(self) -> None:
        await models(self._h)

    async def _codes(self) -> None:
        explain_code(self._h)

    async def _about(self) -> None:
        await about(self._h)
