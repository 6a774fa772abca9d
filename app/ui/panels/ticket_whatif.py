"""The what-if of a ticket: the broker is asked what the terms would do, a moment after the last change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from decimal import Decimal

from PySide6.QtCore import QObject

from app.domain.errors import TapelineError
from app.ui.handles import Handles
from app.ui.panels.following import is_looping, once
from app.ui.panels.ticket_preview import WhatIf
from app.ui.panels.ticket_terms import Entry, SizeBy, Terms

ASK_AFTER_MS = 300


class WhatIfs(QObject):
    """Holds the answer for the terms that were written last; an answer to older terms is dropped."""

    def __init__(self, handles: Handles, parent: QObject, told: Callable[[], object]) -> None:
        super().__init__(parent)
        self._h, self._told = handles, told
        self._key: Hashable = None
        self._terms: tuple[Terms, Decimal] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._soon = once(self, ASK_AFTER_MS, self._ask)
        self.answer = WhatIf()

    def want(self, terms: Terms | None, count: Decimal | None, touched: frozenset[Entry]) -> None:
        """Have the broker asked about these terms, unless they are what it was asked about last."""
        key = _key(terms, count, touched) if terms is not None and count is not None and count > 0 else None
        if key == self._key:
            return
        self._key = key
        self._terms = (terms, count) if key is not None and terms is not None and count is not None else None
        self.answer = WhatIf(is_asking=self._terms is not None)
        self._soon.start() if self._terms is not None else self._soon.stop()

    def stop(self) -> None:
        """Leave the way to the broker free: an order is being reviewed."""
        self._soon.stop()
        if self._asking is not None:
            self._asking.cancel()
        self._key = None

    def leave(self) -> None:
        """Ask nothing any more: the ticket is gone."""
        self._terms = self._key = None
        if self._asking is not None:
            self._asking.cancel()

    def _ask(self) -> None:
        if self._terms is None or self._h.tasks.is_closed:
            return
        if not is_looping():
            self._soon.start()
            return
        if self._asking is not None:
            self._asking.cancel()
        if not self._h.session.view.is_ready:
            self._answered(self._key, WhatIf(why="There is no connection to ask the broker over."))
            return
        self._asking = self._h.tasks.spawn(self._preview(*self._terms, self._key), name="what-if of the ticket")

    async def _preview(self, terms: Terms, count: Decimal, key: Hashable) -> None:
        try:
            margin = await self._h.desk.preview(terms.proposal("preview"), count)
        except TapelineError as error:
            self._answered(key, WhatIf(why=str(error)))
        else:
            self._answered(key, WhatIf(margin))

    def _answered(self, key: Hashable, answer: WhatIf) -> None:
        if key == self._key:
            self.answer = answer
            self._told()


def _key(terms: Terms, count: Decimal, touched: frozenset[Entry]) -> Hashable:
    """Return what makes terms worth another question; a price that follows the market by itself does not."""
    written = {entry: terms.written(entry).value for entry in touched - {Entry.ENDS, Entry.QUANTITY}}
    size = None if terms.size_by is SizeBy.MONEY and Entry.PRICE not in touched else count
    chosen = (terms.instrument.con_id, terms.side, terms.kind, terms.tif, terms.outside_hours, terms.has_pair)
    return (*chosen, size, terms.quantity.value, terms.bracketed, tuple(sorted(written.items())))
