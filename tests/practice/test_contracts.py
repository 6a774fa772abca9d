"""How a client's description of a contract is resolved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.practice.contracts import ContractBook, ContractQuery
from app.practice.option_chain import expiries
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
    invented = [contract for contract in book.all() if 900_000_100 < contract.con_id <= 900_000_300]
    assert len(invented) == 200
    assert len({contract.symbol for contract in invented}) == 200
    assert len({contract.name for contract in invented}) == 200
    look_alikes = [contract for contract in book.matching("KES") if contract.currency == "USD"]
    assert [contract.symbol for contract in look_alikes] == [f"KES{letter}" for letter in "EFLMPRST"]
    assert len(book.matching("Software")) == 16


def test_each_instrument_names_a_market_rule_that_exists(book: ContractBook) -> None:
    for contract in book.all():
        rule = book.market_rule(contract.market_rule_id)
        assert rule
        assert rule[0].low_edge == 0.0
        assert float(contract.min_tick) == min(step.increment for step in rule)
    assert book.market_rule(-1) is None


def test_a_symbol_that_is_listed_in_several_places_is_told_apart_by_currency_and_exchange(book: ContractBook) -> None:
    everywhere = book.find(ContractQuery(symbol="ALDE", sec_type="STK"))
    assert {(made.primary_exchange, made.currency) for made in everywhere} == {
        ("NYSE", "USD"), ("IBIS", "EUR"), ("SBF", "EUR"), ("LSE", "GBP"),
    }  # fmt: skip
    assert len(book.find(ContractQuery(symbol="ALDE", exchange="SMART", currency="EUR"))) == 2
    (one,) = book.find(ContractQuery(symbol="ALDE", exchange="SMART", currency="EUR", primary_exchange="IBIS"))
    assert one.con_id == 900_001_101
    assert len(book.find(ContractQuery(symbol="ALDE", exchange="LSE"))) == 1


@pytest.mark.parametrize(
    ("con_id", "price", "quantity", "worth"),
    [
        (900_000_001, "430", 10, "4300"),
        (900_002_001, "850", 200, "1700"),
        (900_003_001, "2500", 100, "250000"),
        (900_005_001, "1.09", 20_000, "21800"),
        (900_005_004, "148.5", 20_000, "2970000"),
        (900_100_324, "5000.25", 2, "500025"),
        (900_120_324, "440.25", 3, "66037.5"),
        (1_011_518_124, "4.35", 5, "2175"),
    ],
)
def test_what_a_position_is_worth(book: ContractBook, con_id: int, price: str, quantity: int, worth: str) -> None:
    contract = book.get(con_id)
    assert contract is not None
    assert Decimal(price) * quantity * contract.value_factor == Decimal(worth)


@pytest.mark.parametrize(
    ("symbol", "month", "local_symbol", "expiry"),
    [
        ("ES", "202612", "ESZ6", "20261218"),
        ("ES", "202606", "ESM6", "20260618"),  # the third Friday is a holiday
        ("MES", "202703", "MESH7", "20270319"),
        ("ZC", "202703", "ZCH7", "20270312"),  # the 14th is a Sunday
    ],
)
def test_futures_end_on_their_days(symbol: str, month: str, local_symbol: str, expiry: str) -> None:
    book = practice_universe(lambda: datetime(2026, 5, 4, tzinfo=UTC).timestamp())
    (found,) = book.find(ContractQuery(symbol=symbol, sec_type="FUT", expiry=month))
    assert (found.local_symbol, found.expiry, found.contract_month) == (local_symbol, expiry, month)
    assert book.get(found.con_id) == found
    assert book.find(ContractQuery(local_symbol=local_symbol, exchange=found.exchange)) == [found]


def test_options_end_on_fridays_and_on_third_fridays_of_later_months() -> None:
    now = datetime(2026, 11, 22, 18, 0, tzinfo=UTC).timestamp()
    days = [f"{day:%Y%m%d}" for day in expiries(now)]
    assert days[:7] == ["20261127", "20261204", "20261211", "20261218", "20261224", "20261231", "20270115"]
    assert days[7:12] == ["20270219", "20270319", "20270416", "20270521", "20270617"]
    assert days[-1] == "20280915"
    book = practice_universe(lambda: now)
    for option in book.find(ContractQuery(symbol="IBM", sec_type="OPT", expiry="20270319", right="PUT")):
        assert book.get(option.con_id) == option
        assert book.find(ContractQuery(local_symbol=option.local_symbol)) == [option]
    assert book.find(ContractQuery(symbol="IBM", sec_type="OPT", expiry="20270318")) == []
    assert book.find(ContractQuery(symbol="IBM", sec_type="OPT", expiry="20270319", strike=101.3)) == []
