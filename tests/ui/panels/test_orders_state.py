"""Order states are told apart by shape alone, and what is filled by length."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from app.domain.instruments import ConId
from app.domain.orders import Order, OrderRef, OrderState, Role, Side
from app.ui.panels.orders_state import TIPS, WORDS, draw_fill_bar, draw_state, state_word
from app.ui.theme import Theme

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ORDER = Order(
    ref=OrderRef("one"),
    intent=None,
    account="DUT000001",
    con_id=ConId(900000001),
    symbol="AAPL",
    role=Role.ENTRY,
    side=Side.BUY,
    quantity=Decimal(100),
    type_name="LMT",
    limit=Decimal("10.00"),
    stop=None,
    tif="DAY",
    state=OrderState.ACCEPTED,
    created=NOW,
    updated=NOW,
)


def drawn(theme: Theme, order: Order) -> QImage:
    """Return the shape in one grey, so that colour cannot tell it from another."""
    image = QImage(120, 24, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_state(theme, painter, QRect(0, 0, 120, 24), order)
    painter.end()
    return image


def mask(image: QImage) -> tuple[int, ...]:
    return tuple(image.pixelColor(x, y).alpha() // 64 for x in range(16) for y in range(24))


@pytest.mark.parametrize("state", list(OrderState))
def test_every_state_has_a_word_and_says_what_it_means(state: OrderState) -> None:
    assert WORDS[state]
    assert TIPS[state].endswith(".")


def test_the_states_that_look_asks_for_differ_without_colour(theme: Theme) -> None:
    partly = replace(ORDER, state=OrderState.PARTIALLY_FILLED, filled=Decimal(40))
    states = (OrderState.INTENDED, OrderState.ACCEPTED, OrderState.VERIFYING, OrderState.CANCELLED, OrderState.REJECTED)
    shapes = [mask(drawn(theme, replace(ORDER, state=state))) for state in states] + [mask(drawn(theme, partly))]
    assert len(set(shapes)) == len(shapes)


def test_a_cancel_that_was_asked_for_is_said_until_the_broker_answers() -> None:
    assert state_word(replace(ORDER, cancel_asked=True)) == "Cancel asked"
    assert state_word(replace(ORDER, cancel_asked=True, state=OrderState.CANCELLED)) == "Cancelled"


@pytest.mark.parametrize(("filled", "share"), [(0, 0.0), (25, 0.25), (100, 1.0)])
def test_the_bar_is_as_long_as_what_is_filled(theme: Theme, filled: int, share: float) -> None:
    image = QImage(100, 24, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    draw_fill_bar(theme, painter, QRect(0, 0, 100, 24), replace(ORDER, filled=Decimal(filled)))
    painter.end()
    up = theme.colour("up")
    length = sum(image.pixelColor(x, 21) == up for x in range(100))
    assert length == pytest.approx(100 * share, abs=2)
