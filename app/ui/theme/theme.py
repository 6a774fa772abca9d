"""The theme in use: asks for a colour, a font or an icon go here, and `changed` says when to ask again."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from app.ui.theme.fonts import load_fonts, make_font
from app.ui.theme.icons import dot_icon, tinted_icon, tinted_pixmap
from app.ui.theme.sheet import css_colour, fill_sheet, scaled
from app.ui.theme.tokens import Direction, Tokens, load_tokens

MIN_SCALE = 0.8
MAX_SCALE = 1.5

_ROLES = {
    QPalette.ColorRole.Window: "bg.window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "bg.panel",
    QPalette.ColorRole.AlternateBase: "bg.raised",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.PlaceholderText: "text.faint",
    QPalette.ColorRole.Button: "bg.raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "text",
    QPalette.ColorRole.ToolTipBase: "bg.raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on.fill",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Light: "line.strong",
    QPalette.ColorRole.Midlight: "line",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "line",
    QPalette.ColorRole.Shadow: "bg.window",
}
_FAINT_ROLES = (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText)


class Theme(QObject):
    """Colours, fonts and icons by meaning; everything that is painted asks here."""

    changed = Signal()

    def __init__(self, name: str = "dark", *, direction: Direction = Direction.GREEN_RED, scale: float = 1.0) -> None:
        super().__init__()
        self._tokens = load_tokens(name, direction)
        self._direction = direction
        self._scale = _within(scale)
        self._colours: dict[tuple[str, int], QColor] = {}
        self._fonts: dict[tuple[int, int, bool], QFont] = {}
        self._icons: dict[tuple[str, str, int], QIcon] = {}
        self._pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}

    @property
    def name(self) -> str:
        """The theme file in use: dark, light or contrast."""
        return self._tokens.name

    @property
    def tokens(self) -> Tokens:
        """All colours of the theme in use."""
        return self._tokens

    @property
    def direction(self) -> Direction:
        """The pair of colours that says up and down."""
        return self._direction

    @property
    def scale(self) -> float:
        """The font scale, 0.8–1.5."""
        return self._scale

    def colour(self, token: str, percent: int = 100) -> QColor:
        """Return the colour of `token` at `percent` opacity; treat it as read-only."""
        found = self._colours.get((token, percent))
        if found is None:
            found = QColor(self._tokens[token])
            found.setAlphaF(percent / 100)
            self._colours[token, percent] = found
        return found

    def css(self, token: str, percent: int = 100) -> str:
        """Return the colour of `token` as style sheets and rich text write it."""
        return css_colour(self._tokens[token], percent)

    def font(self, size: int = 13, weight: int = 400, *, mono: bool = False) -> QFont:
        """Return the font of `size` pixels (before scaling) with figures of one width; treat it as read-only."""
        key = (size, weight, mono)
        if key not in self._fonts:
            self._fonts[key] = make_font(self.px(size), weight, mono=mono)
        return self._fonts[key]

    def px(self, length: float) -> int:
        """Return a length in pixels that grows with the font scale."""
        return scaled(length, self._scale)

    def icon(self, name: str, token: str = "text.muted", size: int = 16) -> QIcon:
        """Return a shipped icon in the colour of `token`; ask again when the theme changes."""
        key = (name, token, size)
        if key not in self._icons:
            self._icons[key] = tinted_icon(name, self._tokens[token], self._tokens["text.faint"], self.px(size))
        return self._icons[key]

    def pixmap(self, name: str, token: str, size: int, ratio: float = 1.0) -> QPixmap:
        """Return a shipped icon as a picture for a screen of `ratio`."""
        key = (name, token, size, ratio)
        if key not in self._pixmaps:
            self._pixmaps[key] = tinted_pixmap(name, self._tokens[token], self.px(size), ratio)
        return self._pixmaps[key]

    def dot(self, token: str, size: int = 16, *, filled: bool = True) -> QIcon:
        """Return a round dot in the colour of `token`, a ring when not `filled`."""
        key = ("dot" if filled else "ring", token, size)
        if key not in self._icons:
            self._icons[key] = dot_icon(self._tokens[token], self.px(size), filled)
        return self._icons[key]

    def set(self, name: str | None = None, *, direction: Direction | None = None, scale: float | None = None) -> None:
        """Switch theme, direction pair or font scale while the window is open."""
        self._direction = direction or self._direction
        self._scale = _within(scale) if scale is not None else self._scale
        self._tokens = load_tokens(name or self._tokens.name, self._direction)
        for cache in (self._colours, self._fonts, self._icons, self._pixmaps):
            cache.clear()
        self.apply()
        self.changed.emit()

    def apply(self) -> None:
        """Give the application its style, palette, font and style sheet."""
        self.prepare().setStyleSheet(fill_sheet(self._tokens, self._scale))

    def prepare(self) -> QApplication:
        """Give the application what widgets are measured by: style, palette and font; the sheet may follow later."""
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("the theme needs a QApplication before it can be applied")
        load_fonts()
        if app.style().objectName() != "fusion" and not app.styleSheet():
            app.setStyle("Fusion")
        app.setPalette(self._palette())
        app.setFont(self.font(13))
        return app

    def _palette(self) -> QPalette:
        palette = QPalette()
        for role, token in _ROLES.items():
            palette.setColor(role, self.colour(token))
        for role in _FAINT_ROLES:
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.colour("text.faint"))
        return palette


def _within(scale: float) -> float:
    return min(MAX_SCALE, max(MIN_SCALE, scale))
