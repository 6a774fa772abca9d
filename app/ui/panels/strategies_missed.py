"""What becomes of a strategy's missed runs: the menu that says it and changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.domain.strategies import Misfire, Strategy
from app.runtime.settings import SettingsFile
from app.ui.language import say

GRACES = (1, 5, 10, 30, 60, 240)
"""Minutes on offer for how late a run may be."""
LONGEST = (30, 60, 120, 300, 900, 3600)
"""Seconds on offer for the longest run."""
T = TypeVar("T")
WORDS = {
    Misfire.SKIP: "Skip missed runs and list them",
    Misfire.ONCE: "Run once, when it is not later than the grace time",
    Misfire.ASK: "List missed runs and ask me",
}


def in_words(strategy: Strategy) -> str:
    """Return what becomes of missed runs, as a sentence."""
    match strategy.misfire:
        case Misfire.SKIP:
            return say("Missed runs are skipped and listed in Runs.")
        case Misfire.ONCE:
            late = strategy.grace_minutes
            return say(f"A missed run is done once, up to {late} min late; others are listed in Runs.")
        case Misfire.ASK:
            return say("Missed runs are listed in Runs, and you are asked.")


def fill_menu(menu: QMenu, strategy: Strategy, want: Callable[[Strategy], object]) -> None:
    """Offer the policies and grace times; `want` gets the strategy as a person would have it."""
    _choices(menu, {WORDS[each]: replace(strategy, misfire=each) for each in Misfire}, strategy, want)
    menu.addSeparator()
    grace = menu.addMenu(say(f"Grace time: {strategy.grace_minutes} min"))
    minutes = sorted({*GRACES, strategy.grace_minutes})
    _choices(grace, {f"{each} min": replace(strategy, grace_minutes=each) for each in minutes}, strategy, want)


def offer_longest(menu: QMenu, settings: SettingsFile) -> None:
    """Offer how long a run of any strategy may take until it has its signal."""
    now = settings.current.run_timeout_s
    longest = menu.addMenu(say(f"Longest run until its signal: {now} s"))
    _choices(longest, {f"{each} s": each for each in sorted({*LONGEST, now})}, now, _set_longest(settings))


def _set_longest(settings: SettingsFile) -> Callable[[int], object]:
    return lambda seconds: settings.change(run_timeout_s=seconds)


def _choices(menu: QMenu, offers: dict[str, T], now: T, want: Callable[[T], object]) -> None:
    group = QActionGroup(menu)
    for text, offered in offers.items():
        action: QAction = menu.addAction(say(text))
        action.setCheckable(True)
        action.setChecked(offered == now)
        group.addAction(action)
        action.triggered.connect(lambda _, offered=offered: want(offered))
