"""How Tapeline looks: colour tokens, fonts, icons and the style sheet, switched live."""

from __future__ import annotations

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Direction, Tokens, load_tokens, theme_names

__all__ = ["Direction", "Theme", "Tokens", "load_tokens", "theme_names"]
