"""What a row of the executions table holds, its columns, and what they add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill, Position, Split, apply_fill, happened, restated
from app.domain.money import ZERO
from app.domain.orders import Order, OrderRef, Side
from app.ui.panels.cells import Moments, Prices, side_icon, side_token, words, write_exact
from app.ui.tables import Column, Style
from app.ui.widgets.format import UNKNOWN, money, number, quantity


@dataclass(frozen=True, slots=True)
class FillRow:
    """An execution with what it realised and the order it belongs to."""

    fill: Fill
    price: Decimal | None
    realized: Decimal | None
    order: Order | None
    order_price: Decimal | None
    strategy: str
    currency: str = ""


def realized_of(fills: Iterable[Fill], splits: Mapping[tuple[str, ConId], Sequence[Split]]) -> dict[ExecId, Decimal]:
    """Return what each execution realised, commission taken off, as the positions of one account add up.

    An execution whose commission the broker has not said yet is left out: its result is not known.
    """
    positions: dict[tuple[str, ConId], Position] = {}
    made: dict[ExecId, Decimal] = {}
    for fill in sorted(fills, key=happened):
        key = (fill.account, fill.con_id)
        empty = Position(
            fill.account,
            fill.con_id,
            fill.symbol,
            multiplier=fill.multiplier,
            price_magnifier=fill.price_magnifier,
        )
        before = positions.get(key, empty)
        positions[key] = apply_fill(before, restated(fill, splits.get(key, ())))
        if fill.cost is not None:
            made[fill.exec_id] = positions[key].realized - before.realized
    return made


def fill_row(
    fill: Fill, prices: Prices, realized: Decimal | None, orders: Mapping[OrderRef, Order], strategy: str
) -> FillRow:
    """Return the row of an execution."""
    order = orders.get(fill.ref) if fill.ref else None
    meant = (order.limit if order.limit is not None else order.stop) if order else None
    return FillRow(
        fill=fill,
        price=prices.on_tick(fill.price, fill.con_id),
        realized=realized,
        order=order,
        order_price=prices.on_tick(meant, fill.con_id),
        strategy=strategy,
        currency=prices.currency(fill.con_id) or fill.currency,
    )


def order_words(row: FillRow) -> str:
    """Return the order of an execution in words."""
    order = row.order
    if order is None:
        return "Placed elsewhere"
    price = row.order_price
    return f"{words(order.role)} {order.type_name}{f' {price}' if price is not None else ''}"


def execution_columns(moments: Moments) -> list[Column[FillRow]]:
    """Return the columns of the executions table."""
    return [
        Column(
            "time",
            moments.title(),
            lambda row: row.fill.at,
            moments.write,
            width=104,
            tip=lambda row: moments.whole(row.fill.at),
        ),
        Column("symbol", "Symbol", lambda row: row.fill.symbol, width=84),
        Column(
            "side",
            "Side",
            lambda row: row.fill.side.value,
            width=76,
            icon=lambda row: side_icon(row.fill.side),
            token=lambda row: side_token(row.fill.side),
        ),
        Column("quantity", "Quantity", lambda row: row.fill.quantity, quantity, Style.NUMBER, 84, total=quantity),
        Column("price", "Price", lambda row: row.price, write_exact, Style.NUMBER, 88),
        Column("value", "Value", _value, lambda value: number(value, 2), Style.NUMBER, 104, total=_two, hidden=True),
        Column(
            "commission",
            "Commission",
            lambda row: row.fill.commission,
            _two,
            Style.NUMBER,
            92,
            total=_two,
            tip=_fee,
            detail=lambda row: row.fill.currency if row.fill.currency != row.currency else "",
            hint="What the broker charged, in its own currency where that is another; – until it has said so",
        ),
        Column(
            "realized",
            "Realised",
            lambda row: row.realized,
            _signed,
            Style.NUMBER,
            96,
            token=lambda row: _tone(row.realized),
            total=_signed,
            tip=_fee,
            hint="What this execution realised, commission taken off, as in Positions; – while a cost is not known",
        ),
        Column("order", "Order", order_words, width=150, token=lambda _: "text.muted"),
        Column("strategy", "Strategy", lambda row: row.strategy, width=120, token=lambda _: "text.muted"),
        Column("id", "Execution id", lambda row: row.fill.exec_id, style=Style.MONO, width=210, hidden=True),
    ]


def sums(rows: Iterable[FillRow], base: str) -> str:
    """Return what the rows add up to in words."""
    rows = list(rows)
    bought = sum((row.fill.quantity for row in rows if row.fill.side is Side.BUY), ZERO)
    sold = sum((row.fill.quantity for row in rows if row.fill.side is Side.SELL), ZERO)
    parts = [
        f"{number(len(rows))} {'execution' if len(rows) == 1 else 'executions'}",
        f"bought {quantity(bought)}",
        f"sold {quantity(sold)}",
    ]
    parts.append(f"commission {_sum([(row.fill.commission, row.fill.currency) for row in rows], base)}")
    parts.append(f"realised {_sum([(row.realized, row.currency) for row in rows], base, signed=True)}")
    return "  ·  ".join(parts)


def _sum(values: list[tuple[Decimal | None, str]], base: str, *, signed: bool = False) -> str:
    """Return the sum of each currency by itself, `–` while a part is not known."""
    sums: dict[str, Decimal] = {}
    for value, currency in values:
        if value is None:
            return UNKNOWN
        sums[currency or base] = sums.get(currency or base, ZERO) + value
    return " and ".join(money(each, currency, signed=signed) for currency, each in (sums or {base: ZERO}).items())


def _fee(row: FillRow) -> str:
    """Return how a commission in another currency counts, empty for one in the instrument's own."""
    fill = row.fill
    if fill.commission is None:
        return "The broker has not said its commission yet."
    if fill.currency == row.currency or not fill.currency:
        return ""
    charged = f"{number(fill.commission, 2)} {fill.currency}"
    if fill.cost is None:
        return f"{charged} of commission: before fees, no rate into {row.currency} is known yet."
    return f"{charged} = {number(fill.cost, 2)} {row.currency} at {fill.rate:.6f} ({fill.rate_source})."


def _value(row: FillRow) -> Decimal:
    fill = row.fill
    return fill.price * fill.quantity * fill.multiplier / fill.price_magnifier


def _two(value: Decimal) -> str:
    return number(value, 2)


def _signed(value: Decimal) -> str:
    return number(value, 2, signed=True)


def _tone(value: Decimal | None) -> str | None:
    return None if not value else "up" if value > 0 else "down"
