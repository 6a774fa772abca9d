"""The rows of the indicators panel: the catalogue with the user's own files, and where one is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.services.own_indicators import OwnListing
from app.services.studies import StudyKind
from app.ui.charts.studies.choice import Number
from app.ui.charts.studies.picker import short
from app.ui.language import Language
from app.ui.panels.indicators_saved import Use
from app.ui.tables import Column, Style

ALL, FIRST, OWN = "all", "first", "Own"
STATE_TOKENS = {"confirmed": "ok", "new": "warn", "changed": "warn"}


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """One indicator: an entry of the catalogue, a file of the user's own, or both."""

    name: str
    title: str
    group: str
    is_first: bool
    uses: int
    kind: StudyKind | None = None
    listing: OwnListing | None = None

    @property
    def short(self) -> str:
        """The name a trader knows it by."""
        return short(self.kind) if self.kind is not None else self.name.upper().replace("_", " ")

    @property
    def state(self) -> str:
        """What stands in the way of a user's own: new, changed, a problem; confirmed, or nothing for the others."""
        if self.listing is None:
            return ""
        return "problem" if self.listing.problem else self.listing.state


def is_in(row: CatalogueRow, group: str) -> bool:
    """Say whether a row belongs to a group of the chooser."""
    return group == ALL or (group == FIRST and row.is_first) or row.group == group


def group_title(group: str, words: Language) -> str:
    """Write a group of the catalogue: its own words, or as TA-Lib calls it."""
    key = f"groups.{group.lower().replace(' ', '_')}"
    return words(key) if words.words.has(key) else group


def catalogue_columns(words: Language) -> list[Column[CatalogueRow]]:
    """Return the columns of the catalogue."""
    return [
        Column("name", words("indicators.name"), lambda row: row.short, width=104),
        Column(
            "title",
            words("indicators.title_column"),
            lambda row: title_of(row, words),
            stretch=True,
            tip=lambda row: title_of(row, words),
        ),
        Column(
            "group",
            words("indicators.group"),
            lambda row: _group_text(row, words),
            width=104,
            token=lambda row: STATE_TOKENS.get(row.state, "danger") if row.state else "text.muted",
            tip=lambda row: row.listing.problem if row.listing and row.listing.problem else _group_text(row, words),
        ),
        Column("uses", words("indicators.used"), lambda row: row.uses, str, Style.NUMBER, 48),
    ]


def title_of(row: CatalogueRow, words: Language) -> str:
    """Return an indicator's title in the language, where there is one."""
    key = f"titles.{row.name}"
    return words(key) if row.listing is None and words.words.has(key) else row.title


def parameter_title(name: str, title: str, words: Language) -> str:
    """Return a parameter's title in the language, where there is one."""
    key = f"parameters.{name}"
    return words(key) if words.words.has(key) else title


def _group_text(row: CatalogueRow, words: Language) -> str:
    group = group_title(row.group, words)
    return f"{group} · {words(f'indicators.state_{row.state}')}" if row.state else group


def use_columns(words: Language) -> list[Column[Use]]:
    """Return the columns of the places an indicator is used in."""
    anywhere = words("indicators.every_chart")
    return [
        Column("kind", words("indicators.use"), lambda use: words(f"indicators.use_{use.kind}"), width=104),
        Column("where", words("indicators.where"), lambda use: use.where or anywhere, stretch=True),
        Column("settings", words("indicators.settings"), lambda use: written(use.settings), width=150),
    ]


def written(settings: Sequence[tuple[str, Number]]) -> str:
    """Write settings as `length 14, factor 3`."""
    return ", ".join(f"{name} {value:g}" for name, value in settings)
