"""A survey as `tapeline analyse` prints it: the analysis with the chart's shape added, as JSON and for a terminal.

The keys of the analysis stay as they are; what is added here comes after them.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.cli.shapes import Json, analysis_object, bar_time, check_object
from app.domain.bars import Timeframe
from app.domain.structure import Zone
from app.domain.survey import Survey

MOST_ZONES = 5


def survey_object(survey: Survey) -> Json:
    """Return a survey as `tapeline analyse --json` prints it."""
    analysis, timeframe = survey.analysis, survey.analysis.timeframe
    whole = analysis_object(analysis)
    other = analysis.confirmation
    whole["confirmation_checks"] = [check_object(check) for check in other.checks] if other else []
    whole["confirmation_trend"] = other.trend.value if other else None
    whole["resistance"] = [_zone(zone, timeframe) for zone in survey.zones.resistances[:MOST_ZONES]]
    whole["support"] = [_zone(zone, timeframe) for zone in survey.zones.supports[:MOST_ZONES]]
    whole["volume"] = _volume(survey)
    whole["cross"] = _cross(survey)
    whole["bollinger"] = _bollinger(survey)
    whole["size_example"] = _example(survey)
    return whole


def survey_lines(survey: Survey) -> list[str]:
    """Return what a terminal shows of a chart's shape."""
    timeframe = survey.analysis.timeframe
    lines = ["", *_zone_lines("resistance", survey.zones.resistances), *_zone_lines("support", survey.zones.supports)]
    volume, cross, bands, example = survey.volume, survey.golden, survey.bollinger, survey.example
    if volume is not None:
        lines.append(f"  volume        {volume.volume:,.0f}, {volume.ratio:.2f} of its average {volume.mean:,.0f}")
    if cross is not None:
        kind, at = "golden cross" if cross.is_up else "death cross", bar_time(cross.time, timeframe)
        lines.append(f"  cross         {kind} (SMA 50, SMA 200) at {at}, {cross.bars_ago} bars ago")
    if bands is not None:
        where = bands.band.value.replace("_", " ")
        lines.append(f"  bollinger     {where}, {bands.position:.0%} from {bands.lower:.8g} to {bands.upper:.8g}")
    if example is not None:
        account = f"an account of {example.equity:f} at {example.risk_percent} % risk"
        bound, risk = example.bound_by.replace("_", " "), f"at risk {example.risk_money:.2f}"
        lines.append(f"  size example  {example.quantity:f} for {account}, bound by {bound}; {risk}")
    return lines if len(lines) > 1 else []


def _zone_lines(name: str, zones: Sequence[Zone]) -> list[str]:
    if not zones:
        return []
    prices = ", ".join(f"{zone.price:.8g} ({zone.touches})" for zone in zones[:MOST_ZONES])
    return [f"  {name:14}{prices}"]


def _zone(zone: Zone, timeframe: Timeframe) -> Json:
    return {
        "price": zone.price,
        "far": zone.far,
        "touches": zone.touches,
        "first": bar_time(zone.first, timeframe),
        "last": bar_time(zone.last, timeframe),
    }


def _volume(survey: Survey) -> Json | None:
    found = survey.volume
    return None if found is None else {"last": found.volume, "average": found.mean, "ratio": found.ratio}


def _cross(survey: Survey) -> Json | None:
    found = survey.golden
    if found is None:
        return None
    at = bar_time(found.time, survey.analysis.timeframe)
    return {"kind": "golden" if found.is_up else "death", "at": at, "bars_ago": found.bars_ago}


def _bollinger(survey: Survey) -> Json | None:
    found = survey.bollinger
    if found is None:
        return None
    return {
        "upper": found.upper,
        "middle": found.middle,
        "lower": found.lower,
        "position": found.position,
        "width": found.width,
        "band": found.band.value,
    }


def _example(survey: Survey) -> Json | None:
    found = survey.example
    if found is None:
        return None
    return {
        "equity": float(found.equity),
        "risk_percent": float(found.risk_percent),
        "quantity": float(found.quantity),
        "bound_by": found.bound_by,
        "risk_money": float(found.risk_money),
        "value": float(found.value),
    }
