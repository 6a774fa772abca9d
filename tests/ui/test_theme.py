"""The theme: exact tokens, readable contrast, figures of one width, live switching, no picture missing."""

from __future__ import annotations

import math
import re
from itertools import product

import pytest
from PySide6.QtCore import QFile
from PySide6.QtGui import QFontInfo, QFontMetrics
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.runtime.paths import resource
from app.ui.theme import Direction, Theme, load_tokens, theme_names
from app.ui.theme.sheet import fill_sheet
from app.ui.theme.tokens import channels, contrast

LEVELS = ("bg.window", "bg.panel", "bg.raised")


@pytest.mark.parametrize(("name", "token", "level"), list(product(theme_names(), ("text", "text.muted"), LEVELS)))
def test_words_are_readable_on_every_level(name: str, token: str, level: str) -> None:
    tokens = load_tokens(name)
    assert contrast(tokens[token], tokens[level]) >= 4.5


@pytest.mark.parametrize(("name", "direction", "token"), list(product(theme_names(), Direction, ("up", "down"))))
def test_direction_is_readable_where_numbers_stand(name: str, direction: Direction, token: str) -> None:
    tokens = load_tokens(name, direction)
    assert contrast(tokens[token], tokens["bg.panel"]) >= 4.5
    assert contrast(tokens[token], tokens["bg.window"]) >= 4.5
    assert contrast(tokens["on.fill"], tokens[token]) >= 4.5


@pytest.mark.parametrize(
    ("name", "token"),
    list(product(theme_names(), ("warn", "danger", "ok", "account.practice", "account.paper", "account.live"))),
)
def test_states_and_accounts_are_readable_as_words_and_as_fills(name: str, token: str) -> None:
    tokens = load_tokens(name)
    assert contrast(tokens[token], tokens["bg.panel"]) >= 4.5
    assert contrast(tokens["on.fill"], tokens[token]) >= 4.5


@pytest.mark.parametrize("name", theme_names())
def test_link_groups_have_one_lightness_and_six_hues(name: str) -> None:
    tokens = load_tokens(name)
    shades = [_oklch(tokens[f"link.{group}"]) for group in range(1, 7)]
    lightness = [shade[0] for shade in shades]
    hues = sorted(shade[2] for shade in shades)
    assert max(lightness) - min(lightness) < 0.01
    assert min(b - a for a, b in zip(hues, [*hues[1:], hues[0] + 360], strict=True)) > 35


def test_all_themes_name_the_same_colours() -> None:
    known = {name: set(load_tokens(name).colours) for name in theme_names()}
    assert known["dark"] == known["light"] == known["contrast"]


def test_an_unknown_token_is_named_in_the_error() -> None:
    with pytest.raises(KeyError, match=r"no colour “bg\.nowhere”"):
        _ = load_tokens("dark")["bg.nowhere"]


def test_the_east_asian_pair_swaps_up_and_down() -> None:
    west, east = load_tokens("dark"), load_tokens("dark", Direction.EAST_ASIAN)
    assert (west["up"], west["down"]) == (east["down"], east["up"])


@pytest.mark.parametrize("name", theme_names())
def test_the_style_sheet_is_filled_without_rest_and_all_its_pictures_exist(qapp: QApplication, name: str) -> None:
    sheet = fill_sheet(load_tokens(name), 1.0)
    assert "@" not in sheet
    pictures = re.findall(r'url\("(:[^"]+)"\)', sheet)
    assert len(set(pictures)) >= 8
    assert all(QFile.exists(picture) for picture in pictures)


def test_no_colour_is_named_outside_the_theme_files() -> None:
    template = resource("themes", "style.qss").read_text(encoding="utf-8")
    assert not re.search(r"#[0-9A-Fa-f]{6}\b", template)


def test_the_shipped_fonts_are_used_and_all_figures_have_one_width(theme: Theme) -> None:
    for mono in (False, True):
        font = theme.font(12, mono=mono)
        assert QFontInfo(font).family() == ("JetBrains Mono" if mono else "Inter")
        metrics = QFontMetrics(font)
        assert len({metrics.horizontalAdvance(figure * 8) for figure in "0123456789"}) == 1


def test_a_label_styled_by_the_sheet_keeps_figures_of_one_width(theme: Theme, qtbot: QtBot) -> None:
    widths = set()
    for text in ("1111111", "0000000"):
        label = QLabel(text)
        label.setProperty("role", "caption")
        qtbot.addWidget(label)
        label.ensurePolished()
        widths.add(label.sizeHint().width())
    assert len(widths) == 1


def test_switching_tells_everyone_and_changes_palette_and_sheet(theme: Theme, qtbot: QtBot) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = app.styleSheet()
    with qtbot.waitSignal(theme.changed):
        theme.set("light")
    assert theme.colour("bg.panel").name() == load_tokens("light")["bg.panel"].lower()
    assert app.palette().window().color() == theme.colour("bg.window")
    assert app.styleSheet() != before


def test_the_font_scale_stays_within_80_and_150_percent_and_scales_lengths(theme: Theme) -> None:
    theme.set(scale=9)
    assert (theme.scale, theme.px(24)) == (1.5, 36)
    assert theme.font(12).pixelSize() == 18
    theme.set(scale=0.1)
    assert theme.scale == 0.8


def test_an_icon_follows_its_token(theme: Theme) -> None:
    picture = theme.pixmap("check", "up", 16, 2.0).toImage()
    assert picture.width() == 32
    strongest = max((picture.pixelColor(x, y) for x in range(32) for y in range(32)), key=lambda colour: colour.alpha())
    assert strongest.name() == load_tokens("dark")["up"].lower()


def test_every_shipped_icon_can_be_drawn(theme: Theme) -> None:
    names = [path.stem for path in resource("icons").glob("*.svg")]
    assert len(names) >= 80
    for name in names:
        assert not theme.icon(name).isNull()
        assert theme.pixmap(name, "text", 16).toImage().hasAlphaChannel()


def _oklch(colour: str) -> tuple[float, float, float]:
    """Return OKLCH of `#RRGGBB`, written from Ottosson's matrices."""
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels(colour))
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    light = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return light, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360
