"""Subscriptions to the order book: rows inserted once, then updated where they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from app.practice.contracts import Contract
from app.practice.market import Level, Tick
from app.practice.market.depth import MOST_LEVELS
from app.practice.server.dispatch import answers
from app.practice.wire import option_messages as messages
from app.practice.wire import requests
from app.practice.wire.codes import DUPLICATE_TICKER, INVALID, Complaint

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

NO_DEPTH = Complaint(10092, "Deep market data is not supported for this combination of security type/exchange")
NO_DEPTH_LINE = Complaint(310, "Can't find the subscribed market depth with tickerId:{}")
DEPTH_RESET = Complaint(
    317, "Market depth data has been RESET. Please empty deep book contents before applying any new entries."
)
SIDES = (messages.BID_SIDE, messages.ASK_SIDE)


@dataclass(slots=True, eq=False)
class DepthFollower:
    """One subscription; `told` holds the rows that the client has, by side."""

    session: Session
    req_id: int
    contract: Contract
    rows: int
    is_smart: bool
    told: dict[int, tuple[Level, ...]] = field(default_factory=dict)


class DepthFeed:
    """All subscriptions to order books."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._followers: dict[tuple[Session, int], DepthFollower] = {}
        self._by_instrument: dict[int, list[DepthFollower]] = {}

    def subscribe(self, follower: DepthFollower) -> bool:
        """Start a subscription; return whether the request id was free."""
        key = (follower.session, follower.req_id)
        if key in self._followers:
            return False
        self._followers[key] = follower
        self._by_instrument.setdefault(follower.contract.con_id, []).append(follower)
        self._gateway.market.watch(follower.contract.con_id)
        self._tell(follower, self._gateway.clock.now())
        return True

    def cancel(self, session: Session, req_id: int) -> bool:
        """End a subscription; return whether there was one."""
        follower = self._followers.pop((session, req_id), None)
        if follower is None:
            return False
        con_id = follower.contract.con_id
        self._by_instrument[con_id].remove(follower)
        if not self._by_instrument[con_id]:
            del self._by_instrument[con_id]
        self._gateway.market.unwatch(con_id)
        return True

    def drop(self, session: Session) -> None:
        """End every subscription of a session."""
        for owner, req_id in [key for key in self._followers if key[0] is session]:
            self.cancel(owner, req_id)

    def count(self, session: Session, *, but: int) -> int:
        """Return how many books a session follows under other request ids than one."""
        return sum(1 for owner, req_id in self._followers if owner is session and req_id != but)

    def on_tick(self, tick: Tick) -> None:
        """Tell the book of the moment to the followers of its instrument."""
        for follower in self._by_instrument.get(tick.con_id, ()):
            self._tell(follower, tick.at)

    def refresh(self) -> None:
        """Begin every book anew, after a jump of the clock."""
        for follower in self._followers.values():
            follower.session.complain(follower.req_id, DEPTH_RESET)
            follower.told.clear()
            self._tell(follower, self._gateway.clock.now())

    def _tell(self, follower: DepthFollower, at: float) -> None:
        depth = self._gateway.market.depth(follower.contract.con_id, at, follower.rows)
        for side, levels in zip(SIDES, (depth.bids, depth.asks), strict=True):
            before = follower.told.get(side, ())
            for position, level in enumerate(levels):
                if position >= len(before):
                    self._send(follower, position, messages.INSERT, side, level)
                elif level != before[position]:
                    self._send(follower, position, messages.UPDATE, side, level)
            for position in range(len(before) - 1, len(levels) - 1, -1):
                self._send(follower, position, messages.DELETE, side, Level(0.0, 0))
            follower.told[side] = levels

    def _send(self, follower: DepthFollower, position: int, operation: int, side: int, level: Level) -> None:
        size = Decimal(level.size)
        if follower.is_smart:
            message: object = messages.SmartDepthLine(
                req_id=follower.req_id,
                position=position,
                market_maker=follower.contract.primary_exchange or follower.contract.exchange,
                operation=operation,
                side=side,
                price=level.price,
                size=size,
            )
        else:
            message = messages.DepthLine(
                req_id=follower.req_id, position=position, operation=operation, side=side, price=level.price, size=size
            )
        follower.session.send(message)


@answers(requests.MarketDepth)
def market_depth(gateway: Gateway, session: Session, request: requests.MarketDepth) -> None:
    """Follow the order book of a contract; an index has none."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None or not gateway.faults.allows_data(session, request.req_id):
        return
    if not contract.is_tradable:
        session.complain(request.req_id, NO_DEPTH)
    elif not 1 <= request.rows <= MOST_LEVELS:
        session.complain(request.req_id, INVALID.about("b5", f"Invalid number of rows {request.rows}"))
    elif full := gateway.limits.book_refusal(gateway.depth.count(session, but=request.req_id)):
        session.complain(request.req_id, full)
    else:
        is_smart = request.is_smart or request.contract.exchange.upper() == "SMART"
        follower = DepthFollower(session, request.req_id, contract, request.rows, is_smart)
        if not gateway.depth.subscribe(follower):
            session.complain(request.req_id, DUPLICATE_TICKER)


@answers(requests.CancelMarketDepth)
def cancel_market_depth(gateway: Gateway, session: Session, request: requests.CancelMarketDepth) -> None:
    """End a subscription; one that does not run is 310."""
    if not gateway.depth.cancel(session, request.req_id):
        session.complain(request.req_id, NO_DEPTH_LINE.about(request.req_id))
