"""The benchmarks of the store run, and both ways of the cycle come to the same decisions."""

from __future__ import annotations

from tests.benchmarks import store, strategy_cycle


async def test_the_strategy_cycle_is_measured_and_decides_alike() -> None:
    line = await strategy_cycle.measure(300, 3, 1)
    assert line["agreeing_percent"] == 100.0
    figures = {"one_by_one_ms", "together_ms", "plain_ms", "loop_silent_ms"}
    assert {name for name in line if name.endswith("_ms")} == figures


async def test_the_store_is_measured() -> None:
    lines = await store.measure(100, 1)
    assert [line["bench"] for line in lines] == ["store_read", "store_write", "store_commit", "store_commit"]
