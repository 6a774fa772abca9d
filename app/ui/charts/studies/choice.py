"""One indicator as a person put it on a chart, and the rules for a list of them. Frozen values, no Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.bars import Timeframe
from app.ui.charts.values import PRICE

Number = int | float
OWN = ""
"""The place that an indicator takes by itself."""
MOST = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """An indicator of the catalogue with its settings, its colour, its pane and its timeframe (None: the chart's)."""

    key: str
    name: str
    settings: tuple[tuple[str, Number], ...] = ()
    ink: int = 0
    is_hidden: bool = False
    pane: str = OWN
    timeframe: Timeframe | None = None

    @property
    def given(self) -> dict[str, Number]:
        """The settings by name."""
        return dict(self.settings)


Choices = tuple[Choice, ...]


def added(choices: Choices, name: str, settings: Mapping[str, Number] | None = None) -> Choices:
    """Return the list with one more indicator, of a colour that is still free and a key of its own."""
    keys, inks = {one.key for one in choices}, {one.ink for one in choices}
    number = next(number for number in range(1, len(keys) + 2) if _key(name, number) not in keys)
    ink = next(ink for ink in range(len(inks) + 1) if ink not in inks)
    return (*choices, Choice(_key(name, number), name, tuple((settings or {}).items()), ink))[:MOST]


def changed(choices: Choices, key: str, **fields: Any) -> Choices:
    """Return the list with some fields of one indicator changed."""
    return tuple(replace(one, **fields) if one.key == key else one for one in choices)


def without(choices: Choices, key: str) -> Choices:
    """Return the list without one indicator; what shared its pane goes back to its own place."""
    kept = (one for one in choices if one.key != key)
    return tuple(replace(one, pane=OWN) if one.pane == key else one for one in kept)


def moved(choices: Choices, key: str, way: int) -> Choices:
    """Return the list with one indicator a place further up (−1) or down (1)."""
    order = list(choices)
    here = next((place for place, one in enumerate(order) if one.key == key), None)
    if here is None or not 0 <= here + way < len(order):
        return choices
    order.insert(here + way, order.pop(here))
    return tuple(order)


def to_record(choice: Choice) -> dict[str, Any]:
    """Return an indicator as JSON holds it."""
    return {
        "name": choice.name, "settings": choice.given, "ink": choice.ink, "hidden": choice.is_hidden,
        "key": choice.key, "pane": choice.pane, "timeframe": choice.timeframe.value if choice.timeframe else "",
    }  # fmt: skip


def from_records(records: Sequence[Mapping[str, Any]]) -> Choices:
    """Return the indicators that records of JSON name; what cannot be read as one is left out."""
    found: list[Choice] = []
    for record in records[:MOST]:
        choice = _from_record(record, {one.key for one in found})
        if choice is not None:
            found.append(choice)
    keys = {one.key for one in found}
    return tuple(replace(one, pane=OWN) if one.pane not in (OWN, PRICE, *keys) else one for one in found)


def _from_record(record: Mapping[str, Any], taken: set[str]) -> Choice | None:
    name, settings = record.get("name"), record.get("settings", {})
    if not isinstance(name, str) or not name or not isinstance(settings, Mapping):
        return None
    pairs = tuple((str(key), value) for key, value in settings.items() if isinstance(value, int | float))
    key = str(record.get("key") or name)
    number = next(number for number in range(1, len(taken) + 2) if _key(key, number) not in taken)
    frame, ink = str(record.get("timeframe") or ""), record.get("ink")
    return Choice(
        _key(key, number), name, pairs, ink if isinstance(ink, int) else 0, bool(record.get("hidden")),
        str(record.get("pane") or OWN), Timeframe(frame) if frame in set(Timeframe) else None,
    )  # fmt: skip


def _key(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"
