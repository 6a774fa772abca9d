"""Fields for exact numbers: a price that stays on its tick, a quantity in lots. Decimal in, Decimal out."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit

from app.domain.money import Rounding, on_tick
from app.ui.theme import Theme
from app.ui.widgets.buttons import set_role

_MAX_DIGITS = 20


class DecimalField(QLineEdit):
    """A line that holds one Decimal or nothing; steps by wheel and arrows, ten times with Shift."""

    changed = Signal(object)
    """The Decimal that was entered, or None when the field is empty or does not hold a number."""

    def __init__(self, theme: Theme, name: str, *, step: Decimal = Decimal(1)) -> None:
        super().__init__()
        self._step_at: Callable[[Decimal], Decimal] = lambda _: step
        self._decimals = 0
        self._minimum = Decimal(0)
        self._known: Decimal | None = None
        self._is_strict = True
        self.setAccessibleName(name)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.textEdited.connect(lambda _: self._tell())

    def value(self) -> Decimal | None:
        """Return what the field holds, None when that is no number."""
        return parse_decimal(self.text())

    def set_value(self, value: Decimal | None) -> None:
        """Show `value` without telling `changed`."""
        self._known = value
        text = "" if value is None else self._written(value)
        if text != self.text():
            self.setText(text)
        self._mark()

    def set_grid(self, step: Decimal, minimum: Decimal, *, fits: bool = False) -> None:
        """Step by so much from a minimum on; what lies between two steps is sound unless it has to fit."""
        self._step_at, self._minimum, self._is_strict = (lambda _: step), minimum, fits
        self._mark()

    def is_sound(self) -> bool:
        """Say whether the field holds a number that could be used as it is."""
        value = self.value()
        return value is not None and value >= self._minimum and self._fits(value)

    def step(self, steps: int) -> None:
        """Move the value by so many steps onto its grid, never below the minimum."""
        value = self.value() if self.value() is not None else self._known
        if value is None:
            return
        size = self._step_at(value)
        grid = on_tick(value, size, Rounding.DOWN if steps > 0 else Rounding.UP)
        moved = max(self._minimum, grid + steps * size)
        self.setText(self._written(moved))
        self._tell()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step by the wheel while focused, ten steps with Shift."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if not self.hasFocus() or not turn or self.isReadOnly():
            event.ignore()
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.step((1 if turn > 0 else -1) * (10 if shift else 1))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by the arrow keys, ten steps with Shift."""
        way = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if way is None or self.isReadOnly():
            super().keyPressEvent(event)
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.step(way * (10 if shift else 1))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select all when reached by keyboard, so that typing replaces."""
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Write the value in its usual form once the user is done with it."""
        super().focusOutEvent(event)
        value = self.value()
        if value is not None:
            self.setText(self._written(value))

    def _tell(self) -> None:
        self._known = self.value()
        self._mark()
        self.changed.emit(self._known)

    def _mark(self) -> None:
        set_role(self, invalid=bool(self.text()) and not self.is_sound())

    def _fits(self, value: Decimal) -> bool:
        return not self._is_strict or value % self._step_at(value) == 0

    def _written(self, value: Decimal) -> str:
        plain = value.normalize()
        exponent = plain.as_tuple().exponent
        places = max(self._decimals, -exponent if isinstance(exponent, int) else 0)
        return f"{value:.{places}f}".replace(".", QLocale().decimalPoint())


class PriceField(DecimalField):
    """A price that knows its ticks: steps by one tick, says when it lies between two."""

    def __init__(self, theme: Theme, name: str = "Price") -> None:
        super().__init__(theme, name, step=Decimal("0.01"))
        self._decimals = 2

    def set_ticks(self, tick_at: Callable[[Decimal], Decimal], decimals: int) -> None:
        """Use an instrument's ticks (`Instrument.tick_at`, `Instrument.decimals`)."""
        self._step_at, self._decimals, self._is_strict = tick_at, decimals, True
        self._mark()

    def snap(self, rounding: Rounding = Rounding.NEAREST) -> None:
        """Move the price onto its tick."""
        value = self.value()
        if value is not None:
            self.set_value(on_tick(value, self._step_at(value), rounding))


class QuantityField(DecimalField):
    """A quantity in whole lots."""

    def __init__(self, theme: Theme, name: str = "Quantity") -> None:
        super().__init__(theme, name)
        self._minimum = Decimal(1)

    def set_lot(self, lot: Decimal) -> None:
        """Use an instrument's lot as step and least quantity."""
        self._step_at, self._is_strict = (lambda _: lot), True
        self._minimum = lot
        self._mark()


def parse_decimal(text: str) -> Decimal | None:
    """Return the number written in `text` as this locale writes numbers, None when it is none.

    Thousands may be separated, by the locale's sign or by a space, but only where thousands are: a `1.5` typed where
    `.` separates thousands is refused rather than read as 15, and so are `12 5` and `0,500`.
    """
    locale = QLocale()
    plain = " ".join(text.replace("−", "-").split())
    whole, point, part = plain.partition(locale.decimalPoint())
    groups = whole.replace(locale.groupSeparator(), " ").split(" ")
    if len(plain) > _MAX_DIGITS or not _are_thousands(groups):
        return None
    return _plain_decimal("".join(groups) + ("." + part if point else ""))


def _are_thousands(groups: list[str]) -> bool:
    """Say whether a number that was written in groups has them where thousands are."""
    first = groups[0].lstrip("+-")
    is_grouped = 1 <= len(first) <= 3 and not first.startswith("0") and all(len(group) == 3 for group in groups[1:])
    return len(groups) == 1 or is_grouped


def _plain_decimal(digits: str) -> Decimal | None:
    if not digits or not all(letter in "-+.0123456789" for letter in digits):
        return None
    try:
        return Decimal(digits)
    except InvalidOperation:
        return None
