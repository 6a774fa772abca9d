"""The colour tokens of a theme file, and how readable a colour is on another. No Qt."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from app.runtime.paths import resource


class Direction(StrEnum):
    """Which pair of colours says up and down."""

    GREEN_RED = "green_red"
    COLOUR_BLIND = "colour_blind"
    EAST_ASIAN = "east_asian"


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours by meaning, each `#RRGGBB`."""

    name: str
    title: str
    is_dark: bool
    colours: Mapping[str, str]

    def __getitem__(self, token: str) -> str:
        try:
            return self.colours[token]
        except KeyError:
            raise KeyError(f"the theme “{self.title}” has no colour “{token}”") from None


def theme_names() -> tuple[str, ...]:
    """Return the themes that ship, in the order they are offered."""
    return ("dark", "light", "contrast")


def load_tokens(name: str, direction: Direction = Direction.GREEN_RED) -> Tokens:
    """Read `resources/themes/<name>.toml` with the chosen pair for up and down."""
    with resource("themes", f"{name}.toml").open("rb") as file:
        raw = tomllib.load(file)
    colours = {**raw["colours"], **raw["direction"][direction]}
    return Tokens(name, raw["title"], raw["dark"], MappingProxyType(colours))


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue (0–255) of `#RRGGBB`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Return the relative luminance of `#RRGGBB`, 0–1. Source: WCAG 2.2."""
    red, green, blue = (_linear(value / 255) for value in channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1–21. Source: WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
