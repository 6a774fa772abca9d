"""Exact number fields under wheel, arrows and typing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.widgets.fields import DecimalField, PriceField, QuantityField


def by_penny(price: Decimal) -> Decimal:
    """Return a tick of 0.0001 below one dollar, 0.01 above: the rule of US stocks."""
    return Decimal("0.0001") if price < 1 else Decimal("0.01")


@pytest.fixture
def field(theme: Theme, qtbot: QtBot) -> PriceField:
    field = PriceField(theme)
    qtbot.addWidget(field)
    field.set_ticks(by_penny, 2)
    field.show()
    field.setFocus()
    return field


def wheel(field: DecimalField, turn: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    spot = QPointF(5, 5)
    event = QWheelEvent(
        spot, spot, QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton, modifiers, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(field, event)


@pytest.mark.parametrize(
    ("start", "act", "end"),
    [
        ("187.20", lambda f: wheel(f, 120), "187.21"),
        ("187.20", lambda f: wheel(f, -120), "187.19"),
        ("187.20", lambda f: wheel(f, 120, Qt.KeyboardModifier.ShiftModifier), "187.30"),
        ("187.20", lambda f: QTest.keyClick(f, Qt.Key.Key_Up), "187.21"),
        ("187.20", lambda f: QTest.keyClick(f, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier), "187.10"),
        ("187.205", lambda f: f.step(1), "187.21"),
        ("187.205", lambda f: f.step(-1), "187.20"),
        ("0.05", lambda f: f.step(1), "0.0501"),
        ("0.0003", lambda f: f.step(-10), "0.00"),
    ],
)
def test_steps_land_on_the_tick(field: PriceField, start: str, act: Callable[[PriceField], None], end: str) -> None:
    field.set_value(Decimal(start))
    field.setFocus()
    act(field)
    assert field.text() == end


def test_the_wheel_does_nothing_without_the_focus(field: PriceField) -> None:
    field.set_value(Decimal(10))
    field.clearFocus()
    wheel(field, 120)
    assert field.value() == Decimal(10)


def test_a_price_between_two_ticks_is_marked_and_can_be_snapped(field: PriceField) -> None:
    field.set_value(Decimal("187.205"))
    assert field.property("invalid") is True
    assert not field.is_sound()
    field.snap()
    assert field.text() == "187.20"
    assert field.property("invalid") is False


def test_typing_tells_the_exact_decimal_and_nonsense_tells_none(field: PriceField, qtbot: QtBot) -> None:
    heard: list[Decimal | None] = []
    field.changed.connect(heard.append)
    field.clear()
    QTest.keyClicks(field, "187.2")
    assert heard[-1] == Decimal("187.2")
    QTest.keyClicks(field, "x")
    assert heard[-1] is None
    assert field.property("invalid") is True


def test_setting_a_value_does_not_tell(field: PriceField) -> None:
    heard: list[Decimal | None] = []
    field.changed.connect(heard.append)
    field.set_value(Decimal(5))
    assert heard == []


def test_a_quantity_keeps_to_its_lot(theme: Theme, qtbot: QtBot) -> None:
    field = QuantityField(theme)
    qtbot.addWidget(field)
    field.set_lot(Decimal(100))
    field.set_value(Decimal(150))
    assert not field.is_sound()
    field.step(1)
    assert field.text() == "200"
    field.step(-5)
    assert field.text() == "100"
