"""Historical bars, the head timestamp, and the session schedule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.practice.contracts import Contract
from app.practice.hours import hours_of
from app.practice.market import Bars
from app.practice.server.dispatch import answers
from app.practice.server.times import ZONES, bar_date, moment, read_moment
from app.practice.wire import records, replies, requests, tick_replies
from app.practice.wire.codes import HISTORY_ERROR, INVALID, NO_HISTORY_QUERY, Complaint

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

WHOLE_DAY_SIZES = ("1 day", "1 week", "1W", "1 month", "1M")
KINDS = {"TRADES", "MIDPOINT", "BID", "ASK", "BID_ASK", "ADJUSTED_LAST"}
SMALL_BARS = ("1 secs", "1 sec", "5 secs", "10 secs", "15 secs", "30 secs")
QUERY_CANCELLED = HISTORY_ERROR.about("API historical data query cancelled: {}")


@answers(requests.HistoricalData)
def historical_data(gateway: Gateway, session: Session, request: requests.HistoricalData) -> None:
    """Tell the bars that were asked for, and follow them when they are to be kept up to date."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None:
        return
    if request.what.upper() == "SCHEDULE":
        _tell_schedule(gateway, session, request, contract)
        return
    gateway.step()
    refusal = _refusal(gateway, session, request, contract)
    if refusal is None:
        try:
            refusal = _tell(gateway, session, request, contract)
        except ValueError as problem:
            refusal = INVALID.about("bM", str(problem))
    if refusal is not None:
        session.complain(request.req_id, refusal)


def _refusal(
    gateway: Gateway, session: Session, request: requests.HistoricalData, contract: Contract
) -> Complaint | None:
    if request.keep_up_to_date and request.end:
        return INVALID.about("bM", "End date not supported with keep up to date")
    if request.end and read_moment(request.end) is None:
        return INVALID.about("bM", f"Invalid end date/time {request.end}")
    if request.what.upper() not in KINDS:
        return INVALID.about("bM", f"Historical data of type {request.what} is not available")
    if not _has_kind(contract, request.what.upper()):
        name = f"{contract.symbol}/{contract.sec_type}@{contract.exchange} {request.what.title()}"
        return HISTORY_ERROR.about(f"No historical market data for {name}")
    fault = gateway.faults.history_refusal(session)
    if fault is not None:
        return fault
    if request.keep_up_to_date and (full := gateway.limits.open_refusal(gateway.bars.count(session))) is not None:
        return full
    what, is_small = request.what.upper(), request.bar_size in SMALL_BARS
    place = (contract.con_id, request.contract.exchange, what)
    key = (*place, request.end, request.bar_size, request.duration, request.regular_hours, request.keep_up_to_date)
    weight = 2 if what == "BID_ASK" else 1
    return gateway.limits.history_refusal(session, key, place, weight=weight, is_small=is_small)


def _has_kind(contract: Contract, what: str) -> bool:
    """Return whether there are bars of a kind: currencies have no trades, an index has nothing else."""
    is_of_trades = what in {"TRADES", "ADJUSTED_LAST"}
    return contract.has_trades if is_of_trades else contract.is_tradable


def _tell(gateway: Gateway, session: Session, request: requests.HistoricalData, contract: Contract) -> Complaint | None:
    now = gateway.clock.now()
    end = (read_moment(request.end) if request.end else None) or now
    what = request.what.upper()
    bars = bars_of(gateway, contract, request, what, end=end, now=now, span=request.duration)
    if not len(bars):
        name = f"{contract.symbol}@{request.contract.exchange or contract.exchange} {what.title()}"
        return HISTORY_ERROR.about(f"HMDS query returned no data: {name}")
    rows = bar_rows(bars, request.bar_size, request.date_format, session.version, contract.time_zone)
    begins, ends = (moment(at, session.version, contract.time_zone) for at in (float(bars.start[0]), end))
    session.send(replies.History(req_id=request.req_id, start=begins, end=ends, bars=tuple(rows)))
    if request.keep_up_to_date:
        gateway.bars.follow(session, request, contract, float(bars.start[-1]))
    return None


def bars_of(gateway: Gateway, contract: Contract, request: requests.HistoricalData, what: str, **stretch: Any) -> Bars:
    """Return bars of a kind; BID_ASK opens and falls with the bid, closes and rises with the ask."""
    if what != "BID_ASK":
        return gateway.market.bars(contract.con_id, request.bar_size, what=what, **stretch)
    bids = gateway.market.bars(contract.con_id, request.bar_size, what="BID", **stretch)
    asks = gateway.market.bars(contract.con_id, request.bar_size, what="ASK", **stretch)
    return replace(bids, high=asks.high, close=asks.close)


def _tell_schedule(gateway: Gateway, session: Session, request: requests.HistoricalData, contract: Contract) -> None:
    now, hours = gateway.clock.now(), hours_of(contract.calendar)
    end = (read_moment(request.end) if request.end else None) or now
    bars = gateway.market.bars(contract.con_id, "1 day", end=end, now=now, span=request.duration)
    if not len(bars):
        session.complain(request.req_id, HISTORY_ERROR.about("HMDS query returned no data"))
        return
    days = [_day(stamp) for stamp in bars.day.tolist()]
    sessions = tuple(
        tick_replies.Session(start=_dashed(opens, contract), end=_dashed(closes, contract), day=f"{day:%Y%m%d}")
        for day in days
        for opens, closes in [hours.open_close(day)]
    )
    session.send(
        tick_replies.Schedule(
            req_id=request.req_id,
            start=sessions[0].start,
            end=sessions[-1].end,
            time_zone=contract.time_zone,
            sessions=sessions,
        )
    )


def _dashed(at: float, contract: Contract) -> str:
    return f"{datetime.fromtimestamp(at, ZONES[contract.time_zone]):%Y%m%d-%H:%M:%S}"


def bar_rows(bars: Bars, size: str, date_format: int, version: int, zone: str) -> list[records.HistoryBar]:
    """Return the columns as rows with dates worded in a zone."""
    is_daily = size in WHOLE_DAY_SIZES
    columns = (bars.start, bars.day, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.wap, bars.count)
    return [
        records.HistoryBar(
            date=bar_date(start, _day(stamp) if is_daily else None, date_format, version, zone),
            open=opened,
            high=high,
            low=low,
            close=close,
            volume=Decimal(volume),
            average=round(wap, 6),
            count=count,
        )
        for start, stamp, opened, high, low, close, volume, wap, count in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


def _day(stamp: int) -> date:
    return date(stamp // 10_000, stamp // 100 % 100, stamp % 100)


@answers(requests.CancelHistoricalData)
def cancel_historical_data(gateway: Gateway, session: Session, request: requests.CancelHistoricalData) -> None:
    """Stop following; a query that does not run is 366."""
    if gateway.bars.unfollow(session, request.req_id):
        text = QUERY_CANCELLED.text.format(request.req_id)
        session.complain(request.req_id, Complaint(QUERY_CANCELLED.code, text))
    else:
        session.complain(request.req_id, NO_HISTORY_QUERY.about(request.req_id))


@answers(requests.HeadTimestampQuery)
def head_timestamp(gateway: Gateway, session: Session, request: requests.HeadTimestampQuery) -> None:
    """Tell when a contract's history begins."""
    contract = gateway.resolve(session, request.req_id, request.contract)
    if contract is None:
        return
    head = gateway.market.head(contract.con_id)
    worded = f"{datetime.fromtimestamp(head, UTC):%Y%m%d-%H:%M:%S}"
    text = str(int(head)) if request.date_format == 2 else worded
    session.send(replies.HeadTimestamp(req_id=request.req_id, time=text))


@answers(requests.CancelHeadTimestamp)
def cancel_head_timestamp(gateway: Gateway, session: Session, request: requests.CancelHeadTimestamp) -> None:
    """Do nothing: the answer has left already."""
