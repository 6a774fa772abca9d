"""What is stored comes back as it was, and nothing is half stored."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from app.practice.accounts.account import Account
from app.practice.accounts.holding import Holding
from app.practice.exchange.order import Execution, Order, Status
from app.practice.market import MarketEvent
from app.practice.state.lock import DirectoryInUse, DirectoryLock
from app.practice.state.store import Store
from app.practice.universe import practice_universe
from app.practice.wire.records import TagValue
from app.practice.wire.terms import OrderTerms

BOOK = practice_universe()
AAPL = BOOK.all()[0]


def an_order(perm_id: int, parent: Order | None = None) -> Order:
    terms = OrderTerms(
        action="BUY", quantity=Decimal("12.5"), order_type="LMT", limit_price=101.25, tif="GTC", order_ref="é ref",
        account="A", oca_group="g", oca_type=3, algo_strategy="X", algo_params=(TagValue(tag="a", value="b"),),
        parent_id=3 if parent else 0,
    )  # fmt: skip
    return Order(perm_id, perm_id % 100, 17, AAPL, terms, 5.5, parent=parent, expires_at=99.25, wakes_at=7.0)


def test_orders_come_back_with_their_terms_and_families(tmp_path: Path) -> None:
    store = Store(tmp_path)
    parent = an_order(1003)
    child = an_order(1004, parent)
    parent.filled, parent.spent, parent.status = Decimal(3), Decimal("303.75"), Status.SUBMITTED
    for order in (parent, child):
        store.keep_order(order)
    store.close()
    first, second = Store(tmp_path).load_orders(BOOK)
    assert (first.terms, first.filled, first.average_price) == (parent.terms, Decimal(3), Decimal("101.25"))
    assert (first.status, first.expires_at, first.wakes_at, first.placed_at) == (Status.SUBMITTED, 99.25, 7.0, 5.5)
    assert second.parent is first
    assert first.children == [second]


def test_executions_accounts_ids_and_events_come_back(tmp_path: Path) -> None:
    store = Store(tmp_path)
    account = Account("A", lambda _: Decimal(1))
    store.keep_account(account)
    five, price = Decimal(5), Decimal("1.23")
    fill = Execution(
        "x.01", 1, 2, 17, "A", AAPL, True, five, price, 8.0, five, price, "r", Decimal(1), Decimal("-2.5"), True
    )
    store.keep_execution(fill)
    account.balances, account.holdings[AAPL.con_id] = (
        {"USD": Decimal("7.7"), "EUR": Decimal(3)},
        Holding(AAPL, Decimal(5), Decimal("1.43")),
    )
    account.revision += 1
    store.keep_client_id(17, 44)
    store.keep_event(MarketEvent(AAPL.con_id, 3.5, "move", 100, 1, 1.5))
    store.put("anchor", {"a": [1, 2]})
    store.close()
    again, known = Store(tmp_path), Account("A", lambda _: Decimal(1))
    again.load_account(known, BOOK)
    assert list(again.load_executions(BOOK)) == [fill]
    assert (known.balances, known.holdings[AAPL.con_id].average) == (account.balances, Decimal("1.43"))
    assert again.load_client_ids() == {17: 44}
    assert again.load_events() == [MarketEvent(AAPL.con_id, 3.5, "move", 100, 1, 1.5)]
    assert again.get("anchor") == {"a": [1, 2]}


def test_what_was_not_committed_is_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_order(an_order(1))
    assert store.is_dirty
    assert Store(tmp_path).load_orders(BOOK) == []
    store.commit()
    assert not store.is_dirty
    assert len(Store(tmp_path).load_orders(BOOK)) == 1


def test_a_step_that_cannot_be_written_is_not_half_written(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.keep_order(an_order(1))
    store.put("bad", object())
    with pytest.raises(TypeError):
        store.commit()
    assert Store(tmp_path).load_orders(BOOK) == []
    assert store.is_dirty


def test_the_lock_is_held_once_and_given_back(tmp_path: Path) -> None:
    first, second = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    first.take()
    with pytest.raises(DirectoryInUse, match="Another practice gateway"):
        second.take(0.1)
    first.release()
    second.take()
    second.release()
