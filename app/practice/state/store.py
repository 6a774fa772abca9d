"""The state file: one transaction for each step of the engine, on disk before any message of the step leaves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.practice.accounts.account import BASE_CURRENCY, Account
from app.practice.accounts.holding import Holding
from app.practice.contracts import ContractBook
from app.practice.exchange.order import Execution, Order
from app.practice.market import MarketEvent
from app.practice.state.orders import execution_from_json, execution_to_json, order_from_json, order_to_json

VERSION = 1
FILE = "practice.sqlite3"

_SCHEMA = """
create table meta (name text primary key, value text not null) without rowid;
create table orders (perm_id integer primary key, con_id integer not null, body text not null);
create table executions (number integer primary key, exec_id text unique not null, con_id integer not null,
                         body text not null);
create table holdings (account text, con_id integer, body text not null, primary key (account, con_id)) without rowid;
create table accounts (name text primary key, cash text not null, opening text not null) without rowid;
create table client_ids (client_id integer primary key, last_order_id integer not null);
create table market_events (number integer primary key, body text not null);
"""


class StateError(Exception):
    """The state file cannot be used; the message is one sentence."""


class Store:
    """Collects what changed and commits it; ids that are given out are part of the same commit."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self._db = _open(self.path)
        self._orders: dict[int, Order] = {}
        self._executions: dict[str, Execution] = {}
        self._removed: list[str] = []
        self._events: list[MarketEvent] = []
        self._meta: dict[str, Any] = {}
        self._accounts: dict[str, Account] = {}
        self._saved_revisions: dict[str, int] = {}
        self._client_ids: dict[int, int] = {}
        self._forgets_trading = False

    # -- noting what changed

    def keep_order(self, order: Order) -> None:
        """Note that an order is to be stored."""
        self._orders[order.perm_id] = order

    def keep_execution(self, execution: Execution) -> None:
        """Note that an execution is to be stored."""
        self._executions[execution.exec_id] = execution

    def remove_execution(self, exec_id: str) -> None:
        """Note that an execution was corrected or bust."""
        self._executions.pop(exec_id, None)
        self._removed.append(exec_id)

    def forget_trading(self) -> None:
        """Note that every order and execution so far is to be forgotten; what is kept afterwards stays."""
        self._orders.clear()
        self._executions.clear()
        self._forgets_trading = True

    def keep_event(self, event: MarketEvent) -> None:
        """Note something that happened to the market."""
        self._events.append(event)

    def keep_client_id(self, client_id: int, last_order_id: int) -> None:
        """Note the last order id that a client used."""
        self._client_ids[client_id] = last_order_id

    def keep_account(self, account: Account) -> None:
        """Store this account with every commit that changed it."""
        self._accounts[account.name] = account

    def put(self, name: str, value: Any) -> None:
        """Note a named JSON value."""
        self._meta[name] = value

    def get(self, name: str) -> Any:
        """Return a named value as it is on disk, or None."""
        row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    # -- committing

    @property
    def is_dirty(self) -> bool:
        """Whether there is anything to commit."""
        noted = self._orders, self._executions, self._removed, self._events, self._meta, self._client_ids
        return (
            self._forgets_trading
            or any(noted)
            or any(a.revision != self._saved_revisions.get(n) for n, a in self._accounts.items())
        )

    def commit(self) -> None:
        """Write everything noted in one transaction; afterwards it survives the end of the process, however it ends."""
        if not self.is_dirty:
            return
        self._db.execute("begin immediate")
        try:
            self._write()
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")
        for noted in (self._orders, self._executions, self._removed, self._events, self._meta, self._client_ids):
            noted.clear()
        self._forgets_trading = False
        self._saved_revisions = {name: account.revision for name, account in self._accounts.items()}

    def _write(self) -> None:
        put = self._db.executemany
        if self._forgets_trading:
            self._db.execute("delete from orders")
            self._db.execute("delete from executions")
        orders = [(o.perm_id, o.contract.con_id, order_to_json(o)) for o in self._orders.values()]
        put("insert or replace into orders values (?, ?, ?)", orders)
        put("delete from executions where exec_id = ?", [(exec_id,) for exec_id in self._removed])
        fills = [(e.exec_id, e.contract.con_id, execution_to_json(e)) for e in self._executions.values()]
        put("insert or replace into executions (exec_id, con_id, body) values (?, ?, ?)", fills)
        put("insert into market_events (body) values (?)", [(json.dumps(event),) for event in self._events])
        put("insert or replace into meta values (?, ?)", [(n, json.dumps(v)) for n, v in self._meta.items()])
        put("insert or replace into client_ids values (?, ?)", list(self._client_ids.items()))
        for account in self._accounts.values():
            if account.revision != self._saved_revisions.get(account.name):
                self._write_account(account)

    def _write_account(self, account: Account) -> None:
        balances = json.dumps({currency: str(amount) for currency, amount in account.balances.items()})
        row = (account.name, balances, str(account.opening_value))
        self._db.execute("insert or replace into accounts values (?, ?, ?)", row)
        self._db.execute("delete from holdings where account = ?", (account.name,))
        rows = [(account.name, con_id, _holding_to_json(h)) for con_id, h in account.holdings.items()]
        self._db.executemany("insert into holdings values (?, ?, ?)", rows)

    # -- reading at the start

    def load_account(self, account: Account, book: ContractBook) -> None:
        """Give an account what was stored of it, if anything was."""
        row = self._db.execute("select cash, opening from accounts where name = ?", (account.name,)).fetchone()
        if row is not None:
            account.balances, account.opening_value = _balances(row[0]), Decimal(row[1])
        for con_id, body in self._db.execute(
            "select con_id, body from holdings where account = ?", (account.name,)
        ).fetchall():
            contract = book.get(con_id)
            if contract is not None:
                account.holdings[con_id] = _holding_from_json(body, Holding(contract))

    def load_orders(self, book: ContractBook) -> list[Order]:
        """Return every stored order, parents before children."""
        known: dict[int, Order] = {}
        for perm_id, con_id, body in self._db.execute("select perm_id, con_id, body from orders order by perm_id"):
            contract = book.get(con_id)
            if contract is not None:
                known[perm_id] = order_from_json(perm_id, body, contract, known)
        return list(known.values())

    def load_executions(self, book: ContractBook) -> Iterator[Execution]:
        """Yield every stored execution in the order in which they happened."""
        for exec_id, con_id, body in self._db.execute("select exec_id, con_id, body from executions order by number"):
            contract = book.get(con_id)
            if contract is not None:
                yield execution_from_json(exec_id, body, contract)

    def load_events(self) -> list[MarketEvent]:
        """Return what happened to the market, in order."""
        rows = self._db.execute("select body from market_events order by number")
        return [MarketEvent(*json.loads(body)) for (body,) in rows]

    def load_client_ids(self) -> dict[int, int]:
        """Return the last order id of every client."""
        return dict(self._db.execute("select client_id, last_order_id from client_ids").fetchall())

    def close(self) -> None:
        """Commit and close."""
        self.commit()
        self._db.close()


def _balances(text: str) -> dict[str, Decimal]:
    """Return the cash by currency; the first versions stored one number, in the base currency."""
    stored = json.loads(text) if text.startswith("{") else {BASE_CURRENCY: text}
    return {currency: Decimal(amount) for currency, amount in stored.items()}


def _holding_to_json(holding: Holding) -> str:
    names = ("quantity", "average", "basis", "realized", "day_quantity", "day_price", "day_flow")
    return json.dumps({name: str(getattr(holding, name)) for name in names})


def _holding_from_json(body: str, holding: Holding) -> Holding:
    for name, text in json.loads(body).items():
        setattr(holding, name, Decimal(text))
    return holding


def _open(path: Path) -> sqlite3.Connection:
    try:
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("pragma journal_mode = wal")
        # The system keeps what was written when the process is killed; only a power cut may lose the last seconds.
        db.execute("pragma synchronous = normal")
        (version,) = db.execute("pragma user_version").fetchone()
        if version == 0:
            db.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {VERSION}; commit;")
    except sqlite3.Error as problem:
        raise StateError(
            f"The practice state in {path} cannot be used ({problem}); choose another --data-dir."
        ) from None
    if version > VERSION:
        raise StateError(
            f"The practice state in {path} is of version {version} and this program reads up to {VERSION}:"
            " update it or choose another --data-dir."
        )
    return db
