"""Closing a position by hand: what will happen is shown first, lot by lot, then exactly that is done."""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.orders import Order, limit_price
from app.services.closing import LotClose
from app.ui.handles import Handles
from app.ui.panels.cells import Prices
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.format import quantity


async def close_position(handles: Handles, instrument: Instrument) -> None:
    """Ask with the whole list, then close; raise TapelineError with what hindered it."""
    closes = await handles.closing.propose(instrument)
    refusals = [close.review.why_not for close in closes if not close.review.is_fit]
    if refusals:
        raise UserError(f"{instrument.symbol} cannot be closed now: {' '.join(dict.fromkeys(refusals))}")
    act = Choice("close", act_words(closes), "sell" if _is_sale(closes) else "buy")
    answer = await ask(
        handles.theme,
        handles.window,
        f"Close {instrument.symbol}?",
        question_words(closes),
        [CANCEL, act],
        details="\n".join(lines(handles, closes)),
    )
    if answer == act.id:
        for close in closes:
            await handles.closing.carry_out(close)


def act_words(closes: Sequence[LotClose]) -> str:
    """Return the button's words: exactly what leaves."""
    return ", ".join(_order_words(close) for close in closes)


def question_words(closes: Sequence[LotClose]) -> str:
    """Return in one sentence what will happen first."""
    children = sum(len(close.children) for close in closes)
    warnings = list(dict.fromkeys(text for close in closes for text in close.review.warnings))
    first = (
        f"First the {children} orders that protect it are cancelled; once the broker confirms that, the rest is sent."
        if children
        else "The order leaves as soon as you confirm it."
    )
    return " ".join([first, *warnings])


def lines(handles: Handles, closes: Sequence[LotClose]) -> list[str]:
    """Return what will happen, in order."""
    told, prices = [], Prices(handles)
    for close in closes:
        strategy = close.review.proposal.strategy
        told += [f"Cancel  {_child_words(prices, child)}" for child in close.children]
        told.append(f"{_order_words(close)}  {f'({strategy.name})' if strategy else '(by hand)'}")
    return told


def _is_sale(closes: Sequence[LotClose]) -> bool:
    return closes[0].review.proposal.side.sign < 0


def _order_words(close: LotClose) -> str:
    leg = close.review.intent.entry
    price = limit_price(leg.type)
    how = f"{leg.type.name} {price}" if price is not None else "at market"
    return f"{leg.side.value.title()} {quantity(leg.quantity)} {close.review.intent.symbol} {how}"


def _child_words(prices: Prices, child: Order) -> str:
    price = prices.on_tick(child.stop if child.stop is not None else child.limit, child.con_id)
    return f"{child.role.value} {child.side.value} {quantity(child.remaining)} {child.symbol} at {price}"
