"""Bulk data: written with the facts that name it or not at all, kept once, forgotten when its time is over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.bulk import RETENTION, bars_of_bytes, bulk, bytes_of_bars, digest_of
from app.domain.errors import Fault, UserError
from app.domain.readings import Digest
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.facts import Facts
from tests.domain.examples import NOON, run
from tests.support.walks import walk

BODY = b"the exact bytes"


@pytest.fixture
async def facts(store: Store) -> AsyncIterator[Facts]:
    tasks = Tasks()
    yield Facts(store.journal, Bus(), tasks)
    await tasks.close()


async def test_what_a_fact_names_is_there_when_the_fact_is(facts: Facts, store: Store) -> None:
    kept = bulk(BODY, NOON, is_dense=True)
    await facts.enter(ev.RunStarted(at=NOON, started=run("r1", "slot")), keep=[kept])
    assert await store.bulk.fetch(Digest(kept.digest)) == BODY
    with pytest.raises(UserError):  # the slot is taken
        await facts.enter(ev.RunStarted(at=NOON, started=run("r2", "slot")), keep=[bulk(b"never", NOON)])
    assert await store.bulk.fetch(Digest(digest_of(b"never"))) is None


async def test_the_same_bytes_are_kept_once_and_as_long_as_their_last_use(facts: Facts, store: Store) -> None:
    later = NOON + timedelta(days=100)
    for moment in (NOON, later):
        await facts.enter(keep=[bulk(BODY, moment)])
    assert await store.bulk.forget_before(later) == 0
    assert await store.bulk.fetch(Digest(digest_of(BODY))) == BODY
    assert await store.bulk.forget_before(later + RETENTION) == 1
    assert await store.bulk.fetch(Digest(digest_of(BODY))) is None


def test_bars_come_back_byte_for_byte() -> None:
    bars = walk(3, 50)
    body = bytes_of_bars(replace(bars, closed=49))
    again = bars_of_bytes(body)
    assert len(again) == again.closed == 49
    assert bytes_of_bars(again) == body
    assert np.array_equal(again.close, bars.close[:49])
    assert again.time.dtype == np.int64
    with pytest.raises(Fault, match="whole columns"):
        bars_of_bytes(body + b"x")
