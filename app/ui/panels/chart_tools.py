"""What a chart panel lets a hand do with its chart: indicators and templates, drawings, other symbols to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.domain.bars import Bars, Timeframe
from app.domain.instruments import Instrument
from app.runtime.settings import SettingsFile
from app.services.own_columns import StudyReady
from app.services.own_indicators import OwnChanged
from app.ui.charts.compare import Comparison
from app.ui.charts.drawings.strip import ToolStrip
from app.ui.charts.studies.choice import Choices, added
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.studies.templates import EVERYWHERE, Template, Templates, template_of, template_record
from app.ui.charts.studies.tools import StudyHands
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt, follow
from app.ui.panels.indicators_saved import Configurations
from app.ui.widgets.ask import Choice, ask_text

FIRST: Choices = added(added((), "sma"), "supertrend")
"""What a chart shows until a hand chooses; volume is drawn by the chart itself."""
COLOURS = ("link.2", "link.6", "link.4", "link.3", "link.1")
HIGHER_BARS, MOST_COMPARED = 400, 5


class InSettings:
    """The settings file as the place of chart templates."""

    def __init__(self, settings: SettingsFile) -> None:
        self._settings = settings

    def read(self) -> Sequence[Mapping[str, Any]]:
        """Return the templates there are."""
        return self._settings.current.chart_presets

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Keep these."""
        self._settings.change(chart_presets=list(records))


class ChartTools(QObject):
    """Gives one chart its indicators, its drawings and its comparisons."""

    def __init__(self, handles: Handles, view: ChartView) -> None:
        super().__init__(view)
        self._h, self._view = handles, view
        self.indicators = Indicators(view, handles.studies)
        self.hands = StudyHands(view, self.indicators, handles.theme)
        self.strip = ToolStrip(view.drawings, handles.theme)
        self.templates = Templates(InSettings(handles.settings))
        self._instrument: Instrument | None = None
        self._has_own = False
        self._is_recalled = False
        self._compared: list[Comparison] = []
        view.drawings.use_shelf(handles.drawings)
        self.indicators.replace_all(FIRST)
        self.indicators.timeframe_wanted.connect(self._want_higher)
        follow(self, handles.bus, StudyReady, self._study_ready)
        follow(self, handles.bus, OwnChanged, lambda _: self.indicators.show())
        view.compare_wanted.connect(self._want_comparison)

    def _study_ready(self, ready: StudyReady) -> None:
        """Draw an indicator of the user's own once it is computed."""
        if any(choice.name == ready.name for choice in self.indicators.choices):
            self.indicators.show()

    def begin(self, instrument: Instrument) -> None:
        """Take up another instrument: with its own template, else as the chart was or as all charts begin."""
        if instrument == self._instrument:
            return
        is_first, self._instrument = self._instrument is None, instrument
        self._compared.clear()
        usual = self.templates.usual(instrument.con_id)
        is_own = usual is not None and usual.con_id == instrument.con_id
        if is_own or (is_first and not self._is_recalled) or self._has_own:
            self.apply(usual if usual is not None else Template(FIRST))
        self._has_own = is_own

    def feed(self, bars: Bars, timeframe: Timeframe) -> None:
        """Compute and draw the indicators over these bars."""
        zone = self._instrument.time_zone if self._instrument is not None else "UTC"
        self.indicators.feed(bars, timeframe, zone)

    def apply(self, template: Template) -> None:
        """Look like a template."""
        self.indicators.replace_all(template.choices)
        self._view.model.weights.update(template.weights)
        self._view.set_look(style=template.style, mode=template.mode, volume=template.shows_volume)

    def open_menu(self, at: QPoint) -> QMenu:
        """Open the menu of indicators and templates at a point of the screen."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(say("Add an indicator …"), partial(self.hands.pick, at))
        self._saved_acts(menu)
        if self.indicators.choices:
            menu.addSeparator()
        for choice in self.indicators.choices:
            entry = menu.addMenu(self.hands.menu_of(choice.key))
            entry.setText(self._title(choice.key))
        menu.addSeparator()
        self._template_acts(menu)
        menu.popup(at)
        return menu

    def _saved_acts(self, menu: QMenu) -> None:
        """Offer the saved configurations."""
        saved = Configurations(self._h.settings).all()
        if saved:
            entry = menu.addMenu(say("Add a configuration"))
            for one in saved:
                entry.addAction(one.title, partial(self.indicators.add, one.name, one.given))

    def _template_acts(self, menu: QMenu) -> None:
        instrument = self._instrument
        menu.addAction(say("Begin every chart like this"), partial(self.save, EVERYWHERE, ""))
        if instrument is not None:
            menu.addAction(say(f"Keep this for {instrument.symbol}"), partial(self.save, int(instrument.con_id), ""))
            own = self.templates.usual(int(instrument.con_id))
            if own is not None and own.con_id == instrument.con_id:
                menu.addAction(say(f"Forget what is kept for {instrument.symbol}"), partial(self.templates.forget, own))
        menu.addAction(say("Save as a template …"), lambda: attempt(self._h, self._ask_title(), "save a template"))
        for template in self.templates.named():
            entry = menu.addMenu(template.title)
            entry.addAction(say("Use"), partial(self.apply, template))
            entry.addAction(say("Forget"), partial(self.templates.forget, template))

    def save(self, con_id: int, title: str) -> None:
        """Keep how the chart looks now."""
        self.templates.save(replace(self._look(), con_id=con_id, title=title))

    def memory(self) -> dict[str, Any]:
        """Return how the chart looks now, for its workspace."""
        return template_record(self._look())

    def recall(self, memory: Mapping[str, Any]) -> None:
        """Look as the workspace remembers, whatever symbol comes first, unless that has a template of its own."""
        template = template_of(memory)
        if template is not None:
            self._is_recalled = True
            self.apply(template)

    def _look(self) -> Template:
        model = self._view.model
        return Template(
            self.indicators.choices, model.style, model.mode, model.shows_volume, tuple(model.weights.items())
        )

    async def _ask_title(self) -> None:
        words = "The template keeps the indicators, the style of the bars and the scale."
        act = Choice("save", "Save template", "primary")
        title = await ask_text(self._h.theme, self._view.window(), "Save as a template", words, act)
        if title:
            self.save(EVERYWHERE, title)

    def _title(self, key: str) -> str:
        shown = (fitted.study.title for fitted in self._view.model.studies if fitted.study.key == key)
        return next(shown, key.upper())

    def _want_higher(self, timeframe: Timeframe) -> None:
        if self._instrument is not None:
            attempt(self._h, self._load_higher(self._instrument, timeframe), f"load {timeframe} bars")

    async def _load_higher(self, instrument: Instrument, timeframe: Timeframe) -> None:
        loaded = await self._h.market.load(instrument, timeframe, HIGHER_BARS)
        if instrument == self._instrument:
            self.indicators.feed_higher(timeframe, loaded.bars)

    def _want_comparison(self, symbol: str) -> None:
        attempt(self._h, self._load_comparison(symbol), f"compare with {symbol}", refused=self._view.say)

    async def _load_comparison(self, symbol: str) -> None:
        mine, series, timeframe = self._instrument, self._view.model.series, self._view.model.timeframe
        if mine is None or series is None:
            return
        other = await self._h.market.resolve(symbol)
        loaded = await self._h.market.load(other, timeframe, max(2, len(series)))
        if mine != self._instrument or timeframe is not self._view.model.timeframe:
            return
        kept = [one for one in self._compared if one.symbol != other.symbol] if self._view.model.compared else []
        colour = next((ink for ink in COLOURS if ink not in {one.colour for one in kept}), COLOURS[0])
        self._compared = [*kept, Comparison(str(other.con_id), other.symbol, loaded.bars, colour)][-MOST_COMPARED:]
        self._view.set_comparisons(self._compared)
