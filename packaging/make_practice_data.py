"""Regenerate resources/practice: daily bars from bokeh_sampledata, exchange calendars from exchange_calendars.

Run with both packages installed: `python packaging/make_practice_data.py`. The bars are copied as they are (raw values
and the source's adjusted close); the gateway adjusts them when it reads them.
"""

from __future__ import annotations

import csv
import gzip
import importlib.resources
import json
from dataclasses import dataclass
from pathlib import Path

import exchange_calendars
import pandas

TARGET = Path(__file__).resolve().parent.parent / "resources" / "practice"
LAST = "2049-12-31"


@dataclass(frozen=True, slots=True)
class Place:
    """A calendar to write; times are local, `open_days_before` 1 means that a session opens on the evening before.

    `source` is the exchange_calendars name, blank for a market that closes on New Year's Day and Christmas only.
    `liquid` are the hours when most is traded, where they are not all hours.
    """

    name: str
    source: str
    first: str
    open: str
    close: str
    zone: str = ""
    open_days_before: int = 0
    former_closes: tuple[tuple[str, str], ...] = ()
    lunch: tuple[str, str] | None = None
    liquid: tuple[str, str] | None = None


PLACES = (
    Place("XNYS", "XNYS", "1985-01-01", "09:30", "16:00"),
    Place("XETR", "XETR", "1999-01-01", "09:00", "17:30"),
    Place("XPAR", "XPAR", "1999-01-01", "09:00", "17:30"),
    Place("XLON", "XLON", "1999-01-01", "08:00", "16:30"),
    Place(
        "XTKS", "XTKS", "1999-01-01", "09:00", "15:30", former_closes=(("2024-11-05", "15:00"),),
        lunch=("11:30", "12:30"),
    ),
    # Globex trades until 16:00 and settles then; the calendar's own close is the 17:00 at which the next day begins.
    Place("CMES", "CMES", "1999-01-01", "17:00", "16:00", open_days_before=1, liquid=("08:30", "15:00")),
    Place("FOREX", "", "1999-01-01", "17:15", "17:00", zone="America/New_York", open_days_before=1),
)  # fmt: skip


def write_bars() -> None:
    """Write one gzipped CSV a symbol: date,open,high,low,close,volume,adjusted."""
    source = importlib.resources.files("bokeh_sampledata") / "_data" / "stocks.csv.gz"
    by_symbol: dict[str, list[list[str]]] = {}
    with source.open("rb") as raw, gzip.open(raw, "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        for symbol, *values in rows:
            by_symbol.setdefault(symbol, []).append(values)
    for symbol, lines in by_symbol.items():
        body = "\n".join(",".join(line) for line in [["date,open,high,low,close,volume,adjusted"], *lines]) + "\n"
        (TARGET / f"{symbol}.csv.gz").write_bytes(gzip.compress(body.encode(), 9, mtime=0))


def write_calendar(place: Place) -> None:
    """Write the weekdays without a session, the early closes and the hours of a place."""
    weekdays = pandas.bdate_range(place.first, LAST)
    if place.source:
        calendar = exchange_calendars.get_calendar(place.source, start=place.first, end=LAST)
        holidays = [str(day.date()) for day in weekdays.difference(calendar.sessions)]
        early = {
            str(day.date()): f"{calendar.closes[day].tz_convert(calendar.tz):%H:%M}" for day in calendar.early_closes
        }
        zone, source = str(calendar.tz), f"exchange_calendars {exchange_calendars.__version__}"
    else:
        holidays = [str(day.date()) for day in weekdays if (day.month, day.day) in {(1, 1), (12, 25)}]
        early, zone, source = {}, place.zone, "closed on 1 January and 25 December"
    content = {
        "name": place.name,
        "source": source,
        "time_zone": zone,
        "open": place.open,
        "close": place.close,
        "first": place.first,
        "last": LAST,
        "holidays": holidays,
        "early_closes": early,
        **_extras(place),
    }
    (TARGET / f"{place.name}.json").write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


def _extras(place: Place) -> dict[str, object]:
    extras: dict[str, object] = {}
    if place.open_days_before:
        extras["open_days_before"] = place.open_days_before
    if place.former_closes:
        extras["closes_until"] = dict(place.former_closes)
    if place.lunch:
        extras["lunch"] = place.lunch
    if place.liquid:
        extras["liquid"] = place.liquid
    return extras


if __name__ == "__main__":
    write_bars()
    for each in PLACES:
        write_calendar(each)
