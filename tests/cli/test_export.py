"""`tapeline lineage ID --export FILE`: the run that led there as one file, or one sentence why not."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from tests.cli.conftest import Proof, tapeline


def test_the_run_of_any_id_is_written_as_one_file(tested: Proof, tmp_path: Path) -> None:
    told, where = tested.told, ("--data-dir", tested.data_dir)
    files = []
    for number, id_ in enumerate((told["run"]["id"], told["signal"]["id"], told["fills"][0]["exec_id"])):
        path = tmp_path / f"{number}.zip"
        answer = tapeline("lineage", id_, "--export", path, "--json", *where)
        assert (answer.code, answer.err) == (0, "")
        assert answer.one == {"id": id_, "file": str(path), "bytes": path.stat().st_size}
        files.append(path.read_bytes())
    assert files[0] == files[1] == files[2]
    with zipfile.ZipFile(tmp_path / "0.zip") as archive:
        assert {"run.json", "strategy.json", "instrument.json", "bars-1d.csv", "bars-1w.csv"} <= set(archive.namelist())
        run = json.loads(archive.read("run.json"))
    assert (run["run"], run["signal"]["id"]) == (told["run"]["id"], told["signal"]["id"])


def test_what_cannot_be_exported_is_exit_two_in_one_sentence(tested: Proof, tmp_path: Path) -> None:
    where = ("--data-dir", tested.data_dir)
    unknown = tapeline("lineage", "nothing", "--export", tmp_path / "a.zip", *where)
    assert unknown.code == 2
    assert "nothing" in unknown.sentence
    nowhere = tapeline("lineage", tested.told["run"]["id"], "--export", tmp_path / "no" / "a.zip", *where)
    assert nowhere.code == 2
    assert "choose another place" in nowhere.sentence
    assert not list(tmp_path.iterdir())
