"""A survey as a report in Markdown, in the language of the words it is given. Text alone: no clock, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from app.domain.bars import Timeframe
from app.domain.signals import Confirmation, Direction
from app.domain.structure import Zone
from app.domain.survey import Survey
from app.runtime.language import Words

MOST_ZONES = 3
UNKNOWN = "–"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def report(survey: Survey, words: Words, *, decimals: int = 2, source: str = "file", without_example: str = "") -> str:
    """Return the whole report; `source` says whose numbers they are, `without_example` why there is no size."""
    return Report(survey, words, decimals, source, without_example).text()


class Report:
    """One report being written: a method a section."""

    def __init__(self, survey: Survey, words: Words, decimals: int, source: str, without_example: str) -> None:
        self._survey, self._analysis = survey, survey.analysis
        self._words, self._decimals = words, decimals
        self._source, self._without_example = source, without_example

    def text(self) -> str:
        """Return all sections in their order."""
        analysis = self._analysis
        signal, symbol = self._w(f"word.{analysis.direction}"), analysis.symbol or self._w("word.file")
        sections = [
            f"# {self._t('report_title', symbol=symbol, timeframe=analysis.timeframe, signal=signal)}",
            *self._section("summary", self._summary()),
            *self._section("checks", self._checks()),
            *self._section("levels", self._levels()),
            *self._section("structure", self._structure()),
            *self._section("standing", self._standing()),
            *self._section("example", [self.example()]),
            *self._section("reasons", self._reasons()),
            f"*{self._t('footer', source=self._w(f'word.{self._source}'))}*",
        ]
        return "\n\n".join(sections) + "\n"

    def terms(self) -> str:
        """Return the confidence with the terms it was made of: `0.70 (0.60 agreeing checks, …)`."""
        confidence = self._analysis.confidence
        parts = ", ".join(f"{_signed(term.value, 2)} {self._w(f'word.{term.term}')}" for term in confidence.terms)
        return f"{_number(confidence.value, 2)} ({parts})"

    def volume(self) -> str:
        """Return the volume against its average."""
        found = self._survey.volume
        if found is None:
            return self._t("no_volume")
        return self._t(
            "volume_is", ratio=_number(found.ratio, 2), volume=_number(found.volume), mean=_number(found.mean)
        )

    def cross(self) -> str:
        """Return the last golden or death cross."""
        found = self._survey.golden
        if found is None:
            return self._t("no_cross")
        date = bar_text(found.time, self._analysis.timeframe)
        return self._t("golden" if found.is_up else "death", date=date, ago=found.bars_ago)

    def bollinger(self) -> str:
        """Return where the close stands among its bands."""
        found = self._survey.bollinger
        if found is None:
            return self._t("no_bollinger")
        return self._t(
            "bollinger_is",
            band=self._w(f"word.{found.band}"),
            position=_number(found.position * 100),
            lower=self.price(found.lower),
            upper=self.price(found.upper),
            width=UNKNOWN if found.width is None else f"{_number(found.width * 100, 1)} %",
        )

    def example(self) -> str:
        """Return the position-size example, or why there is none."""
        found, levels = self._survey.example, self._analysis.levels
        if found is None or levels is None:
            why = self._words.sentence(self._without_example) or self._t("no_example_levels")
            return self._t("no_example", why=why)
        return self._t(
            "example_is",
            quantity=_number(float(found.quantity)),
            symbol=self._analysis.symbol,
            limit=self.price(levels.limit),
            value=_number(float(found.value), 2),
            risk=_number(float(found.risk_money), 2),
            equity=_number(float(found.equity), 2),
            percent=f"{found.risk_percent.normalize():f}",
            bound=self._w(f"word.{found.bound_by}"),
        )

    def price(self, value: float | None) -> str:
        """Return a price with the instrument's decimals."""
        return _number(value, self._decimals)

    def zone(self, zone: Zone) -> str:
        """Return a zone: the edge met first and the far one."""
        far = "" if zone.far == zone.price else f" {self._t('zone_to', far=self.price(zone.far))}"
        return f"{self.price(zone.price)}{far}"

    def _summary(self) -> list[str]:
        analysis = self._analysis
        rows = [
            (self._t("signal"), f"**{self._w(f'word.{analysis.direction}')}**"),
            (self._t("trend"), self._w(f"word.{analysis.trend}")),
            (self._t("confidence"), self.terms()),
            (self._t("actionable"), self._w("word.yes" if analysis.actionable else "word.no")),
            (self._t("close"), self.price(analysis.close)),
            (self._t("last_bar"), bar_text(analysis.last_bar, analysis.timeframe)),
            (self._t("bars"), str(analysis.bars)),
        ]
        return [f"- {self._t('row', name=name, value=value)}" for name, value in rows]

    def _checks(self) -> list[str]:
        analysis, lines = self._analysis, self._check_table(self._analysis.primary)
        if analysis.confirmation_timeframe is None or analysis.confirmation is None:
            return [*lines, "", self._t("no_confirmation", timeframe=analysis.timeframe)]
        relation = self._w(f"word.{analysis.relation}")
        says = self._t("confirmation_is", timeframe=analysis.confirmation_timeframe, relation=relation)
        return [*lines, "", f"**{says}**", "", *self._check_table(analysis.confirmation)]

    def _check_table(self, found: Confirmation) -> list[str]:
        says = self._t(
            "says",
            signal=self._w(f"word.{found.direction}"),
            trend=self._w(f"word.{found.trend}"),
            bullish=found.bullish,
            bearish=found.bearish,
        )
        heading = self._t("row", name=found.timeframe, value=says)
        decimals = max(2, self._decimals)  # RSI and MACD are no prices
        rows = [
            (
                self._w(f"word.{check.name}"),
                self._w(f"word.{check.verdict}"),
                _number(check.value, decimals),
                _number(check.threshold, decimals),
                _signed(check.distance, decimals),
            )
            for check in found.checks
        ]
        titles = [self._t(key) for key in ("check", "verdict", "value", "threshold", "distance")]
        return [heading, "", *table(titles, rows, words=2)]

    def _levels(self) -> list[str]:
        levels = self._analysis.levels
        if levels is None:
            hold = self._analysis.direction is Direction.HOLD
            return [self._t("no_levels", why=self._t("no_levels_hold" if hold else "no_levels_atr"))]
        rows = [
            (self._t("entry"), f"{self.price(levels.entry_low)} – {self.price(levels.entry_high)}", "", ""),
            (self._t("limit"), self.price(levels.limit), "", ""),
            (self._t("stop"), self.price(levels.stop), _signed(levels.stop - levels.limit, self._decimals), "−1.00"),
            (
                self._t("target_1"),
                self.price(levels.target_1),
                _signed(levels.target_1 - levels.limit, self._decimals),
                _number(levels.r_1, 2),
            ),
            (
                self._t("target_2"),
                self.price(levels.target_2),
                _signed(levels.target_2 - levels.limit, self._decimals),
                _number(levels.r_2, 2),
            ),
        ]
        return table([self._t(key) for key in ("levels", "price", "from_limit", "reward")], rows)

    def _structure(self) -> list[str]:
        zones, timeframe = self._survey.zones, self._analysis.timeframe
        near = [("resistance", zone) for zone in reversed(zones.resistances[:MOST_ZONES])]
        near += [("support", zone) for zone in zones.supports[:MOST_ZONES]]
        rows = [
            (
                self._t(kind),
                self.zone(zone),
                _signed((zone.price / self._analysis.close - 1) * 100, 2) + " %",
                str(zone.touches),
                bar_text(zone.last, timeframe),
            )
            for kind, zone in near
        ]
        missing = [self._t(key) for key, side in self._sides() if not side]
        titles = [self._t("structure"), self._t("price"), self._t("distance_percent"), self._t("touches")]
        return [*(table([*titles, self._t("last_touched")], rows) if rows else []), *([""] if rows else []), *missing]

    def _sides(self) -> Iterable[tuple[str, Sequence[Zone]]]:
        zones = self._survey.zones
        return (("no_resistance", zones.resistances), ("no_support", zones.supports))

    def _standing(self) -> list[str]:
        atr = self.price(self._analysis.indicators.atr)
        rows = [("volume", self.volume()), ("crosses", self.cross()), ("bollinger", self.bollinger()), ("atr", atr)]
        return [f"- {self._t('row', name=self._t(key), value=text)}" for key, text in rows]

    def _reasons(self) -> list[str]:
        reasons = [f"- {self._words.sentence(reason)}" for reason in self._analysis.reasons]
        return reasons or [self._t("no_reasons")]

    def _section(self, key: str, lines: Iterable[str]) -> list[str]:
        return [f"## {self._t(key)}", "\n".join(lines).strip()]

    def _t(self, key: str, **values: object) -> str:
        return self._words(f"analysis.{key}", **values)

    def _w(self, key: str) -> str:
        return self._words(key)


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> list[str]:
    """Return the lines of a Markdown table whose first `words` columns are text and whose others are numbers."""
    rule = ["---" if place < words else "---:" for place in range(len(titles))]
    return [f"| {' | '.join(cells)} |" for cells in (titles, rule, *rows)]


def bar_text(second: int, timeframe: Timeframe) -> str:
    """Return when a bar starts: its date, or its minute with the zone."""
    moment = _EPOCH + timedelta(seconds=second)
    return f"{moment:%Y-%m-%d}" if timeframe.is_dated else f"{moment:%Y-%m-%d %H:%M} UTC"


def _number(value: float | None, decimals: int = 0) -> str:
    if value is None:
        return UNKNOWN
    text = f"{abs(value):,.{decimals}f}"
    return f"−{text}" if value < 0 and text.strip("0.,") else text


def _signed(value: float | None, decimals: int) -> str:
    text = _number(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text
