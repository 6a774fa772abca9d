"""The fonts that ship: Inter for words and figures, JetBrains Mono for ids, prompts and JSON."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from app.runtime.paths import resource

UI_FAMILY = "Inter"
MONO_FAMILY = "JetBrains Mono"
_FILES = ("Inter-Regular.otf", "Inter-SemiBold.otf", "JetBrainsMono-Regular.ttf")
_loaded: list[int] = []


def load_fonts() -> None:
    """Make the shipped fonts known to Qt, once a process."""
    if _loaded:
        return
    for file in _FILES:
        _loaded.append(QFontDatabase.addApplicationFont(str(resource("fonts", file))))


def make_font(pixels: int, weight: int = 400, *, mono: bool = False) -> QFont:
    """Return a font of `pixels` height whose figures all have one width and which has no ligatures."""
    font = QFont(MONO_FAMILY if mono else UI_FAMILY)
    font.setStyleHint(QFont.StyleHint.Monospace if mono else QFont.StyleHint.SansSerif)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight(weight))
    font.setFeature(QFont.Tag("tnum"), 1)
    if mono:
        font.setFeature(QFont.Tag("calt"), 0)
    return font
