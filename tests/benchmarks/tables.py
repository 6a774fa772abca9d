"""The Orders panel with thousands of orders against a plain QTableWidget of the same cells, in one run.

`python -m tests.benchmarks.tables --orders 10000` prints one JSON object a line: the first paint of the whole book, a
thousand orders that changed, one sort, filters. Each is timed until the viewport is painted. `filter_at_once` comes
before the event loop had a moment to read the rows ahead, as it does within a second of the first paint. `cpu_ms` is
what this thread had the processor for: on a machine that others use the clock tells of them as well.
"""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from types import SimpleNamespace
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTableWidget, QTableWidgetItem

from app.domain.fold_orders import intended_orders
from app.domain.instruments import ConId, Instrument, InstrumentKind
from app.domain.orders import Intent, IntentId, Leg, Limit, Market, Order, OrderState, Role, Side, Stop, TimeInForce
from app.domain.orders import leg_ref as ref_of
from app.domain.state import State
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.ui.panels.orders import OrdersPanel
from app.ui.selection import Selection
from app.ui.theme import Theme

ACCOUNT = "DUT000001"
START = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
GOALS_MS = {"load": 50.0, "update": 20.0, "sort": 30.0, "filter": 30.0}
CHANGED = 1000
STATES = (OrderState.FILLED, OrderState.CANCELLED, OrderState.ACCEPTED, OrderState.PARTIALLY_FILLED)
Line = dict[str, object]


class Taken(NamedTuple):
    """Milliseconds by the clock, and of them those this thread had the processor."""

    ms: float
    cpu_ms: float


@dataclass
class Book:
    """The facts of a panel: a state that a benchmark sets."""

    state: State


def book(count: int) -> State:
    """Return a state with `count` orders: brackets and single orders of 50 instruments."""
    instruments = {
        ConId(n): Instrument(ConId(n), f"SYM{n:02}", InstrumentKind.STOCK, "SMART", "NYSE", "USD") for n in range(50)
    }
    intents: dict[IntentId, Intent] = {}
    orders: dict[str, Order] = {}
    while len(orders) < count:
        intent = _intent(len(intents))
        intents[intent.id] = intent
        for order in intended_orders(intent, START + timedelta(seconds=len(intents))):
            if len(orders) < count:
                orders[order.ref] = replace(order, state=STATES[len(intents) % 4], perm_id=len(orders))
    return State(instruments=instruments, intents=intents, orders=orders)


def _intent(number: int) -> Intent:
    name, symbol = IntentId(f"intent-{number:06}"), number % 50
    price = Decimal(100 + number % 40) + Decimal(number % 100) / 100
    entry = Leg(ref_of(name, Role.ENTRY), Role.ENTRY, Side.BUY, Decimal(100), Limit(price), TimeInForce.DAY)
    stop = Leg(ref_of(name, Role.STOP), Role.STOP, Side.SELL, Decimal(100), Stop(price - 2), TimeInForce.GTC)
    target = Leg(ref_of(name, Role.TARGET), Role.TARGET, Side.SELL, Decimal(100), Limit(price + 4), TimeInForce.GTC)
    alone = replace(entry, type=Market())
    legs = (entry, stop, target) if number % 2 else (alone,)
    return Intent(name, f"hand:{number}", ACCOUNT, ConId(symbol), f"SYM{symbol:02}", legs)


def moved(state: State, round_: int) -> State:
    """Return the state after a thousand orders were told to have filled a little more."""
    orders = dict(state.orders)
    for ref in list(orders)[:: max(1, len(orders) // CHANGED)][:CHANGED]:
        order = orders[ref]
        price = order.limit + Decimal("0.01") if order.limit is not None else None
        orders[ref] = replace(order, filled=Decimal(round_ % 90 + 1), limit=price)
    return replace(state, orders=orders)


def timed(work: Callable[[], object], paint: Callable[[], object]) -> Taken:
    """Return the milliseconds until something is done and painted."""
    start, cpu = time.perf_counter(), time.thread_time()
    work()
    paint()
    return Taken((time.perf_counter() - start) * 1000, (time.thread_time() - cpu) * 1000)


class Ours:
    """The product's own panel over a book."""

    def __init__(self, theme: Theme, state: State) -> None:
        self.facts = Book(state)
        settings = SimpleNamespace(current=SimpleNamespace(zone="exchange"))
        session = SimpleNamespace(view=SimpleNamespace(account=ACCOUNT))
        self.panel = OrdersPanel(
            SimpleNamespace(
                theme=theme,
                selection=Selection(),
                bus=Bus(),
                facts=self.facts,
                session=session,
                clock=Clock(),
                settings=settings,
                window=None,
                tasks=None,
            )  # type: ignore[arg-type]  # of the handles only what the panel reads
        )
        self.panel.resize(1440, 400)
        self.panel.show()
        QApplication.processEvents()

    def show(self, state: State) -> None:
        """Let the panel look at another book."""
        self.facts.state = state
        self.panel._mirror.look()

    def paint(self) -> None:
        """Paint what is in sight."""
        self.panel.table.view.viewport().repaint()

    def rest(self) -> None:
        """Let the event loop run until the table has nothing left to prepare."""
        while self.panel.model._set.unread:
            QApplication.processEvents()

    def close(self) -> None:
        """Take the panel away."""
        self.panel.close()
        self.panel.deleteLater()
        QApplication.processEvents()


class Plain:
    """A QTableWidget that is filled cell by cell, as tables usually are."""

    def __init__(self, texts: list[list[str]]) -> None:
        self.table = QTableWidget()
        self.table.resize(1440, 400)
        self.table.setColumnCount(len(texts[0]))
        self.table.show()
        QApplication.processEvents()

    def load(self, texts: list[list[str]]) -> None:
        """Fill every cell."""
        self.table.setRowCount(len(texts))
        for row, cells in enumerate(texts):
            for column, text in enumerate(cells):
                self.table.setItem(row, column, QTableWidgetItem(text))

    def update(self, round_: int) -> None:
        """Write two cells of a thousand rows."""
        for row in range(0, self.table.rowCount(), max(1, self.table.rowCount() // CHANGED)):
            self.table.item(row, 5).setText(str(round_))
            self.table.item(row, 6).setText(f"{round_}.01")

    def filter(self, needle: str) -> None:
        """Hide the rows that do not hold a text."""
        for row in range(self.table.rowCount()):
            cells = (self.table.item(row, column).text() for column in range(self.table.columnCount()))
            self.table.setRowHidden(row, not any(needle in cell for cell in cells))

    def paint(self) -> None:
        """Paint what is in sight."""
        self.table.viewport().repaint()


def of_ours(theme: Theme, state: State, round_: int) -> dict[str, Taken]:
    """Return the milliseconds of each act of the panel."""
    ours = Ours(theme, State(instruments=state.instruments, intents=state.intents))
    ms = {"load": timed(lambda: ours.show(state), ours.paint)}
    after = moved(state, round_)
    ms["update"] = timed(lambda: ours.show(after), ours.paint)
    ms["sort"] = timed(lambda: ours.panel.table.sort_by("limit"), ours.paint)
    ms["filter_at_once"] = timed(lambda: ours.panel.table.set_filter("sym0"), ours.paint)
    ours.panel.table.set_filter("")
    ours.rest()
    ms["filter"] = timed(lambda: ours.panel.table.set_filter("sym07"), ours.paint)
    ms["unfilter"] = timed(lambda: ours.panel.table.set_filter(""), ours.paint)
    ours.close()
    return ms


def of_plain(texts: list[list[str]], round_: int) -> dict[str, Taken]:
    """Return the milliseconds of the same acts of a QTableWidget."""
    plain = Plain(texts)
    ms = {"load": timed(lambda: plain.load(texts), plain.paint)}
    ms["update"] = timed(lambda: plain.update(round_), plain.paint)
    ms["sort"] = timed(lambda: plain.table.sortItems(6, Qt.SortOrder.AscendingOrder), plain.paint)
    ms["filter_at_once"] = timed(lambda: plain.filter("SYM0"), plain.paint)
    plain.filter("")
    ms["filter"] = timed(lambda: plain.filter("SYM07"), plain.paint)
    ms["unfilter"] = timed(lambda: plain.filter(""), plain.paint)
    plain.table.close()
    return ms


def texts_of(theme: Theme, state: State) -> list[list[str]]:
    """Return every cell of the panel as text, as a plain table is filled with."""
    ours = Ours(theme, state)
    columns = ours.panel.model.columns
    texts = [[column.text(row) for column in columns] for row in ours.panel.model.rows()]
    ours.close()
    return texts


def measure(orders: int, rounds: int) -> list[Line]:
    """Measure both in turns and return a line an act."""
    theme, state = Theme("dark"), book(orders)
    theme.apply()
    texts = texts_of(theme, state)
    taken: dict[str, list[dict[str, Taken]]] = {"ours": [], "plain": []}
    for round_ in range(rounds):
        taken["ours"].append(of_ours(theme, state, round_))
        taken["plain"].append(of_plain(texts, round_))
    return [_line(act, orders, taken) for act in taken["ours"][0]]


def _line(act: str, orders: int, taken: dict[str, list[dict[str, Taken]]]) -> Line:
    ours, plain = ([found[act] for found in taken[who]] for who in ("ours", "plain"))
    ms, plain_ms = median(each.ms for each in ours), median(each.ms for each in plain)
    line: Line = {"bench": f"orders_{act}", "orders": orders}
    if act == "update":
        line["changed"] = CHANGED
    if act in GOALS_MS:
        line |= {"goal_ms": GOALS_MS[act], "met": ms <= GOALS_MS[act]}
    line |= {"ms": round(ms, 2), "best_ms": round(min(each.ms for each in ours), 2)}
    line |= {"cpu_ms": round(median(each.cpu_ms for each in ours), 2)}
    return line | {"plain_ms": round(plain_ms, 2), "ratio": round(plain_ms / ms, 1)}


def main(argv: list[str]) -> int:
    """Print the figures."""
    parser = ArgumentParser(prog="python -m tests.benchmarks.tables")
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication.instance() or QApplication([])
    for line in measure(args.orders, args.rounds):
        sys.stdout.write(json.dumps(line) + "\n")
    app.quit()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
