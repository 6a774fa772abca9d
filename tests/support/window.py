"""The real window for journeys: the product's own start, brought up on the test's loop, looked at and operated by hand.

`python -m tests.support.window DATA_DIR FOLDER [dark|light]` plays the first run as a newcomer would, counts the
gestures, writes pictures into FOLDER and prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from app import desktop
from app.domain.events import Event
from app.domain.orders import OrderState
from app.life import Life
from app.runtime.instance import Instance
from app.ui.charts.view import ChartView
from app.ui.handles import Handles

PATIENCE_S = 40.0


class Newcomer:
    """Someone in front of the window: sees what is on the screen, counts every click."""

    def __init__(self, shown: desktop.Shown, folder: Path, name: str) -> None:
        self.shown, self._folder, self._name = shown, folder, name
        self.gestures = 0
        self.began = time.monotonic()
        self.seen: dict[str, float] = {}

    @property
    def handles(self) -> Handles:
        """The product behind the window."""
        return self.shown.handles[0]

    async def sees(self, what: str, is_there: Callable[[], bool]) -> None:
        """Wait until something is on the screen and note after how many seconds it was."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_there():
                    await self._next_thing()
        except TimeoutError:
            self.picture(f"stuck-before-{what}")
            raise
        self.seen[what] = round(time.monotonic() - self.began, 2)

    async def _next_thing(self) -> None:
        """Wait for the next fact, or at most a frame for what only the screen tells."""
        came = asyncio.Event()
        stop = self.handles.bus.on(Event, lambda _: came.set()) if self.shown.handles else lambda: None
        try:
            await asyncio.wait_for(came.wait(), 0.033)
        except TimeoutError:
            pass
        finally:
            stop()

    def click(self, button: QPushButton) -> None:
        """Press a button: one gesture."""
        self.gestures += 1
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() // 2, button.height() // 2))

    def widget(self, name: str) -> QPushButton | None:
        """Return the visible, enabled button of that name, None while there is none."""
        found = self.shown.window.findChild(QPushButton, name)
        return found if found is not None and found.isVisible() and found.isEnabled() else None

    def picture(self, step: str) -> None:
        """Keep what the screen shows; only painted, for events would let other tasks run within this one."""
        self.shown.window.repaint()
        screen = self.shown.window.screen()
        picture = screen.grabWindow(self.shown.window.winId()) if screen else self.shown.window.grab()
        self._folder.mkdir(parents=True, exist_ok=True)
        picture.save(str(self._folder / f"{self._name}-{step}.png"))


async def first_run(newcomer: Newcomer) -> dict[str, object]:
    """Open, look, press Buy, press Confirm: return what was seen and when."""
    window = newcomer.shown.window

    def chart_is_moving() -> bool:
        view = window.findChild(ChartView)
        return view is not None and view.model.series is not None and len(view.model.series) > 30

    await newcomer.sees("chart", chart_is_moving)

    def act_is_named() -> bool:
        act = newcomer.widget("ticket.act")
        return act is not None and "limit" in act.text()

    await newcomer.sees("price", act_is_named)
    newcomer.picture("opened")
    before = newcomer.gestures
    buy = newcomer.widget("ticket.act")
    assert buy is not None
    newcomer.click(buy)
    await newcomer.sees("review", lambda: newcomer.widget("ticket.confirm") is not None)
    newcomer.picture("review")
    confirm = newcomer.widget("ticket.confirm")
    assert confirm is not None
    newcomer.click(confirm)

    def is_filled() -> bool:
        return any(order.state is OrderState.FILLED for order in newcomer.handles.facts.state.orders.values())

    await newcomer.sees("filled", is_filled)
    await newcomer.sees("commission", lambda: all(f.commission is not None for f in fills(newcomer)))

    def says_filled() -> bool:
        state = window.findChild(QLabel, "ticket.state")
        return state is not None and state.text().startswith("Filled")

    await newcomer.sees("shown", says_filled)
    newcomer.picture("filled")
    empty = [key for key in window.workspace.ids() if not window.workspace.panel(key).findChildren(QWidget)]
    return {
        "gestures_before_chart": before,
        "gestures_to_filled": newcomer.gestures,
        "seen_s": newcomer.seen,
        "empty_docks": empty,
    }


def fills(newcomer: Newcomer) -> list[object]:
    """Return every fill there is."""
    return list(newcomer.handles.facts.state.fills.values())  # type: ignore[arg-type]


class WatchedLife(Life):
    """The product's life with a newcomer in front of it, who leaves when the order is filled."""

    newcomer: Newcomer
    told: dict[str, object]

    async def _work(self, core: object, left: asyncio.Event) -> None:
        async def play() -> None:
            try:
                self.told = await first_run(self.newcomer)
            finally:
                left.set()

        playing = asyncio.gather(play())
        try:
            await super()._work(core, left)  # type: ignore[arg-type]
        finally:
            await playing


def main(data_dir: Path, folder: Path, theme: str) -> None:
    """Play the first run and print what was seen."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "theme": theme}))
    instance = Instance(data_dir)
    assert instance.acquire()
    (data_dir / "logs").mkdir(exist_ok=True)
    began = time.monotonic()
    shown = desktop.show(data_dir)
    life = WatchedLife(desktop.Wish(data_dir), shown, instance)
    life.newcomer = Newcomer(shown, folder, theme)
    life.newcomer.began = began
    life.told = {}
    life.live()
    sys.stdout.write(json.dumps(life.told) + "\n")
    sys.exit(0 if life.told else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "dark")
