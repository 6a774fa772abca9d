"""Readings are found by id, run, symbol and question; bulk data by its digest, for as long as it is kept."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Decimal

from app.adapters.store.store import Store
from app.domain import events as ev
from app.domain.bulk import bulk
from app.domain.readings import Digest, Reading, ReadingId, ReadingStatus
from app.domain.signals import RunId
from tests.domain.examples import at, settle
from tests.domain.stories import reading


async def keep(store: Store, *readings: Reading) -> None:
    facts = [ev.ReadingTaken(at=one.at, reading=one, day="2026-11-20", run=one.run) for one in readings]
    _, kept, records = settle(facts)
    await store.journal.commit(kept, records)


def taken(number: int, **changes: object) -> Reading:
    made = replace(reading(f"r{number}", ReadingStatus.VALID, Decimal(1)), at=at(number))
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_readings_are_found_by_id_run_and_symbol(store: Store) -> None:
    first, second = taken(1, run=RunId("run-1")), taken(2, run=RunId("run-2"), symbol="SAP")
    await keep(store, first, second)
    ids = [ReadingId("r2"), ReadingId("none"), ReadingId("r1")]
    assert await store.readings.fetch(ids) == (second, first)
    assert await store.readings.of_run("run-1") == (first,)
    assert await store.readings.newest(5) == (second, first)
    assert await store.readings.newest(5, "SAP") == (second,)
    assert await store.readings.newest(1) == (second,)


async def test_a_question_is_answered_by_the_newest_valid_reading_that_a_provider_gave(store: Store) -> None:
    asked = taken(1, key="k")
    await keep(
        store,
        asked,
        taken(2, key="k", status=ReadingStatus.OUTDATED),
        taken(3, key="k", cached_from=asked.id),
        taken(4, key="other"),
    )
    assert await store.readings.answered("k") == asked
    assert await store.readings.answered("nobody asked") is None


async def test_bulk_is_kept_by_digest_until_its_time_is_over(store: Store) -> None:
    old, new = bulk(b"old prompt" * 100, at(0)), bulk(b"\x89PNG picture", at(100), is_dense=True)
    await store.journal.commit([], [old, new])
    digest = Digest(hashlib.sha256(old.data).hexdigest())
    assert await store.bulk.fetch(digest) == old.data
    assert await store.bulk.fetch(Digest(new.digest)) == new.data
    await store.journal.commit([], [bulk(old.data, at(90))])  # used again
    assert await store.bulk.forget_before(at(50)) == 0
    assert await store.bulk.forget_before(at(95)) == 1
    assert await store.bulk.fetch(digest) is None
    assert await store.bulk.fetch(Digest(new.digest)) == new.data
