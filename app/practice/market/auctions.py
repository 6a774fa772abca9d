"""The auctions that open and close a session: when they gather, and what they show before they end.

The opening auction ends with the first price of the day's bar and the closing auction with the last one. In the always
open market there is a closing auction only: nothing was closed before.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.market.draws import key_of, uniforms
from app.practice.market.tape import Tape

OPENING_GATHERS, CLOSING_GATHERS = 1800.0, 600.0
_STREAM = 32
_LARGEST_SHARE = 0.08


@dataclass(frozen=True, slots=True)
class Auction:
    """What an auction shows: paired volume, indicative price, and how much more is bought (above 0) or sold."""

    is_opening: bool
    ends_at: float
    volume: int
    price: float
    imbalance: int


def auction_at(tape: Tape, at: float) -> Auction | None:
    """Return the auction that gathers at a moment, None between auctions and while trading is halted."""
    at = tape.alive_at(at)
    session = tape.hours.session_of(at)
    opens, closes = tape.window(session)
    is_opening = at < opens
    ends_at, gathers = (opens, OPENING_GATHERS) if is_opening else (closes, CLOSING_GATHERS)
    if not ends_at - gathers <= at < ends_at or tape.timeline.is_halted(at):
        return None
    tick = tape.last_tick(at)
    usual = tape.bar(tape.hours.previous_session(session))
    part, tilt = uniforms(key_of(_STREAM, tape.contract.con_id, session.toordinal(), is_opening), 2).tolist()
    gathered = 1.0 - (ends_at - at) / gathers
    volume = int((usual[4] if usual else 0) * _LARGEST_SHARE * (0.3 + 0.7 * part) * gathered)
    # More orders arrive than leave, so what is unpaired shrinks towards the end.
    return Auction(is_opening, ends_at, volume, tick.price, int(volume * (tilt - 0.5) * (1.0 - 0.8 * gathered)))
