"""How a client's description of a contract is resolved."""

from __future__ import annotations

import pytest

from app.practice.contracts import ContractBook, ContractQuery
from app.practice.universe import practice_universe


@pytest.fixture
def book() -> ContractBook:
    return practice_universe()


@pytest.mark.parametrize(
    ("symbol", "name", "exchange"),
    [
        ("AAPL", "Apple Inc", "NASDAQ"),
        ("MSFT", "Microsoft Corp", "NASDAQ"),
        ("IBM", "Intl Business Machines Corp", "NYSE"),
        ("GOOG", "Google Inc", "NASDAQ"),
        ("FB", "Facebook Inc", "NASDAQ"),
    ],
)
def test_the_shipped_stocks_are_found_through_smart(book: ContractBook, symbol: str, name: str, exchange: str) -> None:
    (found,) = book.find(ContractQuery(symbol=symbol, sec_type="STK", exchange="SMART", currency="USD"))
    assert (found.name, found.primary_exchange, found.time_zone) == (name, exchange, "US/Eastern")
    assert "SMART" in found.valid_exchanges


def test_ids_are_beyond_those_of_the_broker(book: ContractBook) -> None:
    ids = [contract.con_id for contract in book.all()]
    assert min(ids) >= 900_000_000
    assert len(set(ids)) == len(ids)


def test_an_id_alone_is_enough(book: ContractBook) -> None:
    for contract in book.all():
        assert book.find(ContractQuery(con_id=contract.con_id)) == [contract]


@pytest.mark.parametrize(
    "query",
    [
        ContractQuery(),
        ContractQuery(symbol="NOSUCH", sec_type="STK"),
        ContractQuery(symbol="AAPL", sec_type="OPT"),
        ContractQuery(symbol="AAPL", currency="EUR"),
        ContractQuery(symbol="AAPL", exchange="TSEJ"),
        ContractQuery(symbol="AAPL", primary_exchange="NYSE"),
        ContractQuery(con_id=1),
        ContractQuery(con_id=900_000_001, exchange="LSE"),
        ContractQuery(sec_type="STK", currency="USD"),
    ],
)
def test_what_contradicts_or_says_nothing_finds_nothing(book: ContractBook, query: ContractQuery) -> None:
    assert book.find(query) == []


def test_old_names_of_exchanges_are_understood(book: ContractBook) -> None:
    assert book.find(ContractQuery(symbol="AAPL", primary_exchange="ISLAND", exchange="ISLAND", currency="USD"))
    assert book.find(ContractQuery(symbol="aapl", sec_type="stk", exchange="smart", currency="usd"))


def test_matching_puts_the_symbol_itself_first(book: ContractBook) -> None:
    assert book.matching("ibm")[0].symbol == "IBM"
    assert book.matching("Apple")[0].symbol == "AAPL"
    assert book.matching("machines")[0].symbol == "IBM"
    assert book.matching("") == []
    assert book.matching("zzzz") == []


def test_two_hundred_invented_companies_can_be_searched(book: ContractBook) -> None:
    invented = [contract for contract in book.all() if contract.con_id > 900_000_100]
    assert len(invented) == 200
    assert len({contract.symbol for contract in book.all()}) == len(book.all())
    assert len({contract.name for contract in book.all()}) == len(book.all())
    look_alikes = book.matching("KES")
    assert [contract.symbol for contract in look_alikes] == [f"KES{letter}" for letter in "EFLMPRST"]
    assert len(book.matching("Software")) == 16


def test_each_instrument_names_a_market_rule_that_exists(book: ContractBook) -> None:
    for contract in book.all():
        rule = book.market_rule(contract.market_rule_id)
        assert rule
        assert rule[0].low_edge == 0.0
        assert float(contract.min_tick) == min(step.increment for step in rule)
    assert book.market_rule(-1) is None
