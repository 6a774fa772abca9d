"""How moments are worded on the wire, which depends on the client's version, and how worded moments are read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

EXCHANGE_ZONE_NAME = "US/Eastern"
EXCHANGE_ZONE = ZoneInfo("America/New_York")
INSTRUMENT_ZONE = 174
# The zones of exchanges as a gateway names them; not every machine's zone table has the old names.
ZONES = {
    EXCHANGE_ZONE_NAME: EXCHANGE_ZONE,
    "US/Central": ZoneInfo("America/Chicago"),
    "MET": ZoneInfo("Europe/Berlin"),
    "GB-Eire": ZoneInfo("Europe/London"),
    "Japan": ZoneInfo("Asia/Tokyo"),
}

_WORDED = re.compile(r"^(\d{8})(?:(?:\s+|-)(\d{2}:\d{2}(?::\d{2})?))?(?:\s+(\S+))?$")


def greeting_time(at: float) -> str:
    """Return the connection time of the handshake, for example `20260130 10:00:00 EST`."""
    return f"{datetime.fromtimestamp(at, EXCHANGE_ZONE):%Y%m%d %H:%M:%S %Z}"


def moment(at: float, version: int, zone: str = EXCHANGE_ZONE_NAME) -> str:
    """Return a moment with its zone from version 174 on, before in New York's time with two blanks and no zone."""
    if version >= INSTRUMENT_ZONE:
        return f"{datetime.fromtimestamp(at, ZONES[zone]):%Y%m%d %H:%M:%S} {zone}"
    return f"{datetime.fromtimestamp(at, EXCHANGE_ZONE):%Y%m%d  %H:%M:%S}"


def bar_date(at: float, day: date | None, date_format: int, version: int, zone: str = EXCHANGE_ZONE_NAME) -> str:
    """Return a bar's date: the day for daily bars, else epoch seconds (format 2) or a moment in the contract's zone."""
    if day is not None:
        return f"{day:%Y%m%d}"
    return str(int(at)) if date_format == 2 else moment(at, version, zone)


def read_moment(text: str) -> float | None:
    """Return the UTC epoch seconds of a worded moment; None for a text in no known form.

    Known: `20260130 10:00:00`, with a zone behind it, `20260130-15:00:00` (which is UTC) and a bare day.
    """
    found = _WORDED.match(text.strip())
    if found is None:
        return None
    day, clock, zone_name = found.groups()
    is_utc = clock is not None and text.strip()[8:9] == "-" and zone_name is None
    zone = UTC if is_utc else _zone(zone_name)
    if zone is None:
        return None
    clock = clock or "00:00:00"
    try:
        form = "%Y%m%d %H:%M:%S" if clock.count(":") == 2 else "%Y%m%d %H:%M"
        return datetime.strptime(f"{day} {clock}", form).replace(tzinfo=zone).timestamp()
    except ValueError:
        return None


def _zone(name: str | None) -> ZoneInfo | None:
    if name is None or name in {"EST", "EDT"}:
        return EXCHANGE_ZONE
    if name in ZONES:
        return ZONES[name]
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError):
        return None


def midnight(at: float) -> float:
    """Return the start of the exchange's day that holds this moment."""
    local = datetime.fromtimestamp(at, EXCHANGE_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
