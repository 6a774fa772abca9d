"""What is being written in the ticket, told to the charts once a hand has chosen a price; their lines come back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from PySide6.QtCore import QObject

from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_terms import Entry, Terms, entries_of
from app.ui.panels.watching import at_its_end
from app.ui.selection import Plan, Selection

PRICES = (Entry.PRICE, Entry.STOP, Entry.TARGET)


class TicketPlan(QObject):
    """Ties one form to the plan that charts draw; a price that merely follows the market is no plan."""

    def __init__(self, selection: Selection, form: TicketForm, unlock: Callable[[], object]) -> None:
        """`unlock` is called before a dragged line changes the form: a review must not outlive what it reviewed."""
        super().__init__(form)
        self._selection, self._form, self._unlock = selection, form, unlock
        selection.plan_moved.connect(self._moved)
        at_its_end(form, lambda: selection.tell_plan(None))

    def tell(self) -> None:
        """Tell the charts what is planned as the form stands now."""
        terms = self._form.terms()
        is_chosen = any(self._form.is_touched(entry) for entry in PRICES)
        self._selection.tell_plan(plan_of(terms) if terms is not None and is_chosen else None)

    def _moved(self, name: str, price: float) -> None:
        terms = self._form.terms()
        if terms is None:
            return
        self._unlock()
        self._form.put(Entry(name), terms.instrument.round_to_tick(Decimal(str(price))))
        self.tell()


def plan_of(terms: Terms) -> Plan | None:
    """Return the prices of terms as a chart draws them; None without a price of their own."""
    entry = terms.price.value if Entry.PRICE in entries_of(terms.kind) else None
    stop, target = (terms.stop.value, terms.target.value) if terms.bracketed else (None, None)
    if entry is None and stop is None and target is None:
        return None
    return Plan(terms.instrument.con_id, terms.side, terms.count, entry, stop, target)
