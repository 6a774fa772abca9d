"""Every indicator there is, by name: the one list that menus, editors, signals and tests read."""

from __future__ import annotations

from functools import cache

from app.domain.errors import UserError
from app.quant.indicators import averages, momentum, trend, volatility, volume
from app.quant.indicators.kinds import Indicator
from app.quant.indicators.others import all_others

FIRST_CLASS: tuple[Indicator, ...] = (
    *averages.ENTRIES,
    *trend.ENTRIES,
    *volatility.ENTRIES,
    *momentum.ENTRIES,
    *volume.ENTRIES,
)

_FIRST_CLASS_BY_NAME = {indicator.name: indicator for indicator in FIRST_CLASS}


@cache
def catalogue() -> dict[str, Indicator]:
    """Return all indicators by name, the first-class ones first; TA-Lib's others are described on first use."""
    return _FIRST_CLASS_BY_NAME | {indicator.name: indicator for indicator in all_others()}


def find(name: str) -> Indicator:
    """Return the indicator of that name, in any case; raise UserError when there is none."""
    wanted = name.lower()
    found = _FIRST_CLASS_BY_NAME.get(wanted) or catalogue().get(wanted)
    if found is None:
        raise UserError(f"There is no indicator {name!r}; choose one of the {len(catalogue())} of the catalogue.")
    return found
