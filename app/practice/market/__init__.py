"""The practice market: prices that were, are and will be, all from history, a seed and what was done to them."""

from app.practice.market.anchor import Anchor, AnchorJson
from app.practice.market.bars import Bars
from app.practice.market.events import EventKind, MarketEvent
from app.practice.market.market import Market
from app.practice.market.tape import Quote
from app.practice.market.ticks import Tick

__all__ = ["Anchor", "AnchorJson", "Bars", "EventKind", "Market", "MarketEvent", "Quote", "Tick"]
