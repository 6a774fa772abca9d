"""What is told of an adopted order counts for it: its executions come with the broker's permanent id alone."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app.domain import events as ev
from app.domain.fold import fold
from app.domain.state import State
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.services.watch import OrderWatch
from tests.domain.test_fold_adoption import AT, FOREIGN, fill


@pytest.mark.parametrize("is_adopted", [True, False])
def test_an_execution_belongs_to_an_adopted_order_and_to_no_foreign_one(is_adopted: bool) -> None:
    state = fold(State(), ev.ForeignOrderSeen(at=AT, order=FOREIGN))[0]
    if is_adopted:
        state = fold(state, ev.OrderAdopted(at=AT, ref=FOREIGN.ref))[0]
    watch = OrderWatch(SimpleNamespace(state=state), Clock(), Bus())
    told = watch.fill_fact(fill(1, 100))
    assert isinstance(told, ev.Filled)
    assert told.fill == replace(fill(1, 100), ref=FOREIGN.ref if is_adopted else None)
