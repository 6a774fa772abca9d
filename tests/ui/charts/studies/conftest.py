"""An indicator desk over the real catalogue, on a chart with real bars."""

from __future__ import annotations

import pytest

from app.domain.bars import Timeframe
from app.services.studies import Studies
from app.ui.charts.studies.indicators import Indicators
from app.ui.charts.view import ChartView
from tests.ui.charts.conftest import Show, wave


@pytest.fixture
def desk(chart: ChartView, show: Show) -> Indicators:
    bars = wave(400)
    show(bars)
    found = Indicators(chart, Studies())
    found.feed(bars, Timeframe.D1)
    return found
