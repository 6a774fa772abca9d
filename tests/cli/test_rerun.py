"""`tapeline rerun`: the same signal from stored inputs alone, or the values that differ, or one sentence why not."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Proof, tapeline


@pytest.fixture
def copy(tested: Proof, tmp_path: Path) -> Path:
    """A copy of the self-test's data directory, to be tampered with."""
    return Path(shutil.copytree(tested.data_dir, tmp_path / "app"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing leave this process."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the network was asked")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def tamper(data_dir: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(data_dir / "tapeline.sqlite") as connection:
        assert connection.execute(statement, values).rowcount > 0
    connection.close()


@pytest.mark.usefixtures("no_network")
def test_a_run_gives_the_same_signal_again_without_gateway_or_network(tested: Proof) -> None:
    run = tested.told["run"]["id"]
    answer = tapeline("rerun", run, "--json", "--data-dir", tested.data_dir)
    assert (answer.code, answer.err) == (0, "")
    assert answer.one == {"run": run, "identical": True, "differences": []}
    words = tapeline("rerun", run, "--data-dir", tested.data_dir)
    assert (words.code, words.out) == (0, f"The run {run} gives the same again: {tested.told['signal']['signal']}.\n")


def test_every_run_of_the_self_test_can_be_repeated(tested: Proof) -> None:
    for run in tapeline("runs", "--json", "--data-dir", tested.data_dir).lines:
        answer = tapeline("rerun", run["id"], "--json", "--data-dir", tested.data_dir)
        assert (answer.code, answer.one["identical"]) == (0, True), answer.one


def test_a_signal_that_comes_out_otherwise_is_exit_one_with_what_differs(tested: Proof, copy: Path) -> None:
    run, signal = tested.told["run"]["id"], tested.told["signal"]
    with sqlite3.connect(copy / "tapeline.sqlite") as connection:
        asked = "SELECT body FROM journal WHERE kind = 'signal_raised' AND run = ?"
        (body,) = connection.execute(asked, (run,)).fetchone()
    connection.close()
    fact = json.loads(body)
    fact["signal"]["analysis"]["levels"]["stop"] += 0.01
    fact["signal"]["analysis"]["reasons"].append("a note that nobody wrote")
    tamper(copy, "UPDATE journal SET body = ? WHERE kind = 'signal_raised' AND run = ?", json.dumps(fact), run)
    answer = tapeline("rerun", run, "--json", "--data-dir", copy)
    assert (answer.code, answer.err) == (1, "")
    assert (answer.one["run"], answer.one["identical"]) == (run, False)
    found = {one["path"]: (one["was"], one["now"]) for one in answer.one["differences"]}
    assert found["analysis.levels.stop"] == (signal["levels"]["stop"] + 0.01, signal["levels"]["stop"])
    assert set(found) == {"analysis.levels.stop", "analysis.reasons"}
    words = tapeline("rerun", run, "--data-dir", copy)
    assert words.code == 1
    assert words.out.splitlines()[0] == f"The run {run} gives another signal in 2 values:"
    stop = signal["levels"]["stop"]
    assert f"  analysis.levels.stop: was {json.dumps(stop + 0.01)}, is {json.dumps(stop)}" in words.out.splitlines()


def test_what_cannot_be_repeated_is_exit_two_in_one_sentence(tested: Proof, copy: Path) -> None:
    unknown = tapeline("rerun", "nothing", "--json", "--data-dir", tested.data_dir)
    assert (unknown.code, unknown.out) == (2, "")
    assert unknown.sentence == "There is no run nothing; take an id from the list of runs."
    run = tested.told["run"]["id"]
    tamper(copy, "DELETE FROM bulk")
    gone = tapeline("rerun", run, "--json", "--data-dir", copy)
    assert (gone.code, gone.out) == (2, "")
    assert "are not in the store: they are kept for 180 days" in gone.sentence
    nowhere = tapeline("rerun", run, "--data-dir", tested.data_dir.parent / "nothing here")
    assert nowhere.code == 2
    assert nowhere.sentence


def test_repeating_changes_no_byte_of_the_database(tested: Proof, copy: Path) -> None:
    run, path = tested.told["run"]["id"], copy / "tapeline.sqlite"
    before = path.read_bytes()
    assert tapeline("rerun", run, "--data-dir", copy).code == 0
    assert path.read_bytes() == before
