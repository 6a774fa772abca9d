"""What is selected: one instrument a link group; a panel that follows a group shows what the group shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from PySide6.QtCore import QObject, Signal

from app.domain.instruments import ConId, Instrument
from app.domain.orders import Side

MAIN_GROUP = 1
"""The group that every panel of the first layout follows."""


@dataclass(frozen=True, slots=True)
class Plan:
    """An order as it is being written: nothing is sent before it is reviewed and confirmed."""

    con_id: ConId
    side: Side
    quantity: Decimal | None
    entry: Decimal | None
    stop: Decimal | None = None
    target: Decimal | None = None


class Selection(QObject):
    """Instruments by link group; also which order, fill, position or signal the lineage is asked about."""

    picked = Signal(int, object)
    """A link group and the instrument it shows from now on."""
    traced = Signal(str)
    """The id of a run, signal, order, fill or position whose chain is wanted."""
    price_wanted = Signal(object, str)
    """A price (float or None) and a side (BUY or SELL) for which the ticket is wanted."""
    copy_wanted = Signal(object)
    """An order whose terms are wanted in the ticket again."""
    approval_wanted = Signal(str)
    """The id of a signal that a person wants to trade: the ticket shows its reviewed order."""

    study_wanted = Signal(int, str, object)
    """A link group, the name of an indicator and its settings: the group's chart puts it on."""

    plan_changed = Signal()
    """The order that is being written in the ticket is another; see `plan`."""
    plan_moved = Signal(str, float)
    """A line of the plan was dragged on a chart: the ticket's field (price, stop, target) and the price wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: dict[int, Instrument] = {}
        self.plan: Plan | None = None

    def instrument(self, group: int = MAIN_GROUP) -> Instrument | None:
        """Return what a group shows, None before anything was picked."""
        return self._shown.get(group)

    def pick(self, instrument: Instrument, group: int = MAIN_GROUP) -> None:
        """Show an instrument in every panel of a group."""
        self._shown[group] = instrument
        self.picked.emit(group, instrument)

    def tell_plan(self, plan: Plan | None) -> None:
        """Have charts draw what is planned, or nothing."""
        if plan != self.plan:
            self.plan = plan
            self.plan_changed.emit()

    def trace(self, subject: str) -> None:
        """Ask for the chain that led to something."""
        self.traced.emit(subject)
