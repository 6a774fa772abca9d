"""Reversing and protecting a position by hand: the price is asked where one is needed, the whole act is shown first."""

from __future__ import annotations

from decimal import Decimal

from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.money import Rounding
from app.domain.orders import stop_price
from app.services.desk import Review
from app.services.turning import Reversal
from app.ui.handles import Handles
from app.ui.panels.positions_close import lines, question_words
from app.ui.widgets.ask import CANCEL, Choice, ask, ask_text
from app.ui.widgets.fields import parse_decimal
from app.ui.widgets.format import money, percent, price, quantity
from app.ui.widgets.notices import Level, Notice

SUGGESTED_PERCENT = Decimal(2)
"""How far from the last price a stop is put into the field; what is sent is what stands there in the end."""


async def reverse_position(handles: Handles, instrument: Instrument) -> None:
    """Ask with the whole list, then turn the position; raise TapelineError with what hindered it."""
    reversal = await handles.turning.propose_reversal(instrument)
    if reversal.why_not:
        raise UserError(f"{instrument.symbol} cannot be reversed now: {reversal.why_not}")
    act = Choice("reverse", reverse_words(reversal), "sell" if reversal.side.sign < 0 else "buy")
    answer = await ask(
        handles.theme,
        handles.window,
        f"Reverse {instrument.symbol}?",
        f"{question_words(reversal.closes)} Once the broker proves that it is flat, the other side is opened through "
        "every gate; it has no stop until you protect it.",
        [CANCEL, act],
        details="\n".join([*lines(handles, reversal.closes), f"Then    {_opening_words(reversal)}"]),
    )
    if answer == act.id:
        await handles.turning.reverse(reversal)
        handles.window.notify(
            Notice(f"{instrument.symbol} is turned; protect it with a stop.", Level.WARN, handles.clock.now())
        )


async def protect_position(handles: Handles, instrument: Instrument) -> None:
    """Ask for the stop, show what it means, and send it; raise TapelineError with what hindered it."""
    handles.turning.unguarded(instrument)
    typed = await ask_text(
        handles.theme,
        handles.window,
        f"Protect {instrument.symbol} with a stop",
        f"At which price? It works until cancelled (GTC). {SUGGESTED_PERCENT} % from the last price is filled in.",
        Choice("review", "Review the stop", "primary"),
        initial=_suggested(handles, instrument),
    )
    if typed is None:
        return
    wanted = parse_decimal(typed)
    if wanted is None or wanted <= 0:
        raise UserError(f"A price above 0 was expected for the stop, “{typed}” was found; nothing was sent.")
    reviews = await handles.turning.propose_guard(instrument, wanted)
    refusals = dict.fromkeys(review.why_not for review in reviews if not review.is_fit)
    if refusals:
        raise UserError(f"{instrument.symbol} cannot be protected now: {' '.join(refusals)}")
    act = Choice("protect", ", ".join(_stop_words(review) for review in reviews), "primary")
    details = "\n".join(_cost_words(handles, review) for review in reviews)
    question = "The stop leaves as soon as you confirm it, and works at the broker until it fills or is cancelled."
    warnings = " ".join(dict.fromkeys(text for review in reviews for text in review.warnings))
    answer = await ask(
        handles.theme,
        handles.window,
        f"Protect {instrument.symbol}?",
        f"{question} {warnings}".strip(),
        [CANCEL, act],
        details=details,
    )
    if answer == act.id:
        await handles.turning.guard(reviews)


def reverse_words(reversal: Reversal) -> str:
    """Return the button's words: what is closed and what is opened."""
    verb, now = ("Sell", "short") if reversal.side.sign < 0 else ("Buy", "long")
    symbol, size = reversal.instrument.symbol, quantity(reversal.quantity)
    return f"{verb} {size} {symbol}, then {verb.lower()} {size} more: {size} {now}"


def _opening_words(reversal: Reversal) -> str:
    size = f"{quantity(reversal.quantity)} {reversal.instrument.symbol}"
    return f"{reversal.side.value.title()} {size} at market  (by hand)"


def _stop_words(review: Review) -> str:
    leg = review.intent.entry
    return f"{leg.side.value.title()} {quantity(leg.quantity)} {review.intent.symbol} stop {stop_price(leg.type)}"


def _cost_words(handles: Handles, review: Review) -> str:
    leg, instrument = review.intent.entry, review.proposal.instrument
    owner = review.proposal.strategy.name if review.proposal.strategy else "by hand"
    stop, quote = stop_price(leg.type), handles.market.quote(instrument.con_id)
    words = f"{_stop_words(review)} GTC  ({owner})"
    if stop is None or quote is None or not quote.last:
        return words
    last = Decimal(str(quote.last))
    lost = instrument.value(abs(last - stop), leg.quantity)
    away = percent(abs(last - stop) / last, signed=False)
    at, risked = price(last, instrument.decimals), money(lost, instrument.currency)
    return f"{words}\n{away} from the last price {at}; {risked} from here to the stop"


def _suggested(handles: Handles, instrument: Instrument) -> str:
    quote = handles.market.quote(instrument.con_id)
    position = handles.facts.state.position(handles.session.view.account, instrument.con_id)
    if quote is None or not quote.last or position is None:
        return ""
    stop = suggested_stop(instrument, Decimal(str(quote.last)), 1 if position.quantity > 0 else -1)
    return f"{stop:f}" if stop > 0 else ""


def suggested_stop(instrument: Instrument, last: Decimal, side: int) -> Decimal:
    """Return a stop on the tick that lies beyond the last price, away from it: below for a long, above for a short."""
    away = last * (1 - side * SUGGESTED_PERCENT / 100)
    return instrument.round_to_tick(away, Rounding.DOWN if side > 0 else Rounding.UP)
