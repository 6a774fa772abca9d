"""The portfolio as a report: figures, positions, closed trades and days, as exact as they are known."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from app.domain.holdings import PositionView
from app.domain.sheets import Cell, Report, Sheet
from app.domain.signals import StrategyId
from app.domain.state import State
from app.domain.trade_statistics import Result
from app.services.portfolio import Portfolio
from app.services.track_record import TrackRecord

CENT = Decimal("0.01")
FINE = Decimal("0.000001")
CURVE_UNIT = Decimal("0.0001")


def portfolio_report(account: str, at: datetime, state: State, portfolio: Portfolio, track: TrackRecord) -> Report:
    """Return the report of an account at a moment (the market's time); unknown cells are None."""
    figures = portfolio.figures(account)
    base = figures.currency if figures else ""
    notes = [
        f"Account {account}, {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC. Money in {base or 'the base currency'}.",
        "Realised counts commissions; the average does not. Empty cells are not known.",
    ]
    notes += [f"1 {rate.currency} = {rate.rate:f} {base}, {rate.source}." for rate in portfolio.rates(account)]
    missed = track.job(account).missed
    if missed:
        days = ", ".join(day.isoformat() for day in missed)
        notes.append(f"Nothing was kept at the close of {days}: returns over them compare worths.")
    sheets = (
        _figures(account, portfolio, track),
        _positions(state, portfolio.positions(account)),
        _trades(state, track.results(account)),
        _days(account, track),
    )
    return Report(f"Portfolio of {account}", tuple(notes), sheets)


def _figures(account: str, portfolio: Portfolio, track: TrackRecord) -> Sheet:
    figures, found, risk = portfolio.figures(account), track.statistics(account), track.open_risk(account)
    rows: list[tuple[str, Cell]] = [
        ("Net liquidation", figures.net_liquidation if figures else None),
        ("Cash", figures.cash if figures else None),
        ("Day P&L", _money(figures.day_pnl if figures else None)),
        ("Realised P&L today", _money(figures.realized_pnl if figures else None)),
        ("Unrealised P&L", _money(figures.unrealized_pnl if figures else None)),
        ("Exposure", _money(portfolio.exposure(account))),
        ("Initial margin", figures.initial_margin if figures else None),
        ("Maintenance margin", figures.maintenance_margin if figures else None),
        ("Largest position", _largest(portfolio.positions(account))),
        ("Open risk", _money(risk.money)),
        ("Open risk in R", _ratio(risk.r)),
        ("Positions without a whole stop", risk.bare),
        ("Return, time-weighted, %", _percent(track.total_return(account))),
        ("Worst drawdown, %", _percent(track.worst_drawdown(account))),
        ("Closed trades", found.count),
        ("Trades left out (a cost or rate is unknown)", found.unknown),
        ("Win rate, %", _percent(found.win_rate)),
        ("Profit factor", _ratio(found.profit_factor)),
        ("Expectancy", _money(found.expectancy)),
        ("Average R planned", _ratio(found.planned_r)),
        ("Average R achieved", _ratio(found.achieved_r)),
        ("Average holding, hours", _hours(found.held.total_seconds()) if found.held else None),
    ]
    return Sheet("Overview", ("Figure", "Value"), tuple(rows))


def _largest(views: tuple[PositionView, ...]) -> str | None:
    """Return the position of the largest value with its weight; None while one of them has no value."""
    known = [(abs(view.value), view) for view in views if view.value is not None]
    if not known or len(known) < len(views):
        return None
    _, view = max(known, key=lambda each: each[0])
    weight = _ratio(view.weight_percent)
    return view.position.symbol if weight is None else f"{view.position.symbol}, {weight} %"


def _positions(state: State, views: tuple[PositionView, ...]) -> Sheet:
    columns = ("Symbol", "Instrument", "Currency", "Quantity", "Average", "Last", "FX", "FX source", "Value",
               "Weight %", "Day P&L", "Unrealised", "Realised", "R", "Stop", "Stop distance %", "Unguarded",
               "Held by")  # fmt: skip
    return Sheet("Positions", columns, tuple(_position(state, view) for view in views))


def _position(state: State, view: PositionView) -> tuple[Cell, ...]:
    position, instrument = view.position, view.instrument
    owners = [f"{_owner(state, share.strategy)} {share.quantity.normalize():f}" for share in view.shares]
    return (
        position.symbol,
        instrument.name if instrument else None,
        instrument.currency if instrument else None,
        position.quantity,
        _fine(position.average),
        view.last,
        _fine(view.fx.rate) if view.fx else None,
        view.fx.source if view.fx else None,
        _money(view.value),
        _ratio(view.weight_percent),
        _money(view.day),
        _money(view.unrealized),
        _money(view.realized),
        _ratio(view.r),
        view.stop,
        _ratio(view.stop_distance_percent),
        view.cover.bare,
        ", ".join(owners),
    )


def _trades(state: State, results: tuple[Result, ...]) -> Sheet:
    columns = ("Closed (UTC)", "Opened (UTC)", "Symbol", "Currency", "Side", "Quantity", "Entry", "Exit", "Gross",
               "Commission", "Net", "Net in base", "R planned", "R achieved",
               "Held, hours", "Owner", "Executions")  # fmt: skip
    return Sheet("Trades", columns, tuple(_trade(state, result) for result in results))


def _trade(state: State, result: Result) -> tuple[Cell, ...]:
    trade = result.trade
    instrument = state.instruments.get(trade.con_id)
    return (
        trade.closed.astimezone(UTC),
        trade.opened.astimezone(UTC),
        trade.symbol,
        instrument.currency if instrument else None,
        "long" if trade.side.sign > 0 else "short",
        trade.quantity,
        _fine(trade.entry),
        _fine(trade.exit),
        _money(trade.gross),
        _money(trade.commission),
        _money(trade.net),
        _money(result.net),
        _ratio(trade.planned_r),
        _ratio(trade.r),
        _hours(trade.held.total_seconds()),
        _owner(state, trade.strategy),
        " ".join(trade.executions),
    )


def _owner(state: State, strategy: StrategyId | None) -> str:
    return state.strategy_name(strategy, "by hand")


def _days(account: str, track: TrackRecord) -> Sheet:
    earned = track.days(account)
    rows = tuple(
        (
            date.fromisoformat(point.session),
            point.worth,
            _money(earned.get(point.session)),
            _percent(point.change),
            _percent(point.growth),
            _percent(point.drawdown),
            _money(point.flow),
        )
        for point in track.curve(account)
    )
    columns = ("Session", "Net liquidation", "Earned", "Return %", "Growth %", "Drawdown %", "Paid in or out")
    return Sheet("Days", columns, rows)


def _money(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, ROUND_HALF_EVEN) + 0  # no minus before a zero


def _fine(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(FINE, ROUND_HALF_EVEN).normalize()


def _ratio(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, ROUND_HALF_EVEN) + 0  # no minus before a zero


def _percent(value: Decimal | None) -> Decimal | None:
    return None if value is None else (value * 100).quantize(CURVE_UNIT, ROUND_HALF_EVEN)


def _hours(seconds: float) -> Decimal:
    return (Decimal(str(seconds)) / 3600).quantize(CENT)
