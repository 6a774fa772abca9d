"""Presets of the ticket: how it starts for a class of instruments; saved, one of them the default."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.domain.instruments import InstrumentKind
from app.domain.orders import TimeInForce
from app.runtime.settings import TicketPreset
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt
from app.ui.panels.ticket_form import TicketForm
from app.ui.panels.ticket_terms import Entry, Kind, SizeBy
from app.ui.widgets.ask import Choice, ask_text

SAVE = Choice("save", "Save the preset", "primary")


@dataclass(slots=True)
class Presets:
    """Lists, applies and keeps the presets of the instrument class on show."""

    handles: Handles
    form: TicketForm
    menu: QMenu

    def __post_init__(self) -> None:
        """Write the lines of the menu anew whenever it opens."""
        self.menu.aboutToShow.connect(self._write)

    def begin(self, kind: InstrumentKind) -> None:
        """Start the form as the default of a class has it; without one it stays as it is."""
        default = next((each for each in self._of(kind) if each.is_default), None)
        if default is not None:
            self.apply(default)

    def apply(self, preset: TicketPreset) -> None:
        """Set the form up as a preset says; what it names that is not offered any more is left as it is."""
        form = self.form
        if preset.kind in set(Kind):
            form.set_kind(Kind(preset.kind))
        if preset.tif in set(TimeInForce):
            form.tif.take(preset.tif)
        form.outside.setChecked(preset.outside_hours)
        form.bracket.setChecked(preset.bracket)
        if preset.size_by in set(SizeBy):
            form.set_size_by(SizeBy(preset.size_by))
        if preset.size is not None and preset.size_by != SizeBy.CLOSE:
            form.put(Entry.QUANTITY, preset.size)

    def save(self, name: str, kind: InstrumentKind) -> None:
        """Keep the form as it stands under a name of its class; an earlier one of that name is replaced."""
        terms = self.form.terms()
        if terms is None:
            return
        size = terms.quantity.value if self.form.is_touched(Entry.QUANTITY) else None
        known = next((each for each in self._of(kind) if each.name == name), None)
        preset = TicketPreset(
            name=name[:40],
            instruments=kind.value,
            kind=terms.kind.value,
            tif=terms.tif.value,
            size_by=terms.size_by.value,
            size=size if size is not None and size.is_finite() and size > 0 else None,
            outside_hours=terms.outside_hours,
            bracket=terms.has_bracket,
            is_default=known.is_default if known else False,
        )
        self._keep([each for each in self._all() if each != known] + [preset])

    def set_default(self, name: str, kind: InstrumentKind) -> None:
        """Start the form with this preset of a class from now on; an empty name with none."""
        self._keep(
            [
                each.model_copy(update={"is_default": each.name == name}) if each.instruments == kind.value else each
                for each in self._all()
            ]
        )

    def delete(self, name: str, kind: InstrumentKind) -> None:
        """Forget a preset."""
        self._keep([each for each in self._all() if (each.name, each.instruments) != (name, kind.value)])

    # inside

    def _write(self) -> None:
        self.menu.clear()
        terms = self.form.terms()
        if terms is None:
            self.menu.addAction(say("Pick an instrument first")).setEnabled(False)
            return
        kind = terms.instrument.kind
        presets = self._of(kind)
        if not presets:
            self.menu.addAction(say(f"No preset for this class ({kind.value}) yet")).setEnabled(False)
        for preset in presets:
            line = self.menu.addAction(preset.name + (" (default)" if preset.is_default else ""))
            line.triggered.connect(lambda _=False, preset=preset: self.apply(preset))
        self.menu.addSeparator()
        self._line(f"Save as a preset for {kind.value}…", lambda: self._ask_and_save(kind))
        if presets:
            self._choices("Start with", [("", "Nothing"), *((p.name, p.name) for p in presets)], kind)
            delete = self.menu.addMenu(say("Delete"))
            for preset in presets:
                delete.addAction(preset.name).triggered.connect(
                    lambda _=False, name=preset.name: self.delete(name, kind)
                )

    def _choices(self, title: str, names: list[tuple[str, str]], kind: InstrumentKind) -> None:
        menu, default = self.menu.addMenu(title), next((p.name for p in self._of(kind) if p.is_default), "")
        for name, label in names:
            line = menu.addAction(label)
            line.setCheckable(True)
            line.setChecked(name == default)
            line.triggered.connect(lambda _=False, name=name: self.set_default(name, kind))

    def _line(self, text: str, act: object) -> QAction:
        line = self.menu.addAction(text)
        line.triggered.connect(act)
        return line

    def _ask_and_save(self, kind: InstrumentKind) -> None:
        attempt(self.handles, self._asked(kind), "save a ticket preset")

    async def _asked(self, kind: InstrumentKind) -> None:
        words = "Type, time in force, size and bracket as they stand; a size only if you entered it."
        name = await ask_text(self.handles.theme, self.handles.window, "Name the preset", words, SAVE)
        if name:
            self.save(name, kind)

    def _of(self, kind: InstrumentKind) -> list[TicketPreset]:
        return [each for each in self._all() if each.instruments == kind.value]

    def _all(self) -> list[TicketPreset]:
        return list(self.handles.settings.current.ticket_presets)

    def _keep(self, presets: list[TicketPreset]) -> None:
        self.handles.settings.change(ticket_presets=tuple(each.model_dump() for each in presets))
