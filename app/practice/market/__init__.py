"""The practice market: prices that were, are and will be, all from history, a seed and what was done to them."""

from app.practice.market.actions import ActionKind, CorporateAction
from app.practice.market.anchor import Anchor, AnchorJson
from app.practice.market.columns import Bars
from app.practice.market.depth import Depth, Level
from app.practice.market.events import EventKind, MarketEvent
from app.practice.market.market import Market
from app.practice.market.quote import Quote
from app.practice.market.ticks import Tick
from app.practice.market.valuing import OptionState

__all__ = [
    "ActionKind", "Anchor", "AnchorJson", "Bars", "CorporateAction", "Depth", "EventKind", "Level", "Market",
    "MarketEvent",
    "OptionState", "Quote", "Tick",
]  # fmt: skip
