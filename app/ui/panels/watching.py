"""One panel's wish for quotes of one instrument at a time."""

from __future__ import annotations

from app.domain.instruments import Instrument
from app.ui.handles import Handles
from app.ui.panels.following import attempt


class Watching:
    """Watches what a panel shows and lets the former one go; each watch is ended by one unwatch."""

    def __init__(self, handles: Handles) -> None:
        self._h = handles
        self.instrument: Instrument | None = None

    def watch(self, instrument: Instrument) -> None:
        """Have quotes of this instrument from now on, and no longer of the one before."""
        before, self.instrument = self.instrument, instrument
        attempt(self._h, self._change(before, instrument), f"watch {instrument.symbol}", refused=_in_time)

    async def _change(self, before: Instrument | None, now: Instrument) -> None:
        try:
            await self._h.market.watch(now)
        finally:
            if before is not None:
                await self._h.market.unwatch(before.con_id)


def _in_time(_: str) -> None:
    """The market service asks again once the session is back; the ages on screen say that nothing comes yet."""
