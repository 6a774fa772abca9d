"""What a chart needs of a theme, and the few colour rules that follow from it. Names no colour itself."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtGui import QColor, QFont, QIcon


class Palette(Protocol):
    """Colours and type by token; `changed` fires when they do."""

    changed: Any

    @property
    def name(self) -> str:
        """What the theme is called, printed in pictures."""

    def colour(self, token: str) -> QColor:
        """Return the colour of a token."""

    def font(self, size: int = 13, weight: int = 400, *, mono: bool = False) -> QFont:
        """Return the interface font at a size, with tabular figures."""

    def icon(self, name: str, token: str = "text.muted", size: int = 16) -> QIcon:
        """Return a shipped icon in the colour of a token."""


def blend(front: QColor, back: QColor, share: float) -> QColor:
    """Return `share` of `front` over the rest of `back`, opaque."""
    pairs = ((front.red(), back.red()), (front.green(), back.green()), (front.blue(), back.blue()))
    return QColor(*(round(f * share + b * (1 - share)) for f, b in pairs))


def luminance(colour: QColor) -> float:
    """Return the relative luminance of WCAG 2, 0 to 1."""
    red, green, blue = (_linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio of WCAG 2, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class Inks:
    """The colours of one theme as the chart uses them, worked out once a theme."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._known: dict[str, QColor] = {}
        self._readable: dict[int, QColor] = {}

    def __getitem__(self, token: str) -> QColor:
        found = self._known.get(token)
        if found is None:
            found = self._known[token] = self._palette.colour(token)
        return found

    def faded(self, token: str, share: float) -> QColor:
        """Return a token's colour thinned towards the panel behind it, opaque (an alpha fill costs ten times more)."""
        key = f"{token}*{share}"
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = blend(self[token], self["bg.panel"], share)
        return found

    def clear(self, token: str, share: float) -> QColor:
        """Return a token's colour at `share` opacity: for the few things that lie over bars."""
        key = f"{token}/{share}"
        found = self._known.get(key)
        if found is None:
            found = QColor(self[token])
            found.setAlphaF(share)
            self._known[key] = found
        return found

    def on(self, back: QColor) -> QColor:
        """Return the ink that reads best on a filled tag."""
        key = back.rgb()
        if key not in self._readable:
            inks = (self["text"], self["bg.window"], self["bg.panel"])
            self._readable[key] = max(inks, key=lambda ink: contrast(ink, back))
        return self._readable[key]
