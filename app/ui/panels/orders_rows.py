"""What a row of the orders table holds, and its columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from app.domain.orders import Order, OrderState, Role
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, words, write_exact
from app.ui.panels.orders_state import TIPS, change_tip, draw_fill_bar, draw_state, state_word
from app.ui.tables import Column, Style
from app.ui.widgets.format import quantity

_RANK = {Role.ENTRY: 0, Role.CLOSE: 0, Role.TARGET: 1, Role.STOP: 2}
_ORDER_OF_STATES = {state: place for place, state in enumerate(OrderState)}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with what is read from elsewhere: prices on its tick and the strategy's name."""

    order: Order
    limit: Decimal | None
    stop: Decimal | None
    average: Decimal | None
    strategy: str
    is_child: bool

    @property
    def family(self) -> tuple[str, int]:
        """The intent it belongs to, and its place in it."""
        return str(self.order.intent or self.order.ref), _RANK[self.order.role]

    @property
    def reason(self) -> str:
        """Why it is as it is, or what the broker warned of."""
        order = self.order
        if order.is_foreign and not (order.reason or order.warning):
            return "Placed elsewhere"
        return order.reason or order.warning


def order_row(handles: Handles, prices: Prices, order: Order) -> OrderRow:
    """Return the row of an order."""
    intent = handles.facts.state.intents.get(order.intent) if order.intent else None
    strategy = handles.facts.state.strategies.get(order.strategy) if order.strategy else None
    return OrderRow(
        order=order,
        limit=prices.on_tick(order.limit, order.con_id),
        stop=prices.on_tick(order.stop, order.con_id),
        average=prices.on_tick(order.average, order.con_id, more=2),
        strategy=strategy.name if strategy else str(order.strategy or ""),
        is_child=intent is not None and len(intent.legs) > 1 and intent.entry.ref != order.ref,
    )


def order_columns(moments: Moments) -> list[Column[OrderRow]]:
    """Return the columns of the orders table."""
    return [
        Column(
            "symbol",
            "Symbol",
            lambda row: row.order.symbol,
            width=72,
            draw=lambda theme, _, room, row: room.adjusted(theme.px(14) if row.is_child else 0, 0, 0, 0),
            token=lambda row: "text.muted" if row.is_child else None,
            tip=lambda row: "Placed elsewhere" if row.order.is_foreign else row.order.account,
        ),
        Column(
            "side",
            "Side",
            lambda row: row.order.side.value,
            width=66,
            icon=lambda row: side_icon(row.order.side),
            token=lambda row: side_token(row.order.side),
        ),
        Column(
            "role",
            "Role",
            lambda row: None if row.order.is_foreign else words(row.order.role),
            width=54,
            token=lambda _: "text.muted",
            hint="What the order is for: entry, its stop and target, or a close",
        ),
        Column("type", "Type", lambda row: row.order.type_name, width=46),
        Column(
            "quantity",
            "Quantity",
            lambda row: row.order.quantity,
            quantity,
            Style.NUMBER,
            width=66,
            total=quantity,
            tip=lambda row: change_tip(row.order, "quantity", quantity),
        ),
        Column(
            "filled",
            "Filled",
            lambda row: row.order.filled,
            quantity,
            Style.NUMBER,
            width=60,
            total=quantity,
            draw=lambda theme, painter, room, row: draw_fill_bar(theme, painter, room, row.order),
            tip=lambda row: f"{quantity(row.order.filled)} of {quantity(row.order.quantity)} filled",
        ),
        _price("limit", "Limit", lambda row: row.limit),
        _price("stop", "Stop", lambda row: row.stop),
        Column("average", "Average", lambda row: row.average, write_exact, Style.NUMBER, width=68),
        Column("tif", "TIF", lambda row: row.order.tif, width=44, hint="Time in force", token=lambda _: "text.muted"),
        Column(
            "state",
            "State",
            lambda row: state_word(row.order),
            width=106,
            sort=lambda row: _ORDER_OF_STATES[row.order.state],
            draw=lambda theme, painter, room, row: draw_state(theme, painter, room, row.order),
            tip=lambda row: TIPS[row.order.state],
        ),
        Column(
            "time",
            moments.title(),
            lambda row: row.order.created,
            moments.write,
            width=88,
            token=lambda _: "text.muted",
            tip=lambda row: f"Placed {moments.whole(row.order.created)}, changed {moments.whole(row.order.updated)}",
        ),
        Column("strategy", "Strategy", lambda row: row.strategy, width=96, token=lambda _: "text.muted"),
        Column(
            "reason",
            "Note",
            lambda row: row.reason,
            width=240,
            token=lambda row: _reason_token(row.order),
            tip=lambda row: row.reason,
            hint="Why it is as it is, in the broker's or the desk's words",
        ),
        Column("perm", "Permanent id", lambda row: row.order.perm_id, style=Style.MONO, hidden=True),
        Column("ref", "Our id", lambda row: row.order.ref, style=Style.MONO, width=240, hidden=True),
    ]


def _price(name: str, title: str, read: Callable[[OrderRow], Decimal | None]) -> Column[OrderRow]:
    return Column(
        name,
        title,
        read,
        write_exact,
        Style.NUMBER,
        width=66,
        tints=True,
        tip=lambda row: change_tip(row.order, name, write_exact),
    )


def _reason_token(order: Order) -> str:
    if order.state in (OrderState.REJECTED, OrderState.NEVER_SENT):
        return "danger"
    return "warn" if not order.state.is_final and (order.warning or order.reason) else "text.muted"
