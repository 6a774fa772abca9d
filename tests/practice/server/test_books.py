"""What must hold of the books after any trading day: nothing lost, nothing filled twice, nothing outside its bar."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import Any

import pytest

from app.practice.control.book import true_book
from tests.practice.hearing import Hearing
from tests.practice.server.test_trading import place_fields

SYMBOLS = {"AAPL": 900000001, "MSFT": 900000002, "SPY": 900000006}


def trade_a_while(here: Hearing, seed: int, steps: int) -> None:
    """Place, change and cancel orders of every type while the market moves."""
    dice, order_id = random.Random(seed), 0
    for step in range(steps):
        for _ in range(dice.randrange(3)):
            order_id += 1
            here.say(*_any_order(here, dice, order_id, group=f"g{step // 10}"))
        if order_id and dice.random() < 0.2:
            here.say(4, 1, dice.randint(1, order_id), "")
        here.step(dice.choice([0.5, 5.0, 60.0, 400.0, 1_500.0]))


def _any_order(here: Hearing, dice: random.Random, order_id: int, group: str) -> list[object]:
    con_id = dice.choice(list(SYMBOLS.values()))
    last = here.gateway.market.quote(con_id, here.gateway.clock.now()).last
    near = lambda: round(last * (1 + dice.uniform(-0.004, 0.004)), 2)  # noqa: E731
    kind = dice.choice(["MKT", "LMT", "STP", "STP LMT", "TRAIL", "MIT", "LIT", "LMT", "LMT"])
    limit = near() if kind in {"LMT", "STP LMT", "LIT"} else ""
    aux = "" if kind in {"MKT", "LMT"} else round(last * 0.002, 2) if kind == "TRAIL" else near()
    oca = {"oca": group, "oca_type": dice.randint(1, 3)} if dice.random() < 0.3 and kind != "MKT" else {}
    tif = dice.choice(["DAY", "GTC", "GTC", "IOC", "FOK"])
    side, quantity = dice.choice(["BUY", "SELL"]), dice.choice([1, 10, 60, 250])
    return place_fields(order_id, side, quantity, kind, limit, aux, con_id=con_id, tif=tif, **oca)


@pytest.fixture(scope="module", params=[1, 2], ids=lambda seed: f"seed{seed}")
def traded(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Hearing:
    here = Hearing(tmp_path_factory.mktemp("books"), seed=request.param)
    trade_a_while(here, request.param, 60)
    return here


def test_cash_and_positions_are_what_the_executions_say(traded: Hearing) -> None:
    book = true_book(traded.gateway)
    held: dict[str, float] = defaultdict(float)
    cash = 100_000.0
    assert len(book["executions"]) > 15
    for fill in book["executions"]:
        signed = fill["quantity"] if fill["side"] == "BUY" else -fill["quantity"]
        held[fill["symbol"]] += signed
        cash -= signed * fill["price"] + fill["commission"]
    assert {p["symbol"]: p["quantity"] for p in book["positions"]} == {s: q for s, q in held.items() if q}
    assert book["cash"]["DUT000001"]["USD"] == pytest.approx(cash, abs=1e-4)
    account = traded.gateway.trading.accounts["DUT000001"]
    assert account.net_liquidation() == account.base_cash() + account.market_value()


def test_every_fill_lies_within_its_minute_and_its_day(traded: Hearing) -> None:
    gateway = traded.gateway
    now = gateway.clock.now()
    for execution in gateway.trading.executions.values():
        start = execution.at // 60 * 60
        for size, since in (("1 min", start), ("1 day", execution.at)):
            bars = gateway.market.bars(execution.contract.con_id, size, start=since, end=min(now, start + 60), now=now)
            low, high = float(min(bars.low)), float(max(bars.high))
            assert low - 1e-9 <= float(execution.price) <= high + 1e-9, (size, execution)


def test_no_order_is_filled_beyond_its_size_or_its_limit(traded: Hearing) -> None:
    filled: dict[int, float] = defaultdict(float)
    orders = traded.gateway.trading.exchange.roster.orders
    for execution in traded.gateway.trading.executions.values():
        filled[execution.perm_id] += float(execution.shares)
        terms = orders[execution.perm_id].terms
        if terms.order_type in {"LMT", "STP LMT", "LIT"}:
            better = float(execution.price) - (terms.limit_price or 0.0)
            assert better <= 1e-9 if execution.is_buy else better >= -1e-9
    for perm_id, quantity in filled.items():
        assert quantity == float(orders[perm_id].filled) <= float(orders[perm_id].terms.quantity)


def test_a_group_is_never_filled_twice(traded: Hearing) -> None:
    groups: dict[str, list[Any]] = defaultdict(list)
    for order in traded.gateway.trading.exchange.roster.orders.values():
        if order.terms.oca_group:
            groups[order.terms.oca_group].append(order)
    assert groups
    for members in groups.values():
        first_full = min((o.completed_at for o in members if o.status == "Filled"), default=None)
        if first_full is None:
            continue
        filled_later = [o for o in members if o.status == "Filled" and o.completed_at > first_full]
        assert [o for o in filled_later if o.placed_at <= first_full] == []


def test_everything_is_the_same_after_a_restart(traded: Hearing) -> None:
    before = true_book(traded.gateway)
    traded.gateway.close()
    again = Hearing.resumed(traded.gateway.store.path.parent, traded.wall[0])
    assert true_book(again.gateway) == before
