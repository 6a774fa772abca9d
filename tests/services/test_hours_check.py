"""Row D5 of the fault list: the gateway's hours win, and a difference from the exchange's calendar is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.adapters.calendar import open_calendar
from app.domain.events import InstrumentLearned
from app.domain.hours import is_open, stated_closes
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.hours_check import HoursCheck, HoursDiffer
from app.services.sessions import Sessions
from app.ui.panels.connection_words import hours_words
from tests.support.core import Trader

NEW_YORK = ZoneInfo("America/New_York")
ACME = Instrument(ConId(1), "ACME", InstrumentKind.STOCK, "SMART", "NYSE", "USD", time_zone="America/New_York")
FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)


def checked(hours: str, instrument: Instrument = ACME) -> list[HoursDiffer]:
    told: list[HoursDiffer] = []
    bus = Bus()
    bus.on(HoursDiffer, told.append)
    check = HoursCheck(Sessions(open_calendar("XNYS", FIRST, LAST), open_calendar, bus, Tasks()), bus)
    for _ in range(2):
        check.look(replace(instrument, liquid_hours=hours))
    assert tuple(told) == check.differences
    return told


def test_d5_hours_as_the_calendar_has_them_are_not_spoken_of() -> None:
    assert checked("20261125:0930-20261125:1600;20261126:CLOSED;20261127:0930-20261127:1300;20261128:CLOSED") == []
    assert checked("") == []
    assert checked("20261125:0930-20261125:1200", replace(ACME, time_zone="")) == []


def test_d5_each_kind_of_difference_is_told_once_a_day_with_both_sides() -> None:
    told = [one.told for one in checked("20261125:CLOSED;20261126:0930-20261126:1600;20261127:0930-20261127:1600")]
    assert told == [
        "ACME on 25 Nov 2026: the gateway states closed, the calendar XNYS a session; closed counts.",
        "ACME on 26 Nov 2026: the gateway states a session, the calendar XNYS none; the session counts.",
        "ACME on 27 Nov 2026: the gateway states a close at 16:00, the calendar XNYS at 13:00; 16:00 counts.",
    ]


def test_a_session_that_begins_the_evening_before_closes_on_its_own_day() -> None:
    closes = stated_closes("20261122:1800-20261123:1700;20261123:1800-20261124:1700;20261128:CLOSED", "America/Chicago")
    assert {day.day: close and close.hour for day, close in closes.items()} == {23: 17, 24: 17, 28: None}


async def test_d5_a_gateway_whose_hours_differ_is_believed_and_told_of(wide_trader: Trader) -> None:
    core, told = wide_trader.core, list[HoursDiffer]()
    core.bus.on(HoursDiffer, told.append)
    aapl = await core.market.resolve("AAPL")
    assert told == [], "its hours are the calendar's"
    session = core.runs._calendar.next_session(core.clock.market().astimezone(NEW_YORK).date() + timedelta(days=1))
    early = f"{session:%Y%m%d}:0930-{session:%Y%m%d}:1115"
    await wide_trader.gateway.fault("hours", symbol="AAPL", liquid=early)
    noon = datetime(session.year, session.month, session.day, 12, tzinfo=NEW_YORK)
    found = (await core.market._channel.describe("AAPL", aapl.con_id))[0]

    for _ in range(2):
        await core.facts.enter(InstrumentLearned(at=datetime.now(UTC), instrument=found))
    (difference,) = told
    assert "AAPL on" in difference.told
    assert "states a close at 11:15, the calendar XNYS at" in difference.told
    assert is_open(wide_trader.state.instruments[aapl.con_id].liquid_hours, found.time_zone, noon) is False
    assert difference.told in hours_words(core.market.hours.differences)
