"""Sessions of an instrument's own exchange: opened beside the loop, told of once, and the broker's word on the day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date

from app.adapters.calendar import open_calendar
from app.domain.errors import UserError
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.ports import Calendar
from app.services.sessions import Sessions, SessionsKnown

FIRST, LAST = date(2024, 12, 20), date(2025, 1, 6)
APPLE = Instrument(ConId(1), "AAPL", InstrumentKind.STOCK, "SMART", "NASDAQ", "USD")
ASHBOURNE = Instrument(ConId(2), "ASH.", InstrumentKind.STOCK, "SMART", "LSE", "GBP", time_zone="GB-Eire")


async def test_another_exchange_is_opened_once_and_then_known_with_its_own_holidays() -> None:
    bus, tasks, told, opened = Bus(), Tasks(), asyncio.Event(), list[str]()

    def opening(name: str, first: date, last: date) -> Calendar:
        opened.append(name)
        return open_calendar(name, first, last)

    bus.on(SessionsKnown, lambda known: told.set())
    sessions = Sessions(open_calendar("XNYS", FIRST, LAST), opening, bus, tasks)
    new_york = sessions.of(APPLE, FIRST, LAST)
    assert new_york is not None
    assert date(2024, 12, 26) in new_york
    assert sessions.of(ASHBOURNE, FIRST, LAST) is None
    assert sessions.of(ASHBOURNE, FIRST, LAST) is None
    await asyncio.wait_for(told.wait(), 30)
    london = sessions.of(ASHBOURNE, FIRST, LAST)
    assert london is not None
    assert date(2024, 12, 26) not in london  # Boxing Day is London's alone
    assert set(new_york) - set(london) == {date(2024, 12, 26)}
    assert opened == ["XLON"]
    await tasks.close()


async def test_a_day_that_the_broker_states_as_closed_is_no_session() -> None:
    sessions = Sessions(open_calendar("XNYS", FIRST, LAST), open_calendar, Bus(), Tasks())
    mourned = replace(APPLE, liquid_hours="20241231:CLOSED;20250102:0930-20250102:1600")
    found = sessions.of(mourned, FIRST, LAST)
    assert found is not None
    assert date(2024, 12, 31) not in found
    assert date(2025, 1, 2) in found


async def test_a_calendar_that_is_not_there_leaves_the_sessions_unknown() -> None:
    def missing(name: str, first: date, last: date) -> Calendar:
        raise UserError(f"There is no calendar {name!r}.")

    tasks = Tasks()
    sessions = Sessions(open_calendar("XNYS", FIRST, LAST), missing, Bus(), tasks)
    assert sessions.of(ASHBOURNE, FIRST, LAST) is None
    await tasks.close()
    assert sessions.of(ASHBOURNE, FIRST, LAST) is None
