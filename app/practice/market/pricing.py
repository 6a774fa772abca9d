"""Black and Scholes (1973) with Merton's dividend yield: prices, greeks and implied volatility of European options.

Rates are continuous and per year, time is in years of 365 days, volatility is per year. The practice market's own
interest rate and dividend yield are 0, so an American option is worth what the European one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, exp, inf, isfinite, log, pi, sqrt

import numpy as np

from app.practice.market.draws import FloatArray

RATE = 0.0
DIVIDEND_YIELD = 0.0
YEAR_SECONDS = 365 * 86_400.0
LOWEST_VOLATILITY, HIGHEST_VOLATILITY = 1e-4, 20.0
_ROOT_2 = sqrt(2.0)


@dataclass(frozen=True, slots=True)
class Terms:
    """A call or a put, and the rates that it is priced with."""

    strike: float
    is_call: bool
    rate: float = RATE
    dividend_yield: float = DIVIDEND_YIELD


@dataclass(frozen=True, slots=True)
class Greeks:
    """An option's price and sensitivities: delta and gamma per unit of the underlying's price, vega per 0.01 of
    volatility, theta per calendar day.
    """

    price: float
    delta: float
    gamma: float
    vega: float
    theta: float


def price_of(terms: Terms, spot: float, years: float, volatility: float) -> float:
    """Return the price of an option on one unit."""
    return greeks_of(terms, spot, years, volatility).price


def greeks_of(terms: Terms, spot: float, years: float, volatility: float) -> Greeks:
    """Return the price and the greeks; without time or volatility left, those of the forward's intrinsic value."""
    growth, discount = exp(-terms.dividend_yield * years), exp(-terms.rate * years)
    sign = 1.0 if terms.is_call else -1.0
    deviation = volatility * sqrt(years)
    if deviation <= 0.0:
        worth = sign * (spot * growth - terms.strike * discount)
        return Greeks(max(worth, 0.0), sign * growth if worth > 0.0 else 0.0, 0.0, 0.0, 0.0)
    drift = terms.rate - terms.dividend_yield
    d1 = (log(spot / terms.strike) + drift * years) / deviation + deviation / 2.0
    d2 = d1 - deviation
    price = sign * (spot * growth * _normal(sign * d1) - terms.strike * discount * _normal(sign * d2))
    density = exp(-d1 * d1 / 2.0) / sqrt(2.0 * pi)
    decay = -spot * growth * density * volatility / (2.0 * sqrt(years))
    yielded = terms.dividend_yield * spot * growth * _normal(sign * d1)
    carry = sign * (yielded - terms.rate * terms.strike * discount * _normal(sign * d2))
    return Greeks(
        price=max(price, 0.0),
        delta=sign * growth * _normal(sign * d1),
        gamma=growth * density / (spot * deviation),
        vega=spot * growth * density * sqrt(years) / 100.0,
        theta=(decay + carry) / 365.0,
    )


def prices_of(terms: Terms, spot: FloatArray, years: FloatArray | float, volatility: float) -> FloatArray:
    """Return prices for many spots at once; `years` must be above 0."""
    deviation = volatility * np.sqrt(years)
    drift = terms.rate - terms.dividend_yield
    d1 = (np.log(spot / terms.strike) + drift * years) / deviation + deviation / 2.0
    sign = 1.0 if terms.is_call else -1.0
    paid = spot * np.exp(-terms.dividend_yield * years) * _normals(sign * d1)
    due = terms.strike * np.exp(-terms.rate * years) * _normals(sign * (d1 - deviation))
    prices: FloatArray = np.maximum(sign * (paid - due), 0.0)
    return prices


def implied_volatility(terms: Terms, price: float, spot: float, years: float) -> float | None:
    """Return the volatility that gives a price, None when no volatility does.

    Source: Newton's method between bounds that bisection narrows where the price hardly depends on volatility.
    """
    if not (isfinite(price) and price > 0.0 and spot > 0.0 and years > 0.0):
        return None
    low, high = LOWEST_VOLATILITY, HIGHEST_VOLATILITY
    if not price_of(terms, spot, years, low) < price < price_of(terms, spot, years, high):
        return None
    guess = min(2.0, max(0.05, sqrt(2.0 * abs(log(spot / terms.strike)) / years)))
    for _ in range(200):
        found = greeks_of(terms, spot, years, guess)
        low, high = (guess, high) if found.price < price else (low, guess)
        step = (price - found.price) / (found.vega * 100.0) if found.vega > 0.0 else inf
        nearer = guess + step
        if not low < nearer < high:
            nearer = (low + high) / 2.0
        if abs(nearer - guess) < 1e-12 * nearer:
            return nearer
        guess = nearer
    return guess


def _normal(x: float) -> float:
    return 0.5 * (1.0 + erf(x / _ROOT_2))


def _normals(x: FloatArray) -> FloatArray:
    """Return the normal distribution at many points; numpy has no error function."""
    values = np.array([erf(value) for value in (np.ravel(x) / _ROOT_2).tolist()])
    normals: FloatArray = (0.5 * (1.0 + values)).reshape(np.shape(x))
    return normals
