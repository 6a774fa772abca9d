"""Whose share of a position a hand order is against: named on the ticket, chosen where there are several."""

from __future__ import annotations

from app.domain.instruments import Instrument
from app.domain.orders import Side
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.ticket_terms import Lot
from app.ui.widgets.drop_choice import DropChoice
from app.ui.widgets.format import quantity

BY_HAND = ""


class LotChoice(DropChoice):
    """Offers the lots that a side would reduce; hidden while only what was bought by hand is there."""

    def __init__(self, handles: Handles) -> None:
        super().__init__((), name="Lot to reduce")
        self._h = handles
        self._shown: tuple[tuple[str, str], ...] = ()
        self.setToolTip(say("Whose share of the position this order takes off; its stop and target make room first"))
        self.setObjectName("ticket.lot")
        self.hide()

    def lot(self, instrument: Instrument | None, side: Side) -> Lot:
        """Return the lot that an order on a side is against: the chosen one, else the largest, by hand first."""
        if instrument is None:
            return Lot()
        against = [lot for lot in self._lots(instrument) if lot.held * side.sign < 0]
        self._offer(against)
        chosen = str(self.currentData() or BY_HAND)
        return next((lot for lot in against if _key(lot) == chosen), against[0] if against else Lot())

    def _lots(self, instrument: Instrument) -> list[Lot]:
        lots = self._h.closing.lots
        found = [Lot(owner, lots.held(owner, instrument)) for owner in lots.owners(instrument)]
        return sorted(found, key=lambda lot: (lot.owner is not None, -abs(lot.held)))

    def _offer(self, lots: list[Lot]) -> None:
        """Show what there is to choose from; a strategy's lot is named even when it is the only one."""
        options = tuple((_key(lot), _words(lot)) for lot in lots)
        if options != self._shown:
            self._shown, chosen = options, self.currentData()
            self.clear()
            for value, label in options:
                self.addItem(label, value)
            self.setCurrentIndex(max(0, self.findData(chosen)))
        self.setVisible(any(lot.owner is not None for lot in lots))


def _key(lot: Lot) -> str:
    return str(lot.owner.id) if lot.owner else BY_HAND


def _words(lot: Lot) -> str:
    whose = lot.owner.name if lot.owner else "by hand"
    return f"From {quantity(abs(lot.held))} held {whose if lot.owner is None else f'by {whose}'}"
