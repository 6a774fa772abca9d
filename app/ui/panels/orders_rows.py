"""What a row of the orders table holds, and its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.domain.orders import Distance, Order, OrderRef, OrderState, Role
from app.domain.state import State
from app.runtime.clock import Clock
from app.ui.handles import Handles
from app.ui.panels.cells import Moments, Prices, end_words, side_icon, side_token, words, write_exact
from app.ui.panels.orders_state import TIPS, change_tip, draw_fill_bar, draw_state, state_word
from app.ui.tables import Column, Style
from app.ui.widgets.format import age, quantity

_RANK = {Role.ENTRY: 0, Role.CLOSE: 0, Role.TARGET: 1, Role.STOP: 2}
_ORDER_OF_STATES = {state: place for place, state in enumerate(OrderState)}


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order with what is read from elsewhere when it is looked at: prices on its tick, the strategy's name."""

    order: Order
    sight: OrderSight

    @property
    def limit(self) -> Decimal | None:
        """Its limit on its tick."""
        return self.sight.prices.on_tick(self.order.limit, self.order.con_id)

    @property
    def stop(self) -> Decimal | None:
        """Its trigger on its tick."""
        return self.sight.prices.on_tick(self.order.stop, self.order.con_id)

    @property
    def average(self) -> Decimal | None:
        """What it was filled at."""
        return self.sight.prices.on_tick(self.order.average, self.order.con_id, more=2)

    @property
    def ends(self) -> str:
        """When it ends on its exchange's clock, empty for one that does not end at a given moment."""
        ends = self.order.good_till
        return end_words(ends, self.sight.prices.instrument(self.order.con_id)) if ends else ""

    @property
    def strategy(self) -> str:
        """The strategy's name, empty for orders by hand."""
        return self.sight.strategy(self.order)

    @property
    def is_child(self) -> bool:
        """Say whether it stands beneath the order that leads its intent."""
        return self.sight.is_child(self.order)

    @property
    def reason(self) -> str:
        """Why it is as it is, or what the broker warned of."""
        order = self.order
        if self.sight.is_doubled(order):
            extra = order.ref in self.sight.twins
            return f"2 live copies: this is the {'extra one' if extra else 'first'}. {order.reason}".strip()
        if order.is_foreign and not (order.reason or order.warning):
            return "Placed elsewhere"
        return order.reason or order.warning


def family_of(row: OrderRow) -> tuple[str, int]:
    """Return the intent a row's order belongs to, and its place in it."""
    order = row.order
    return (order.intent or order.ref, _RANK[order.role])


class OrderSight:
    """What a row of an order reads beside the order; one for all rows."""

    def __init__(self, handles: Handles) -> None:
        self._facts = handles.facts
        self.twins: dict[OrderRef, OrderRef] = {}
        """The second order that a change made at the broker: which order of ours it is a copy of."""
        self.prices = Prices(handles)

    def row(self, order: Order) -> OrderRow:
        """Return the row of an order."""
        return OrderRow(order, self)

    def look_for_twins(self, orders: Iterable[Order]) -> None:
        """Remember which of these are copies of an order of ours."""
        for order in orders:
            if order.ref[:5] == "perm:" and order.intent is not None:
                self.twins[order.ref] = _first_of(self._facts.state, order)

    def live_twins(self) -> list[OrderRef]:
        """Return the copies that may still fill."""
        orders = self._facts.state.orders
        return [ref for ref in self.twins if ref in orders and not orders[ref].state.is_final]

    def is_doubled(self, order: Order) -> bool:
        """Say whether two live orders stand for what was meant to be this one."""
        pairs = self.twins and {ref: self.twins[ref] for ref in self.live_twins()}
        return bool(pairs) and not order.state.is_final and (order.ref in pairs or order.ref in pairs.values())

    def strategy(self, order: Order) -> str:
        """Return the name of the strategy an order is of, empty for none."""
        return self._facts.state.strategy_name(order.strategy)

    def is_child(self, order: Order) -> bool:
        """Say whether an order is a further one of its intent."""
        intent = self._facts.state.intents.get(order.intent) if order.intent else None
        return intent is not None and len(intent.legs) > 1 and intent.entry.ref != order.ref


def _first_of(state: State, twin: Order) -> OrderRef:
    """Return the order of ours that a twin is a copy of."""
    intent = state.intents.get(twin.intent) if twin.intent else None
    alike = (leg.ref for leg in intent.legs if (leg.role, leg.side) == (twin.role, twin.side)) if intent else ()
    return next(iter(alike), twin.ref)


def order_columns(moments: Moments, clock: Clock) -> list[Column[OrderRow]]:
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
        Column("type", "Type", lambda row: row.order.type_name, width=70),
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
        _price("limit", "Limit", lambda row: row.limit, lambda row: row.order.limit),
        _price("stop", "Stop", lambda row: row.stop, lambda row: row.order.stop),
        Column("average", "Average", lambda row: row.average, write_exact, Style.NUMBER, width=68),
        Column(
            "tif",
            "TIF",
            lambda row: row.order.tif,
            width=44,
            hint="Time in force",
            token=lambda _: "text.muted",
            detail=lambda row: row.ends,
            tip=lambda row: f"Works until {row.ends}" if row.ends else "",
        ),
        Column(
            "state",
            "State",
            lambda row: state_word(row.order),
            width=106,
            sort=lambda row: _ORDER_OF_STATES[row.order.state],
            draw=lambda theme, painter, room, row: draw_state(theme, painter, room, row.order),
            tip=lambda row: f"{TIPS[row.order.state]} {row.reason}".strip(),
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
        Column(
            "age",
            "Age",
            lambda row: (clock.now() - row.order.created).total_seconds(),
            age,
            Style.NUMBER,
            width=48,
            sort=lambda row: -row.order.created.timestamp(),
            token=lambda _: "text.muted",
            found=False,
            tip=lambda row: f"Since {moments.whole(row.order.created)}",
        ),
        Column(
            "trail",
            "Trail",
            lambda row: row.order.trail,
            trail_words,
            Style.NUMBER,
            width=62,
            sort=lambda row: row.order.trail.value if row.order.trail else None,
            hint="How far a trailing stop stays behind the best price",
        ),
        Column("strategy", "Strategy", lambda row: row.strategy, width=96, token=lambda _: "text.muted"),
        Column(
            "reason",
            "Note",
            lambda row: row.reason,
            width=240,
            token=lambda row: "danger" if row.sight.is_doubled(row.order) else _reason_token(row.order),
            tip=lambda row: row.reason,
            hint="Why it is as it is, in the broker's or the desk's words",
        ),
        Column("perm", "Permanent id", lambda row: row.order.perm_id, style=Style.MONO, hidden=True),
        Column("ref", "Our id", lambda row: row.order.ref, style=Style.MONO, width=240, hidden=True),
    ]


def trail_words(trail: Distance) -> str:
    """Write a trailing distance: in price units, or as a percentage."""
    return f"{trail.value.normalize():f} %" if trail.is_percent else write_exact(trail.value)


def _price(
    name: str, title: str, read: Callable[[OrderRow], Decimal | None], exact: Callable[[OrderRow], Decimal | None]
) -> Column[OrderRow]:
    return Column(
        name,
        title,
        read,
        write_exact,
        Style.NUMBER,
        width=66,
        sort=exact,
        tints=True,
        tip=lambda row: change_tip(row.order, name, write_exact),
    )


def _reason_token(order: Order) -> str:
    if order.state in (OrderState.REJECTED, OrderState.NEVER_SENT):
        return "danger"
    return "warn" if not order.state.is_final and (order.warning or order.reason) else "text.muted"
