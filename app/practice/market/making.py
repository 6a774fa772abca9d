"""Which tape an instrument gets: one of its own, or one made of another instrument's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from app.practice.contracts import Contract, Listing, PriceIncrement
from app.practice.expiry import expiry_date, expiry_moment
from app.practice.hours import Hours, MarketMode, hours_of
from app.practice.market.anchor import Anchor
from app.practice.market.derived import CarryFormula, DerivedTape, Formula, OptionFormula, SameFormula
from app.practice.market.grid import Grid
from app.practice.market.native import NativeTape
from app.practice.market.pricing import Terms
from app.practice.market.replaying import ReplayTape
from app.practice.market.tape import Tape
from app.practice.replay import Replay


class TapeMaker:
    """Makes tapes under one anchor; `source` finds the tape of another instrument, `replays` come from files."""

    def __init__(
        self,
        anchor: Anchor,
        hours: Hours,
        rule_of: Callable[[int], Sequence[PriceIncrement] | None],
        source: Callable[[int], Tape],
        replays: Mapping[int, Replay],
    ) -> None:
        self._anchor = anchor
        self._hours = hours
        self._rule_of = rule_of
        self._source = source
        self._replays = replays

    def make(self, contract: Contract, listing: Listing) -> Tape:
        """Return a new tape."""
        hours = hours_of(contract.calendar)
        grid = Grid.of(float(contract.min_tick), self._rule_of(contract.market_rule_id), listing.spread)
        if contract.con_id in self._replays:
            return ReplayTape(contract, hours, grid, self._replays[contract.con_id])
        mode_of = self._mode_of(hours)
        if listing.source:
            source = self._source(listing.source)
            ends_at = expiry_moment(contract)
            return DerivedTape(
                contract, hours, grid, source, formula_of(contract, listing), mode_of=mode_of, ends_at=ends_at
            )
        return NativeTape(
            contract,
            listing,
            hours,
            grid,
            seed=self._anchor.seed,
            last_history_session=self._anchor.last_history_session,
            mode_of=mode_of,
        )

    def _mode_of(self, hours: Hours) -> Callable[[date], MarketMode]:
        if hours is self._hours:
            return self._anchor.mode_of
        return lambda session: self._anchor.mode_elsewhere(session, hours)


def formula_of(contract: Contract, listing: Listing) -> Formula:
    """Return how the instrument's price follows from its source's."""
    if contract.sec_type == "OPT":
        return OptionFormula(Terms(contract.strike, contract.right == "C"), expiry_moment(contract))
    if contract.sec_type == "FUT":
        return CarryFormula(listing.carry, expiry_date(contract))
    return SameFormula()
