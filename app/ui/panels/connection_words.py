"""What the session's lamps say: order channel, market data farm and history farm, each by itself. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.broker import HistoryBudget, Priority
from app.services.hours_check import HoursDiffer
from app.services.session import SessionState, SessionView
from app.ui.widgets.format import UNKNOWN, number

ORDERS = {
    SessionState.OFFLINE: ("not connected", "danger"),
    SessionState.CONNECTING: ("connecting", "warn"),
    SessionState.SYNCING: ("checking orders", "warn"),
    SessionState.READY: ("open", "ok"),
    SessionState.DEGRADED: ("broker unreachable", "danger"),
}
QUEUE = {Priority.CHART: "Charts", Priority.STRATEGY: "Strategies", Priority.BACKGROUND: "Background work"}
USUAL_LINES = 100
"""IB: every account begins with so many market data lines."""


@dataclass(frozen=True, slots=True)
class LampText:
    """One lamp: what it stands for, its state in words, and the token of its colour."""

    name: str
    words: str
    token: str

    @property
    def text(self) -> str:
        """Write both."""
        return f"{self.name}: {self.words}"

    @property
    def short(self) -> str:
        """Write the name alone while all is well."""
        return f"{self.name} down" if self.token == "danger" else self.name


def lamps(view: SessionView) -> tuple[LampText, LampText, LampText]:
    """Return the three lamps; a farm says nothing while there is no connection."""
    words, token = ("read-only", "warn") if view.is_read_only else ORDERS[view.state]
    is_up = view.state not in (SessionState.OFFLINE, SessionState.CONNECTING)
    return (
        LampText("Orders", words, token),
        _farm("Market data farm", view.is_market_farm_up, is_up=is_up),
        _farm("History farm", view.is_history_farm_up, is_up=is_up),
    )


def budget_lines(budget: HistoryBudget, lines: int) -> tuple[tuple[str, str], ...]:
    """Return the data budget as captions with their values."""
    queue = dict(budget.queue)
    return (
        ("History requests", f"{number(budget.used)} of {number(budget.limit)} in {round(budget.window_s / 60)} min"),
        ("Being answered", number(budget.running)),
        *((f"{QUEUE[priority]} waiting", number(queue.get(priority, 0))) for priority in Priority),
        ("All answered in", f"about {max(1, round(budget.eta_s))} s" if budget.eta_s else "nothing waits"),
        ("Market data lines", f"{number(lines)} of the usual {USUAL_LINES}"),
    )


def _farm(name: str, is_well: bool, *, is_up: bool) -> LampText:
    if not is_up:
        return LampText(name, UNKNOWN, "text.faint")
    return LampText(name, "up", "ok") if is_well else LampText(name, "down", "danger")


def hours_words(differences: Sequence[HoursDiffer]) -> str:
    """Say how the gateway's hours stand to the calendars of the exchanges; the gateway's are the ones that count."""
    if not differences:
        return "as the calendars have them"
    days = len({(one.con_id, one.day) for one in differences})
    return f"the gateway's count; {days} differ from the calendar, the newest: {differences[-1].told}"
