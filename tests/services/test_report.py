"""The report of a survey: complete, of the same numbers as the analysis, in both languages to the last sentence."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from app.domain.bars import Bars, Timeframe
from app.domain.risk import RiskLimits
from app.domain.signals import Direction
from app.domain.strategies import Targets, ThreeOfFour
from app.domain.survey import Survey
from app.runtime.language import Words
from app.services.analysis import Question, answer, example_of, survey_of
from app.services.report import report
from tests.support.analysing import wide_calendar
from tests.support.walks import walk

ENGLISH = re.compile(r"[A-Za-z]{3,}")
NAMES = {"MACD", "RSI", "SMA", "ATR", "XNYS", "ABC", "UTC", "BUY", "SELL", "HOLD"}


def survey(bars: Bars, targets: Targets = Targets.ATR, equity: str = "100000") -> Survey:
    parameters = ThreeOfFour(targets=targets)
    question = Question("ABC", Timeframe.D1, bars, lambda price: Decimal("0.01"), parameters=parameters)
    analysis = answer(question, lambda name, *_: wide_calendar(name))
    return survey_of(analysis, bars, example_of(analysis, Decimal(equity), RiskLimits()))


def of_direction(direction: Direction, targets: Targets = Targets.ATR) -> Survey:
    for seed in range(200):
        found = survey(walk(seed, 260), targets)
        if found.analysis.direction is direction:
            return found
    raise AssertionError(f"no series gave {direction}")


def numbers(text: str) -> list[str]:
    return re.findall(r"\d[\d,.]*\d|\d", text)


@pytest.mark.parametrize("direction", list(Direction))
def test_both_languages_say_the_same_numbers_in_the_same_places(direction: Direction) -> None:
    found = of_direction(direction)
    english, chinese = (report(found, Words(code)) for code in ("en", "zh"))
    assert english.count("\n## ") == chinese.count("\n## ") == 7
    assert english.count("| --- |") == chinese.count("| --- |")
    assert sorted(numbers(english)) == sorted(numbers(chinese))


def test_a_chinese_report_has_no_english_words_whatever_the_rules_say() -> None:
    seen: set[str] = set()
    for seed in range(60):
        bars = walk(seed, 34 + 5 * seed)
        bars = bars if seed % 3 else bars.part(0, 40)
        for targets in Targets:
            found = survey(bars, targets)
            seen |= {re.sub(r"[\d.]+", "#", reason) for reason in found.analysis.reasons}
            text = report(found, Words("zh"))
            said = {word for word in ENGLISH.findall(text) if word not in NAMES}
            assert not said, (said, found.analysis.reasons)
    assert len(seen) > 6, seen


def test_the_report_holds_what_the_analysis_holds() -> None:
    found = of_direction(Direction.BUY)
    text, analysis = report(found, Words("en")), found.analysis
    assert analysis.levels is not None
    assert analysis.levels.r_1 is not None
    for value in (analysis.close, analysis.levels.limit, analysis.levels.stop, analysis.levels.target_2):
        assert f"{value:,.2f}" in text
    assert f"| Target 1 | {analysis.levels.target_1:,.2f} |" in text
    assert f"| {analysis.levels.r_1:.2f} |" in text
    for check in analysis.primary.checks:
        assert check.distance is not None
        assert f"{abs(check.distance):,.2f}" in text
    assert "Confirmation 1w: " in text
    assert f"{found.volume.ratio:.2f} × its average" in text if found.volume else "unknown" in text


def test_the_size_of_the_example_follows_from_risk_and_cap() -> None:
    found = of_direction(Direction.BUY)
    levels, example = found.analysis.levels, found.example
    assert levels is not None
    assert example is not None
    risked = int(500 / (levels.limit - levels.stop))
    capped = int(20_000 / levels.limit)
    assert (int(example.quantity), example.bound_by) == ((risked, "risk") if risked <= capped else (capped, "position"))
    assert example_of(found.analysis, Decimal(1), RiskLimits()).quantity == 0  # type: ignore[union-attr]
    hold = of_direction(Direction.HOLD)
    assert hold.example is None
    assert "No size: there is nothing to trade on." in report(hold, Words("en"))


def test_what_could_not_be_computed_is_said_and_never_nought() -> None:
    bars = walk(1, 40, noise=0.0)
    text = report(survey(bars), Words("en"))
    assert "no cross of SMA 50 and SMA 200" in text
    assert "unknown: fewer than 20 bars or no movement" in text
    assert "nan" not in text.lower()
    assert "| RSI | unavailable | – | 50.00 | – |" in text


def test_a_golden_and_a_death_cross_are_told_apart_with_their_date() -> None:
    rising = np.r_[np.linspace(200, 100, 250), np.linspace(100, 220, 150)]
    for close, words in ((rising, "golden cross (SMA 50 above SMA 200)"), (320 - rising, "death cross (SMA 50 below")):
        time = np.arange(len(close), dtype=np.int64) * 86400
        bars = Bars(time, close, close + 1, close - 1, close, np.ones(len(close)), closed=len(close))
        found = survey(bars)
        assert found.golden is not None
        sma = [float(np.mean(close[i - 49 : i + 1]) - np.mean(close[i - 199 : i + 1])) for i in range(199, len(close))]
        turn = 199 + max(i for i in range(1, len(sma)) if (sma[i] > 0) != (sma[i - 1] > 0))
        assert f"{words}" in report(found, Words("en"))
        assert date.fromordinal(date(1970, 1, 1).toordinal() + turn).isoformat() in report(found, Words("en"))
