"""Match: our ledger against the broker's positions, orders and executions; equal lines folded, others with acts."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from app.domain.orders import OrderRef
from app.services.matching import Match, MatchAct, MatchRow
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.cells import Moments
from app.ui.panels.following import attempt, follow
from app.ui.panels.match_rows import match_columns
from app.ui.panels.match_stops import renew_stops
from app.ui.panels.toolline import ToolLine, compact
from app.ui.tables import Table, TableModel
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.buttons import act_button
from app.ui.widgets.format import number
from app.ui.widgets.panel import PanelFrame
from app.ui.widgets.segmented import Segmented
from app.ui.widgets.states import Empty, Ready

ACTS = {
    MatchAct.ADOPT: "Adopt the broker's…",
    MatchAct.CANCEL: "Cancel the order",
    MatchAct.IGNORE_ONCE: "Ignore once",
}


class MatchPanel(PanelFrame):
    """The newest match of the account; while anything differs, strategies in auto wait."""

    is_built_anew = True

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, "match", "Match")
        self._h = handles
        self._moments = Moments(handles)
        self._shown: Match | None = None
        self.model: TableModel[MatchRow] = TableModel(match_columns(), lambda row: (row.kind, row.key))
        self.table: Table[MatchRow] = Table(
            handles.theme,
            self.model,
            name="Match with the broker",
            empty=Empty("Nothing has been matched yet: that happens on every connection, and every half minute."),
        )
        self.which = Segmented([("differences", "Differences"), ("all", "All lines")], name="Lines shown")
        self.buttons = {act: act_button(words, "", partial(self.act, act)) for act, words in ACTS.items()}
        self.look_button = act_button("Match now", "", self._h.session.match_again)
        self._line = ToolLine(handles.theme)
        self._build()
        follow(self, handles.bus, Match, lambda _: self.look())
        follow(self, handles.bus, SessionView, lambda _: self._say())
        self.look()

    def look(self) -> None:
        """Show the newest match."""
        match = self._h.session.last_match
        if match is not None and match.account == self._h.session.view.account:
            self._shown = match
        self._fold()

    def act(self, act: MatchAct) -> None:
        """Do something about the chosen difference."""
        row = self.table.current_row()
        if row is None or act not in row.acts or row.is_ignored:
            return
        work = {MatchAct.ADOPT: self._adopt, MatchAct.CANCEL: self._cancel, MatchAct.IGNORE_ONCE: self._ignore}[act]
        attempt(self._h, work(row), f"{act} {row.subject}")

    async def _adopt(self, row: MatchRow) -> None:
        act = Choice("adopt", f"Adopt {row.broker} {row.symbol}", "primary")
        text = f"From now on our ledger says {row.broker} {row.symbol} instead of {row.ours}, as the broker does. "
        if row.split is not None:
            text += f"Each lot is divided {row.split.in_words} and keeps what it cost; strategies trade it again."
        else:
            text += (
                "What changes is taken at the average price, on what no strategy holds first, then on each strategy's "
                "share."
            )
        if await ask(self._h.theme, self._h.window, "Adopt the broker's position?", text, [CANCEL, act]) == act.id:
            await self._h.session.adopt(row)
            if row.split is not None:
                await renew_stops(self._h, row.con_id)

    async def _cancel(self, row: MatchRow) -> None:
        await self._h.desk.cancel(OrderRef(row.key), "hand")

    async def _ignore(self, row: MatchRow) -> None:
        await self._h.session.set_aside(row)

    def _build(self) -> None:
        self._line.lay(
            [self.which], [*(compact(button) for button in self.buttons.values()), compact(self.look_button)]
        )
        self.add(self._line)
        self.add(self.table, 1)
        self.setFocusProxy(self.table)
        self.which.set_value("differences")
        self.which.chosen.connect(lambda _: self._fold())
        self.add_act("refresh-cw", "Match now", self._h.session.match_again, shortcut="Ctrl+R")
        self.add_act("search", "Filter the match", self.table.show_filter, shortcut="Ctrl+F")
        self.add_menu_act("Copy as table", self.table.copy)
        self.table.selected.connect(lambda _: self._offer())
        self.table.menu_wanted.connect(self._open_menu)
        self.table.sort_by("verdict")

    def _fold(self) -> None:
        rows = self._shown.rows if self._shown else ()
        shown = [row for row in rows if not row.is_equal] if self.which.value() == "differences" else rows
        chosen = self.table.current_row()
        self.model.replace(shown)
        if chosen is not None:
            self.table.select((chosen.kind, chosen.key))  # a newer look takes nothing out of the hand
        is_clean = self._shown is not None and not shown
        self.table.show_state(
            Empty(f"Ledger and broker agree: {number(len(rows))} lines are equal.") if is_clean else Ready()
        )
        self._say()
        self._offer()

    def _say(self) -> None:
        match, view = self._shown, self._h.session.view
        if match is None:
            self._line.caption.setText("")
            return
        open_, equal = len(match.differences), sum(row.is_equal for row in match.rows)
        lock = "  ·  strategies in auto wait until it is clean" if open_ else ""
        waits = "" if view.is_ready else f"  ·  {view.why}"
        self._line.caption.setText(
            say(
                f"{number(open_)} differ{'s' if open_ == 1 else ''}, {number(equal)} equal  ·  "
                f"{self._moments.write(match.at)} in {number(match.took_ms)} ms{lock}{waits}"
            )
        )

    def _offer(self) -> None:
        row = self.table.current_row()
        for act, button in self.buttons.items():
            button.setVisible(row is not None and act in row.acts and not row.is_ignored)

    def _open_menu(self, row: MatchRow | None, at: QPoint) -> None:
        menu = QMenu(self)
        for act in row.acts if row is not None and not row.is_ignored else ():
            menu.addAction(ACTS[act], partial(self.act, act))
        if row is not None:
            menu.addAction(say("Show why it exists"), lambda: self._h.selection.trace(row.key))
        menu.addAction(say("Copy"), self.table.copy)
        menu.popup(at)
