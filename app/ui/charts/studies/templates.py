"""Saved looks of a chart: its indicators, bar style and scale, for one symbol, for all, or under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.ui.charts.studies.choice import Choices, from_records, to_record
from app.ui.charts.values import BarStyle, ScaleMode

EVERYWHERE = 0
"""The contract id that stands for every symbol."""
LARGEST_WEIGHT = 100_000
"""A pane's share is its height on some screen, in pixels or in parts of one."""


@dataclass(frozen=True, slots=True)
class Template:
    """What a chart looks like; with a `title` it is offered by name, without one it is used by itself."""

    choices: Choices
    style: BarStyle = BarStyle.HOLLOW
    mode: ScaleMode = ScaleMode.LINEAR
    shows_volume: bool = True
    weights: tuple[tuple[str, float], ...] = ()
    con_id: int = EVERYWHERE
    title: str = ""


class TemplateStore(Protocol):
    """Where templates are kept, as records of JSON."""

    def read(self) -> Sequence[Mapping[str, Any]]: ...
    def write(self, records: Sequence[dict[str, Any]]) -> None: ...


class Memory:
    """A store that forgets with the window: what a chart without a data directory gets."""

    def __init__(self) -> None:
        self._records: Sequence[dict[str, Any]] = ()

    def read(self) -> Sequence[Mapping[str, Any]]:
        """Return what was written last."""
        return self._records

    def write(self, records: Sequence[dict[str, Any]]) -> None:
        """Remember these."""
        self._records = list(records)


class Templates:
    """Finds, saves and forgets templates in a store."""

    def __init__(self, store: TemplateStore) -> None:
        self._store = store

    def all(self) -> list[Template]:
        """Return every template that can be read."""
        return [template for record in self._store.read() if (template := template_of(record)) is not None]

    def named(self) -> list[Template]:
        """Return those that are offered by name, in order of it."""
        return sorted((one for one in self.all() if one.title), key=lambda one: one.title.casefold())

    def usual(self, con_id: int) -> Template | None:
        """Return what a symbol's chart begins with: its own template, else that for all, else None."""
        unnamed = {one.con_id: one for one in self.all() if not one.title}
        return unnamed.get(con_id) or unnamed.get(EVERYWHERE)

    def save(self, template: Template) -> None:
        """Keep a template in place of the one of the same name, or of the same symbol."""
        self._write([*(one for one in self.all() if not _same(one, template)), template])

    def forget(self, template: Template) -> None:
        """Drop a template."""
        self._write([one for one in self.all() if not _same(one, template)])

    def _write(self, templates: Sequence[Template]) -> None:
        self._store.write([template_record(one) for one in templates])


def _same(one: Template, other: Template) -> bool:
    return (one.title, one.con_id) == (other.title, other.con_id)


def template_record(template: Template) -> dict[str, Any]:
    """Return a template as JSON holds it."""
    return {
        "title": template.title, "con_id": template.con_id, "style": template.style.value,
        "scale": template.mode.value, "volume": template.shows_volume, "weights": dict(template.weights),
        "indicators": [to_record(choice) for choice in template.choices],
    }  # fmt: skip


def template_of(record: Mapping[str, Any]) -> Template | None:
    """Return the template that a record of JSON holds, None when it holds none."""
    indicators = record.get("indicators")
    weights, con_id = record.get("weights") or {}, record.get("con_id", EVERYWHERE)
    if not isinstance(indicators, Sequence) or not isinstance(con_id, int) or not isinstance(weights, Mapping):
        return None
    style, mode = str(record.get("style")), str(record.get("scale"))
    return Template(
        choices=from_records([one for one in indicators if isinstance(one, Mapping)]),
        style=BarStyle(style) if style in set(BarStyle) else BarStyle.HOLLOW,
        mode=ScaleMode(mode) if mode in set(ScaleMode) else ScaleMode.LINEAR,
        shows_volume=bool(record.get("volume", True)),
        weights=tuple((str(key), float(value)) for key, value in weights.items() if _is_weight(value)),
        con_id=con_id,
        title=str(record.get("title") or ""),
    )


def _is_weight(value: object) -> bool:
    """Say whether a value of JSON may be a pane's share of the height."""
    return isinstance(value, int | float) and 0 < value < LARGEST_WEIGHT
