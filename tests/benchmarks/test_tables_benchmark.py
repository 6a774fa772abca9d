"""The benchmark of tables measures what it says it measures."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from app.ui.theme import Theme
from tests.benchmarks import tables


def test_every_act_is_measured_on_the_panel_and_on_a_plain_table(qapp: QApplication) -> None:
    lines = {line["bench"]: line for line in tables.measure(orders=90, rounds=1)}
    assert {f"orders_{act}" for act in tables.GOALS_MS} <= lines.keys()
    assert all(line["ms"] > 0 and line["plain_ms"] > 0 for line in lines.values())


def test_the_panel_shows_the_whole_book_and_what_changed_in_it(qapp: QApplication) -> None:
    state = tables.book(90)
    ours = tables.Ours(Theme("dark"), state)
    assert ours.panel.model.rowCount() == 90
    after = tables.moved(state, 7)
    ours.show(after)
    assert {row.order.filled for row in ours.panel.model.rows()} == {8}
    ours.panel.table.set_filter("sym07")
    assert {row.order.symbol for row in ours.panel.model.rows()} == {"SYM07"}
    ours.close()
