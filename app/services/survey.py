"""Surveys for the window: any instrument by the bars that the chart and the strategies read, sized for the account."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.bars import Bars, Timeframe
from app.domain.errors import UserError
from app.domain.instruments import Instrument
from app.domain.orders import Limit, Side
from app.domain.signals import Analysis, Direction
from app.domain.strategies import ThreeOfFour
from app.domain.survey import SizeExample, Survey
from app.quant.analysis import analyse
from app.services.analysis import survey_of
from app.services.desk import Proposal, fresh_decision
from app.services.market import Market
from app.services.portfolio import Portfolio
from app.services.session import Session
from app.services.situation import Situations

BARS = 500
CONFIRMATION_BARS = 100
CONFIRMED_BY = {Timeframe.D1: Timeframe.W1}
"""Which timeframe confirms which; the others stand alone."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A survey with the bars it was made of, for the chart beside it, and whose numbers they are."""

    survey: Survey
    instrument: Instrument
    bars: Bars
    source: str
    without_example: str = ""


class Surveys:
    """Surveys any instrument from the bars that the chart and the strategies read."""

    def __init__(self, market: Market, situations: Situations, portfolio: Portfolio, session: Session) -> None:
        self._market = market
        self._situations = situations
        self._portfolio = portfolio
        self._session = session

    async def at(
        self, instrument: Instrument, timeframe: Timeframe = Timeframe.D1, parameters: ThreeOfFour | None = None
    ) -> Surveyed:
        """Return what the rules say now; raise UserError when there are too few bars or none can be had."""
        parameters = parameters or ThreeOfFour()
        loaded = await self._market.load(instrument, timeframe, BARS)
        above = CONFIRMED_BY.get(timeframe)
        higher = (await self._market.load(instrument, above, CONFIRMATION_BARS)).bars if above else None
        bars = loaded.bars.closed_only
        survey = await asyncio.to_thread(_surveyed, instrument, timeframe, bars, above, higher, parameters)
        example, why = self._example(instrument, survey.analysis)
        return Surveyed(replace(survey, example=example), instrument, bars, loaded.key.source.value, why)

    def _example(self, instrument: Instrument, analysis: Analysis) -> tuple[SizeExample | None, str]:
        """Return the size the account would trade, or why there is none."""
        levels = analysis.levels
        if levels is None or not analysis.actionable:
            return None, ""
        limit, stop = (instrument.round_to_tick(Decimal(str(price))) for price in (levels.limit, levels.stop))
        side = Side.BUY if analysis.direction is Direction.BUY else Side.SELL
        try:
            found = self._situations.size(Proposal(fresh_decision(), instrument, side, Limit(limit), stop=stop))
        except UserError as error:
            return None, str(error)
        account = self._session.view.account
        figures, fx = self._portfolio.figures(account), self._portfolio.fx(instrument.currency, account)
        if figures is None or figures.net_liquidation is None or fx is None:
            return None, "The account's worth is not known yet."
        value = instrument.value(limit, found.quantity) * fx
        percent = self._situations.limits.risk_percent
        return SizeExample(
            figures.net_liquidation, percent, found.quantity, found.bound_by, found.risk_money, value
        ), ""


def _surveyed(
    instrument: Instrument,
    timeframe: Timeframe,
    bars: Bars,
    above: Timeframe | None,
    higher: Bars | None,
    parameters: ThreeOfFour,
) -> Survey:
    analysis = analyse(
        instrument.symbol,
        timeframe,
        bars,
        tick_at=instrument.tick_at,
        confirmation_timeframe=above,
        confirmation_bars=higher.closed_only if higher is not None else None,
        parameters=parameters,
    )
    return survey_of(analysis, bars)
