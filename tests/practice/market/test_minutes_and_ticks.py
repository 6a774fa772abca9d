"""Minutes add up to any day, ticks to any minute."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from app.practice.hours import MarketMode
from app.practice.market.grid import Grid, usual_spread
from app.practice.market.minutes import LEAST_TICKS, session_minutes
from app.practice.market.ticks import minute_ticks, priced
from tests.practice.market.test_path import day_bars

LENGTHS: list[tuple[int, MarketMode]] = [(210, "hours"), (390, "hours"), (1440, "always"), (5760, "always")]


@settings(max_examples=60, deadline=None)
@given(day_bars(), st.integers(50_000, 10**9), st.sampled_from(LENGTHS), st.integers(0, 2**64 - 1))
def test_levels_add_up_for_any_day(
    bar: tuple[int, int, int, int], volume: int, length: tuple[int, MarketMode], key: int
) -> None:
    count, mode = length
    minutes = session_minutes((*bar, volume), (600.0, 600.0 + 60 * count), mode, key)
    assert len(minutes) == count
    assert (minutes.open[0], minutes.high.max(), minutes.low.min(), minutes.close[-1]) == bar
    assert minutes.volume.sum() == volume
    assert minutes.ticks.min() >= LEAST_TICKS
    for index in (0, key % count, count - 1):
        ticks = minute_ticks(minutes, index, key)
        prices = ticks.price
        assert (prices[0], prices.max(), prices.min(), prices[-1]) == (
            minutes.open[index],
            minutes.high[index],
            minutes.low[index],
            minutes.close[index],
        )
        assert ticks.size.sum() == minutes.volume[index]
        assert ticks.size.min() > 0
        assert len(ticks.at) == minutes.ticks[index]
        begin = 600 + 60 * index
        assert (ticks.at[1:] >= ticks.at[:-1]).all()
        assert begin < ticks.at[0]
        assert ticks.at[-1] < begin + 60


@given(day_bars(), st.integers(0, 2**64 - 1))
def test_the_quote_encloses_the_trade(bar: tuple[int, int, int, int], key: int) -> None:
    minutes = session_minutes((*bar, 100_000), (0.0, 60.0 * 390), "hours", key)
    columns = minute_ticks(minutes, 5, key)
    least = usual_spread(columns.price).tolist()
    for tick, spread in zip(priced(1, columns, Grid(1)), least, strict=True):
        assert tick.bid <= tick.price <= tick.ask
        assert spread <= tick.ask - tick.bid <= spread + 1
        assert tick.bid_size % 100 == tick.ask_size % 100 == 0
