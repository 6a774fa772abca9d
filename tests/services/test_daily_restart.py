"""When new orders wait for the gateway's restart of the day, on a clock that is set by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest

from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.daily_restart import DailyRestart
from app.services.session_view import SessionState, SessionView

NEW_YORK = ZoneInfo("America/New_York")
DUE = datetime(2026, 11, 23, 23, 45, tzinfo=NEW_YORK)


class Watch(Clock):
    """A clock of a machine in New York that stands."""

    at: datetime = DUE

    def now(self) -> datetime:
        return self.at.astimezone(UTC)

    def local_zone(self) -> tzinfo:
        return NEW_YORK


@pytest.mark.parametrize(
    ("seconds", "held"), [(-3600, ""), (-61, ""), (-60, "in 60 s"), (-1, "in 1 s"), (0, "at 23:45"), (299, "at 23:45"),
                          (301, ""), (43_000, "")]
)  # fmt: skip
def test_a3_orders_wait_from_a_minute_before_until_five_after(seconds: int, held: str) -> None:
    clock, bus = Watch(), Bus()
    restart = DailyRestart(bus, clock)
    restart.expect("23:45")
    clock.at = DUE + timedelta(seconds=seconds)
    assert held in restart.why_held
    assert bool(held) is bool(restart.why_held)
    restart.expect("")
    assert restart.why_held == ""


def test_a3_a_gateway_that_went_away_within_that_time_has_restarted() -> None:
    clock, bus = Watch(), Bus()
    restart = DailyRestart(bus, clock)
    restart.expect("23:45")
    clock.at = DUE - timedelta(hours=2)
    for state in (SessionState.READY, SessionState.OFFLINE):
        bus.publish(SessionView(state))
    clock.at = DUE + timedelta(seconds=5)
    for state in (SessionState.CONNECTING, SessionState.SYNCING, SessionState.READY):
        bus.publish(SessionView(state))
        assert restart.why_held, "the line was lost hours ago"
    bus.publish(SessionView(SessionState.OFFLINE))
    assert restart.why_held == "", "from here on the session itself holds orders until it is matched"


def test_a3_a_restart_at_midnight_is_seen_from_both_of_its_days() -> None:
    clock = Watch()
    restart = DailyRestart(Bus(), clock)
    restart.expect("00:00")
    for day, hour, minute, second in ((23, 23, 59, 30), (24, 0, 0, 30)):
        clock.at = datetime(2026, 11, day, hour, minute, second, tzinfo=NEW_YORK)
        assert restart.why_held
