"""The few settings that the first paint needs, read without the library that validates them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.runtime.paths import read_json

_THEMES = ("dark", "light", "contrast")
_COLOURS = ("green_red", "colour_blind", "east_asian")


@dataclass(frozen=True, slots=True)
class Look:
    """Theme, up and down colours and font size, as the settings have them or as they are at first."""

    theme: str = "dark"
    colours: str = "green_red"
    scale_percent: int = 100


def first_look(data_dir: Path) -> Look:
    """Return how the window looks at first; whatever cannot be read is as at the first start."""
    try:
        told = read_json(data_dir / "settings.json")
    except (OSError, ValueError):
        return Look()
    if not isinstance(told, dict):
        return Look()
    theme, colours, scale = told.get("theme"), told.get("colours"), told.get("scale_percent")
    return Look(
        theme=theme if theme in _THEMES else "dark",
        colours=colours if colours in _COLOURS else "green_red",
        scale_percent=scale if isinstance(scale, int) and 80 <= scale <= 150 else 100,
    )
