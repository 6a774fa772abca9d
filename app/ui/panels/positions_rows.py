"""What a row of the positions table holds, and its columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.services.portfolio import PositionView
from app.services.rates import BASE
from app.ui.panels.cells import Prices, write_exact
from app.ui.tables import Column, Style
from app.ui.widgets.format import number, percent, quantity

BEFORE_FEES = "before fees"


@dataclass(frozen=True, slots=True)
class PositionRow:
    """A position with what the market says, prices on its tick; `lots` says whose it is."""

    view: PositionView
    average: Decimal | None
    last: Decimal | None
    stop: Decimal | None
    lots: str

    @property
    def foreign(self) -> bool:
        """Say whether it is in another currency than the account's."""
        return self.view.fx is None or self.view.fx.source != BASE

    @property
    def key(self) -> tuple[str, int]:
        """Account and instrument."""
        return self.view.position.account, self.view.position.con_id

    @property
    def subject(self) -> str:
        """The id under which lineage knows it."""
        return f"{self.view.position.account}:{self.view.position.con_id}"

    @property
    def unrealized_percent(self) -> float | None:
        """What it made since it was opened, as a share of what was paid."""
        position, last = self.view.position, self.view.last
        if last is None or not position.average:
            return None
        return float((last / position.average - 1) * (1 if position.quantity > 0 else -1))


def position_row(view: PositionView, prices: Prices, lots: str) -> PositionRow:
    """Return the row of a position."""
    con_id = view.position.con_id
    return PositionRow(
        view=view,
        average=prices.on_tick(view.position.average, con_id, more=2),
        last=prices.on_tick(view.last, con_id),
        stop=prices.on_tick(view.stop, con_id),
        lots=lots,
    )


def position_columns() -> list[Column[PositionRow]]:
    """Return the columns of the positions table."""
    return [
        Column(
            "symbol",
            "Symbol",
            lambda row: row.view.position.symbol,
            width=70,
            tip=_name,
            detail=lambda row: row.view.instrument.currency if row.foreign and row.view.instrument else "",
        ),
        Column(
            "quantity",
            "Quantity",
            lambda row: row.view.position.quantity,
            lambda value: quantity(value),
            Style.NUMBER,
            62,
            tints=True,
        ),
        Column("average", "Average", lambda row: row.average, write_exact, Style.NUMBER, 76, hint="Without commission"),
        Column("last", "Last", lambda row: row.last, write_exact, Style.NUMBER, 76, tints=True),
        Column(
            "value",
            "Value",
            lambda row: row.view.value,
            number,
            Style.NUMBER,
            62,
            total=_money,
            hint="At the last price",
        ),
        Column(
            "weight",
            "Weight",
            lambda row: row.view.weight_percent,
            lambda value: percent(value / 100, signed=False),
            Style.NUMBER,
            66,
            hint="Share of net liquidation",
        ),
        Column(
            "day",
            "Day P&L",
            lambda row: row.view.day,
            _signed,
            Style.NUMBER,
            70,
            token=lambda row: _tone(row.view.day),
            total=_signed,
            hint="Since the close before, costs taken off",
        ),
        Column(
            "unrealized",
            "Unrealised",
            lambda row: row.view.unrealized,
            _signed,
            Style.NUMBER,
            78,
            token=lambda row: _tone(row.view.unrealized),
            total=_signed,
        ),
        Column(
            "realized",
            "Realised",
            lambda row: row.view.position.realized,
            _signed,
            Style.NUMBER,
            72,
            token=lambda row: _tone(row.view.position.realized),
            total=_signed,
            detail=lambda row: BEFORE_FEES if row.view.position.unpaid else "",
            tip=_fees,
            hint="Commission taken off; “before fees” while the broker has not said one, or its rate is not known",
        ),
        Column(
            "r",
            "R",
            lambda row: row.view.r,
            lambda value: number(value, 2, signed=True),
            Style.NUMBER,
            52,
            token=lambda row: _tone(row.view.r),
            hint="Unrealised in units of what its first stop risked; – without one",
        ),
        Column(
            "stop",
            "Stop",
            lambda row: row.stop,
            write_exact,
            Style.NUMBER,
            68,
            hint="The working stop at the broker that is nearest; – when nothing protects it",
            hidden=True,
        ),
        Column(
            "distance",
            "To stop",
            lambda row: row.view.stop_distance_percent,
            lambda value: percent(value / 100, signed=False),
            Style.NUMBER,
            60,
            token=lambda row: None if row.view.is_guarded else "warn",
            tip=_guard_words,
            hint="From the last price to the stop; amber where stops do not cover all of it",
        ),
        Column(
            "lots",
            "Held by",
            lambda row: row.lots,
            width=66,
            stretch=True,
            token=lambda _: "text.muted",
            tip=lambda row: row.lots,
        ),
        Column(
            "unrealized_percent",
            "Unreal. %",
            lambda row: row.unrealized_percent,
            percent,
            Style.NUMBER,
            76,
            token=lambda row: _tone(row.view.unrealized),
            hidden=True,
        ),
        Column(
            "risk",
            "Open risk",
            lambda row: row.view.risk,
            _money,
            Style.NUMBER,
            80,
            total=_money,
            hint="Lost from the last price if every stop fills at its price; – where stops do not cover all",
            hidden=True,
        ),
        Column(
            "fx",
            "FX",
            lambda row: row.view.fx.rate if row.view.fx else None,
            lambda value: number(value, 5),
            Style.NUMBER,
            72,
            tip=_fx_words,
            hint="Rate into the base currency, and who says so",
            hidden=True,
        ),
    ]


def _guard_words(row: PositionRow) -> str:
    cover, at = row.view.cover, f"Stop at {row.stop}. " if row.stop is not None else ""
    if cover.guarded == 0:
        return "No stop guards it."
    return f"{at}All of it is guarded." if cover.bare == 0 else f"{at}No stop guards {quantity(cover.bare)} of it."


def _fx_words(row: PositionRow) -> str:
    fx = row.view.fx
    return f"1 {fx.currency} = {number(fx.rate, 6)}, {fx.source}" if fx else "No rate is known"


def _name(row: PositionRow) -> str:
    instrument = row.view.instrument
    return f"{instrument.name} · {instrument.primary_exchange} · {instrument.currency}" if instrument else ""


def _money(value: Decimal) -> str:
    return number(value, 2)


def _signed(value: Decimal) -> str:
    return number(value, 2, signed=True)


def _tone(value: Decimal | None) -> str | None:
    return None if not value else "up" if value > 0 else "down"


def _fees(row: PositionRow) -> str:
    """Return how many costs are missing in what a position realised, empty when none is."""
    unpaid = row.view.position.unpaid
    return (
        f"Before fees: the cost of {unpaid} {'execution is' if unpaid == 1 else 'executions are'} not known yet."
        if unpaid
        else ""
    )
