"""Session arithmetic on an exchange calendar, and the trading hours text that clients read.

Holidays and early closes come from tables written by exchange_calendars (packaging/make_practice_data.py): opening
that package takes half a second and pandas, which a gateway that must listen at once has no use for.
A session may open on the evening before its date (futures, currencies) and pause for lunch (Tokyo).
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from app.practice.resources import practice_resources

MarketMode = Literal["always", "hours"]
SESSIONS_TOLD = 6


class Hours:
    """The sessions of one exchange; a session is named by its date."""

    def __init__(self, calendar: str = "XNYS") -> None:
        table = json.loads((practice_resources() / f"{calendar}.json").read_text(encoding="utf-8"))
        self.name = calendar
        self.zone = ZoneInfo(table["time_zone"])
        self._open = time.fromisoformat(table["open"])
        self._opens_before = timedelta(days=table.get("open_days_before", 0))
        self._close = time.fromisoformat(table["close"])
        self._closes_until = [
            (date.fromisoformat(day), time.fromisoformat(at)) for day, at in table.get("closes_until", {}).items()
        ]
        self._lunch = _two_times(table.get("lunch"))
        self._liquid = _two_times(table.get("liquid"))
        self._early = {date.fromisoformat(day): time.fromisoformat(at) for day, at in table["early_closes"].items()}
        holidays = {date.fromisoformat(day).toordinal() for day in table["holidays"]}
        first, last = (date.fromisoformat(table[name]).toordinal() for name in ("first", "last"))
        # 1 January of year 1 was a Monday: ordinals 1 to 5 of each seven are weekdays.
        self._days = [day for day in range(first, last + 1) if 1 <= day % 7 <= 5 and day not in holidays]
        self._bounds: dict[date, tuple[float, float]] = {}

    def is_session(self, day: date) -> bool:
        """Return whether the exchange opens on that date."""
        at = bisect_left(self._days, day.toordinal())
        return self._days[at] == day.toordinal()

    def open_close(self, session: date) -> tuple[float, float]:
        """Return the session's regular open and close in UTC epoch seconds."""
        bounds = self._bounds.get(session)
        if bounds is None:
            close = self._early.get(session) or self._usual_close(session)
            bounds = self._epoch(session - self._opens_before, self._open), self._epoch(session, close)
            self._bounds[session] = bounds
        return bounds

    def lunch(self, session: date) -> tuple[float, float] | None:
        """Return when the session pauses in UTC epoch seconds, or None."""
        if self._lunch is None:
            return None
        return self._epoch(session, self._lunch[0]), self._epoch(session, self._lunch[1])

    def session_of(self, at: float) -> date:
        """Return the session that a moment belongs to: the first one whose close is later than `at`."""
        index = bisect_left(self._days, datetime.fromtimestamp(at, UTC).toordinal() - 1)
        while self.open_close(self._date(index))[1] <= at:
            index += 1
        return self._date(index)

    def last_closed_session(self, at: float) -> date:
        """Return the last session whose close is not later than `at`."""
        return self.previous_session(self.session_of(at))

    def next_session(self, session: date) -> date:
        """Return the first session after that date."""
        return self._date(bisect_right(self._days, session.toordinal()))

    def previous_session(self, session: date) -> date:
        """Return the last session before that date."""
        return self._date(bisect_left(self._days, session.toordinal()) - 1)

    def offset_session(self, session: date, count: int) -> date:
        """Return the session `count` sessions after (or, negative, before) a session."""
        return self._date(bisect_left(self._days, session.toordinal()) + count)

    def sessions_between(self, first: date, last: date) -> list[date]:
        """Return the sessions from `first` to `last`, both included."""
        low, high = bisect_left(self._days, first.toordinal()), bisect_right(self._days, last.toordinal())
        return [date.fromordinal(day) for day in self._days[low:high]]

    def count_between(self, first: date, last: date) -> int:
        """Return how many sessions lie from `first` to `last`, both included; 0 when there are none."""
        low, high = bisect_left(self._days, first.toordinal()), bisect_right(self._days, last.toordinal())
        return max(0, high - low)

    def count_until(self, last: date) -> int:
        """Return how many sessions the calendar knows up to `last`, apart from its first: a window needs one before."""
        return bisect_right(self._days, last.toordinal()) - 1

    def window(self, session: date, mode: MarketMode) -> tuple[float, float]:
        """Return when the session's ticks begin and end: its regular hours, or all time since the previous close."""
        opens, closes = self.open_close(session)
        if mode == "hours":
            return opens, closes
        return self.open_close(self.previous_session(session))[1], closes

    def is_open(self, at: float, mode: MarketMode) -> bool:
        """Return whether the market trades at that moment."""
        if mode == "always":
            return True
        session = self.session_of(at)
        pause = self.lunch(session)
        return self.open_close(session)[0] <= at and not (pause and pause[0] <= at < pause[1])

    def hours_texts(self, at: float, mode: MarketMode) -> tuple[str, str]:
        """Return (tradingHours, liquidHours) from the exchange's present day on, as TWS words them.

        Stocks have no pre-market or late session here, so both say the same; futures are liquid by day. In the always
        open market they list windows that touch, each ending at its session's close.
        """
        if mode == "always":
            text = self._windows_text(at)
            return text, text
        first = datetime.fromtimestamp(at, self.zone).date()
        days = [date.fromordinal(first.toordinal() + n) for n in range(SESSIONS_TOLD)]
        return ";".join(map(self._regular_text, days)), ";".join(map(self._liquid_text, days))

    def _windows_text(self, at: float) -> str:
        session, parts = self.session_of(at), []
        for _ in range(SESSIONS_TOLD):
            parts.append(self._span(self.window(session, "always")))
            session = self.next_session(session)
        return ";".join(parts)

    def _regular_text(self, day: date) -> str:
        if not self.is_session(day):
            return f"{day:%Y%m%d}:CLOSED"
        opens, closes = self.open_close(day)
        pause = self.lunch(day)
        if pause is None:
            return self._span((opens, closes))
        return f"{self._span((opens, pause[0]))};{self._span((pause[1], closes))}"

    def _liquid_text(self, day: date) -> str:
        if self._liquid is None or not self.is_session(day):
            return self._regular_text(day)
        opens, closes = (self._epoch(day, at) for at in self._liquid)
        return self._span((opens, min(closes, self.open_close(day)[1])))

    def _span(self, bounds: tuple[float, float]) -> str:
        return f"{self._stamp(bounds[0])}-{self._stamp(bounds[1])}"

    def _usual_close(self, session: date) -> time:
        return next((close for until, close in self._closes_until if session < until), self._close)

    def _stamp(self, at: float) -> str:
        return f"{datetime.fromtimestamp(at, self.zone):%Y%m%d:%H%M}"

    def _epoch(self, day: date, at: time) -> float:
        return datetime.combine(day, at, self.zone).timestamp()

    def _date(self, index: int) -> date:
        if not 0 <= index < len(self._days):
            raise ValueError(f"the {self.name} calendar ends at {date.fromordinal(self._days[-1])}")
        return date.fromordinal(self._days[index])


def _two_times(words: list[str] | None) -> tuple[time, time] | None:
    return None if words is None else (time.fromisoformat(words[0]), time.fromisoformat(words[1]))


@cache
def hours_of(calendar: str) -> Hours:
    """Return the shared Hours of a calendar."""
    return Hours(calendar)
