"""`tapeline runs|signals|orders|fills|positions|lineage` as a script reads them, also while another process writes."""

from __future__ import annotations

import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Proof, ended, start, tapeline, without_display

KINDS = ("runs", "signals", "orders", "fills", "positions")


def test_each_list_holds_what_the_self_test_told(tested: Proof) -> None:
    told, where = tested.told, ("--data-dir", tested.data_dir)
    runs = tapeline("runs", "--json", *where).lines
    assert told["run"] in runs
    signals = {one["id"]: one for one in tapeline("signals", "--json", *where).lines}
    assert {**signals[told["signal"]["id"]], "state": ""} == {**told["signal"], "state": ""}
    orders = {one["id"]: one for one in tapeline("orders", "--json", *where).lines}
    assert orders[told["order"]["id"]] == told["order"]
    fills = {one["exec_id"]: one for one in tapeline("fills", "--json", *where).lines}
    assert all(fills[fill["exec_id"]] == fill for fill in told["fills"])
    positions = tapeline("positions", "--json", *where).lines
    (position,) = (one for one in positions if one["id"] == told["position"]["id"])
    assert position["quantity"] == told["position"]["quantity"]
    assert position["unrealized"] is None, "unknown is null"


@pytest.mark.parametrize("kind", KINDS)
def test_the_options_go_before_and_after_the_sub_command(tested: Proof, kind: str) -> None:
    after = tapeline(kind, "--json", "--data-dir", tested.data_dir)
    before = tapeline("--data-dir", tested.data_dir, kind, "--json")
    glued = tapeline(f"--data-dir={tested.data_dir}", kind, "--json")
    assert (after.code, after.err) == (0, "")
    assert after.out == before.out == glued.out


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_is_readable_without_json(tested: Proof, kind: str) -> None:
    answer = tapeline(kind, "--data-dir", tested.data_dir)
    assert answer.code == 0
    assert len(answer.out.splitlines()) == len(tapeline(kind, "--json", "--data-dir", tested.data_dir).lines)


def test_an_empty_list_prints_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "app"
    made = tapeline("run", "nothing", "--data-dir", data_dir, "--gateway", "127.0.0.1:1")
    assert made.code == 2
    for kind in KINDS:
        answer = tapeline(kind, "--json", "--data-dir", data_dir)
        assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_the_lineage_of_every_kind_of_id_goes_back_to_the_strategy(tested: Proof) -> None:
    told = tested.told
    ids = [told["run"]["id"], told["signal"]["id"], told["order"]["id"], told["fills"][0]["exec_id"],
           told["position"]["id"], *(leg["ref"] for leg in told["order"]["legs"])]  # fmt: skip
    for id_ in ids:
        answer = tapeline("lineage", id_, "--json", "--data-dir", tested.data_dir)
        assert answer.code == 0, answer.err
        chain = answer.one["chain"]
        assert answer.one["id"] == id_
        assert chain[0]["step"] == "load_strategy"
        assert all({"inputs", "outputs"} <= step.keys() for step in chain)
        started = [step["started"] for step in chain]
        assert started == sorted(started), "oldest first"
    position = tapeline("lineage", told["position"]["id"], "--json", "--data-dir", tested.data_dir).one["chain"]
    assert {fill["exec_id"] for fill in told["fills"]} <= {
        step["outputs"].get("exec_id") or step["inputs"].get("exec_id") for step in position
    }
    bars = next(step for step in position if step["step"] == "load_bars")
    assert bars["digest"]
    assert bars["outputs"]["bars"] >= 34


@pytest.mark.parametrize("id_", ["nothing", "", "DUT000001:1", "0000e0d5.00000001.01.01", "'; drop table runs; --"])
def test_an_unknown_id_is_one_sentence(tested: Proof, id_: str) -> None:
    answer = tapeline("lineage", id_, "--json", "--data-dir", tested.data_dir)
    assert (answer.code, answer.out) == (2, "")
    assert answer.sentence.endswith(".")


def test_the_lineage_is_readable(tested: Proof) -> None:
    answer = tapeline("lineage", tested.told["run"]["id"], "--data-dir", tested.data_dir)
    assert answer.code == 0
    assert "load strategy" in answer.out


def test_reading_goes_on_while_another_process_writes(tested: Proof, tmp_path: Path) -> None:
    data_dir = tmp_path / "app"
    writing = start("--self-test", "--json", "--data-dir", data_dir)
    codes, counts = [], []
    while writing.poll() is None:
        if (data_dir / "practice" / "gateway.json").exists():
            answer = tapeline("orders", "--json", "--data-dir", data_dir)
            codes.append(answer.code)
            counts.append(len(answer.lines))
    done = ended(writing)
    assert done.code == 0, done.err
    assert codes
    assert set(codes) == {0}
    assert counts == sorted(counts)
    assert len(tapeline("orders", "--json", "--data-dir", data_dir).lines) >= 1


def test_reading_changes_nothing(tested: Proof) -> None:
    file = tested.data_dir / "tapeline.sqlite"
    before = file.read_bytes()
    for kind in KINDS:
        tapeline(kind, "--json", "--data-dir", tested.data_dir)
    assert file.read_bytes() == before


def test_a_data_directory_without_a_database_is_one_sentence(tmp_path: Path) -> None:
    for kind in KINDS:
        answer = tapeline(kind, "--json", "--data-dir", tmp_path / "none")
        assert (answer.code, answer.out) == (2, "")
        assert "there is none yet" in answer.sentence
    assert not (tmp_path / "none").exists()


def test_a_database_of_a_newer_version_is_one_sentence_and_left_alone(tested: Proof, tmp_path: Path) -> None:
    data_dir = tmp_path / "newer"
    data_dir.mkdir()
    with (
        sqlite3.connect(tested.data_dir / "tapeline.sqlite") as old,
        sqlite3.connect(data_dir / "tapeline.sqlite") as new,
    ):
        old.backup(new)
        new.execute("update alembic_version set version_num = '9999_of_tomorrow'")
    old.close()
    new.close()
    before = (data_dir / "tapeline.sqlite").read_bytes()
    for words in (("runs", "--json"), ("run", "three-of-four", "--gateway", "127.0.0.1:1")):
        answer = tapeline(*words, "--data-dir", data_dir)
        assert (answer.code, answer.out) == (2, "")
        assert "newer" in answer.sentence
    assert (data_dir / "tapeline.sqlite").read_bytes() == before


def test_output_that_nobody_reads_any_more_is_no_failure(tested: Proof) -> None:
    for words in (("lineage", tested.told["position"]["id"], "--json"), ("runs", "--json")):
        process = subprocess.Popen(
            [*COMMAND, *words, "--data-dir", str(tested.data_dir)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=without_display(),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
        assert process.wait(30) == 0
        assert said == b""
