"""Black and Scholes against published figures, finite differences and their own inverse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.practice.market.pricing import Terms, greeks_of, implied_volatility, price_of, prices_of

SPOTS = st.floats(20.0, 500.0)
STRIKES = st.floats(20.0, 500.0)
YEARS = st.floats(0.01, 3.0)
VOLATILITIES = st.floats(0.05, 1.5)


@pytest.mark.parametrize(
    ("is_call", "price", "delta"),
    [(True, 4.759422392871535, 0.7791312909426690), (False, 0.8085993729000958, -0.2208687090573310)],
)
def test_the_example_of_hull(is_call: bool, price: float, delta: float) -> None:
    # Hull, Options, Futures and Other Derivatives: S 42, K 40, r 10 %, sigma 20 %, six months.
    found = greeks_of(Terms(40.0, is_call, rate=0.1), 42.0, 0.5, 0.2)
    assert found.price == pytest.approx(price, abs=1e-12)
    assert found.delta == pytest.approx(delta, abs=1e-12)


@given(SPOTS, STRIKES, YEARS, VOLATILITIES, st.booleans(), st.floats(-0.05, 0.1), st.floats(0.0, 0.08))
def test_greeks_are_the_slopes_of_the_price(
    spot: float, strike: float, years: float, volatility: float, is_call: bool, rate: float, yielded: float
) -> None:
    terms = Terms(strike, is_call, rate, yielded)
    found = greeks_of(terms, spot, years, volatility)
    step = spot * 1e-4
    up, down = (price_of(terms, spot + shift, years, volatility) for shift in (step, -step))
    assert found.delta == pytest.approx((up - down) / (2 * step), abs=2e-4)
    wider, narrower = (price_of(terms, spot, years, volatility + shift) for shift in (1e-5, -1e-5))
    assert found.vega * 100 == pytest.approx((wider - narrower) / 2e-5, abs=1e-3 + 1e-4 * spot)
    later, sooner = (price_of(terms, spot, years - shift, volatility) for shift in (1e-6, -1e-6))
    assert found.theta * 365 == pytest.approx((later - sooner) / 2e-6, abs=1e-2 + 1e-3 * abs(found.theta * 365))
    deltas = [greeks_of(terms, spot + shift, years, volatility).delta for shift in (step, -step)]
    assert found.gamma == pytest.approx((deltas[0] - deltas[1]) / (2 * step), abs=1e-3, rel=1e-2)


@given(SPOTS, STRIKES, YEARS, VOLATILITIES, st.booleans())
def test_the_implied_volatility_gives_the_price_back(
    spot: float, strike: float, years: float, volatility: float, is_call: bool
) -> None:
    terms = Terms(strike, is_call)
    found = greeks_of(terms, spot, years, volatility)
    assume(found.vega > 1e-4)
    implied = implied_volatility(terms, found.price, spot, years)
    assert implied == pytest.approx(volatility, abs=1e-6)


@given(st.lists(SPOTS, min_size=1, max_size=20), STRIKES, YEARS, VOLATILITIES, st.booleans())
def test_many_prices_at_once_are_the_single_ones(
    spots: list[float], strike: float, years: float, volatility: float, is_call: bool
) -> None:
    terms = Terms(strike, is_call)
    singles = [price_of(terms, spot, years, volatility) for spot in spots]
    assert prices_of(terms, np.array(spots), years, volatility).tolist() == pytest.approx(singles, abs=1e-9)


@pytest.mark.parametrize(
    ("price", "spot", "years"),
    [(0.0, 100.0, 1.0), (-1.0, 100.0, 1.0), (100.5, 100.0, 1.0), (20.0, 120.0, 1.0), (5.0, 100.0, 0.0),
     (float("nan"), 100.0, 1.0), (float("inf"), 100.0, 1.0)],
)  # fmt: skip
def test_a_price_that_no_volatility_gives_has_none(price: float, spot: float, years: float) -> None:
    assert implied_volatility(Terms(100.0, True), price, spot, years) is None


@pytest.mark.parametrize(("is_call", "worth"), [(True, 7.0), (False, 0.0)])
def test_at_the_end_only_the_intrinsic_value_is_left(is_call: bool, worth: float) -> None:
    found = greeks_of(Terms(100.0, is_call), 107.0, 0.0, 0.4)
    assert (found.price, found.gamma, found.vega, found.theta) == (worth, 0.0, 0.0, 0.0)
