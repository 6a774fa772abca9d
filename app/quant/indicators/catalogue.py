"""Every indicator there is, by name: the one list that menus, editors, signals and tests read."""

from __future__ import annotations

from app.domain.errors import UserError
from app.quant.indicators import averages, momentum, trend, volatility, volume
from app.quant.indicators.kinds import Indicator

FIRST_CLASS: tuple[Indicator, ...] = (
    *averages.ENTRIES,
    *trend.ENTRIES,
    *volatility.ENTRIES,
    *momentum.ENTRIES,
    *volume.ENTRIES,
)

CATALOGUE: dict[str, Indicator] = {indicator.name: indicator for indicator in FIRST_CLASS}


def find(name: str) -> Indicator:
    """Return the indicator of that name; raise UserError when there is none."""
    try:
        return CATALOGUE[name.lower()]
    except KeyError:
        raise UserError(f"There is no indicator {name!r}; the catalogue lists {len(CATALOGUE)}.") from None
