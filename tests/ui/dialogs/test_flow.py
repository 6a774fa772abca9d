"""The market goes on while a dialog is open: every one of them, one after the other."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from app.domain.quotes import Quote
from app.ui.dialogs import acts
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")
NO_DIALOG = {"palette", "doctor", "buy", "sell", "flatten_symbol", "symbol_search"}


async def quotes_come(screen: Screen, count: int) -> None:
    """Return once so many quotes have come from now on."""
    came, left = asyncio.Event(), [count]

    def heard(_: Quote) -> None:
        left[0] -= 1
        if left[0] <= 0:
            came.set()

    stop = screen.handles.bus.on(Quote, heard)
    await screen.until(came.is_set)
    stop()


async def test_e8_ticks_and_answers_flow_while_any_dialog_is_open(screen: Screen) -> None:
    window = screen.handles.window
    acts.bind(screen.handles, screen.binding)
    screen.binding.refresh()
    screen.handles.selection.pick(await screen.trader.instrument("MSFT"))
    asking = [spec.id for spec in window.actions_.offered() if spec.title.endswith("…") and spec.id not in NO_DIALOG]
    assert len(asking) >= 5, asking
    for key in asking:
        window.actions_.trigger(key)
        await screen.until(dialogs)
        await quotes_come(screen, 1)
        await screen.handles.session.matched(10)
        for dialog in dialogs():
            dialog.close()
        await screen.until(lambda: not dialogs())


def dialogs() -> list[QDialog]:
    return [each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]
