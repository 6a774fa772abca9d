"""The shipped bars, against the raw rows worked out by hand with decimals."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal

import numpy as np
import pytest

from app.practice.history import DailyColumns, shipped_history
from app.practice.resources import practice_resources

BARS = {"AAPL": 3270, "MSFT": 3270, "IBM": 3270, "GOOG": 2148, "FB": 196}
LAST_CLOSE = {"AAPL": 43047, "MSFT": 2795, "IBM": 20291, "GOOG": 80619, "FB": 2778}


def raw_rows(symbol: str) -> list[dict[str, str]]:
    with gzip.open(practice_resources() / f"{symbol}.csv.gz", "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def bars(symbol: str) -> DailyColumns:
    return shipped_history(f"{symbol}.csv.gz", 100)


@pytest.mark.parametrize("symbol", BARS)
def test_every_row_is_there_and_ends_at_the_traded_price(symbol: str) -> None:
    assert len(bars(symbol)) == BARS[symbol]
    assert bars(symbol).close[-1] == LAST_CLOSE[symbol]
    assert bars(symbol).volume[-1] == int(raw_rows(symbol)[-1]["volume"])


@pytest.mark.parametrize("symbol", BARS)
def test_prices_are_adjusted_scaled_and_rounded_to_the_cent(symbol: str) -> None:
    rows, columns = raw_rows(symbol), bars(symbol)
    last = Decimal(rows[-1]["close"]) / Decimal(rows[-1]["adjusted"])
    for n in range(0, len(rows), 97):
        scale = Decimal(rows[n]["adjusted"]) / Decimal(rows[n]["close"]) * last
        for name in ("open", "high", "low", "close"):
            cents = Decimal(rows[n][name]) * scale * 100
            assert abs(int(getattr(columns, name)[n]) - cents) < Decimal("0.50001"), (symbol, rows[n]["date"], name)
        shares = Decimal(rows[n]["volume"]) / scale
        assert abs(int(columns.volume[n]) - shares) <= Decimal("0.51")


@pytest.mark.parametrize("symbol", BARS)
def test_no_bar_contradicts_itself(symbol: str) -> None:
    columns = bars(symbol)
    assert (columns.low <= np.minimum(columns.open, columns.close)).all()
    assert (columns.high >= np.maximum(columns.open, columns.close)).all()
    assert (columns.low > 0).all()
    assert (columns.volume > 0).all()


@pytest.mark.parametrize("symbol", ["AAPL", "MSFT", "IBM"])
def test_the_split_cliffs_are_gone(symbol: str) -> None:
    closes = bars(symbol).close
    returns = closes[1:] / closes[:-1] - 1.0
    # AAPL fell 51.9 % on 2000-09-29, truly; a 2:1 split would stand beside it twice.
    assert np.sum(returns < -0.4) == (1 if symbol == "AAPL" else 0)
    assert returns.max() < 0.25


def test_the_notice_of_public_domain_lies_beside_the_data() -> None:
    text = (practice_resources() / "NOTICE.txt").read_text(encoding="utf-8")
    assert "Public Domain" in text
    assert all(f"{symbol}.csv.gz" in text for symbol in BARS)
