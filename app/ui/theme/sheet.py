"""The style sheet: `resources/themes/style.qss` with its tokens, sizes and pictures filled in.

In the template `@text` is a token, `@accent/20` the token at 20 % opacity, `@px(12)` a length that follows the
font scale, and `@svg(check, accent)` a shipped icon tinted with a token.
"""

from __future__ import annotations

import re
from functools import cache

from app.runtime.paths import resource
from app.ui.theme.icons import tinted_svg
from app.ui.theme.memory import publish
from app.ui.theme.tokens import Tokens, channels

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_LENGTH = re.compile(r"@px\(([\d.]+)\)")
_PICTURE = re.compile(r"@svg\(([\w-]+),\s*([\w.]+)\)")
_TOKEN = re.compile(r"@([a-z]+(?:\.[a-z0-9]+)*)(?:/(\d+))?")


def fill_sheet(tokens: Tokens, scale: float) -> str:
    """Return the application's style sheet for these colours at this font scale."""
    pictures: dict[str, bytes] = {}

    def picture(match: re.Match[str]) -> str:
        name, colour = match[1], tokens[match[2]]
        file = f"{name}-{colour[1:]}.svg"
        pictures[file] = tinted_svg(name, colour, stroke=2.5)
        return f'url(":/tapeline/{file}")'

    sheet = _LENGTH.sub(lambda match: f"{scaled(float(match[1]), scale)}px", _template())
    sheet = _PICTURE.sub(picture, sheet)
    sheet = _TOKEN.sub(lambda match: css_colour(tokens[match[1]], int(match[2] or 100)), sheet)
    publish(pictures)
    return sheet


def css_colour(colour: str, percent: int = 100) -> str:
    """Return `#RRGGBB` as style sheets write it, at `percent` opacity."""
    if percent >= 100:
        return colour
    red, green, blue = channels(colour)
    return f"rgba({red}, {green}, {blue}, {percent}%)"


def scaled(length: float, scale: float) -> int:
    """Return `length` pixels at the font scale, never below one."""
    return max(1, round(length * scale))


@cache
def _template() -> str:
    return _COMMENT.sub("", resource("themes", "style.qss").read_text(encoding="utf-8"))
