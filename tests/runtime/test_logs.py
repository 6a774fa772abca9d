"""Logs: no secret reaches any sink, no trace reaches a person, and the ring holds the newest."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

import pytest

from app.runtime.logs import LogRing, redact, start_logging

CANARY = "sk-CANARY0123456789"


@pytest.fixture(autouse=True)
def _root_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level


def written(data_dir: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (data_dir / "logs" / "tapeline.jsonl").read_text().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        f"key {CANARY} used",
        f"Authorization: Bearer {CANARY}",
        f'{{"api_key": "{CANARY}"}}',
        f"password={CANARY}",
        f"token: {CANARY}",
        f'"secret":"{CANARY}"',
        f"API-KEY={CANARY}",
    ],
)
def test_g2_secrets_are_taken_out(text: str) -> None:
    assert "CANARY" not in redact(text)
    assert "[redacted]" in redact(text)


@pytest.mark.parametrize("text", ["account DUT000001", "order 0f3a at 101.25", "tokenised risk-free basket"])
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_f8_g2_no_sink_sees_a_secret_wherever_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = start_logging(tmp_path)
    log = logging.getLogger("app.test")
    log.error("in the arguments: %s", f"token={CANARY}")
    try:
        raise ValueError(f"password={CANARY}")
    except ValueError:
        log.exception("in the trace")
    everything = [
        (tmp_path / "logs" / "tapeline.jsonl").read_text(),
        capsys.readouterr().err,
        "".join(line.text for line in ring.lines),
    ]
    for text in everything:
        assert text
        assert "CANARY" not in text


def test_the_file_has_the_trace_and_a_person_has_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start_logging(tmp_path)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logging.getLogger("app.test").exception("it failed")
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert "ValueError" in err
    assert "Traceback" in written(tmp_path)[-1]["trace"]


def test_lines_of_the_file_say_when_where_and_how_bad(tmp_path: Path) -> None:
    start_logging(tmp_path)
    logging.getLogger("app.test").warning("something")
    line = written(tmp_path)[-1]
    assert (line["level"], line["source"], line["text"]) == ("warning", "app.test", "something")
    assert line["at"].endswith("Z")


def test_starting_again_leaves_one_set_of_sinks(tmp_path: Path) -> None:
    start_logging(tmp_path)
    before = len(logging.getLogger().handlers)
    start_logging(tmp_path)
    assert len(logging.getLogger().handlers) == before
    logging.getLogger("app.test").warning("once")
    assert [line["text"] for line in written(tmp_path)].count("once") == 1


def test_the_ring_keeps_the_newest_and_tells_its_followers() -> None:
    ring, heard = LogRing(size=3), list[str]()
    stop = ring.follow(lambda line: heard.append(line.text))
    for n in range(5):
        ring.emit(logging.LogRecord("app.x", logging.INFO, "", 0, f"{n}", (), None))
    stop()
    ring.emit(logging.LogRecord("app.x", logging.INFO, "", 0, "late", (), None))
    assert [line.text for line in ring.lines] == ["3", "4", "late"]
    assert heard == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_e10_a_flood_of_one_line_fills_no_disk_and_is_counted(tmp_path: Path, count: int) -> None:
    ring = start_logging(tmp_path, to_stderr=False)
    log = logging.getLogger("app.flood")
    for number in range(count):
        log.error("the same failure of %s", "a feed")
        if number == count // 2:
            log.warning("something else")
    folder = tmp_path / "logs"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 1_000_000
    assert [line.text for line in ring.lines].count("something else") == 1
    later = logging.LogRecord("app.flood", logging.ERROR, "", 1, "the same failure of a feed", (), None)
    later.created += 1000
    logging.getLogger().handle(later)
    assert "times more before" in ring.lines[-1].text


def test_e10_lines_that_differ_are_all_there(tmp_path: Path) -> None:
    ring = start_logging(tmp_path, to_stderr=False)
    for number in range(3000):
        logging.getLogger("app.many").warning("line %d", number)
    assert len(ring.lines) == 3000


def test_e10_ten_files_of_five_megabytes_are_the_most_that_is_kept(tmp_path: Path) -> None:
    start_logging(tmp_path, to_stderr=False)
    (file,) = [one for one in logging.getLogger().handlers if isinstance(one, RotatingFileHandler)]
    assert (file.maxBytes, file.backupCount) == (5_000_000, 10)
