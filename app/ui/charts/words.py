"""A chart in words and rows: the description a screen reader gets, and the visible bars as CSV."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC

from app.domain.bars import Timeframe
from app.ui.charts.model import ChartModel
from app.ui.charts.moments import bar_text, local
from app.ui.charts.timerange import TimeRange
from app.ui.widgets.format import compact
from app.ui.widgets.format import price as price_text


def name_of(model: ChartModel) -> str:
    """Return what the chart is called."""
    return f"Chart of {model.instrument.symbol}, {model.timeframe.value}" if model.instrument else "Chart, empty"


def description_of(model: ChartModel, times: TimeRange) -> str:
    """Describe the visible window: span, first, highest, lowest and last price, the newest bar and each study."""
    first, stop = visible(model, times)
    if model.series is None or stop <= first:
        return "No bars are visible."
    part = model.series.bars.part(first, stop)
    when = [bar_text(int(part.time[place]), model.timeframe, model.zone) for place in (0, -1)]
    prices = [price_text(value, model.decimals) for value in (part.open[0], part.high.max(), part.low.min())]
    bar = model.series.at(stop - 1)
    words = (
        f"{stop - first} bars from {when[0]} to {when[1]}. Opened at {prices[0]}, highest {prices[1]}, "
        f"lowest {prices[2]}, {'now' if bar.is_forming else 'closed at'} {price_text(bar.close, model.decimals)}, "
        f"volume {compact(bar.volume)}."
    )
    return " ".join([words, *_study_words(model, stop - 1), model.source_text]).strip()


def bar_words(model: ChartModel, index: int) -> str:
    """Describe one bar, for the crosshair on the keyboard."""
    assert model.series is not None
    bar = model.series.at(index)
    parts = (("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close))
    values = ", ".join(f"{name} {price_text(value, model.decimals)}" for name, value in parts)
    return " ".join([f"{bar_text(bar.time, model.timeframe, model.zone)}: {values}.", *_study_words(model, index)])


def visible(model: ChartModel, times: TimeRange) -> tuple[int, int]:
    """Return the first visible bar and the one after the last."""
    count = len(model.series) if model.series else 0
    return min(count, max(0, math.floor(times.left + 0.5))), min(count, max(0, math.ceil(times.right - 0.5) + 1))


def visible_csv(model: ChartModel, times: TimeRange) -> str:
    """Return the visible bars with the studies' values as CSV; what is unavailable is left empty."""
    first, stop = visible(model, times)
    columns = [(f"{one.study.title} {line.name}", line.values) for one in model.studies if not one.problem
               for line in one.study.lines]  # fmt: skip
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["time", "open", "high", "low", "close", "volume", *(title for title, _ in columns)])
    for index in range(first, stop):
        assert model.series is not None
        bar = model.series.at(index)
        studies = (values[index] if index < len(values) else math.nan for _, values in columns)
        numbers = (bar.open, bar.high, bar.low, bar.close, bar.volume, *studies)
        rows.writerow([_stamp(bar.time, model.timeframe), *(_cell(value) for value in numbers)])
    return out.getvalue()


def _cell(value: float) -> str:
    return repr(float(value)) if math.isfinite(value) else ""


def _stamp(epoch: int, timeframe: Timeframe) -> str:
    when = local(epoch, timeframe, UTC)
    return when.date().isoformat() if timeframe.is_dated else when.isoformat().replace("+00:00", "Z")


def _study_words(model: ChartModel, index: int) -> list[str]:
    found = []
    for one in model.studies:
        values = [(line.name, value) for line, value in one.at(index) if math.isfinite(value)]
        if values:
            decimals = one.study.decimals if one.study.decimals is not None else model.decimals
            found.append(f"{one.study.title}: " + ", ".join(f"{n} {price_text(v, decimals)}" for n, v in values) + ".")
    return found
