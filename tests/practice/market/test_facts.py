"""The book behind the quote, auctions, rates of exchange, and what ended contracts are worth."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.practice.contracts import ContractQuery
from app.practice.hours import hours_of
from app.practice.market import Market
from app.practice.universe import practice_universe
from tests.practice.market.conftest import AAPL, START, MarketMaker
from tests.practice.market.test_kinds import KINDS, is_on_grid, market_of


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "index"])
def test_the_book_begins_with_the_quote_and_gets_worse(kind: str) -> None:
    market, contract = market_of(kind, "always")
    for seconds in (0.0, 1.7, 3600.0):
        now = START + seconds
        quote, depth = market.quote(contract.con_id, now), market.depth(contract.con_id, now, 10)
        assert depth.bids[0] == (quote.bid, quote.bid_size)
        assert depth.asks[0] == (quote.ask, quote.ask_size)
        assert all(better.price > worse.price for better, worse in itertools.pairwise(depth.bids))
        assert all(better.price < worse.price for better, worse in itertools.pairwise(depth.asks))
        assert all(level.size > 0 and is_on_grid(level.price, contract) for level in (*depth.bids, *depth.asks))
        assert len(depth.asks) == 10
        assert depth == market.depth(contract.con_id, now, 10)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(set(KINDS) - {"index"})), st.floats(0.0, 86_400.0))
def test_bid_and_ask_stay_within_reach_of_the_trade(kind: str, pause: float) -> None:
    market, contract = market_of(kind, "always")
    tick = market.last_tick(contract.con_id, START + pause)
    reach = market.reach(contract.con_id, tick.price)
    assert tick.price - reach <= tick.bid <= tick.ask <= tick.price + reach


def test_auctions_have_the_first_and_the_last_price_of_the_day(make_market: MarketMaker) -> None:
    market = make_market("hours")
    opens = datetime(2026, 6, 10, 13, 30, tzinfo=UTC).timestamp()
    closes = opens + 6.5 * 3600
    ticks = list(market.path(AAPL, opens - 1, closes))
    assert market.auction_price(AAPL, opens, is_opening=True) == ticks[0].price
    assert market.auction_price(AAPL, closes - 1, is_opening=False) == ticks[-1].price
    market.set_halted(AAPL, True, opens - 3600)
    assert market.auction_price(AAPL, opens, is_opening=True) is None


def test_rates_of_exchange_are_the_middle_of_the_pairs(make_market: MarketMaker) -> None:
    market = make_market()
    book = practice_universe()
    (euro,) = book.find(ContractQuery(symbol="EUR", sec_type="CASH", currency="USD"))
    (yen,) = book.find(ContractQuery(symbol="USD", sec_type="CASH", currency="JPY"))
    euros, yens = (market.quote(pair.con_id, START) for pair in (euro, yen))
    middle, per_dollar = (euros.bid + euros.ask) / 2, (yens.bid + yens.ask) / 2
    assert market.rate("EUR", "USD", START) == pytest.approx(middle)
    assert market.rate("USD", "EUR", START) == pytest.approx(1 / middle)
    assert market.rate("JPY", "USD", START) == pytest.approx(1 / per_dollar)
    assert market.rate("EUR", "JPY", START) == pytest.approx(middle * per_dollar)
    assert market.rate("GBP", "GBP", START) == 1.0
    with pytest.raises(ValueError, match="XYZ"):
        market.rate("XYZ", "USD", START)


def test_contracts_that_end_are_settled_by_their_underlying() -> None:
    book = practice_universe(lambda: START)
    market = Market(book, hours_of("XNYS"), seed=7, mode="always", now=START)
    ends = datetime(2026, 6, 19, 0, 0, tzinfo=UTC).timestamp()
    for right, sign in (("C", 1.0), ("P", -1.0)):
        for option in book.find(ContractQuery(symbol="AAPL", sec_type="OPT", expiry="202606", right=right)):
            if option.expiry == "20260618":
                last = market.quote(AAPL, market.expiry_of(option.con_id) or 0.0)
                assert market.settlement(option.con_id) == pytest.approx(max(0.0, sign * (last.last - option.strike)))
    (future,) = book.find(ContractQuery(symbol="ES", sec_type="FUT", expiry="202606"))
    assert market.settlement(future.con_id) == pytest.approx(market.quote(future.con_id, ends + 9e5).last, abs=0.13)
    assert market.expiry_of(AAPL) is None
    with pytest.raises(ValueError, match="AAPL"):
        market.settlement(AAPL)
