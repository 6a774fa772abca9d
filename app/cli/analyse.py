"""`tapeline analyse`: the rules read a CSV of bars; prints checks, signal, confidence, levels and reasons."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from app.cli.shapes import bar_time
from app.cli.survey import survey_lines, survey_object
from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.risk import RiskLimits
from app.domain.signals import Check, Confidence, Confirmation, Levels
from app.domain.strategies import Targets, ThreeOfFour
from app.domain.survey import Survey
from app.runtime.language import LANGUAGES

if TYPE_CHECKING:
    from app.services.ports import OpenCalendar, ReadBars

_CONFIRMATIONS = {"1w": Timeframe.W1, "none": None}
_MOST_EQUITY = Decimal("1e15")
_FINEST_TICK, _COARSEST_TICK = Decimal("1e-12"), Decimal("1e12")


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `analyse`; values are checked by `run`, so that each mistake is one sentence."""
    parser.add_argument("--csv", required=True, metavar="FILE", help="date (or time), open, high, low, close, volume")
    parser.add_argument("--symbol", default="", metavar="S", help="what the bars are of; only shown")
    parser.add_argument("--timeframe", default="1d", metavar="T", help="1m 5m 15m 30m 1h 4h 1d 1w 1mo (default 1d)")
    parser.add_argument("--confirm", default="1w", metavar="T", help="confirmation timeframe: 1w (default) or none")
    parser.add_argument("--tick", default="0.01", metavar="STEP", help="smallest price step (default 0.01)")
    parser.add_argument("--calendar", default="XNYS", metavar="NAME", help="exchange calendar (default XNYS)")
    parser.add_argument("--targets", default="atr", metavar="T", help="targets come from: atr (default) or levels")
    parser.add_argument("--equity", default="100000", metavar="N", help="account of the size example")
    parser.add_argument("--report", metavar="LANG", help="print the report in Markdown: en or zh")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: Namespace, read_bars: ReadBars, open_calendar: OpenCalendar, out: TextIO) -> int:
    """Analyse the file and print the result; return 0, or raise UserError when it could not be analysed."""
    from app.services.analysis import (  # TA-Lib comes with it: not for every other command
        Question,
        answer,
        example_of,
        survey_of,
    )

    timeframe = _timeframe(arguments.timeframe)
    confirmation = _confirmation(arguments.confirm)
    tick = _tick(arguments.tick)
    parameters = ThreeOfFour(targets=_targets(arguments.targets))
    equity, language = _equity(arguments.equity), _language(arguments.report)
    bars, notes = read_bars(Path(arguments.csv), timeframe)
    question = Question(
        symbol=arguments.symbol,
        timeframe=timeframe,
        bars=bars,
        tick_at=lambda price: tick,
        exchange=arguments.calendar,
        confirmation=confirmation,
        parameters=parameters,
        notes=notes,
    )
    analysis = answer(question, open_calendar)
    survey = survey_of(analysis, bars, example_of(analysis, equity, RiskLimits()))
    out.write(_written(survey, tick, language, is_json=arguments.json))
    return 0


def _written(survey: Survey, tick: Decimal, language: str, *, is_json: bool) -> str:
    if is_json:
        return as_json(survey)
    if not language:
        return as_text(survey)
    from app.runtime.language import Words
    from app.services.report import report

    exponent = tick.normalize().as_tuple().exponent
    return report(survey, Words(language), decimals=max(0, -exponent) if isinstance(exponent, int) else 2)


def _timeframe(text: str) -> Timeframe:
    try:
        return Timeframe(text)
    except ValueError:
        choices = " ".join(Timeframe)
        raise UserError(f"--timeframe must be one of {choices}, not {text!r}.") from None


def _confirmation(text: str) -> Timeframe | None:
    if text not in _CONFIRMATIONS:
        raise UserError(f"--confirm must be 1w or none, not {text!r}.")
    return _CONFIRMATIONS[text]


def _tick(text: str) -> Decimal:
    try:
        tick = Decimal(text)
    except InvalidOperation:
        tick = Decimal("NaN")
    if not tick.is_finite() or not _FINEST_TICK <= tick <= _COARSEST_TICK:
        raise UserError(f"--tick must be a price step such as 0.01, not {text!r}.")
    return tick


def _targets(text: str) -> Targets:
    try:
        return Targets(text)
    except ValueError:
        raise UserError(f"--targets must be atr or levels, not {text!r}.") from None


def _equity(text: str) -> Decimal:
    try:
        equity = Decimal(text)
    except InvalidOperation:
        equity = Decimal("NaN")
    if not equity.is_finite() or not 0 < equity <= _MOST_EQUITY:
        raise UserError(f"--equity must be an amount of money such as 100000, not {text!r}.")
    return equity


def _language(text: str | None) -> str:
    if text is not None and text not in LANGUAGES:
        raise UserError(f"--report must be {' or '.join(LANGUAGES)}, not {text!r}.")
    return text or ""


def as_json(survey: Survey) -> str:
    """Return the survey as one line of JSON."""
    return json.dumps(survey_object(survey), allow_nan=False) + "\n"


def as_text(survey: Survey) -> str:
    """Return the survey as a report for a terminal."""
    analysis = survey.analysis
    last_bar = bar_time(analysis.last_bar, analysis.timeframe)
    name = f"{analysis.symbol} " if analysis.symbol else ""
    relation = analysis.relation.value
    timeframe, other = analysis.confirmation_timeframe, analysis.confirmation
    confirmed_by = " ".join([timeframe.value if timeframe else "none", other.direction.value if other else ""]).strip()
    lines = [
        f"{name}{analysis.timeframe.value}, {analysis.bars} closed bars to {last_bar}, close {_number(analysis.close)}",
        "",
        f"  signal        {analysis.direction.value}, {analysis.trend.value.replace('_', ' ')}",
        f"  confidence    {_confidence(analysis.confidence)}",
        f"  confirmation  {confirmed_by}, {relation}",
        f"  actionable    {'yes' if analysis.actionable else 'no'}",
        "",
        f"  {'check':14}{'verdict':13}{'value':>14}{'threshold':>14}{'distance':>14}",
        *(_check_line(check) for check in analysis.primary.checks),
        f"  {'atr':27}{_number(analysis.indicators.atr):>14}",
        *_level_lines(analysis.levels),
        *_confirmation_lines(analysis.confirmation),
        *survey_lines(survey),
    ]
    if analysis.reasons:
        lines += ["", *(f"  - {reason}" for reason in analysis.reasons)]
    return "\n".join(lines) + "\n"


def _confirmation_lines(other: Confirmation | None) -> list[str]:
    if other is None:
        return []
    title = f"  {other.timeframe.value}: {other.direction.value}, {other.trend.value.replace('_', ' ')}"
    return ["", title, *(_check_line(check) for check in other.checks)]


def _check_line(check: Check) -> str:
    numbers = (_number(value) for value in (check.value, check.threshold, check.distance))
    value, threshold, distance = numbers
    return f"  {check.name.value:14}{check.verdict.value:13}{value:>14}{threshold:>14}{distance:>14}"


def _confidence(confidence: Confidence) -> str:
    terms = ", ".join(f"{term.term} {_signed(term.value)}" for term in confidence.terms)
    value = "unknown" if confidence.value is None else f"{confidence.value:.2f}"
    return f"{value} ({terms})"


def _signed(value: float | None) -> str:
    return "unknown" if value is None else f"{value:+.2f}"


def _level_lines(levels: Levels | None) -> list[str]:
    if levels is None:
        return []
    return [
        "",
        f"  entry         {_number(levels.entry_low)} to {_number(levels.entry_high)}, limit {_number(levels.limit)}",
        f"  stop          {_number(levels.stop)}",
        f"  target 1      {_number(levels.target_1)} (R {_number(levels.r_1)})",
        f"  target 2      {_number(levels.target_2)} (R {_number(levels.r_2)})",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.8g}"
