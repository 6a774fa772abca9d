"""Users' own indicators: described without being run, confirmed by their bytes, and harmless when they fail."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.errors import UserError
from app.quant.indicators.catalogue import catalogue
from app.quant.indicators.forming import follow, forming_bar
from app.quant.indicators.kinds import Indicator, NotEnoughBars, Pane
from app.quant.indicators.own import OwnFile, OwnState, own_indicator, read_folder
from app.quant.indicators.workshop import Workshop
from tests.support.walks import walk

BARS = walk(1, 60)
CHANNEL = '''
import numpy as np

BOUNDS = {"length": (2, 30)}
OUTPUTS = ("upper", "lower")
PANE = "price"


def channel(high, low, length=5, factor=1.0):
    """Channel of highs and lows

    More words."""
    windows = np.lib.stride_tricks.sliding_window_view
    blank = np.full(length - 1, np.nan)
    print("noise")
    lower, upper = windows(low, length).min(1), windows(high, length).max(1) * factor
    return {"lower": np.r_[blank, lower], "upper": np.r_[blank, upper]}
'''


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    one = Workshop()
    yield one
    one.close()


def written(folder: Path, name: str, code: str | bytes, *, confirm: bool = True) -> OwnFile:
    path = folder / f"{name}.py"
    path.write_bytes(code if isinstance(code, bytes) else code.encode())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    found = {file.name: file for file in read_folder(folder, {name: digest} if confirm else {}, catalogue())}
    return found[name]


def one(folder: Path, workshop: Workshop, body: str, *, confirm: bool = True) -> Indicator:
    """Return the indicator `mine` with that body."""
    return own_indicator(written(folder, "mine", f"def mine(close, length=3):\n{body}\n", confirm=confirm), workshop)


def test_a_file_is_described_without_being_run_and_computed_once_confirmed(tmp_path: Path, workshop: Workshop) -> None:
    file = written(tmp_path, "channel", CHANNEL)
    assert (file.state, file.problem, file.code) == (OwnState.CONFIRMED, "", CHANNEL)
    indicator = own_indicator(file, workshop)
    assert (indicator.title, indicator.inputs, indicator.pane) == (
        "Channel of highs and lows",
        ("high", "low"),
        Pane.PRICE,
    )
    assert [(one.name, one.default, one.low, one.high) for one in indicator.parameters] == [
        ("length", 5, 2, 30),
        ("factor", 1.0, -1000.0, 1000.0),
    ]
    found = indicator.compute(BARS, {"length": 4, "factor": 2})
    assert list(found) == ["upper", "lower"]
    for index in range(60):
        part = slice(max(0, index - 3), index + 1)
        expected = (2 * BARS.high[part].max(), BARS.low[part].min()) if index >= 3 else (np.nan, np.nan)
        np.testing.assert_array_equal((found["upper"][index], found["lower"][index]), expected)
    with pytest.raises(UserError, match="Length must lie between 2 and 30, not 31"):
        indicator.compute(BARS, {"length": 31})
    assert indicator.label() == "CHANNEL 5 1"


def test_g3_nothing_runs_before_exactly_these_bytes_are_confirmed(tmp_path: Path, workshop: Workshop) -> None:
    marker = tmp_path / "was_run"
    code = f"open({str(marker)!r}, 'w')\ndef mine(close):\n    'Mine'\n    return close\n"
    file = written(tmp_path, "mine", code, confirm=False)
    assert (file.state, file.problem) == (OwnState.NEW, "")
    with pytest.raises(UserError, match="Mine is new; read its code and confirm it"):
        own_indicator(file, workshop).compute(BARS)
    confirmed = {"mine": file.digest}
    (tmp_path / "mine.py").write_text(code + "#\n")
    (changed,) = read_folder(tmp_path, confirmed)
    assert changed.state is OwnState.CHANGED
    with pytest.raises(UserError, match="Mine has changed since you confirmed it"):
        own_indicator(changed, workshop).compute(BARS)
    assert not marker.exists()
    (now,) = read_folder(tmp_path, {"mine": changed.digest})
    np.testing.assert_array_equal(own_indicator(now, workshop).compute(BARS)["mine"], BARS.close)
    assert marker.exists()
    (tmp_path / "mine.py").write_text("def mine(close):\n    return -close\n")  # after it was read: no matter
    np.testing.assert_array_equal(own_indicator(now, workshop).compute(BARS)["mine"], BARS.close)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("    return close / (1 // 0)", r"Mine failed in line 2 with ZeroDivisionError: .*; correct its code\."),
        ("    raise SystemExit(3)", r"Mine failed in line 2 with SystemExit: 3; correct its code\."),
        ("    return close[1:]", r"Mine should give 60 values of mine, one a bar, and gave the shape \(59,\); .*"),
        ("    return [close, close]", r"Mine should give 60 values of mine, .* the shape \(2, 60\); .*"),
        ("    return close * float('nan')", r"Mine gave no number for any of 60 bars; load a longer history .*"),
        ("    return close + float('inf')", r"Mine gave no number for any of 60 bars; .*"),
        ("    return close + 1j", r"Mine should give numbers for mine, and gave complex128; correct its code\."),
        ("    return 'close'", r"Mine should give numbers for mine, and gave <U5; correct its code\."),
        ("    return None", r"Mine should give numbers for mine, and gave object; correct its code\."),
        ("    return {'yours': close}", r"Mine should give mine, and gave yours; correct its code\."),
        ("    return {}", r"Mine should give mine, and gave nothing; correct its code\."),
        ("    return mine(close)", r"Mine failed in line 2 with RecursionError: .*"),
        ("    import os\n    os._exit(1)", r"Mine ended the process it ran in; correct its code\."),
        (
            "    raise ValueError('a\\nb' * 999)",
            r"Mine failed in line 2 with ValueError: a b[ab ]{190,200}; correct .*",
        ),
    ],
)
def test_what_a_function_does_wrong_is_one_sentence(
    tmp_path: Path, workshop: Workshop, body: str, sentence: str
) -> None:
    with pytest.raises(UserError, match=f"^{sentence}$"):
        one(tmp_path, workshop, body).compute(BARS)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux limits the memory")
def test_a_huge_array_is_refused_and_the_next_job_runs(tmp_path: Path, workshop: Workshop) -> None:
    import_line = "    import numpy\n"
    with pytest.raises(UserError, match=r"Mine failed in line 3 with .*MemoryError"):
        one(tmp_path, workshop, import_line + "    return numpy.ones(10**9)").compute(BARS)
    assert one(tmp_path, workshop, "    return close").compute(BARS)["mine"][0] == BARS.close[0]


def test_an_endless_loop_is_ended_at_the_limit_and_the_next_job_runs(tmp_path: Path) -> None:
    workshop = Workshop(limit_s=0.5)
    try:
        started = time.monotonic()
        with pytest.raises(UserError, match=r"^Mine gave no answer within 0.5 s over 60 bars; look for an endless"):
            one(tmp_path, workshop, "    while True: pass").compute(BARS)
        assert time.monotonic() - started < 10
        assert one(tmp_path, workshop, "    return close").compute(BARS)["mine"][0] == BARS.close[0]
    finally:
        workshop.close()
    assert Workshop().limit_s == 2.0


def test_one_call_leaves_nothing_for_the_next(tmp_path: Path, workshop: Workshop) -> None:
    code = "seen = []\ndef mine(close):\n    seen.append(1)\n    close[:] = len(seen)\n    return close\n"
    indicator = own_indicator(written(tmp_path, "mine", code), workshop)
    before = BARS.close.copy()
    for _ in range(2):
        assert set(indicator.compute(BARS)["mine"]) == {1.0}
    np.testing.assert_array_equal(BARS.close, before)


def test_whole_numbers_and_truths_become_numbers_and_infinities_none(tmp_path: Path, workshop: Workshop) -> None:
    with np.errstate(divide="ignore"):
        found = one(tmp_path, workshop, "    import numpy\n    return 1 / (close > 100)").compute(BARS)["mine"]
    np.testing.assert_array_equal(np.isnan(found), BARS.close <= 100)
    assert one(tmp_path, workshop, "    return close > 0").compute(BARS)["mine"].tolist() == [1.0] * 60


def test_the_forming_bar_of_an_own_indicator_is_computed_in_full(tmp_path: Path, workshop: Workshop) -> None:
    following = follow(one(tmp_path, workshop, "    return close * length"), {}, BARS.part(0, 40))
    assert following.peek(forming_bar(BARS, 40)) == {"mine": BARS.close[40] * 3}


def test_no_bars_are_too_few(tmp_path: Path, workshop: Workshop) -> None:
    with pytest.raises(NotEnoughBars):
        one(tmp_path, workshop, "    return close").compute(walk(1, 0))


@pytest.mark.parametrize(
    ("name", "code", "sentence"),
    [
        ("mine", "def mine(close:\n", "mine.py is no Python: .* in line 1; correct it."),
        ("mine", "x = 1\n", "mine.py must define a function mine, and has none"),
        ("mine", "def mine(price):\n    return price\n", "arguments without a default must be among .*, not price"),
        ("mine", "def mine(length=3):\n    return 1\n", "must be among .*, and there is none"),
        ("mine", "def mine(close, *rest):\n    return close\n", "must have plain arguments alone"),
        ("mine", "def mine(close, way='up'):\n    return close\n", "the setting way must be a number .*, not 'up'"),
        ("mine", "def mine(close, length=True):\n    return close\n", "the setting length must be a number"),
        ("mine", f"def mine(close, length={'9' * 400}):\n    return close\n", "the setting length must be a number"),
        ("mine", "def mine(close, factor=1e999):\n    return close\n", "the setting factor must be a number"),
        ("mine", "def mine(close, length=len('a')):\n    return close\n", "length must be written out as plain values"),
        (
            "mine",
            "BOUNDS = {'n': 3}\ndef mine(close, n=3):\n    return close\n",
            r"BOUNDS must give \(lowest, highest\)",
        ),
        (
            "mine",
            "BOUNDS = {'n': (5, 9)}\ndef mine(close, n=3):\n    return close\n",
            "N must lie between 5 and 9, not 3",
        ),
        ("mine", "OUTPUTS = ()\ndef mine(close):\n    return close\n", "OUTPUTS must be names of arrays"),
        ("mine", "OUTPUTS = ('a', 'a')\ndef mine(close):\n    return close\n", "must not name an array twice"),
        (
            "mine",
            "PANE = 'roof'\ndef mine(close):\n    return close\n",
            "PANE must be price, volume or own, not 'roof'",
        ),
        ("rsi", "def rsi(close):\n    return close\n", "rsi.py has the name of an indicator that is there already"),
        ("my-own", "def mine(close):\n    return close\n", "must be called as a Python name in small letters"),
        ("mine", b"\xff\xfe", "mine.py is no UTF-8 text"),
        ("mine", "x = '\0'", "mine.py is no Python"),
        ("mine", "(" * 60_000, "mine.py is no Python"),
        ("mine", "#" * 70_000, "mine.py is longer than 64 KB"),
    ],
)
def test_g3_a_file_that_is_no_indicator_says_so_and_stands_in_no_ones_way(
    tmp_path: Path, name: str, code: str | bytes, sentence: str
) -> None:
    (tmp_path / "fine.py").write_text("def fine(close):\n    return close\n")
    file = written(tmp_path, name, code)
    assert file.problem
    with pytest.raises(UserError, match=sentence):
        own_indicator(file, Workshop())
    assert read_folder(tmp_path, {}, catalogue())[0].problem == ""


def test_no_folder_holds_no_indicators(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "nowhere", {}) == ()
