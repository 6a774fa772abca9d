"""The real window with a model on this machine: set up, tested, asked in Analysis and by a strategy, seen in lineage.

`python -m tests.support.model_window DATA_DIR FOLDER THEME LANGUAGE BASE_URL` plays it as a person would, writes
pictures into FOLDER and prints one JSON line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from app import desktop
from app.domain.events import StrategySaved
from app.domain.prompts import Language, PromptKind
from app.domain.signals import Policy
from app.domain.strategies import Mode
from app.life import Life
from app.runtime.instance import Instance
from app.ui.charts.view import ChartView
from app.ui.dialogs.models import ModelsDialog
from app.ui.panels.analysis import AnalysisPanel
from app.ui.panels.lineage import LineagePanel
from app.ui.panels.signals import SignalsPanel
from tests.support.window import Newcomer

PATIENCE_S = 900.0
"""A model of 135 million parameters on a busy machine reads a chart's numbers in seconds, or in a minute."""
SHORT = {True: "You judge charts. Answer as JSON.", False: "What of {{ symbol }}? The last close is {{ close }}."}
PAINTED_S, LEAST_STEPS = 0.4, 3
LOCAL, MODEL = "new:local", "smollm2"
Told = dict[str, object]


async def until(is_so: Callable[[], object]) -> None:
    """Let the window work until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():  # noqa: ASYNC110  what the screen shows tells nobody when it changes
            await asyncio.sleep(0.05)


class Desk:
    """A person at the window who has a local model."""

    def __init__(self, newcomer: Newcomer, base_url: str, folder: Path, name: str) -> None:
        self._n, self._url = newcomer, base_url
        self._folder, self._name = folder, name
        self._window = newcomer.shown.window

    async def play(self) -> Told:
        """Set the model up, read a chart with it, have a strategy ask it, and look at what came."""
        await until(lambda: (view := self._window.findChild(ChartView)) is not None and view.model.series is not None)
        await until(lambda: self._n.handles.session.view.is_ready)
        await self._write_short_prompts()
        return {**await self._set_up(), **await self._read_a_chart(), **await self._run_a_strategy()}

    async def _write_short_prompts(self) -> None:
        """Ask little: what the seeded prompts ask is far too much for so small a model."""
        kept = self._n.handles.prompts.kept
        for language in Language:
            for kind in (each for each in PromptKind if each is not PromptKind.CONSOLIDATION):
                prompt = await kept.create(f"Short {kind} {language}", kind, language, SHORT[kind.startswith("system")])
                await kept.set_default(prompt.id)

    async def _set_up(self) -> Told:
        self._window.actions_.trigger("models")
        await until(lambda: self._window.findChild(ModelsDialog))
        dialog = self._window.findChild(ModelsDialog)
        assert dialog is not None
        dialog.choice.setCurrentIndex(dialog.choice.findData(LOCAL))
        dialog.choice.activated.emit(dialog.choice.currentIndex())
        await until(lambda: dialog.provider is not None)
        dialog.form.fields["base_url"].setText(self._url)
        dialog.form.fields["timeout_s"].setText("400")
        dialog.form.fields["answer"].setText("600")
        dialog.form.model.setCurrentText(MODEL)
        self._press(dialog.test_button)
        await until(lambda: dialog.provider is not None and dialog.provider.capability is not None)
        await until(lambda: dialog._testing is None)
        await self._picture("model-tested")
        self._press(dialog.use_button)
        await until(lambda: self._n.handles.facts.state.provider)
        used = self._n.handles.facts.state.provider
        assert used is not None
        dialog.close()
        return {"models": list(used.models), "notes": list(used.capability.notes) if used.capability else []}

    async def _read_a_chart(self) -> Told:
        self._window.workspace.show("analysis")
        panel = self._window.findChild(AnalysisPanel)
        assert panel is not None
        await until(lambda: panel.surveyed is not None)
        self._press(panel.read_button)
        await until(panel.drawer.read_button.isVisible)
        await self._picture("analysis-preview")
        self._press(panel.drawer.read_button)
        await until(lambda: panel.drawer.readings and not panel.drawer.is_reading)
        await self._picture("analysis-read")
        return {"read": [str(each.status) for each in panel.drawer.readings]}

    async def _run_a_strategy(self) -> Told:
        handles = self._n.handles
        first = next(iter(handles.facts.state.strategies.values()))
        asking = replace(first, symbols=("AAPL",), mode=Mode.ASK, policy=Policy.CONFIRM)
        await handles.facts.enter(StrategySaved(at=handles.clock.now(), strategy=asking))
        self._window.workspace.show("signals")
        panel = self._window.findChild(SignalsPanel)
        assert panel is not None
        await handles.runs.run(asking.id, "AAPL")
        await until(lambda: panel.inbox.cards)
        card = next(iter(panel.inbox.cards.values()))
        await until(lambda: card.readings.findChildren(type(card.left)))
        handles.selection.trace(str(card.row.signal.id))
        lineage = self._window.findChild(LineagePanel)
        assert lineage is not None
        steps = lineage.timeline.model
        await until(lambda: steps.rowCount() > LEAST_STEPS)
        kept = await handles.readings.readings.of_run(str(card.row.signal.run))
        self._window.workspace.show("signals")
        await self._picture("signal-and-lineage")
        return {
            "run": [[str(each.status), each.model_served or ""] for each in kept],
            "steps": [steps.step(steps.index(row, 0)).title for row in range(steps.rowCount())],
        }

    def _press(self, button: QPushButton) -> None:
        self._n.click(button)

    async def _picture(self, step: str) -> None:
        """Keep the whole screen: a dialog is a window of its own."""
        await asyncio.sleep(PAINTED_S)
        screen = QGuiApplication.primaryScreen()
        self._folder.mkdir(parents=True, exist_ok=True)
        screen.grabWindow(0).save(str(self._folder / f"{self._name}-{step}.png"))


class ModelLife(Life):
    """The product's life, left when the model has been tried."""

    newcomer: Newcomer
    base_url: str
    folder: Path
    name: str
    told: Told

    async def _work(self, core: object, left: asyncio.Event) -> None:
        async def play() -> None:
            try:
                self.told = await Desk(self.newcomer, self.base_url, self.folder, self.name).play()
            finally:
                left.set()

        playing = asyncio.gather(play())
        try:
            await super()._work(core, left)  # type: ignore[arg-type]
        finally:
            await playing


def main(data_dir: Path, folder: Path, theme: str, language: str, base_url: str) -> None:
    """Play it and print what was seen."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "settings.json").write_text(json.dumps({"schema": 1, "theme": theme, "language": language}))
    instance = Instance(data_dir)
    assert instance.acquire()
    (data_dir / "logs").mkdir(exist_ok=True)
    shown = desktop.show(data_dir)
    life = ModelLife(desktop.Wish(data_dir), shown, instance)
    life.folder, life.name = folder, f"{theme}-{language}"
    life.newcomer, life.base_url, life.told = Newcomer(shown, folder, life.name), base_url, {}
    life.live()
    sys.stdout.write(json.dumps(life.told, ensure_ascii=False) + "\n")
    sys.exit(0 if life.told else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:6])
