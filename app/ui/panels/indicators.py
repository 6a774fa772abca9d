"""Indicators: the whole catalogue, how each looks, what was saved of it, who uses it, and the user's own ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QSplitter, QVBoxLayout

from app.domain.bars import Bars, Timeframe
from app.domain.events import StrategyDeleted, StrategySaved
from app.domain.instruments import Instrument
from app.services.own_columns import StudyReady
from app.services.own_indicators import OwnChanged
from app.services.session import SessionView
from app.ui.charts.studies.choice import Number
from app.ui.charts.values import Phase
from app.ui.handles import Handles
from app.ui.panels.following import attempt, follow, once
from app.ui.panels.indicators_detail import IndicatorDetail
from app.ui.panels.indicators_own import OwnActs, refuse_while_used
from app.ui.panels.indicators_rows import ALL, FIRST, OWN, CatalogueRow, catalogue_columns, group_title, is_in, written
from app.ui.panels.indicators_saved import Configuration, Configurations, all_uses, uses_of, uses_of_configuration
from app.ui.panels.symbol_drops import SymbolDrops
from app.ui.selection import MAIN_GROUP
from app.ui.tables import Table, TableModel
from app.ui.widgets.ask import Choice, ask_text
from app.ui.widgets.buttons import set_role
from app.ui.widgets.notices import Level, Notice
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.states import Empty

BARS = 300
SOON_MS = 200
SIZES = (390, 450)


class IndicatorsPanel(PanelFrame):
    """The catalogue on the left, one indicator of it on the right."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "indicators", "Indicators", links=True)
        self._h, self._words = handles, handles.language
        self.saved = Configurations(handles.settings)
        self.own = OwnActs(handles, lambda: self._bars[1] if self._bars else None, self._say_beside_code)
        self._instrument: Instrument | None = None
        self._bars: tuple[Instrument, Bars, str] | None = None
        self.detail: IndicatorDetail | None = None
        self.search, self.group = QLineEdit(), QComboBox()
        self._area, self._left = QScrollArea(), QVBoxLayout()
        self._seat = once(self, 0, self._put_detail)
        self._acts: dict[str, QAction] = {}
        self.table = self._make_table()
        self._soon = once(self, SOON_MS, self.refresh)
        self._build()
        self._connect()
        self.set_link(MAIN_GROUP)
        self.refresh()
        self.show_row(None)
        self._follow_link(self.link)

    def refresh(self) -> None:
        """Read the catalogue, the folder and the uses again."""
        rows = self._rows()
        self.table.model.replace(rows)
        self._fill_groups(rows)
        self.search.setPlaceholderText(self._words("indicators.search", count=len(rows)))
        self._filter()
        if self.detail is None:
            return
        name = self.detail.row.name
        now = next((row for row in rows if row.name == name), None)
        if now is None or (now.kind, now.listing) != (self.detail.row.kind, self.detail.row.listing):
            self.show_row(now)
        else:
            self._show_lists(self.detail)

    def show_row(self, row: CatalogueRow | None) -> None:
        """Show one indicator on the right, or none."""
        if row is None:
            self.detail = None
            nothing = QLabel(self._words("indicators.nothing"))
            nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
            nothing.setWordWrap(True)
            set_role(nothing, role="muted")
            self._area.setWidget(nothing)
            return
        self.detail = detail = IndicatorDetail(self._h, row)
        detail.add_wanted.connect(self._add)
        detail.save_wanted.connect(lambda name, given: attempt(self._h, self._ask_save(name, given), "save settings"))
        detail.forget_wanted.connect(self.forget)
        if detail.code is not None:
            detail.code.confirm_wanted.connect(self.own.confirm)
            detail.code.withdraw_wanted.connect(self.own.withdraw)
            detail.code.delete_wanted.connect(self.own.delete)
        self._show_lists(detail)
        self._show_preview()
        self._seat.start()  # making it and styling it are two turns of the loop: each may take some milliseconds

    def forget(self, configuration: Configuration) -> None:
        """Delete a configuration that nothing uses; otherwise say where it is used."""
        attempt(self._h, self._forget(configuration), "delete a configuration")

    def _put_detail(self) -> None:
        if self.detail is not None:
            self._area.setWidget(self.detail)

    # building

    def _make_table(self) -> Table[CatalogueRow]:
        model = TableModel[CatalogueRow](catalogue_columns(self._words), lambda row: row.name)
        own = self._h.studies.own
        text = self._words("indicators.empty_own", folder=own.folder if own is not None else "")
        table = Table(self._h.theme, model, name=self._words("indicators.title"), empty=Empty(text))
        table.selected.connect(self._selected)
        table.activated.connect(lambda row: self._add(row.name, {}) if row.kind is not None else None)
        return table

    def _build(self) -> None:
        left, split = QFrame(), QSplitter()
        line = QHBoxLayout()
        line.setContentsMargins(8, 4, 8, 4)
        line.setSpacing(8)
        set_role(self.search, role="compact")
        self.search.setClearButtonEnabled(True)
        self.group.setFixedWidth(self._h.theme.px(120))
        line.addWidget(self.search, 1)
        line.addWidget(self.group)
        self._left = QVBoxLayout(left)
        self._left.setContentsMargins(0, 0, 0, 0)
        self._left.setSpacing(0)
        self._left.addLayout(line)
        self._left.addWidget(self.table, 1)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        split.addWidget(left)
        split.addWidget(self._area)
        split.setSizes(list(SIZES))
        split.setChildrenCollapsible(False)
        self.add(split, 1)
        self._acts["new"] = self.add_act("plus", self._words("indicators.new"), self._write)
        self._acts["folder"] = self.add_act("external-link", self._words("indicators.folder"), self.own.open_folder)
        self.setFocusProxy(self.search)
        self._name_fields()

    def _connect(self) -> None:
        bus, selection = self._h.bus, self._h.selection
        self.search.textChanged.connect(lambda _: self._filter())
        self.search.returnPressed.connect(self._choose_first)
        self.group.currentIndexChanged.connect(lambda _: self._filter())
        selection.picked.connect(lambda group, instrument: self._pick(instrument) if group == self.link else None)
        self.link_changed.connect(self._follow_link)
        self._words.changed.connect(self._translate)
        for kind in (OwnChanged, StrategySaved, StrategyDeleted):
            follow(self, bus, kind, lambda _: self._soon.start())
        follow(self, bus, StudyReady, self._study_ready)
        follow(self, bus, SessionView, lambda view: self._load() if view.is_ready and self._bars is None else None)
        SymbolDrops(self, lambda symbol: attempt(self._h, self._find(symbol), f"find {symbol}"))

    def _name_fields(self) -> None:
        self.search.setAccessibleName(self._words("indicators.search", count=""))
        self.group.setAccessibleName(self._words("indicators.group"))

    def _translate(self) -> None:
        """Say everything in the language that was chosen."""
        former, self.table = self.table, self._make_table()
        self._left.replaceWidget(former, self.table)
        former.hide()
        former.deleteLater()
        for key, action in self._acts.items():
            action.setText(self._words(f"indicators.{key}"))
            action.setToolTip(self._words(f"indicators.{key}"))
        self._name_fields()
        self.group.clear()
        row = self.detail.row if self.detail is not None else None
        self.refresh()
        self.show_row(row)
        if row is not None:
            self.table.select(row.name)

    # the catalogue

    def _rows(self) -> list[CatalogueRow]:
        studies, own = self._h.studies, self._h.studies.own
        uses = all_uses(self._h)
        listings = {one.name: one for one in own.listings()} if own is not None else {}
        rows = [
            CatalogueRow(kind.name, kind.title, OWN if kind.is_own else kind.family, kind.is_first_class,
                         len(uses.get(kind.name, ())), kind, listings.get(kind.name))
            for kind in studies.kinds()
        ]  # fmt: skip
        known = {row.name for row in rows}
        for listing in listings.values():
            if listing.name not in known:
                kind = None if listing.problem else studies.kind(listing.name)
                used = len(uses.get(listing.name, ()))
                rows.append(CatalogueRow(listing.name, listing.title, OWN, False, used, kind, listing))
        return rows

    def _fill_groups(self, rows: Sequence[CatalogueRow]) -> None:
        groups = list(dict.fromkeys([ALL, FIRST, OWN, *(row.group for row in rows)]))
        if [self.group.itemData(place) for place in range(self.group.count())] == groups:
            return
        with QSignalBlocker(self.group):
            chosen = self.group.currentData()
            self.group.clear()
            for group in groups:
                key = f"indicators.{group}"
                named = self._words(key) if group in (ALL, FIRST) else group_title(group, self._words)
                self.group.addItem(named, group)
            self.group.setCurrentIndex(max(0, self.group.findData(chosen)))

    def _filter(self) -> None:
        group = str(self.group.currentData() or ALL)
        self.table.model.filter(self.search.text(), accepts=lambda row: is_in(row, group))

    def _choose_first(self) -> None:
        rows = self.table.model.rows()
        if rows:
            self.table.select(rows[0].name)
            self.table.setFocus()

    def _selected(self, rows: list[CatalogueRow]) -> None:
        if len(rows) == 1 and (self.detail is None or self.detail.row.name != rows[0].name):
            self.show_row(rows[0])

    def _show_lists(self, detail: IndicatorDetail) -> None:
        detail.show_lists(self.saved.of(detail.row.name), uses_of(self._h, detail.row.name))

    # the preview

    def _follow_link(self, group: int) -> None:
        shown = self._h.selection.instrument(group)
        if shown is not None:
            self._pick(shown)

    def _pick(self, instrument: Instrument) -> None:
        if self._instrument is None or self._instrument.con_id != instrument.con_id:
            self._instrument, self._bars = instrument, None
            self._load()

    async def _find(self, symbol: str) -> None:
        instrument = await self._h.market.resolve(symbol)
        self._pick(instrument)

    def _load(self) -> None:
        if self._instrument is not None:
            attempt(self._h, self._load_bars(self._instrument), "bars of the preview", refused=self._say_on_chart)
        self._show_preview()

    async def _load_bars(self, instrument: Instrument) -> None:
        loaded = await self._h.market.load(instrument, Timeframe.D1, BARS)
        if instrument == self._instrument:
            self._bars = (instrument, loaded.bars.last(BARS), loaded.key.source.value)
            self._show_preview()

    def _show_preview(self) -> None:
        if self.detail is None:
            return
        if self._bars is not None:
            self.detail.show_bars(*self._bars)
        elif self._instrument is None:
            self.detail.say_no_bars(Phase.EMPTY, self._words("indicators.no_symbol"))
        else:
            symbol = self._instrument.symbol
            self.detail.say_no_bars(Phase.LOADING, self._words("indicators.loading", symbol=symbol))

    def _say_on_chart(self, sentence: str) -> None:
        if self.detail is not None:
            self.detail.say_no_bars(Phase.FAILED, self._words.words.sentence(sentence))

    def _study_ready(self, ready: StudyReady) -> None:
        if self.detail is not None and self.detail.row.name == ready.name:
            self.detail.preview()

    # acts

    def _add(self, name: str, settings: Mapping[str, Number]) -> None:
        workspace = self._h.window.workspace
        if "chart" in workspace.ids():
            workspace.show("chart")
        self._h.selection.study_wanted.emit(self.link or MAIN_GROUP, name, dict(settings))
        self._soon.start()

    def _write(self) -> None:
        self.own.write(self._written)

    def _written(self, name: str) -> None:
        self.search.clear()
        self.group.setCurrentIndex(max(0, self.group.findData(OWN)))
        self.refresh()
        self.table.select(name)

    async def _ask_save(self, name: str, settings: Mapping[str, Number]) -> None:
        words, kind = self._words, self._h.studies.kind(name)
        pairs = tuple(settings.items())
        label = " ".join([name.upper().replace("_", " "), *(f"{value:g}" for _, value in pairs)])
        act = Choice("save", words("indicators.save_act"), "primary")
        title, text = words("indicators.save_title", label=kind.title), words("indicators.save_text")
        wanted = await ask_text(self._h.theme, self._h.window, title, text, act, initial=label)
        if wanted:
            self.saved.save(Configuration(wanted, name, pairs))
            self.refresh()

    async def _forget(self, configuration: Configuration) -> None:
        uses = uses_of_configuration(self._h, configuration)
        refuse_while_used(self._h, f"{configuration.title} ({written(configuration.settings)})", uses)
        self.saved.forget(configuration.title)
        self.refresh()

    def _say_beside_code(self, sentence: str) -> None:
        if self.detail is not None and self.detail.code is not None:
            self.detail.code.say(sentence)
        elif sentence:
            self._h.window.notify(Notice(sentence, Level.WARN, self._h.clock.now()))
