"""One indicator: what it is, its settings, how it looks on a chart, what was saved of it and where it is used."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.domain.bars import Bars, Timeframe
from app.domain.instruments import Instrument
from app.services.studies import StudyColumns
from app.ui.charts.studies.choice import OWN, Choice, Number
from app.ui.charts.studies.drawn import study_of
from app.ui.charts.values import PRICE, Phase
from app.ui.charts.view import ChartView
from app.ui.handles import Handles
from app.ui.panels.indicators_code import CodeView
from app.ui.panels.indicators_form import SettingsForm
from app.ui.panels.indicators_rows import CatalogueRow, group_title, title_of, use_columns, written
from app.ui.panels.indicators_saved import Configuration, Use, uses_of_configuration
from app.ui.panels.toolline import compact
from app.ui.tables import Column, Style, Table, TableModel
from app.ui.widgets.buttons import act_button, set_role
from app.ui.widgets.plain import keep_plain
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty

PREVIEW_BARS = 120
PRICE_WEIGHT = 1.4
CHART_PX, BELOW_PX, CODE_PX = 190, 132, 280


class IndicatorDetail(QFrame):
    """The right half of the panel; made anew for another indicator or language."""

    add_wanted = Signal(str, object)
    save_wanted = Signal(str, object)
    forget_wanted = Signal(object)

    def __init__(self, handles: Handles, row: CatalogueRow) -> None:
        super().__init__()
        self._h, self._words, self.row = handles, handles.language, row
        self._bars: Bars | None = None
        self.form = SettingsForm(handles.theme, handles.language, row.kind) if row.kind is not None else None
        self.problem = QLabel()
        keep_plain(self.problem)
        self.chart = ChartView(handles.theme)
        self.code = CodeView(handles.theme, handles.language) if row.listing is not None else None
        self.saved = self._saved_table()
        self.uses = Table(
            handles.theme,
            TableModel[Use](use_columns(self._words), lambda use: (use.kind, use.where, use.settings)),
            name=self._words("indicators.use"),
            empty=Empty(self._words("indicators.no_uses")),
        )
        self.tabs = Segmented(self._tab_titles(0, 0), name=row.title)
        self._stack = QStackedWidget()
        self._build()
        if self.code is not None and row.listing is not None:
            self.code.show_listing(row.listing)
            if not row.listing.is_on:
                self.tabs.set_value("code")
        self._turn(self.tabs.value())

    def settings(self) -> dict[str, Number]:
        """Return the settings in the form."""
        return self.form.settings() if self.form is not None else {}

    def show_bars(self, instrument: Instrument, bars: Bars, source: str) -> None:
        """Preview over these bars."""
        self._bars = bars
        text = self._words(f"word.{source}")
        self.chart.set_series(instrument, Timeframe.D1, bars, source_text=text, zone="UTC")
        self.chart.set_look(volume=self.row.kind is not None and self.row.kind.pane == "volume")
        self.chart.times.show_last(min(PREVIEW_BARS, max(1, len(bars))))
        self.preview()

    def say_no_bars(self, phase: Phase, text: str) -> None:
        """Say why there is nothing to see yet."""
        if self._bars is None:
            self.chart.show_state(phase, text)

    def preview(self) -> None:
        """Draw the indicator with the settings of the form."""
        if self._bars is None or self.row.kind is None:
            return
        columns: StudyColumns = self._h.studies.compute(self.row.name, self._bars, self.settings())
        choice = Choice(self.row.name, self.row.name, tuple(self.settings().items()), pane=OWN)
        self.chart.set_studies([study_of(choice, columns, (choice,))])
        self.problem.setText(self._words.words.sentence(columns.problem))
        self.problem.setVisible(bool(columns.problem))

    def show_lists(self, saved: list[Configuration], uses: list[Use]) -> None:
        """Show what was saved and where it is used."""
        self.saved.model.replace(saved)
        self.uses.model.replace(uses)
        for value, title in self._tab_titles(len(saved), len(uses)):
            self.tabs.rename(value, title)

    def chosen_configuration(self) -> Configuration | None:
        """Return the configuration that is selected."""
        rows = self.saved.selected_rows()
        return rows[0] if len(rows) == 1 else None

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        set_role(self, role="panel")
        title = QLabel(title_of(self.row, self._words))
        keep_plain(title)
        set_role(title, role="number")
        title.setWordWrap(True)
        column.addWidget(title)
        for text, role in self._descriptions():
            label = QLabel(text)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            set_role(label, role=role)
            column.addWidget(label)
        if self.form is not None:
            column.addWidget(self.form)
            self.form.changed.connect(self.preview)
            column.addLayout(self._acts())
        set_role(self.problem, role="error")
        self.problem.setWordWrap(True)
        self.problem.hide()
        column.addWidget(self.problem)
        self.chart.setMinimumHeight(self._h.theme.px(CHART_PX))
        self.chart.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.chart.setVisible(self.row.listing is None or self.row.listing.is_on)  # code to be read comes first
        self.chart.model.weights[PRICE] = PRICE_WEIGHT
        column.addWidget(self.chart, 2)
        line = QHBoxLayout()
        line.addWidget(self.tabs)
        line.addStretch()
        column.addLayout(line)
        self._stack.setMinimumHeight(self._h.theme.px(CODE_PX if self.code is not None else BELOW_PX))
        for widget in (self._saved_page(), self.uses, *((self.code,) if self.code is not None else ())):
            self._stack.addWidget(widget)
        column.addWidget(self._stack, 1)
        self.tabs.chosen.connect(self._turn)

    def _descriptions(self) -> list[tuple[str, str]]:
        kind, words = self.row.kind, self._words
        texts: list[tuple[str, str]] = []
        if kind is not None and words.words.has(f"about.{self.row.name}") and not kind.is_own:
            texts.append((words(f"about.{self.row.name}"), ""))
        if kind is not None:
            facts = words(
                "indicators.facts_own" if kind.is_own else "indicators.facts",
                group=group_title(kind.family, words),
                inputs=", ".join(kind.inputs),
                outputs=", ".join(kind.outputs),
                bars=kind.bars_needed,
                pane=words(f"indicators.pane_{kind.pane}"),
            )
            texts += [(facts, "caption"), (words("indicators.source", source=kind.source), "caption")]
        return texts

    def _acts(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        add = act_button(self._words("indicators.add"), "primary", self._add)
        add.setEnabled(self.row.listing is None or self.row.listing.is_on)
        row.addWidget(compact(add))
        row.addWidget(compact(act_button(self._words("indicators.save"), "", self._save)))
        row.addStretch()
        return row

    def _saved_page(self) -> QWidget:
        page = QFrame()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.saved, 1)
        self.delete_button = act_button(self._words("indicators.delete"), "", self._forget)
        self.delete_button.setEnabled(False)
        line = QHBoxLayout()
        line.addStretch()
        line.addWidget(compact(self.delete_button))
        column.addLayout(line)
        return page

    def _saved_table(self) -> Table[Configuration]:
        words = self._words
        columns = [
            Column[Configuration]("title", words("indicators.configuration"), lambda one: one.title, stretch=True),
            Column[Configuration](
                "settings", words("indicators.settings"), lambda one: written(one.settings), width=190
            ),
            Column[Configuration](
                "uses",
                words("indicators.used"),
                lambda one: len(uses_of_configuration(self._h, one)),
                str,
                Style.NUMBER,
                52,
            ),
        ]
        model = TableModel[Configuration](columns, lambda one: one.title)
        table = Table(
            self._h.theme, model, name=words("indicators.configuration"), empty=Empty(words("indicators.no_saved"))
        )
        table.selected.connect(self._selected)
        return table

    def _tab_titles(self, saved: int, uses: int) -> list[tuple[str, str]]:
        words = self._words
        counts = (("saved", saved), ("used", uses))
        titles = [(tab, words(f"indicators.tab_{tab}", count=count)) for tab, count in counts]
        return [*titles, ("code", words("indicators.tab_code"))] if self.row.listing is not None else titles

    def _turn(self, tab: str) -> None:
        self._stack.setCurrentIndex(("saved", "used", "code").index(tab))

    def _selected(self, rows: list[Configuration]) -> None:
        self.delete_button.setEnabled(len(rows) == 1)
        if len(rows) == 1 and self.form is not None:
            self.show_settings(rows[0].given)

    def show_settings(self, settings: Mapping[str, Number]) -> None:
        """Take settings into the form and draw them."""
        if self.form is not None:
            self.form.show_settings(settings)

    def _add(self) -> None:
        self.add_wanted.emit(self.row.name, self.settings())

    def _save(self) -> None:
        self.save_wanted.emit(self.row.name, self.settings())

    def _forget(self) -> None:
        chosen = self.chosen_configuration()
        if chosen is not None:
            self.forget_wanted.emit(chosen)
