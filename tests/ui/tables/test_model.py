"""The table model: order, filter, frames, tints, under Qt's own model tester."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy
from pytestqt.qtbot import QtBot

from app.ui.tables import TableModel
from app.ui.tables.model import SYMBOL_MIME
from tests.ui.tables.conftest import COLUMNS, Quote, quotes

ROWS = quotes(("AAPL", "9.5", 300), ("MSFT", "100", 20), ("IBM", None, 1000), ("GOOG", "20", 5))
DOWN, UP = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder


def symbols(model: TableModel[Quote]) -> list[str]:
    return [row.symbol for row in model.rows()]


def test_rows_keep_the_order_of_arrival_until_they_are_sorted(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    assert symbols(model) == ["AAPL", "MSFT", "IBM", "GOOG"]


def test_numbers_sort_as_numbers_and_the_unknown_comes_last_both_ways(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    model.sort(1, UP)
    assert symbols(model) == ["AAPL", "GOOG", "MSFT", "IBM"]
    model.sort(1, DOWN)
    assert symbols(model) == ["MSFT", "GOOG", "AAPL", "IBM"]


def test_clearing_the_sort_brings_the_order_of_arrival_back(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    model.sort(1, DOWN)
    model.sort(-1)
    assert symbols(model) == ["AAPL", "MSFT", "IBM", "GOOG"]


def test_an_unknown_price_is_a_dash_and_never_zero(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    assert model.data(model.index(2, 1)) == "–"


def test_the_filter_wants_every_word_and_counts(model: TableModel[Quote], qtbot: QtBot) -> None:
    model.replace(ROWS)
    with qtbot.waitSignal(model.counted) as counted:
        model.filter("g 20")
    assert symbols(model) == ["GOOG"]
    assert counted.args == [1, 4]
    model.filter("")
    assert len(symbols(model)) == 4


def test_a_row_that_comes_to_pass_the_filter_appears_and_one_that_fails_it_leaves(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    model.filter(accepts=lambda row: row.volume >= 100)
    assert symbols(model) == ["AAPL", "IBM"]
    model.put(Quote("GOOG", Decimal(20), 500))
    model.put(Quote("AAPL", Decimal(9), 1))
    model.flush()
    assert symbols(model) == ["IBM", "GOOG"]


def test_many_changes_within_a_frame_are_told_once(model: TableModel[Quote], qtbot: QtBot) -> None:
    model.replace(ROWS)
    spy = QSignalSpy(model.dataChanged)
    for price in range(1, 200):
        model.put(Quote("AAPL", Decimal(price)))
        model.put(Quote("MSFT", Decimal(price)))
    assert spy.count() == 0
    qtbot.waitUntil(lambda: spy.count() > 0)
    assert spy.count() == 1
    assert model.find("AAPL") == Quote("AAPL", Decimal(199))


def test_a_changed_number_is_tinted_by_its_way_and_the_tint_ends(model: TableModel[Quote], qtbot: QtBot) -> None:
    model.replace(ROWS)
    model.put(Quote("AAPL", Decimal("9.6"), 300))
    model.put(Quote("MSFT", Decimal(99), 20))
    model.flush()
    assert (model.tint_at(0, 1), model.tint_at(1, 1), model.tint_at(0, 2)) == ("up", "down", None)
    qtbot.waitUntil(lambda: model.tint_at(0, 1) is None, timeout=2000)


def test_what_becomes_known_is_not_tinted(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    model.put(Quote("IBM", Decimal(5)))
    model.flush()
    assert model.tint_at(2, 1) is None


def test_a_row_that_moved_goes_to_its_place_within_a_second_and_indexes_follow(
    model: TableModel[Quote], qtbot: QtBot
) -> None:
    from PySide6.QtCore import QPersistentModelIndex

    model.replace(ROWS)
    model.sort(1, UP)
    kept = QPersistentModelIndex(model.index(0, 0))
    model.put(Quote("AAPL", Decimal(50)))
    qtbot.waitUntil(lambda: symbols(model) == ["GOOG", "AAPL", "MSFT", "IBM"], timeout=3000)
    assert model.row_at(kept.row()).symbol == "AAPL"


def test_dropping_removes_the_row_and_dropping_a_stranger_does_nothing(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    model.drop("MSFT")
    model.drop("nobody")
    model.flush()
    assert symbols(model) == ["AAPL", "IBM", "GOOG"]
    assert model.find("MSFT") is None


def test_dropping_many_rows_leaves_the_others(model: TableModel[Quote]) -> None:
    model.replace([Quote(f"S{n}", Decimal(n)) for n in range(200)])
    for n in range(0, 200, 2):
        model.drop(f"S{n}")
    model.flush()
    assert symbols(model) == [f"S{n}" for n in range(1, 200, 2)]


def test_a_sum_is_exact_and_unknown_when_a_part_is(model: TableModel[Quote]) -> None:
    model.replace(quotes(("A", "0.1", 1), ("B", "0.2", 2), ("C", None, 3)))
    assert model.sum_of([0, 1], 1) == Decimal("0.3")
    assert model.sum_of([0, 2], 1) is None


def test_a_dragged_row_carries_its_symbol(model: TableModel[Quote]) -> None:
    model.replace(ROWS)
    data = model.mimeData([model.index(1, 0)])
    assert (data.text(), bytes(data.data(SYMBOL_MIME).data())) == ("MSFT", b"MSFT")


_acts = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 12), st.one_of(st.none(), st.integers(-50, 50))),
        st.tuples(st.just("drop"), st.integers(0, 12), st.none()),
        st.tuples(st.just("sort"), st.integers(-1, 2), st.sampled_from([0, 1])),
        st.tuples(st.just("filter"), st.integers(0, 3), st.none()),
        st.tuples(st.just("flush"), st.none(), st.none()),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(acts=_acts)
def test_whatever_happens_the_view_shows_exactly_the_rows_that_pass_in_order(acts: list[tuple[str, int, int]]) -> None:
    model: TableModel[Quote] = TableModel(COLUMNS, lambda row: row.symbol)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    expected: dict[str, Quote] = {}
    needle, column, order = "", -1, UP
    for what, first, second in acts:
        if what == "put":
            row = Quote(f"S{first}", None if second is None else Decimal(second), first)
            expected[row.symbol] = row
            model.put(row)
        elif what == "drop":
            expected.pop(f"S{first}", None)
            model.drop(f"S{first}")
        elif what == "sort":
            column, order = first, (UP, DOWN)[second]
            model.sort(column, order)
        elif what == "filter":
            needle = ("", "1", "s2", "nothing")[first]
            model.filter(needle)
        else:
            model.flush()
    model.sort(column, order)
    passing = [row for row in expected.values() if _passes(row, needle)]
    assert sorted(symbols(model)) == sorted(row.symbol for row in passing)
    assert _in_order(model.rows(), column, order is DOWN)
    assert model.counts() == (len(passing), len(expected))
    del tester


def _passes(row: Quote, needle: str) -> bool:
    price = "–" if row.last is None else f"{row.last:.2f}".replace("-", "−")
    return needle in f"{row.symbol} {price} {row.volume}".casefold()


def _in_order(rows: list[Quote], column: int, is_descending: bool) -> bool:
    if column < 0:
        return True
    values = [(row.symbol.casefold(), row.last, row.volume)[column] for row in rows]
    known = [value for value in values if value is not None]
    return values[len(known) :] == [None] * (len(values) - len(known)) and known == sorted(known, reverse=is_descending)
