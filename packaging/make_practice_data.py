"""Regenerate resources/practice: daily bars from bokeh_sampledata, exchange calendar from exchange_calendars.

Run with both packages installed: `python packaging/make_practice_data.py`. The bars are copied as they are (raw values
and the source's adjusted close); the gateway adjusts them when it reads them.
"""

from __future__ import annotations

import csv
import gzip
import importlib.resources
import json
from pathlib import Path

import exchange_calendars
import pandas

TARGET = Path(__file__).resolve().parent.parent / "resources" / "practice"
FIRST, LAST = "1995-01-01", "2049-12-31"


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


def write_calendar() -> None:
    """Write the weekdays without a session and the early closes of the New York exchanges."""
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST)
    weekdays = pandas.bdate_range(FIRST, LAST)
    early = {str(day.date()): f"{calendar.closes[day].tz_convert(calendar.tz):%H:%M}" for day in calendar.early_closes}
    content = {
        "name": "XNYS",
        "source": f"exchange_calendars {exchange_calendars.__version__}",
        "time_zone": "America/New_York",
        "open": "09:30",
        "close": "16:00",
        "first": FIRST,
        "last": LAST,
        "holidays": [str(day.date()) for day in weekdays.difference(calendar.sessions)],
        "early_closes": early,
    }
    (TARGET / "XNYS.json").write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_bars()
    write_calendar()
