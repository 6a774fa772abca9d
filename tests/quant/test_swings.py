"""Swings by their definition, without look-ahead; support and resistance as traders draw them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Bars
from app.domain.structure import Swing, Zone
from app.quant.swings import find_swings, find_zones
from tests.support.paths import flipped, path
from tests.support.walks import walk


def by_definition(bars: Bars, reach: int) -> list[tuple[int, bool]]:
    """The definition word for word, in plain Python."""
    found = []
    for values, is_high in ((bars.high.tolist(), True), ([-low for low in bars.low.tolist()], False)):
        for i in range(reach, len(values) - reach):
            before, after = values[i - reach : i], values[i + 1 : i + reach + 1]
            if all(values[i] > one for one in before) and all(values[i] >= one for one in after):
                found.append((i, is_high))
    return sorted(found, key=lambda one: (one[0], not one[1]))


@st.composite
def rough_bars(draw: st.DrawFn) -> Bars:
    """Bars in whole prices, so small that plateaus are frequent."""
    highs = draw(st.lists(st.integers(5, 9), min_size=0, max_size=30))
    lows = draw(st.lists(st.integers(1, 5), min_size=len(highs), max_size=len(highs)))
    bars = walk(1, len(highs))
    bars.high[:], bars.low[:], bars.close[:] = highs, lows, lows
    return bars


@given(rough_bars(), st.integers(1, 4))
def test_swings_are_those_of_the_definition_plateaus_included(bars: Bars, reach: int) -> None:
    found = find_swings(bars, reach)
    assert [(swing.index, swing.is_high) for swing in found] == by_definition(bars, reach)
    for swing in found:
        column = bars.high if swing.is_high else bars.low
        assert swing.price == column[swing.index]
        assert (swing.time, swing.known) == (bars.time[swing.index], swing.index + reach)


@given(st.integers(0, 2**32), st.integers(0, 90), st.integers(0, 90))
def test_a_swing_is_known_at_its_time_and_stays_as_it_is(seed: int, count: int, stop: int) -> None:
    bars = walk(seed, count)
    later = find_swings(bars)
    assert find_swings(bars.part(0, stop)) == tuple(swing for swing in later if swing.known < stop)


def test_the_forming_bar_makes_no_swing_known() -> None:
    bars = path([100, 110, 107], step=3)
    forming = Bars(bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, closed=6)
    assert [swing.price for swing in find_swings(bars)] == [110.5]
    assert find_swings(forming) == ()


@given(st.integers(0, 2**32), st.integers(0, 120))
def test_mirrored_prices_mirror_swings_and_zones(seed: int, count: int) -> None:
    bars = walk(seed, count)
    other = [Swing(one.index, one.time, -one.price, not one.is_high, one.known) for one in find_swings(flipped(bars))]
    assert sorted(other, key=str) == sorted(find_swings(bars), key=str)
    zones, mirrored = find_zones(bars, 2.0), find_zones(flipped(bars), 2.0)
    assert zones.resistances == tuple(_turned(zone) for zone in mirrored.supports)
    assert zones.supports == tuple(_turned(zone) for zone in mirrored.resistances)


def _turned(zone: Zone) -> Zone:
    return Zone(-zone.price, -zone.far, zone.touches, zone.first, zone.last)


def test_several_touches_make_one_zone_and_its_near_edge_is_the_price() -> None:
    bars = path([100, 110, 102, 110.4, 101.5, 120, 105], step=5)
    zones = find_zones(bars, atr=1.0)
    day = 86400
    assert zones.resistances == (
        Zone(110.5, 110.9, touches=2, first=5 * day, last=15 * day),
        Zone(120.5, 120.5, touches=1, first=25 * day, last=25 * day),
    )
    assert zones.supports == (Zone(101.5, 101.0, touches=2, first=10 * day, last=20 * day),)
    assert [zone.touches for zone in find_zones(bars, atr=0.5).resistances] == [1, 1, 1]


def test_a_zone_is_never_wider_than_half_an_atr_however_many_swings_crowd_together() -> None:
    turns = [value for top in (110, 110.4, 110.8, 111.2, 111.6) for value in (100, top)]
    zones = find_zones(path([*turns, 100]), atr=1.0)
    assert [(zone.price, zone.far, zone.touches) for zone in zones.resistances] == [
        (110.5, pytest.approx(110.9), 2),
        (pytest.approx(111.3), pytest.approx(111.7), 2),
        (pytest.approx(112.1), pytest.approx(112.1), 1),
    ]


@given(st.integers(0, 2**32), st.integers(0, 200), st.floats(0, 10))
def test_resistances_lie_above_the_close_supports_below_the_nearest_first(seed: int, count: int, atr: float) -> None:
    bars = walk(seed, count)
    zones = find_zones(bars, atr)
    above = [zone.price for zone in zones.resistances]
    below = [zone.price for zone in zones.supports]
    assert above == sorted(above)
    assert below == sorted(below, reverse=True)
    if count:
        assert all(price > bars.close[-1] for price in above)
        assert all(price < bars.close[-1] for price in below)
    swings = find_swings(bars)
    tops = [swing for swing in swings if swing.is_high and swing.price > bars.close[-1]]
    assert sum(zone.touches for zone in zones.resistances) == len(tops)
