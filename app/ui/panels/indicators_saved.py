"""Saved configurations of indicators, and where an indicator is used: strategies, charts, templates, configurations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.errors import UserError
from app.domain.strategies import Strategy
from app.runtime.settings import SettingsFile
from app.services.studies import Studies
from app.ui.charts.studies.choice import Choice, Number, from_records
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.view import ChartView
from app.ui.handles import Handles

MOST = 200
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Configuration:
    """One indicator with settings that a person gave a name."""

    title: str
    name: str
    settings: tuple[tuple[str, Number], ...]

    @property
    def given(self) -> dict[str, Number]:
        """The settings by name."""
        return dict(self.settings)


@dataclass(frozen=True, slots=True)
class Use:
    """One place an indicator is used in: `kind` is strategy, chart, template or configuration."""

    kind: str
    where: str
    settings: tuple[tuple[str, Number], ...]


class Configurations:
    """The saved configurations, kept in the settings file; names are told apart whatever their case."""

    def __init__(self, settings: SettingsFile) -> None:
        self._settings = settings

    def all(self) -> list[Configuration]:
        """Return every configuration that can be read, by name."""
        found = (_from_record(record) for record in self._settings.current.indicator_presets[:MOST])
        return sorted((one for one in found if one is not None), key=lambda one: one.title.casefold())

    def of(self, name: str) -> list[Configuration]:
        """Return those of one indicator."""
        return [one for one in self.all() if one.name == name]

    def save(self, wanted: Configuration) -> None:
        """Keep a configuration in place of the one of the same name; raise UserError for a name that will not do."""
        title = " ".join(wanted.title.split())
        if not 0 < len(title) <= LONGEST:
            raise UserError(f"A configuration needs a name of 1 to {LONGEST} characters; give it one.")
        other = next((one for one in self.all() if _same(one.title, title)), None)
        if other is not None and other.name != wanted.name:
            raise UserError(f"{other.title} is a configuration of {other.name.upper()} already; choose another name.")
        kept = [one for one in self.all() if not _same(one.title, title)]
        if len(kept) >= MOST:
            raise UserError(f"There are {MOST} configurations; delete one first.")
        self._write([*kept, Configuration(title, wanted.name, wanted.settings)])

    def forget(self, title: str) -> None:
        """Drop a configuration."""
        self._write([one for one in self.all() if not _same(one.title, title)])

    def _write(self, configurations: Sequence[Configuration]) -> None:
        records = [{"title": one.title, "name": one.name, "settings": one.given} for one in configurations]
        self._settings.change(indicator_presets=records)


def all_uses(handles: Handles) -> dict[str, list[Use]]:
    """Return every place that uses an indicator, saved configurations included, by the indicator's name."""
    found: dict[str, list[Use]] = defaultdict(list)
    for name, use in _in_use(handles):
        found[name].append(use)
    for one in Configurations(handles.settings).all():
        found[one.name].append(Use("configuration", one.title, one.settings))
    return found


def uses_of(handles: Handles, name: str) -> list[Use]:
    """Return every place that uses one indicator."""
    return all_uses(handles).get(name, [])


def uses_of_configuration(handles: Handles, wanted: Configuration) -> list[Use]:
    """Return every place that uses an indicator with exactly these settings."""

    def whole(settings: Mapping[str, Number]) -> dict[str, float]:
        return complete(handles.studies, wanted.name, settings)

    uses = (use for name, use in _in_use(handles) if name == wanted.name)
    return [use for use in uses if whole(dict(use.settings)) == whole(wanted.given)]


def complete(studies: Studies, name: str, settings: Mapping[str, Number]) -> dict[str, float]:
    """Return settings with the defaults for what is not given; as they are for an indicator that is gone."""
    try:
        defaults = studies.kind(name).defaults()
    except UserError:
        defaults = {}
    return {key: float(value) for key, value in {**defaults, **settings}.items()}


def _in_use(handles: Handles) -> Iterator[tuple[str, Use]]:
    for strategy in handles.facts.state.strategies.values():
        for name, settings in strategy_settings(strategy).items():
            yield name, Use("strategy", strategy.name, tuple(settings.items()))
    for (kind, where), choice in (*_on_charts(handles), *_in_templates(handles)):
        yield choice.name, Use(kind, where, choice.settings)


def strategy_settings(strategy: Strategy) -> dict[str, dict[str, Number]]:
    """Return the indicators behind a strategy's four checks and levels, with its settings."""
    given = strategy.parameters
    return {
        "supertrend": {"length": given.supertrend_length, "factor": given.supertrend_factor},
        "sma": {"length": given.sma_length},
        "macd": {"fast": given.macd_fast, "slow": given.macd_slow, "signal": given.macd_signal},
        "rsi": {"length": given.rsi_length},
        "atr": {"length": given.atr_length},
    }


def _on_charts(handles: Handles) -> Iterator[tuple[tuple[str, str], Choice]]:
    for indicators in handles.window.findChildren(Indicators):
        view = indicators.parent()
        model = view.model if isinstance(view, ChartView) else None
        symbol = model.instrument.symbol if model is not None and model.instrument is not None else ""
        where = f"{symbol} {model.timeframe}" if model is not None and symbol else ""
        for choice in indicators.choices:
            yield ("chart", where), choice


def _in_templates(handles: Handles) -> Iterator[tuple[tuple[str, str], Choice]]:
    instruments = {int(con_id): one.symbol for con_id, one in handles.facts.state.instruments.items()}
    for record in handles.settings.current.chart_presets:
        listed, con_id = record.get("indicators"), record.get("con_id")
        title = str(record.get("title") or (instruments.get(con_id, "") if isinstance(con_id, int) else ""))
        if isinstance(listed, list):
            for choice in from_records([one for one in listed if isinstance(one, Mapping)]):
                yield ("template", title), choice


def _from_record(record: Mapping[str, Any]) -> Configuration | None:
    title, name, settings = record.get("title"), record.get("name"), record.get("settings")
    if not isinstance(title, str) or not title or not isinstance(name, str) or not isinstance(settings, Mapping):
        return None
    pairs = tuple(
        (str(key), value)
        for key, value in settings.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
    return Configuration(title[:LONGEST], name, pairs)


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()
