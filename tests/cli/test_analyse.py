"""`tapeline analyse` against an independent reading of the rules, on random, mirrored and real files."""

from __future__ import annotations

import csv
import gzip
import json
import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import UserError
from app.runtime.paths import resource
from tests.support.analysing import analyse_file, analyse_text, sessions
from tests.support.series import mirrored, pivot_of, random_rows, write_csv
from tests.support.spec_reading import Row, read

_OPPOSITE = {
    "BUY": "SELL",
    "SELL": "BUY",
    "bullish": "bearish",
    "bearish": "bullish",
    "strong_bullish": "strong_bearish",
    "strong_bearish": "strong_bullish",
    "up": "down",
    "down": "up",
}


def agrees(found: Any, expected: Any, where: str = "") -> None:
    """Compare a JSON value with the reading's: numbers to ten digits, all else exactly."""
    if isinstance(expected, dict):
        assert isinstance(found, dict), where
        for name, value in expected.items():
            agrees(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), where
        for index, value in enumerate(expected):
            agrees(found[index], value, f"{where}[{index}]")
    elif isinstance(expected, Decimal):
        assert found == pytest.approx(float(expected), rel=1e-9, abs=1e-9), where
    else:
        assert found == expected, where


def test_it_equals_an_independent_reading_on_random_files(tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    for seed in range(400):
        rows = random_rows(seed, price=random.Random(seed).choice([3.0, 40.0, 900.0]))
        answer = analyse_file(write_csv(tmp_path / "bars.csv", rows))
        agrees(answer, read(rows, sessions()), f"seed {seed}")
        seen.update({answer["signal"], answer["trend"], answer["confirmation"]["relation"], str(answer["actionable"])})
    for word in (*_OPPOSITE, "HOLD", "neutral", "aligned", "opposed", "unavailable", "True"):
        assert seen[word] > 3 or word in ("up", "down"), f"{word} was hardly tried: {seen}"


@pytest.fixture(scope="module")
def real_rows() -> dict[str, list[Row]]:
    """The daily bars that ship with the product, by symbol."""
    rows: dict[str, list[Row]] = {}
    for file in sorted(resource("practice").glob("*.csv.gz")):
        with gzip.open(file, "rt") as text:
            rows[file.name.removesuffix(".csv.gz")] = [
                (date.fromisoformat(line["date"]), *(line[name] for name in ("open", "high", "low", "close", "volume")))
                for line in csv.DictReader(text)
            ]
    return rows


def test_it_equals_the_reading_on_real_bars_up_to_many_days(tmp_path: Path, real_rows: dict[str, list[Row]]) -> None:
    dice = random.Random(7)
    for symbol, rows in real_rows.items():
        for stop in [len(rows), *(dice.randint(34, len(rows)) for _ in range(12))]:
            part = rows[max(0, stop - dice.choice([34, 60, 250, 900])) : stop]
            if len(part) < 34:
                continue
            answer = analyse_file(write_csv(tmp_path / "bars.csv", part), "--symbol", symbol)
            agrees(answer, read(part, sessions()), f"{symbol} up to {part[-1][0]}")
            assert answer["symbol"] == symbol


@pytest.mark.parametrize("tick", ["0.05", "0.0001", "5", "0.01"])
def test_levels_lie_on_any_tick_and_are_rounded_against_us(tmp_path: Path, tick: str) -> None:
    drawn = 0
    for seed in range(40):
        rows = random_rows(seed, 60)
        answer = analyse_file(write_csv(tmp_path / "bars.csv", rows), "--tick", tick)
        agrees(answer, read(rows, sessions(), tick=tick), f"seed {seed}")
        for name in ("entry_low", "entry_high", "limit", "stop", "target_1", "target_2"):
            if answer["levels"]:
                assert Decimal(str(answer["levels"][name])) % Decimal(tick) == 0
        drawn += answer["levels"] is not None
    assert drawn > 5


@pytest.mark.parametrize("price", ["0.0001", "10000000"])
def test_tiny_and_huge_prices_are_judged_the_same(tmp_path: Path, price: str) -> None:
    scale = Decimal(price)
    for seed in range(20):
        rows: list[Row] = []
        for day, *numbers, volume in random_rows(seed, 80):
            scaled = [format(Decimal(number) * scale / 100, "f") for number in numbers]
            rows.append((day, scaled[0], scaled[1], scaled[2], scaled[3], volume))
        tick = str(scale / 10000)
        answer = analyse_file(write_csv(tmp_path / "bars.csv", rows), "--tick", tick)
        agrees(answer, read(rows, sessions(), tick=tick), f"seed {seed}")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(34, 300))
def test_mirrored_prices_give_the_mirrored_signal(tmp_path: Path, seed: int, count: int) -> None:
    rows = random_rows(seed, count)
    constant = pivot_of(rows)
    plain = analyse_file(write_csv(tmp_path / "plain.csv", rows))
    flipped = analyse_file(write_csv(tmp_path / "flipped.csv", mirrored(rows, constant)))
    agrees(flipped, _mirror(plain, constant), f"seed {seed}, {count} bars")


def _mirror(answer: dict[str, Any], constant: Decimal) -> dict[str, Any]:
    """Return the answer that the mirrored file must give, `actionable` and reasons apart."""

    def price(value: float | None) -> Decimal | None:
        return None if value is None else constant - Decimal(repr(value))

    def negative(value: float | None) -> Decimal | None:
        return None if value is None else -Decimal(repr(value))

    def strength(value: float | None) -> Decimal | None:
        return None if value is None else 100 - Decimal(repr(value))

    kinds = {"supertrend": (price, price), "close_vs_sma": (price, price), "macd": (negative, negative)}
    checks = []
    for check in answer["checks"]:
        value, threshold = kinds.get(check["name"], (strength, strength))
        checks.append(
            {
                "name": check["name"],
                "verdict": _OPPOSITE.get(check["verdict"], check["verdict"]),
                "value": value(check["value"]),
                "threshold": threshold(check["threshold"]),
                "distance": negative(check["distance"]),
            }
        )
    levels = answer["levels"]
    confirmation = answer["confirmation"]
    return {
        "checks": checks,
        "agree": {"bullish": answer["agree"]["bearish"], "bearish": answer["agree"]["bullish"]},
        "confirmation": confirmation | {"signal": _OPPOSITE.get(confirmation["signal"], confirmation["signal"])},
        "signal": _OPPOSITE.get(answer["signal"], answer["signal"]),
        "trend": _OPPOSITE.get(answer["trend"], answer["trend"]),
        "confidence": answer["confidence"],
        "confidence_terms": answer["confidence_terms"],
        "levels": levels
        and {
            "entry_low": price(levels["entry_high"]),
            "entry_high": price(levels["entry_low"]),
            **{name: price(levels[name]) for name in ("limit", "stop", "target_1", "target_2")},
            "r_1": Decimal(repr(levels["r_1"])),
            "r_2": Decimal(repr(levels["r_2"])),
        },
    }


def line_rows(count: int, first: str, step: str, spread: str = "1") -> list[Row]:
    """Return bars on a straight line, `spread` from low to high."""
    rows: list[Row] = []
    for index in range(count):
        close = Decimal(first) + index * Decimal(step)
        half = Decimal(spread) / 2
        day = date(2010, 1, 4) + timedelta(days=index // 5 * 7 + index % 5)
        rows.append((day, str(close), str(close + half), str(close - half), str(close), "100"))
    return rows


@pytest.mark.parametrize("price", ["10.1", "0.0003", "9999999.99"])
@pytest.mark.parametrize("count", [34, 61, 700])
def test_constant_prices_take_no_side(tmp_path: Path, price: str, count: int) -> None:
    answer = analyse_file(write_csv(tmp_path / "bars.csv", line_rows(count, price, "0", "0")))
    assert [check["verdict"] for check in answer["checks"]] == ["unavailable"] * 4
    assert answer["signal"] == "HOLD"
    assert answer["confidence"] is None
    assert answer["confidence_terms"] == [{"term": "split", "value": None}]
    assert answer["confirmation"] == {"timeframe": "1w", "signal": "HOLD", "relation": "unavailable"}
    assert answer["levels"] is None
    assert not answer["actionable"]
    assert answer["indicators"]["rsi"] is None
    assert answer["indicators"]["supertrend_direction"] is None


@pytest.mark.parametrize(("step", "side"), [("0.1", "bullish"), ("-0.1", "bearish")])
def test_a_straight_line_leaves_the_macd_without_a_side(tmp_path: Path, step: str, side: str) -> None:
    for count in (34, 57, 200, 400):
        rows = line_rows(count, "100", step, "0.2")
        answer = analyse_file(write_csv(tmp_path / "bars.csv", rows))
        agrees(answer, read(rows, sessions()), f"{count} bars")
        assert answer["checks"][2]["verdict"] == "unavailable"
        assert answer["checks"][2]["distance"] == 0.0
        assert [answer["checks"][place]["verdict"] for place in (1, 3)] == [side, side]


def test_34_bars_are_enough_and_33_are_refused_with_both_numbers(tmp_path: Path) -> None:
    rows = random_rows(3, 34)
    assert analyse_file(write_csv(tmp_path / "bars.csv", rows))["bars"] == 34
    for part in (rows[:33], rows[:1], []):
        path = write_csv(tmp_path / "bars.csv", part)
        with pytest.raises(UserError, match=rf"needs 34 closed bars and there are {len(part)};"):
            analyse_file(path)


def test_a_wild_instrument_is_not_actionable_because_a_price_would_not_be_positive(tmp_path: Path) -> None:
    rows = [(day, o, str(Decimal(h) * 2), str(Decimal(lo) / 2), c, v) for day, o, h, lo, c, v in random_rows(5, 90)]
    answer = analyse_file(write_csv(tmp_path / "bars.csv", rows))
    assert answer["levels"] is not None
    assert min(answer["levels"]["stop"], answer["levels"]["target_2"]) <= 0
    assert not answer["actionable"]
    assert any("must be above 0" in reason for reason in answer["reasons"])


@pytest.mark.parametrize("timeframe", ["1h", "1w", "1mo"])
def test_another_primary_timeframe_leaves_the_relation_unavailable(tmp_path: Path, timeframe: str) -> None:
    answer = analyse_file(write_csv(tmp_path / "bars.csv", random_rows(1, 200)), "--timeframe", timeframe)
    assert answer["confirmation"] == {"timeframe": "1w", "signal": None, "relation": "unavailable"}
    assert answer["last_bar"].endswith("T00:00:00Z") is (timeframe == "1h")


def test_without_a_confirmation_timeframe_nothing_is_added(tmp_path: Path) -> None:
    rows = random_rows(1, 200)
    answer = analyse_file(write_csv(tmp_path / "bars.csv", rows), "--confirm", "none")
    agrees(answer, read(rows, sessions(), confirm="none"))
    assert answer["confirmation"]["relation"] == "unavailable"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--timeframe", "2d"], "--timeframe must be one of 1m 5m"),
        (["--confirm", "1mo"], "--confirm must be 1w or none"),
        (["--tick", "0"], "--tick must be a price step"),
        (["--tick", "nan"], "--tick must be a price step"),
        (["--tick", "-0.01"], "--tick must be a price step"),
        (["--tick", "a cent"], "--tick must be a price step"),
        (["--calendar", "MOON"], "There is no calendar 'MOON'"),
    ],
)
def test_a_bad_option_is_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    path = write_csv(tmp_path / "bars.csv", random_rows(1, 40))
    with pytest.raises(UserError) as caught:
        analyse_file(path, *arguments)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_notes_about_the_file_end_the_reasons(tmp_path: Path) -> None:
    rows = random_rows(11, 60)
    saturday = rows[30][0] + timedelta(days=5 - rows[30][0].weekday())
    odd = [*rows[10:], *rows[:10], rows[3], (saturday, *rows[30][1:])]
    answer = analyse_file(write_csv(tmp_path / "bars.csv", odd))
    reasons = " ".join(answer["reasons"])
    assert answer["bars"] == 61
    for part in ("were sorted by date", "1 identical duplicate row was dropped", "not sessions of XNYS", str(saturday)):
        assert part in reasons
    assert "XNYS sessions are missing" in reasons or "XNYS session is missing" in reasons


def test_every_enumeration_and_every_field_is_as_scripts_expect(tmp_path: Path) -> None:
    answer = analyse_file(write_csv(tmp_path / "bars.csv", random_rows(2, 120)), "--symbol", "ABC")
    assert list(answer)[:16] == [
        *("symbol", "timeframe", "bars", "last_bar", "close", "indicators", "checks", "agree", "confirmation"),
        *("signal", "trend", "confidence", "confidence_terms", "levels", "actionable", "reasons"),
    ]
    assert [check["name"] for check in answer["checks"]] == ["supertrend", "close_vs_sma", "macd", "rsi"]
    assert "NaN" not in json.dumps(answer)


def test_the_report_for_a_terminal_says_the_same(tmp_path: Path) -> None:
    for seed in range(6):
        path = write_csv(tmp_path / "bars.csv", random_rows(seed, 120))
        answer = analyse_file(path)
        report = analyse_text("--csv", str(path), "--symbol", "ABC")
        assert report.startswith("ABC 1d, 120 closed bars to ")
        assert f"signal        {answer['signal']}" in report
        for reason in answer["reasons"]:
            assert reason in report
        assert ("stop" in report) is (answer["levels"] is not None)


def test_what_stands_beside_the_analysis_is_printed_as_well(tmp_path: Path) -> None:
    rows = random_rows(11, 400)
    path = write_csv(tmp_path / "bars.csv", rows)
    answer = analyse_file(path)
    assert list(answer)[16:] == [
        *("confirmation_checks", "confirmation_trend", "resistance", "support", "volume", "cross", "bollinger"),
        "size_example",
    ]
    volumes = [int(row[5]) for row in rows[-20:]]
    assert answer["volume"]["ratio"] == pytest.approx(volumes[-1] / (sum(volumes) / 20))
    closes = [float(row[4]) for row in rows[-20:]]
    mean = sum(closes) / 20
    sigma = (sum((close - mean) ** 2 for close in closes) / 20) ** 0.5
    assert answer["bollinger"]["upper"] == pytest.approx(mean + 2 * sigma)
    assert answer["bollinger"]["position"] == pytest.approx((closes[-1] - mean + 2 * sigma) / (4 * sigma))
    assert [check["name"] for check in answer["confirmation_checks"]] == ["supertrend", "close_vs_sma", "macd", "rsi"]
    prices = {float(row[2]) for row in rows}
    for zone in answer["resistance"]:
        assert answer["close"] < zone["price"] <= zone["far"]
        assert zone["price"] in prices


def test_targets_can_be_swings_and_the_report_is_markdown_in_two_languages(tmp_path: Path) -> None:
    path = str(write_csv(tmp_path / "bars.csv", random_rows(3, 300)))
    plain, swings = analyse_text("--csv", path), analyse_text("--csv", path, "--targets", "levels")
    assert plain != swings
    assert analyse_text("--csv", path, "--report", "en").startswith("# ")
    assert "## 四项检查" in analyse_text("--csv", path, "--report", "zh")
    for wrong, sentence in (
        (("--targets", "moon"), "--targets must be atr or levels"),
        (("--report", "fr"), "--report must be en or zh"),
        (("--equity", "-1"), "--equity must be an amount of money"),
        (("--equity", "NaN"), "--equity must be an amount of money"),
    ):
        with pytest.raises(UserError, match=sentence):
            analyse_text("--csv", path, *wrong)
