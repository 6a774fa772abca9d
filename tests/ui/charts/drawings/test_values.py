"""Drawings as values: what is kept comes back, every change can be undone, lines have the prices they are drawn at."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bars import Timeframe
from app.ui.charts.drawings.alerts import is_crossed, prices_at
from app.ui.charts.drawings.pad import Pad
from app.ui.charts.drawings.store import DrawingFolder
from app.ui.charts.drawings.values import ANCHORS, Anchor, Dash, Drawing, Style, Tool, from_records, to_record
from app.ui.charts.series import Series
from tests.ui.charts.conftest import wave

DAY = 86400
START = 946857600


def line(tool: Tool, *points: tuple[float, float], key: str = "a", **fields: object) -> Drawing:
    anchors = tuple(Anchor(START + day * DAY, price) for day, price in points)
    return Drawing(key, tool, anchors, **fields)  # type: ignore[arg-type]


def many() -> tuple[Drawing, ...]:
    return tuple(
        Drawing(tool.value, tool, tuple(Anchor(START + k * DAY, 100.0 + k) for k in range(ANCHORS[tool])),
                Style("down", 2, Dash.DASHED), "words", Timeframe.H1, False, True, True)
        for tool in Tool
    )  # fmt: skip


def test_every_tool_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    store = DrawingFolder(tmp_path / "drawings")
    assert store.read(5) == ()
    store.write(5, many())
    store.write(6, many()[:1])
    assert DrawingFolder(tmp_path / "drawings").read(5) == many()
    store.write(5, ())
    assert store.read(5) == ()
    assert store.read(6) == many()[:1]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"drawings": 5}', '{"schema": 1}'])
def test_g3_a_damaged_file_is_put_aside_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "5.json").write_text(text)
    store = DrawingFolder(tmp_path)
    assert store.read(5) == ()
    assert "could not be read and were put aside" in store.notice
    assert (tmp_path / "5.damaged.json").read_text() == text
    store.write(5, many()[:2])
    assert store.read(5) == many()[:2]
    assert store.notice == ""


def test_a_folder_that_cannot_be_written_is_said_and_nothing_raised(tmp_path: Path) -> None:
    blocked = tmp_path / "drawings"
    blocked.write_text("a file where the folder should be")
    store = DrawingFolder(blocked)
    store.write(5, many())
    assert "could not be saved" in store.notice


@pytest.mark.parametrize(
    "record",
    [
        {"key": "a", "tool": "spiral", "anchors": [[0, 1]]},
        {"key": "a", "tool": "trend", "anchors": [[0, 1]]},
        {"key": "a", "tool": "trend", "anchors": [[0, 1], [1, float("nan")]]},
        {"key": "a", "tool": "trend", "anchors": "ab"},
        {"key": 1, "tool": "horizontal", "anchors": [[0, 1]]},
        "trend",
    ],
)
def test_a_record_that_is_no_drawing_is_left_out(record: object) -> None:
    good = to_record(line(Tool.HORIZONTAL, (0, 100.0)))
    assert len(from_records([record, good])) == 1


@given(st.lists(st.sampled_from(["put", "remove", "undo", "redo", "clear"]), max_size=40))
def test_undoing_everything_ends_where_it_began_and_redoing_where_it_was(acts: list[str]) -> None:
    pad = Pad()
    for place, act in enumerate(acts):
        match act:
            case "put":
                pad.put(line(Tool.HORIZONTAL, (place, 100.0 + place), key=pad.new_key()))
            case "remove" if pad.drawings:
                pad.remove(pad.drawings[0].key)
            case "undo":
                pad.undo()
            case "redo":
                pad.redo()
            case "clear":
                pad.clear()
    while pad.redo():
        pass
    end, steps = pad.drawings, 0
    while pad.undo():
        steps += 1
    assert pad.drawings == ()
    for _ in range(steps):
        assert pad.redo()
    assert pad.drawings == end


def test_a_change_after_an_undo_forgets_what_was_undone() -> None:
    pad = Pad()
    pad.put(line(Tool.HORIZONTAL, (0, 100.0), key="a"))
    pad.undo()
    pad.put(line(Tool.HORIZONTAL, (0, 101.0), key="b"))
    assert not pad.redo()
    assert [one.key for one in pad.drawings] == ["b"]


def test_clearing_spares_the_locked() -> None:
    pad = Pad((line(Tool.HORIZONTAL, (0, 1.0), key="a", is_locked=True), line(Tool.HORIZONTAL, (0, 1.0), key="b")))
    pad.clear()
    assert [one.key for one in pad.drawings] == ["a"]


@pytest.mark.parametrize(
    ("drawing", "day", "prices"),
    [
        (line(Tool.HORIZONTAL, (0, 105.0)), 50, [105.0]),
        (line(Tool.TREND, (10, 100.0), (20, 110.0)), 15, [105.0]),
        (line(Tool.TREND, (10, 100.0), (20, 110.0)), 25, []),
        (line(Tool.RAY, (10, 100.0), (20, 110.0)), 40, [130.0]),
        (line(Tool.RAY, (10, 100.0), (20, 110.0)), 5, []),
        (line(Tool.CHANNEL, (10, 100.0), (20, 110.0), (10, 104.0)), 15, [105.0, 109.0]),
        (line(Tool.RECTANGLE, (10, 100.0), (20, 110.0)), 12, [100.0, 110.0]),
        (line(Tool.VERTICAL, (10, 100.0)), 10, []),
        (line(Tool.TREND, (10, 100.0), (10, 110.0)), 10, []),
    ],
)
def test_lines_have_their_prices_at_a_moment(drawing: Drawing, day: int, prices: list[float]) -> None:
    series = Series(wave(60))
    assert prices_at(drawing, series, DAY, START + day * DAY) == pytest.approx(prices)


def test_on_a_log_scale_a_line_is_straight_in_logarithms() -> None:
    drawing = line(Tool.TREND, (0, 1.0), (2, 100.0))
    assert prices_at(drawing, Series(wave(9)), DAY, START + DAY, is_log=True) == pytest.approx([10.0])


@pytest.mark.parametrize(
    ("before", "now", "crossed"),
    [(99, 101, True), (101, 99, True), (99, 100, True), (101, 100, True), (100, 101, False), (99, 99.5, False),
     (99, 99, False)],
)  # fmt: skip
def test_a_level_is_crossed_once_a_price_is_on_it_or_beyond(before: float, now: float, crossed: bool) -> None:
    assert is_crossed(100.0, before, now) is crossed
    assert not is_crossed(float("nan"), before, now)
