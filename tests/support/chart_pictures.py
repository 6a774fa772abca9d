"""Pictures of the chart in the real window: few bars, many, a million, a grid, and a bracket in a hand.

`python -m tests.support.chart_pictures FOLDER` takes each in both themes on the practice market, at 1440×900.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app import desktop
from app.compose import Core
from app.domain.bars import Bars, BarsKey, Timeframe, from_columns
from app.domain.instruments import Instrument
from app.life import Life
from app.runtime.instance import Instance
from app.ui.charts.view import ChartView
from app.ui.panels.chart import ChartPanel
from tests.support.core import Trader
from tests.support.gateway import PracticeGateway

SIZE = (1440, 900)
THEMES = ("dark", "light")
MILLION = 1_000_000
PATIENCE_S, CALM_S = 90.0, 0.8


def walk_before(bars: Bars, count: int, step: int) -> Bars:
    """Return `count` bars of a random walk that ends where `bars` begin."""
    chance = np.random.default_rng(11)
    moves = np.diff(np.log(bars.close[-400:]))
    steps = chance.normal(0.0, min(float(moves.std()), 0.6 / count**0.5), count)
    close = float(bars.open[0]) * np.exp(np.cumsum(steps[::-1])[::-1] * -1)
    open_ = np.r_[close[0], close[:-1]]
    reach = np.abs(chance.normal(0.0, float(moves.std()) / 2, (2, count))) * close
    high, low = np.maximum(open_, close) + reach[0], np.minimum(open_, close) - reach[1]
    volume = np.round(chance.gamma(2.0, float(np.median(bars.volume)) / 2, count))
    time = int(bars.time[0]) - step * np.arange(count, 0, -1, dtype=np.int64)
    columns = {"time": time, "open": open_, "high": high, "low": low, "close": close, "volume": volume}
    return from_columns({name: np.round(one, 2) if name != "time" else one for name, one in columns.items()}, count)


async def until(is_so: Callable[[], object]) -> None:
    """Let the window work until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110  the screen tells no event
            await asyncio.sleep(0.03)


class Scenes:
    """Sets each scene once and leaves it standing for its pictures."""

    def __init__(self, shown: desktop.Shown, core: Core, trader: Trader) -> None:
        self.shown, self._core, self._trader = shown, core, trader

    @property
    def panel(self) -> ChartPanel:
        """The chart of the first layout."""
        found = self.shown.window.workspace.panel("chart")
        assert isinstance(found, ChartPanel)
        return found

    async def play(self) -> AsyncIterator[str]:
        """Set one scene after another and return its name."""
        apple = await self._trader.instrument("AAPL")
        await self._show(apple, Timeframe.D1)
        for name in ("macd", "rsi"):
            self.panel.tools.indicators.add(name)
        self.panel.view.times.show_last(100)
        yield "100"
        await self._long(apple, Timeframe.M15, 20_000)
        self.panel.view.times.show_last(5_000)
        yield "5000"
        await self._long(apple, Timeframe.M5, MILLION)
        self.panel.view.times.show_all()
        yield "million"
        for name in ("macd", "rsi"):
            self.panel.tools.indicators.remove(name)
        self.panel.show_timeframe(Timeframe.D1)
        await self._bracket(apple)
        yield "bracket"
        QTest.keyClick(self.panel.view.canvas, Qt.Key.Key_Escape)
        release(self.panel.view)
        await self._grid(apple)
        yield "grid"

    async def _show(self, instrument: Instrument, timeframe: Timeframe) -> None:
        self.shown.handles[0].selection.pick(instrument)
        self.panel.show_timeframe(timeframe)
        model = self.panel.view.model
        await until(lambda: model.series is not None and len(model.series) > 100 and model.timeframe is timeframe
                    and model.instrument == instrument)  # fmt: skip

    async def _long(self, instrument: Instrument, timeframe: Timeframe, count: int) -> None:
        """Have so many bars of a series in the store and on the chart."""
        market = self._core.market
        newest = (await market.load(instrument, timeframe, 600)).bars
        old = walk_before(newest, count, timeframe.seconds)
        await market._store.write(BarsKey(market.source, instrument.con_id, timeframe), replace(old, closed=count))
        await self._show(instrument, timeframe)
        view = self.panel.view
        while len(view.model.series or ()) < min(count, MILLION):
            had = len(view.model.series or ())
            view.times.show(-10.0, 290.0)
            await until(lambda had=had: len(view.model.series or ()) > had)
        await asyncio.sleep(2 * CALM_S)

    async def _bracket(self, instrument: Instrument) -> None:
        """Buy with a bracket, take its target by hand and hold it."""
        intent = await self._trader.bought(instrument, 20)
        target = intent.children[-1].ref
        view = self.panel.view
        await until(lambda: target in {mark.key for mark in view.model.marks} and view.model.timeframe is Timeframe.D1)
        view.times.show_last(60)
        await asyncio.sleep(CALM_S)
        hold(view, target)

    async def _grid(self, instrument: Instrument) -> None:
        self.shown.window.workspace.show("charts")
        grid = self.shown.window.workspace.panel("charts")
        await until(lambda: all((cell.view.model.series is not None) for cell in grid._charts()))
        await asyncio.sleep(2 * CALM_S)


def hold(view: ChartView, key: str, by: int = -34) -> None:
    """Take an order line with the mouse and move it by so many pixels, without letting go."""
    frame = view.canvas.current_frame()
    assert frame is not None
    price = next(mark.price for mark in view.model.marks if mark.key == key)
    spot = QPoint(int(frame.plot * 0.55), round(frame.panes[0].scale.y_of(price)))
    surface = view.canvas.viewport()
    QTest.mouseMove(surface, spot)
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=spot)
    for step in range(1, 9):
        QTest.mouseMove(surface, spot + QPoint(0, by * step // 8))


def release(view: ChartView) -> None:
    """Let go of whatever the mouse holds."""
    QTest.mouseRelease(view.canvas.viewport(), Qt.MouseButton.LeftButton)


class PictureLife(Life):
    """The product's life, with somebody in front of it who takes pictures and leaves."""

    folder: Path
    prefix: str

    async def _work(self, core: Core, left: asyncio.Event) -> None:
        async def play() -> None:
            try:
                await self._play(core)
            finally:
                left.set()

        playing = asyncio.gather(play())
        try:
            await super()._work(core, left)
        finally:
            await playing

    async def _play(self, core: Core) -> None:
        await core.session.ready()
        home = core.data_dir / "practice"
        gateway = PracticeGateway(home)
        gateway.told = json.loads((home / "gateway.json").read_text())
        scenes = Scenes(self._shown, core, Trader(core, gateway))
        async for name in scenes.play():
            for theme in THEMES:
                self._shown.theme.set(theme)
                for toast in list(self._shown.window.notices._toasts):
                    toast.dismiss()
                await asyncio.sleep(CALM_S)
                self._shown.window.grab().save(str(self.folder / f"{self.prefix}{name}-{theme}.png"))


def main(folder: Path, prefix: str = "chart-") -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tapeline-pictures-") as home:
        data_dir = Path(home)
        (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "theme": THEMES[0]}))
        (data_dir / "logs").mkdir()
        instance = Instance(data_dir)
        assert instance.acquire()
        shown = desktop.show(data_dir)
        shown.window.resize(*SIZE)
        life = PictureLife(desktop.Wish(data_dir), shown, instance)
        life.folder, life.prefix = folder, prefix
        life.live()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
