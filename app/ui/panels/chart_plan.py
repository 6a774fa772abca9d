"""The order being written in the ticket as lines on a chart: dashed, with what they would bring, to be dragged."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain.bars import Bars
from app.domain.instruments import Instrument
from app.ui.charts.lineage.values import RiskBand
from app.ui.charts.orders.terms import Terms
from app.ui.charts.values import Mark, MarkKind, MarkState
from app.ui.selection import Plan
from app.ui.widgets.format import money, number, quantity

KEY = "plan."
"""What the keys of planned lines begin with; the field of the ticket follows."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The lines of a plan on one chart: marks to draw, terms to drag them by, and the band of what is risked."""

    marks: tuple[Mark, ...] = ()
    terms: tuple[Terms, ...] = ()
    bands: tuple[RiskBand, ...] = ()


def planned(plan: Plan | None, instrument: Instrument, bars: Bars, atr: float | None) -> Planned:
    """Return the lines of a plan, none where it is another instrument's or there are no bars."""
    if plan is None or plan.con_id != instrument.con_id or not len(bars):
        return Planned()
    last = float(bars.close[-1])
    terms = tuple(
        _terms(plan, instrument, name, price, last, atr)
        for name, price in (("price", plan.entry), ("stop", plan.stop), ("target", plan.target))
        if price is not None
    )
    marks = tuple(
        Mark(one.key, MarkKind.ORDER, one.price, _label(plan, one), one.side, MarkState.INTENDED) for one in terms
    )
    return Planned(marks, terms, _bands(plan, last, float(bars.time[-1])))


def field_of(key: str) -> str:
    """Return the ticket's field that a line's key names, empty for an order's."""
    return key.removeprefix(KEY) if key.startswith(KEY) else ""


def _terms(plan: Plan, instrument: Instrument, name: str, price: Decimal, last: float, atr: float | None) -> Terms:
    is_entry = name == "price"
    entry = float(plan.entry) if plan.entry is not None else last
    return Terms(
        key=KEY + name,
        side=plan.side if is_entry else plan.side.opposite,
        quantity=float(plan.quantity or 0),
        price=float(price),
        tick=float(instrument.tick_at(price)),
        decimals=instrument.decimals,
        reference=last if is_entry else entry,
        holds=plan.side,
        worth=float(instrument.multiplier) / instrument.price_magnifier,
        currency=instrument.currency,
        risk=(abs(entry - float(plan.stop)) or None) if plan.stop is not None else None,
        atr=atr,
        can_cancel=False,
        can_edit=False,
    )


def _label(plan: Plan, terms: Terms) -> str:
    """Say what a line is, and what the bracket's ends would bring."""
    name = field_of(terms.key)
    if name == "price":
        count = f" {quantity(plan.quantity)}" if plan.quantity is not None else ""
        return f"{plan.side.capitalize()}{count} · planned"
    gain = (terms.price - (terms.reference or terms.price)) * plan.side.sign
    worth = money(gain * terms.quantity * terms.worth, terms.currency, signed=True)
    risked = f" · {number(gain / terms.risk, 2, signed=True)} R" if terms.risk else ""
    return f"{name.capitalize()} · {worth}{risked}"


def _bands(plan: Plan, last: float, since: float) -> tuple[RiskBand, ...]:
    if plan.stop is None:
        return ()
    entry = float(plan.entry) if plan.entry is not None else last
    targets = (float(plan.target),) if plan.target is not None else ()
    return (RiskBand("plan", since, entry, float(plan.stop), targets),)
