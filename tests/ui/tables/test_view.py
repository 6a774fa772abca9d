"""The table view under the user's hands: sorting, filter, footer, copy, columns, states."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.ui.tables import Table
from app.ui.widgets.states import Empty, Failed, Loading, Ready, Stale, StateOverlay
from tests.ui.tables.conftest import Quote, quotes

ROWS = quotes(("AAPL", "9.5", 300), ("MSFT", "100", 20), ("IBM", None, 1000))


def overlay(table: Table[Quote]) -> StateOverlay:
    found = table.findChild(StateOverlay)
    assert isinstance(found, StateOverlay)
    return found


def header_click(table: Table[Quote], column: int) -> None:
    header = table.view.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(column) + 20, 10)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def test_a_click_on_the_header_sorts_by_number_and_a_second_one_turns_it_round(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    header_click(table, 1)
    assert [row.symbol for row in table.model.rows()] == ["AAPL", "MSFT", "IBM"]
    header_click(table, 1)
    assert [row.symbol for row in table.model.rows()] == ["MSFT", "AAPL", "IBM"]


def test_a_number_is_never_cut(table: Table[Quote], qtbot: QtBot) -> None:
    table.view.setColumnWidth(2, 40)
    table.model.replace(quotes(("AAPL", "9.5", 1_234_567)))
    table.view.viewport().repaint()
    needed = table.view.fontMetrics().horizontalAdvance("1,234,567")
    qtbot.waitUntil(lambda: table.view.columnWidth(2) >= needed)
    assert table.view.columnWidth(2) < needed + 40


def test_rows_are_24_and_headers_26_pixels_high(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    assert table.view.rowHeight(0) == 24
    assert table.view.horizontalHeader().height() == 26


def test_an_empty_table_says_so_in_its_own_words(table: Table[Quote]) -> None:
    assert overlay(table).state == Empty("No quotes yet.")
    assert overlay(table).isVisible()
    table.model.replace(ROWS)
    assert not overlay(table).isVisible()


def test_a_filter_that_takes_nothing_says_how_many_and_offers_the_way_back(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    QTest.keyClick(table.view, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    table.set_filter("zzz")
    state = overlay(table).state
    assert isinstance(state, Empty)
    assert state.text == "None of 3 match."
    assert state.act is not None
    state.act()
    assert len(table.model.rows()) == 3


def test_selected_rows_sum_up_in_the_footer(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    table.view.selectAll()
    assert table._footer.text() == "3 selected  ·  Volume 1,320"
    table.view.clearSelection()
    assert table._footer.isHidden()


def test_selection_stays_with_its_rows_when_the_filter_changes_and_when_they_are_sorted(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    table.select("MSFT")
    table.set_filter("s")
    assert [row.symbol for row in table.selected_rows()] == ["MSFT"]
    table.set_filter("")
    table.sort_by("symbol", descending=True)
    assert [row.symbol for row in table.selected_rows()] == ["MSFT"]


def test_ctrl_c_copies_what_is_selected_as_it_reads(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    table.select("IBM")
    QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "Symbol\tLast\tVolume\nIBM\t–\t1,000\n"


def test_csv_has_full_precision_and_disarms_formulas(table: Table[Quote]) -> None:
    table.model.replace([Quote("=cmd()", Decimal("1.23456"), 7), Quote("X", None, 0)])
    assert table.csv() == "Symbol,Last,Volume\n'=cmd(),1.23456,7\nX,,0\n"


def test_columns_are_chosen_in_the_header_menu_and_the_last_one_stays(table: Table[Quote]) -> None:
    table.view._choose_columns(QPoint(5, 5))
    menu = table.view.findChild(QMenu)
    assert isinstance(menu, QMenu)
    entries = [action for action in menu.actions() if action.isCheckable()]
    assert [action.text() for action in entries] == ["Symbol", "Last", "Volume"]
    entries[1].trigger()
    assert table.view.isColumnHidden(1)
    entries[2].trigger()
    menu.close()
    table.view._choose_columns(QPoint(5, 5))
    menu = table.view.findChildren(QMenu)[-1]
    assert not menu.actions()[0].isEnabled()
    menu.close()


def test_the_layout_of_columns_comes_back(table: Table[Quote]) -> None:
    table.view.setColumnHidden(2, True)
    table.view.setColumnWidth(0, 123)
    state = table.layout_state()
    table.view.setColumnHidden(2, False)
    table.view.setColumnWidth(0, 50)
    assert table.restore_layout(state)
    assert table.view.isColumnHidden(2)
    assert table.view.columnWidth(0) == 123


def test_enter_and_double_click_open_the_row(table: Table[Quote], qtbot: QtBot) -> None:
    table.model.replace(ROWS)
    table.select("MSFT")
    with qtbot.waitSignal(table.activated) as opened:
        QTest.keyClick(table.view, Qt.Key.Key_Return)
    assert opened.args == [ROWS[1]]


def test_the_row_under_the_pointer_lights_up_and_goes_out(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    QTest.mouseMove(table.view.viewport(), QPoint(30, 30))
    QTest.mouseMove(table.view.viewport(), QPoint(31, 31))
    assert table.view.cells.hovered == 1
    table.view._hover(-1)
    assert table.view.cells.hovered == -1


def test_loading_shows_a_skeleton_first_and_after_a_second_a_count_and_cancel(
    table: Table[Quote], qtbot: QtBot
) -> None:
    stopped: list[bool] = []
    table.show_state(Loading("Loading bars", 3, 5, cancel=lambda: stopped.append(True)))
    cover = overlay(table)
    assert not cover._button.isVisible()
    qtbot.waitUntil(cover._button.isVisible, timeout=3000)
    assert cover._text.text() == "Loading bars 3 of 5"
    QTest.mouseClick(cover._button, Qt.MouseButton.LeftButton)
    assert stopped == [True]


def test_a_failure_says_what_why_and_what_to_do_and_can_be_tried_again(table: Table[Quote]) -> None:
    tried: list[bool] = []
    table.show_state(Failed("No orders.", "Nobody answers.", "Connect first.", retry=lambda: tried.append(True)))
    cover = overlay(table)
    assert (cover._title.text(), cover._text.text()) == ("No orders.", "Nobody answers. Connect first.")
    QTest.mouseClick(cover._button, Qt.MouseButton.LeftButton)
    assert tried == [True]


def test_stale_rows_stay_in_sight_and_can_still_be_used(table: Table[Quote]) -> None:
    table.model.replace(ROWS)
    table.show_state(Stale("2 m"))
    cover = overlay(table)
    assert cover.isVisible()
    assert cover.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    table.show_state(Ready())
    assert not cover.isVisible()
