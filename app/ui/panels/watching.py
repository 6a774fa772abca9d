"""One panel's wish for quotes of one instrument at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QObject

from app.domain.errors import TapelineError
from app.domain.instruments import Instrument
from app.ui.handles import Handles
from app.ui.panels.following import attempt


class Watching:
    """Watches what a panel shows and lets the former one go; each watch is ended by one unwatch."""

    def __init__(self, handles: Handles, owner: QObject) -> None:
        self._h = handles
        self.instrument: Instrument | None = None
        at_its_end(owner, self._stop)

    def watch(self, instrument: Instrument) -> None:
        """Have quotes of this instrument from now on, and no longer of the one before."""
        before, self.instrument = self.instrument, instrument
        attempt(self._h, self._change(before, instrument), f"watch {instrument.symbol}", refused=_in_time)

    def _stop(self) -> None:
        if self.instrument is not None:
            let_go(self._h, self.instrument)

    async def _change(self, before: Instrument | None, now: Instrument) -> None:
        try:
            await self._h.market.watch(now)
        finally:
            if before is not None:
                await self._h.market.unwatch(before.con_id)


def _in_time(_: str) -> None:
    """The market service asks again once the session is back; the ages on screen say that nothing comes yet."""


def let_go(handles: Handles, instrument: Instrument) -> None:
    """End one watch of an instrument, whatever the connection does."""

    async def unwatch() -> None:
        try:
            await handles.market.unwatch(instrument.con_id)
        except TapelineError:
            return  # the connection is gone, and the subscription with it

    handles.tasks.spawn(unwatch(), name=f"unwatch {instrument.symbol}")


def at_its_end(owner: QObject, act: Callable[[], object]) -> None:
    """Do something once a panel is gone, unless the whole product goes with it: its connections are closed by then."""

    def ended() -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return
        act()

    owner.destroyed.connect(lambda: ended())


def act_for(owner: QObject, handles: Handles, key: str, act: Callable[[], object]) -> None:
    """Have an act of the window done by a panel for as long as the panel lives."""
    stop = handles.window.actions_.on(key, act)
    owner.destroyed.connect(lambda: stop())
