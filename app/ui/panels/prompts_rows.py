"""What the tables of the prompts panel show: prompts, their versions, and figures; and the words for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.performance import Stats
from app.domain.prompts import Language, Prompt, PromptKind, PromptUse, PromptVersionId, VersionMark
from app.domain.signals import StrategyId
from app.domain.strategies import Strategy
from app.ui.language import Say
from app.ui.panels.cells import Moments
from app.ui.tables import Column, Style
from app.ui.widgets.format import number

KIND_WORDS = {
    PromptKind.DAILY: "Daily analysis",
    PromptKind.WEEKLY: "Weekly analysis",
    PromptKind.CONSOLIDATION: "Consolidation",
    PromptKind.SYSTEM_DAILY: "System, daily",
    PromptKind.SYSTEM_WEEKLY: "System, weekly",
    PromptKind.SYSTEM_CONSOLIDATION: "System, consolidation",
}
LANGUAGE_WORDS = {Language.EN: "English", Language.ZH: "中文"}
EVERYONE = "All strategies"


@dataclass(frozen=True, slots=True)
class PromptRow:
    """A prompt with whose it is and how many readings were asked with any of its versions."""

    prompt: Prompt
    scope: str
    uses: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a prompt."""

    mark: VersionMark
    is_active: bool
    uses: int


@dataclass(frozen=True, slots=True)
class StatsRow:
    """The figures of one group: a prompt's version, a strategy or a model."""

    key: str
    name: str
    stats: Stats


def prompt_row(
    prompt: Prompt, strategies: Mapping[StrategyId, Strategy], uses: Mapping[PromptVersionId, PromptUse]
) -> PromptRow:
    """Return a prompt's row."""
    owner = strategies.get(prompt.strategy) if prompt.strategy else None
    scope = EVERYONE if prompt.strategy is None else owner.name if owner else str(prompt.strategy)
    return PromptRow(prompt, scope, sum(uses[mark.id].readings for mark in prompt.versions if mark.id in uses))


def prompt_columns(moments: Moments, say: Say = str) -> list[Column[PromptRow]]:
    """Return the columns of the list of prompts."""
    return [
        Column(
            "name",
            say("Prompt"),
            lambda row: row.prompt.name,
            width=190,
            icon=lambda row: ("circle-check", "ok") if row.prompt.is_default else None,
            tip=lambda row: (
                say("The default of its kind, language and scope") if row.prompt.is_default else row.prompt.name
            ),
        ),
        Column("language", say("Lang."), lambda row: row.prompt.language.value, width=44, token=lambda _: "text.muted"),
        Column(
            "kind", say("Kind"), lambda row: say(KIND_WORDS[row.prompt.kind]), width=140, token=lambda _: "text.muted"
        ),
        Column(
            "scope",
            say("For"),
            lambda row: say(row.scope) if row.scope == EVERYONE else row.scope,
            width=92,
            token=lambda _: "text.muted",
            hidden=True,
        ),
        Column(
            "version",
            say("Ver."),
            lambda row: row.prompt.active_mark.number,
            number,
            Style.NUMBER,
            44,
            hint=say("The version in use"),
        ),
        Column(
            "uses", say("Used"), lambda row: row.uses, number, Style.NUMBER, 48, hint=say("Readings asked for with it")
        ),
        Column(
            "updated",
            moments.title(say("Changed")),
            lambda row: row.prompt.updated,
            moments.write,
            width=96,
            hidden=True,
            token=lambda _: "text.muted",
        ),
    ]


def version_columns(moments: Moments, say: Say = str) -> list[Column[VersionRow]]:
    """Return the columns of the list of versions."""
    return [
        Column(
            "number",
            say("Version"),
            lambda row: row.mark.number,
            number,
            Style.NUMBER,
            84,
        ),
        Column(
            "state",
            say("State"),
            lambda row: say("In use") if row.is_active else None,
            width=74,
            icon=lambda row: ("circle-check", "ok") if row.is_active else None,
        ),
        Column(
            "created",
            moments.title(say("Made")),
            lambda row: row.mark.created,
            moments.write,
            width=110,
            token=lambda _: "text.muted",
            tip=lambda row: moments.whole(row.mark.created),
        ),
        Column(
            "uses", say("Used"), lambda row: row.uses, number, Style.NUMBER, 52, hint=say("Readings asked for with it")
        ),
        Column("note", say("Note"), lambda row: row.mark.note, width=160, stretch=True, tip=lambda row: row.mark.note),
    ]


def stats_columns(title: str, say: Say = str) -> list[Column[StatsRow]]:
    """Return the columns of a leaderboard; what rests on too few says so."""
    read: list[tuple[str, str, Callable[[Stats], float | None], Callable[[float], str], str]] = [
        ("win_rate", say("Wins %"), lambda s: s.win_rate, lambda v: number(v * 100, 1), say("Wins ÷ (wins + losses)")),
        ("average", say("Avg R"), lambda s: s.average_r, signed_r, say("Mean R of everything that was entered")),
        (
            "expectancy",
            say("Expect."),
            lambda s: s.expectancy,
            signed_r,
            say("Wins % × mean win + losses % × mean loss, in R"),
        ),
        ("best", say("Best"), lambda s: s.best_r, signed_r, ""),
        ("worst", say("Worst"), lambda s: s.worst_r, signed_r, ""),
        (
            "error",
            say("Calib."),
            lambda s: s.calibration_error,
            lambda v: number(v, 2),
            say("Stated less realised, on average"),
        ),
    ]
    return [
        Column("name", title, lambda row: row.name, width=260, stretch=True, tip=lambda row: row.name),
        Column("count", say("Signals"), lambda row: row.stats.count, number, Style.NUMBER, 58),
        Column(
            "enough",
            say("Evidence"),
            lambda row: say("Too few") if row.stats.is_too_few else say("Enough"),
            width=82,
            icon=lambda row: ("triangle-alert", "warn") if row.stats.is_too_few else ("circle-check", "ok"),
            tip=lambda row: f"{row.stats.decided} reached their target or stop; below 30 chance explains anything",
        ),
        *(
            Column(
                id_,
                head,
                lambda row, get=get: get(row.stats),  # type: ignore[misc]  # the default binds it now
                write,
                Style.NUMBER,
                62,
                hint=hint,
            )
            for id_, head, get, write, hint in read
        ),
    ]


def signed_r(value: float) -> str:
    """Write R with its sign."""
    return number(value, 2, signed=True)


def when(moments: Moments, at: datetime) -> str:
    """Write a moment with its zone."""
    return f"{moments.write(at)} {moments.zone}"
