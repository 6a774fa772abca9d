"""Taking an order that was placed elsewhere into our book: from then on it is followed and counted as ours, by hand."""

from __future__ import annotations

from app.domain import events as ev
from app.domain.orders import OrderRef
from app.runtime.clock import Clock
from app.services.facts import Facts


async def adopt_order(facts: Facts, clock: Clock, ref: OrderRef) -> None:
    """Adopt a working order of another program; raise UserError where it cannot be followed as ours."""
    await facts.enter(ev.OrderAdopted(at=clock.now(), ref=ref))
