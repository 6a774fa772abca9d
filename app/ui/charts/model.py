"""Everything one chart shows, in one place, without a widget: the screen and the picture draw from the same model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING

from app.domain.bars import Timeframe
from app.domain.claims import Finding
from app.domain.instruments import Instrument
from app.ui.charts.columns import Fitted
from app.ui.charts.compare import Comparison, FittedComparison
from app.ui.charts.drawings.values import Drawings
from app.ui.charts.lineage.values import Holding, RiskBand, Trade
from app.ui.charts.moments import zone_of
from app.ui.charts.series import Series
from app.ui.charts.values import PRICE, BarStyle, Mark, Phase, ScaleMode, Study

if TYPE_CHECKING:
    from app.ui.charts.history import History
    from app.ui.charts.shades import Gap, Hours


@dataclass(slots=True)
class ChartModel:
    """The state of one chart. `ranges` holds the panes whose price range a hand has set; the others follow the bars."""

    instrument: Instrument | None = None
    timeframe: Timeframe = Timeframe.D1
    series: Series | None = None
    zone: tzinfo = UTC
    zone_name: str = "UTC"
    source_text: str = ""
    age_text: str = ""
    studies: tuple[Fitted, ...] = ()
    compared: tuple[FittedComparison, ...] = ()
    marks: tuple[Mark, ...] = ()
    style: BarStyle = BarStyle.HOLLOW
    mode: ScaleMode = ScaleMode.LINEAR
    shows_volume: bool = True
    last: float | None = None
    phase: Phase = Phase.EMPTY
    history: History | None = None
    hours: Hours | None = None
    gaps: tuple[Gap, ...] = ()
    trades: tuple[Trade, ...] = ()
    bands: tuple[RiskBand, ...] = ()
    holding: Holding | None = None
    claims: tuple[Finding, ...] = ()
    drawings: Drawings = ()
    held_drawing: str = ""
    """The key of the drawing that is selected: it is painted above the rest."""
    shows_drawings: bool = True
    risk: float | None = None
    """The price distance of 1 R where a plan names one: what a measure counts in."""
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    weights: dict[str, float] = field(default_factory=dict)

    def show(self, instrument: Instrument, timeframe: Timeframe, series: Series, source_text: str, zone: str) -> None:
        """Take in another series; what belonged to the former one is gone."""
        self.instrument, self.timeframe, self.series = instrument, timeframe, series
        self.source_text = source_text
        self.tell_times_in(zone)
        self.last = None
        self.ranges.clear()

    def tell_times_in(self, zone: str) -> None:
        """Say times in a zone, UTC where its name means nothing here."""
        self.zone, self.zone_name = zone_of(zone), zone

    def fit(self, studies: Sequence[Study]) -> None:
        """Take in studies, checked against the bars there are."""
        count = len(self.series) if self.series else 0
        self.studies = tuple(Fitted(study, count) for study in studies)

    def compare(self, comparisons: Sequence[Comparison]) -> None:
        """Take in other symbols, laid out over the bars there are."""
        series = self.series
        self.compared = tuple(FittedComparison(one, series) for one in comparisons) if series is not None else ()

    def panes(self) -> tuple[str, ...]:
        """Return the keys of the panes from top to bottom."""
        return tuple(dict.fromkeys([PRICE, *(fitted.study.pane for fitted in self.studies)]))

    def in_pane(self, pane: str) -> tuple[Fitted, ...]:
        """Return the studies of one pane."""
        own = tuple(fitted for fitted in self.studies if fitted.study.pane == pane)
        return (*own, *self.compared) if pane == PRICE else own

    def weight(self, pane: str) -> float:
        """Return a pane's share of the height, relative to the others."""
        return self.weights.get(pane, 3.2 if pane == PRICE else 1.0)

    @property
    def last_price(self) -> float | None:
        """The newest trade, or the newest close."""
        if self.last is not None:
            return self.last
        if not self.series or not len(self.series):
            return None
        return self.series.at(len(self.series) - 1).close

    @property
    def tick(self) -> float:
        """The smallest price step, as a float for axes only."""
        return float(self.instrument.bands[0].increment) if self.instrument else 0.01

    @property
    def decimals(self) -> int:
        """How many decimals the instrument's prices have."""
        return self.instrument.decimals if self.instrument else 2

    @property
    def newest(self) -> int:
        """The index of the newest bar, −1 without one."""
        return len(self.series) - 1 if self.series else -1
