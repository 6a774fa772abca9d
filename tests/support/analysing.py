"""Runs `analyse` in this process as the command line does, on one calendar opened once."""

from __future__ import annotations

import io
import json
from argparse import ArgumentParser
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import exchange_calendars

from app.adapters.calendar import ExchangeCalendar, open_calendar
from app.adapters.csv_bars import read_csv_bars
from app.cli import analyse

FIRST, LAST = date(1990, 1, 1), date(2030, 12, 31)


@cache
def wide_calendar(name: str) -> ExchangeCalendar:
    """Return one exchange's calendar for all the years tests are dated in."""
    return open_calendar(name, FIRST, LAST)


@cache
def sessions() -> frozenset[date]:
    """Return the sessions of XNYS, straight from the library."""
    calendar = exchange_calendars.get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat())
    return frozenset(stamp.date() for stamp in calendar.sessions)


def analyse_text(*arguments: str) -> str:
    """Return what `tapeline analyse` prints for these arguments; raise what it raises."""
    parser = ArgumentParser()
    analyse.add_arguments(parser)
    out = io.StringIO()
    assert analyse.run(parser.parse_args(arguments), read_csv_bars, lambda name, *_: wide_calendar(name), out) == 0
    return out.getvalue()


def analyse_file(path: Path, *arguments: str) -> dict[str, Any]:
    """Return the JSON object `tapeline analyse --json` prints for a file."""
    answer = json.loads(analyse_text("--csv", str(path), "--json", *arguments))
    assert isinstance(answer, dict)
    return answer
