"""The workspace: the first layout, laziness, close and float, state that comes back, named layouts."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from app.ui.language import Language
from app.ui.theme import Theme
from app.ui.widgets.panel import PanelFrame
from app.ui.workspace import Area, Place, Workspace

SEATS = (
    ("watchlist", Area.LEFT),
    ("chart", Area.CENTRE),
    ("ticket", Area.RIGHT),
    ("orders", Area.BOTTOM),
    ("executions", Area.BOTTOM),
    ("lineage", Area.BOTTOM_RIGHT),
)


class Desk:
    """A workspace in a window, and what it has built."""

    def __init__(self, theme: Theme, qtbot: QtBot, width: int = 1440, height: int = 900) -> None:
        self.window = QMainWindow()
        qtbot.addWidget(self.window)
        self.window.resize(width, height)
        self.built: list[str] = []
        self.workspace = Workspace(theme, self.window)
        self.window.setCentralWidget(self.workspace.widget)
        self.workspace.add(
            *(Place(key, key.title(), area, lambda key=key: self._build(theme, key)) for key, area in SEATS)
        )
        self.workspace.lay_out(width, height)
        self.window.show()

    def _build(self, theme: Theme, key: str) -> QWidget:
        self.built.append(key)
        panel = PanelFrame(theme, key, key.title())
        panel.add(QLabel(key))
        return panel

    def size(self, key: str) -> tuple[int, int]:
        size = self.workspace.panel(key).parentWidget().size()
        return size.width(), size.height()


@pytest.fixture
def desk(theme: Theme, qtbot: QtBot) -> Desk:
    return Desk(theme, qtbot)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1280, 720), (1920, 1080)])
def test_the_first_layout_has_the_sizes_of_the_style_guide(theme: Theme, qtbot: QtBot, width: int, height: int) -> None:
    desk = Desk(theme, qtbot, width, height)
    assert desk.size("watchlist")[0] == 260
    assert desk.size("ticket")[0] == 300
    assert desk.size("chart")[0] == width - 560 - 8
    assert abs(desk.size("lineage")[1] + 30 - 240) <= 2


def test_a_larger_window_gives_its_room_to_the_chart(desk: Desk, qtbot: QtBot) -> None:
    before = desk.size("watchlist"), desk.size("ticket"), desk.size("chart")
    desk.window.resize(1800, 1000)
    qtbot.waitUntil(lambda: desk.size("chart")[0] > before[2][0])
    assert (desk.size("watchlist")[0], desk.size("ticket")[0]) == (260, 300)
    assert desk.size("chart") == (before[2][0] + 360, before[2][1] + 100)


def test_panels_are_built_after_the_window_and_tabs_only_when_they_are_seen(desk: Desk, qtbot: QtBot) -> None:
    assert desk.built == []
    desk.workspace.fill()
    qtbot.waitUntil(lambda: len(desk.built) == 5)
    assert "executions" not in desk.built
    desk.workspace.show("executions")
    assert desk.built[-1] == "executions"
    desk.workspace.show("orders")
    assert desk.built.count("orders") == 1


def test_the_keyboard_begins_at_a_panel_in_sight_and_nowhere_else(desk: Desk, qtbot: QtBot) -> None:
    desk.workspace.begin_at("executions")
    assert desk.built == []
    desk.workspace.begin_at("chart")
    assert desk.built == ["chart"]
    chart = desk.workspace.panel("chart")
    qtbot.waitUntil(
        lambda: (
            desk.window.focusWidget() is not None
            and (chart is desk.window.focusWidget() or chart.isAncestorOf(desk.window.focusWidget()))
        )
    )


def test_a_closed_panel_comes_back_to_its_place(desk: Desk) -> None:
    desk.workspace.close("watchlist")
    assert not desk.workspace.is_open("watchlist")
    desk.workspace.show("watchlist")
    assert desk.workspace.is_open("watchlist")
    assert desk.size("watchlist")[0] == 260


def test_a_floating_panel_carries_the_colour_of_the_account(desk: Desk, qtbot: QtBot) -> None:
    desk.workspace.set_account("live")
    desk.workspace.float("ticket")
    window = desk.workspace.panel("ticket").window()
    assert window is not desk.window
    assert window.property("account") == "live"
    desk.workspace.reset()
    assert desk.workspace.panel("ticket").window() is desk.window


def test_the_first_layout_comes_back_in_its_sizes(desk: Desk) -> None:
    desk.workspace.close("lineage")
    desk.workspace._manager.rootSplitter().setSizes([300, 500])
    desk.workspace.reset()
    QCoreApplication.processEvents()
    assert (desk.size("watchlist")[0], desk.size("ticket")[0]) == (260, 300)
    assert abs(desk.size("lineage")[1] + 30 - 240) <= 2
    assert desk.workspace.is_open("lineage")


def test_a_layout_is_saved_and_restored_with_what_was_closed(desk: Desk) -> None:
    desk.workspace.close("lineage")
    state = desk.workspace.state()
    desk.workspace.show("lineage")
    desk.workspace.close("orders")
    assert desk.workspace.restore(state)
    assert (desk.workspace.is_open("lineage"), desk.workspace.is_open("orders")) == (False, True)


def test_a_broken_layout_leaves_the_first_one(desk: Desk) -> None:
    assert not desk.workspace.restore(b"not a layout")
    assert all(desk.workspace.is_open(key) for key, _ in SEATS)


def test_many_restores_leave_the_layout_as_it_was_and_no_widget_behind(desk: Desk) -> None:
    desk.workspace.fill()
    state = desk.workspace.state()
    counts = []
    for _ in range(30):
        desk.workspace.restore(state)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        counts.append(len(desk.window.findChildren(QWidget)))
    assert desk.size("watchlist")[0] == 260
    assert counts[-1] == counts[0]


def test_named_layouts_are_kept_opened_and_forgotten(desk: Desk) -> None:
    desk.workspace.remember("Morning")
    desk.workspace.close("watchlist")
    desk.workspace.remember("Chart only")
    assert desk.workspace.open_named("Morning")
    assert desk.workspace.is_open("watchlist")
    assert set(desk.workspace.named) == {"Morning", "Chart only"}
    desk.workspace.forget("Morning")
    assert not desk.workspace.open_named("Morning")


def test_every_panel_can_be_floated_and_closed_from_its_menu(desk: Desk) -> None:
    panel = desk.workspace.panel("watchlist")
    assert isinstance(panel, PanelFrame)
    assert [entry.text() for entry in panel.menu.actions()][-2:] == ["Open in a window of its own", "Close"]
    panel.menu.actions()[-1].trigger()
    assert not desk.workspace.is_open("watchlist")


def test_a_panel_is_built_anew_in_its_place_and_may_take_over_from_the_former_one(desk: Desk) -> None:
    former = desk.workspace.panel("watchlist")
    taken: list[QWidget] = []
    type(former).take_over = lambda _, other: taken.append(other)  # type: ignore[attr-defined]
    try:
        desk.workspace.rebuild("watchlist")
    finally:
        del type(former).take_over  # type: ignore[attr-defined]
    assert taken == [former]
    assert desk.workspace.panel("watchlist") is not former
    assert desk.workspace.is_open("watchlist")


def test_in_another_language_tabs_have_other_titles_and_panels_are_built_anew(desk: Desk, qtbot: QtBot) -> None:
    former, language = desk.workspace.panel("watchlist"), Language("zh")
    kept = desk.workspace.panel("ticket") if "ticket" in desk.workspace.ids() else None
    former.is_built_anew = True  # type: ignore[attr-defined]
    try:
        desk.workspace.translate()
        assert desk.workspace._docks["watchlist"].windowTitle() == desk.workspace.title("watchlist") == "自选"
        qtbot.waitUntil(lambda: desk.workspace.panel("watchlist") is not former)
    finally:
        language.set("en")
    desk.workspace.translate()
    assert desk.workspace.title("watchlist") == "Watchlist"
    if kept is not None:
        assert desk.workspace.panel("ticket") is kept
