"""Where a close stands among its bands and a volume against its mean, worked out by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Bars
from app.domain.structure import Band
from app.quant.standing import bollinger_standing, volume_standing
from tests.support.paths import flipped
from tests.support.walks import walk


def test_a_close_among_its_bands() -> None:
    bars = walk(4, 25)
    closes = bars.close[-20:].tolist()
    mean = sum(closes) / 20
    sigma = math.sqrt(sum((close - mean) ** 2 for close in closes) / 20)
    found = bollinger_standing(bars)
    assert found is not None
    assert (found.upper, found.middle, found.lower) == pytest.approx((mean + 2 * sigma, mean, mean - 2 * sigma))
    assert found.position == pytest.approx((closes[-1] - mean + 2 * sigma) / (4 * sigma))
    assert found.width == pytest.approx(4 * sigma / mean)


@pytest.mark.parametrize(
    ("last", "band"),
    [
        (130.0, Band.ABOVE),
        (101.0, Band.UPPER),
        (100.0, Band.MIDDLE),
        (99.0, Band.LOWER),
        (70.0, Band.BELOW),
    ],
)
def test_every_band_has_its_name(last: float, band: Band) -> None:
    bars = walk(1, 21)
    bars.close[:] = [100.0, 100.0, *([99.0, 101.0] * 9), last]
    found = bollinger_standing(bars)
    assert found is not None
    assert found.band is band


def test_bands_that_meet_and_too_few_bars_have_no_standing() -> None:
    bars = walk(1, 30)
    bars.close[:] = 100.1
    assert bollinger_standing(bars) is None
    assert bollinger_standing(walk(1, 19)) is None
    assert bollinger_standing(walk(1, 0)) is None


def test_a_volume_against_its_mean() -> None:
    bars = walk(1, 40)
    bars.volume[:] = 1000.0
    bars.volume[-1] = 3000.0
    found = volume_standing(bars)
    assert found is not None
    assert (found.volume, found.mean, found.ratio) == (3000.0, 1100.0, pytest.approx(3000 / 1100))
    bars.volume[:] = 0.0
    assert volume_standing(bars) is None
    assert volume_standing(walk(1, 19)) is None
    assert volume_standing(walk(1, 0)) is None


@given(st.integers(0, 2**32), st.integers(20, 80))
def test_mirrored_prices_mirror_the_position(seed: int, count: int) -> None:
    one, two = bollinger_standing(walk(seed, count)), bollinger_standing(flipped(walk(seed, count)))
    assert one is not None
    assert two is not None
    assert one.position == pytest.approx(1 - two.position, abs=1e-9)
    assert two.width is None  # of a price below 0


def test_the_forming_bar_changes_nothing() -> None:
    bars = walk(8, 60)
    forming = Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=59)
    assert bollinger_standing(forming) == bollinger_standing(bars.part(0, 59))
    assert volume_standing(forming) == volume_standing(bars.part(0, 59))
