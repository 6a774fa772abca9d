"""What the broker's hours say of days: which are closed, and when a usual one is open."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from app.domain.hours import closed_days, open_minutes
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.venues import calendar_of

NEW_YORK = "20261126:CLOSED;20261127:0930-20261127:1300;20261130:0930-20261130:1600"
TOKYO = "20261123:CLOSED;20261124:0900-20261124:1130;20261124:1230-20261124:1530"
CHICAGO = "20261122:1700-20261123:1600;20261123:1700-20261124:1600"


def test_a_day_is_closed_where_the_broker_says_so_and_gives_no_hours() -> None:
    assert closed_days(NEW_YORK) == {date(2026, 11, 26)}
    assert closed_days("20261126:CLOSED;20261126:0930-20261126:1300") == set()
    assert closed_days("nonsense") == set()


@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        (NEW_YORK, ((570, 960),)),  # the whole day, not the half one before it
        (TOKYO, ((540, 690), (750, 930))),
        (CHICAGO, ((0, 960), (1020, 1440))),
        ("", ()),
    ],
)
def test_a_usual_day_is_open_at_these_minutes(hours: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert open_minutes(hours) == spans


def listed(kind: InstrumentKind, exchange: str, primary: str = "") -> Instrument:
    return Instrument(ConId(1), "X", kind, exchange, primary, "USD", multiplier=Decimal(1))


@pytest.mark.parametrize(
    ("instrument", "calendar"),
    [
        (listed(InstrumentKind.STOCK, "SMART", "NASDAQ"), "XNYS"),
        (listed(InstrumentKind.STOCK, "SMART", "LSE"), "XLON"),
        (listed(InstrumentKind.ETF, "SMART", "IBIS2"), "XETR"),
        (listed(InstrumentKind.STOCK, "SMART", "TSEJ"), "XTKS"),
        (listed(InstrumentKind.FUTURE, "CME"), "CMES"),
        (listed(InstrumentKind.FX, "IDEALPRO"), "24/5"),
        (listed(InstrumentKind.STOCK, "SMART", "NOWHERE"), None),
        (listed(InstrumentKind.OTHER, "SMART", "NYSE"), None),
    ],
)
def test_each_instrument_keeps_the_calendar_of_its_own_exchange(instrument: Instrument, calendar: str | None) -> None:
    assert calendar_of(instrument) == calendar
