"""Every panel there is: its seat in the first layout and where its class lives; menus and docks read this list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.ui.workspace import Area, Place

if TYPE_CHECKING:
    from app.ui.handles import Handles


@dataclass(frozen=True, slots=True)
class PanelSpec:
    """One panel: `module` in this package has the class `panel`, made with the handles the first time it is seen."""

    id: str
    title: str
    area: Area
    module: str
    panel: str
    open_first: bool = True


PANELS: tuple[PanelSpec, ...] = (
    PanelSpec("chart", "Chart", Area.CENTRE, "chart", "ChartPanel"),
    PanelSpec("charts", "Chart grid", Area.CENTRE, "chart_grid", "ChartGridPanel", open_first=False),
    PanelSpec("analysis", "Analysis", Area.CENTRE, "analysis", "AnalysisPanel", open_first=False),
    PanelSpec("indicators", "Indicators", Area.CENTRE, "indicators", "IndicatorsPanel", open_first=False),
    PanelSpec("watchlist", "Watchlist", Area.LEFT, "watchlist", "WatchlistPanel"),
    PanelSpec("ticket", "Ticket", Area.RIGHT, "ticket", "TicketPanel"),
    PanelSpec("orders", "Orders", Area.BOTTOM, "orders", "OrdersPanel"),
    PanelSpec("executions", "Executions", Area.BOTTOM, "executions", "ExecutionsPanel"),
    PanelSpec("portfolio", "Portfolio", Area.BOTTOM, "portfolio", "PortfolioPanel"),
    PanelSpec("signals", "Signals", Area.BOTTOM, "signals", "SignalsPanel"),
    PanelSpec("prompts", "Prompts", Area.CENTRE, "prompts", "PromptsPanel", open_first=False),
    PanelSpec("strategies", "Strategies", Area.BOTTOM, "strategies", "StrategiesPanel"),
    PanelSpec("runs", "Runs", Area.BOTTOM, "runs", "RunsPanel"),
    PanelSpec("match", "Match", Area.BOTTOM, "match", "MatchPanel", open_first=False),
    PanelSpec("connection", "Connection", Area.CENTRE, "connection", "ConnectionPanel", open_first=False),
    PanelSpec("log", "Log", Area.BOTTOM, "log", "LogPanel"),
    PanelSpec("lineage", "Lineage", Area.BOTTOM_RIGHT, "lineage", "LineagePanel"),
)


def places(handles: Callable[[], Handles]) -> tuple[Place, ...]:
    """Return a seat for every panel; its module is imported when the panel is first seen."""

    def builder(spec: PanelSpec) -> Callable[[], QWidget]:
        def build() -> QWidget:
            module = import_module(f"app.ui.panels.{spec.module}")
            widget: QWidget = getattr(module, spec.panel)(handles())
            return widget

        return build

    return tuple(Place(spec.id, spec.title, spec.area, builder(spec), spec.open_first) for spec in PANELS)


def read_ahead() -> None:
    """Import the module of every panel; called in a thread, so that one that is opened later opens at once."""
    for spec in PANELS:
        import_module(f"app.ui.panels.{spec.module}")
