"""`tapeline --self-test`: the main job end to end, the shape scripts rely on, and an honest end when it is hindered."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Proof, children_of, ended, process, start, tapeline

STEPS = ["load_strategy", "load_bars", "load_bars", "indicators", "checks", "chart_pictures", "reading",
         "consolidation", "claims", "signal", "gates", "size", "intent"]  # fmt: skip


def keys(value: dict[str, Any]) -> set[str]:
    return set(value)


def shape(value: Any) -> Any:
    """Return what a JSON value is made of, names and kinds of leaves; a list by its first item."""
    match value:
        case dict():
            return {name: shape(one) for name, one in value.items()}
        case list():
            return [shape(value[0])] if value else []
        case bool() | str() | None:
            return type(value).__name__
        case _:
            return "number"


def test_it_says_everything_that_scripts_rely_on(tested: Proof) -> None:
    told = tested.told
    assert keys(told) >= {"ok", "seed", "gateway", "run", "signal", "order", "fills", "position", "lineage",
                          "duration_ms"}  # fmt: skip
    assert told["ok"] is True
    assert told["seed"] == 7
    assert keys(told["gateway"]) >= {"port", "server_version", "account"}
    assert told["gateway"]["server_version"] == 178
    assert told["gateway"]["port"] not in (7496, 7497, 4001, 4002)
    assert keys(told["run"]) >= {"id", "strategy", "symbol", "status", "started", "duration_ms"}
    assert keys(told["signal"]) >= {"id", "symbol", "timeframe", "bars", "last_bar", "close", "indicators", "checks",
                                    "agree", "confirmation", "signal", "trend", "confidence", "confidence_terms",
                                    "levels", "actionable", "reasons"}  # fmt: skip
    assert keys(told["order"]) >= {"id", "ref", "side", "quantity", "status", "legs"}
    assert [leg["role"] for leg in told["order"]["legs"]] == ["entry", "stop", "target"]
    for leg in told["order"]["legs"]:
        assert keys(leg) >= {"role", "type", "limit", "stop", "status", "perm_id"}
    assert keys(told["position"]) >= {"symbol", "quantity", "average", "unrealized", "realized"}
    for fill in told["fills"]:
        assert keys(fill) >= {"exec_id", "side", "quantity", "price", "commission", "currency", "at"}
    for step in told["lineage"]:
        assert keys(step) >= {"id", "cause", "step", "status", "attempt", "started", "duration_ms"}


def test_the_story_holds_together(tested: Proof) -> None:
    told = tested.told
    order, (entry, stop, target) = told["order"], told["order"]["legs"]
    assert order["id"] == order["ref"]
    assert (entry["status"], stop["status"], target["status"]) == ("filled", "accepted", "accepted")
    assert (entry["type"], stop["type"], target["type"]) == ("LMT", "STP", "LMT")
    levels = told["signal"]["levels"]
    assert (entry["limit"], stop["stop"], target["limit"]) == (levels["limit"], levels["stop"], levels["target_1"])
    assert len({leg["perm_id"] for leg in order["legs"]}) == 3
    bought = sum(fill["quantity"] for fill in told["fills"])
    assert bought == order["quantity"] == told["position"]["quantity"]
    paid = sum(fill["quantity"] * fill["price"] for fill in told["fills"])
    assert told["position"]["average"] == pytest.approx(paid / bought)
    commission = sum(fill["commission"] for fill in told["fills"])
    assert commission > 0
    assert told["position"]["realized"] == pytest.approx(-commission)
    assert told["run"]["status"] == "ordered"
    assert told["signal"]["signal"] == order["side"] == "BUY"


def test_the_lineage_is_in_order_and_chained(tested: Proof) -> None:
    lineage = tested.told["lineage"]
    names = [step["step"] for step in lineage]
    assert names[: len(STEPS)] == STEPS
    assert {"order", "fills", "position"} <= set(names[len(STEPS) :])
    ids = {step["id"] for step in lineage}
    assert all(step["cause"] in ids for step in lineage[1:])
    for step in lineage:
        assert (step["duration_ms"] == 0) is (step["status"] == "skipped"), step
        assert step["started"].endswith("Z")
        datetime.fromisoformat(step["started"])


def test_it_is_done_within_a_minute(tested: Proof) -> None:
    assert tested.seconds <= 60
    assert tested.told["duration_ms"] / 1000 <= tested.seconds


def of_seed(seed: int) -> dict[str, Any]:
    """Return what the self-test of a seed tells; two may come to the same price by chance, three hardly."""
    answer = process("--self-test", "--json", "--seed", seed)
    assert answer.code == 0, answer.err
    assert answer.one["seed"] == seed
    told: dict[str, Any] = answer.one
    return told


def test_another_seed_gives_other_prices_and_the_same_shape(tested: Proof) -> None:
    prices = {fill["price"] for fill in tested.told["fills"]}
    other = next(told for told in map(of_seed, (5, 6)) if {fill["price"] for fill in told["fills"]} != prices)
    for name in ("gateway", "run", "position"):
        assert shape(other[name]) == shape(tested.told[name])
    assert [shape(leg) for leg in other["order"]["legs"]] == [shape(leg) for leg in tested.told["order"]["legs"]]
    assert [s["step"] for s in other["lineage"]][: len(STEPS)] == STEPS


@pytest.mark.slow
def test_stdout_is_one_json_object_and_nothing_else(tmp_path: Path) -> None:
    answer = process("--self-test", "--json", "--data-dir", tmp_path / "app")
    assert answer.out.count("\n") == 1
    assert answer.one["ok"] is True
    assert answer.err == ""


@pytest.mark.parametrize(
    "moment", ["order", pytest.param("bars", marks=pytest.mark.slow), pytest.param("start", marks=pytest.mark.slow)]
)
def test_a_gateway_killed_during_it_is_told_in_one_sentence(tmp_path: Path, moment: str) -> None:
    data_dir = tmp_path / "app"
    going = start("--self-test", "--json", "--data-dir", data_dir)
    told_port = data_dir / "practice" / "gateway.json"
    waiting = {"start": told_port, "bars": data_dir / "tapeline.sqlite-wal", "order": None}[moment]
    killed = False
    for _ in range(3000):
        if going.poll() is not None:
            break
        is_time = _has_intent(data_dir) if waiting is None else waiting.exists() and told_port.exists()
        if is_time:
            for child in children_of(going.pid):
                os.kill(child, signal.SIGKILL)
                killed = True
            if killed:
                break
        threading.Event().wait(0.005)
    answer = ended(going)
    assert killed, answer
    if answer.code == 0:
        assert moment == "order", "it may have been done by then"
        return
    assert answer.code in (1, 2)
    assert answer.out == ""
    assert "gateway" in answer.sentence


def _has_intent(data_dir: Path) -> bool:
    import sqlite3

    file = data_dir / "tapeline.sqlite"
    if not file.exists():
        return False
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=0.05)
        try:
            return bool(connection.execute("select count(*) from intents").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return False


def test_a_data_directory_that_another_process_holds_is_refused(tmp_path: Path) -> None:
    from app.runtime.instance import Instance

    instance = Instance(tmp_path)
    assert instance.acquire()
    try:
        answer = tapeline("--self-test", "--json", "--data-dir", tmp_path)
    finally:
        instance._lock.release()
    assert answer.code == 2
    assert "Another Tapeline holds" in answer.sentence


def test_without_a_display_the_command_alone_does_the_main_job_in_the_terminal() -> None:
    answer = process()
    assert answer.code == 0
    assert "no display" in answer.sentence
    assert "The main job ran end to end" in answer.out
    assert "load strategy" in answer.out
    assert "filled" in answer.out
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.out)


def test_it_goes_without_a_sub_command_and_without_another_gateway() -> None:
    assert "without a sub-command" in tapeline("--self-test", "runs").sentence
    answer = tapeline("--self-test", "--gateway", "127.0.0.1:1")
    assert answer.code == 2
    assert "practice gateway of its own" in answer.sentence
