"""Shapes by construction: there when drawn, gone when one of their conditions is, and the number they measure."""

from __future__ import annotations

import pytest

from app.domain.bars import Bars
from app.domain.claims import Claim, Finding, Shape, ShapeClaim, Truth
from app.quant.claims import check_claim
from tests.support.paths import flipped, path

TWIN = {
    Shape.DOUBLE_TOP: Shape.DOUBLE_BOTTOM,
    Shape.HEAD_AND_SHOULDERS: Shape.INVERSE_HEAD_AND_SHOULDERS,
    Shape.ASCENDING_TRIANGLE: Shape.DESCENDING_TRIANGLE,
    Shape.SYMMETRICAL_TRIANGLE: Shape.SYMMETRICAL_TRIANGLE,
    Shape.BULL_FLAG: Shape.BEAR_FLAG,
}
# turns five bars apart, an ATR of some 1.6 to 2.5
THERE = [
    (Shape.DOUBLE_TOP, [100, 95, 112, 104, 112.3, 106]),
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 110, 104, 116, 104.5, 110.5, 103]),
    (Shape.ASCENDING_TRIANGLE, [100, 95, 112, 101, 112.2, 105, 112, 108.5]),
    (Shape.SYMMETRICAL_TRIANGLE, [100, 95, 116, 99, 113, 102, 110, 106]),
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 116, 113]),
]
NOT_THERE = [
    (Shape.DOUBLE_TOP, [100, 95, 112, 104, 115, 106]),  # not level
    (Shape.DOUBLE_TOP, [100, 95, 112, 111.5, 112.3, 106]),  # no valley
    (Shape.DOUBLE_TOP, [100, 95, 112, 104, 112.3, 106, 118, 110]),  # passed since
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 110, 104, 110.5, 104.5, 110.5, 103]),  # no head
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 105, 103, 116, 104.5, 111, 103]),  # shoulders not level
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 110, 104, 116, 104.5, 110.5, 103, 118]),  # the head was passed
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 110, 109.8, 116, 104.5, 110.5, 103]),  # no valley before the head
    (Shape.HEAD_AND_SHOULDERS, [98, 95, 110, 105, 120, 105, 116, 104.5, 110.5, 103]),  # two heads
    (Shape.ASCENDING_TRIANGLE, [100, 95, 116, 99, 113, 102, 110, 106]),  # the highs fall
    (Shape.ASCENDING_TRIANGLE, [100, 95, 106, 99, 108, 104, 110, 108]),  # a wedge: the highs rise as well
    (Shape.ASCENDING_TRIANGLE, [100, 95, 112, 101, 112.2, 105, 112, 108.5, 118]),  # broken out of
    (Shape.SYMMETRICAL_TRIANGLE, [100, 95, 112, 101, 112.2, 105, 112, 108.5]),  # the highs are level
    (Shape.ASCENDING_TRIANGLE, [100, 95, 112, 101, 112.2, 101, 112, 101, 106]),  # a box
    (Shape.ASCENDING_TRIANGLE, [100, 95, 106, 101, 112, 107, 118, 113]),  # a channel
    (Shape.SYMMETRICAL_TRIANGLE, [100, 103, 99, 106, 96, 109, 93, 100]),  # opening
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 116, 104]),  # gave back too much
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 102, 101]),  # no pole
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 116]),  # no flag yet
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 102, 101.7]),  # no pole, though little came back
    (Shape.BULL_FLAG, [100, 101, 100, 100.5, 116, 112, 114, 115.8]),  # its closes rise
]


def seen(shape: Shape, bars: Bars) -> Finding:
    return check_claim(Claim(ShapeClaim(shape)), bars)


@pytest.mark.parametrize(("shape", "turns"), THERE)
def test_a_shape_that_was_drawn_is_found_and_so_is_its_mirror_image(shape: Shape, turns: list[float]) -> None:
    bars = path(turns)
    finding, twin = seen(shape, bars), seen(TWIN[shape], flipped(bars, 200.0))
    assert finding.truth is Truth.TRUE, finding.sentence
    assert twin.truth is Truth.TRUE, twin.sentence
    assert twin.number == pytest.approx(finding.number)
    assert [point.time for point in twin.points] == [point.time for point in finding.points]
    assert [200 - point.price for point in twin.points] == pytest.approx([point.price for point in finding.points])


@pytest.mark.parametrize(("shape", "turns"), NOT_THERE)
def test_a_shape_without_one_of_its_conditions_is_none(shape: Shape, turns: list[float]) -> None:
    assert seen(shape, path(turns)).truth is Truth.FALSE
    assert seen(TWIN[shape], flipped(path(turns), 200.0)).truth is Truth.FALSE


@pytest.mark.parametrize(("shape", "turns"), THERE)
def test_a_shape_is_none_the_other_way_up(shape: Shape, turns: list[float]) -> None:
    if TWIN[shape] is not shape:
        assert seen(TWIN[shape], path(turns)).truth is Truth.FALSE


def test_what_is_measured_is_what_was_drawn() -> None:
    flag = seen(Shape.BULL_FLAG, path([100, 101, 100, 100.5, 116, 113]))
    assert flag.number == pytest.approx((116.5 - 112.5) / (116.5 - 99.5))
    assert [point.price for point in flag.points] == [99.5, 116.5, 113.0]
    head = seen(Shape.HEAD_AND_SHOULDERS, path(THERE[1][1]))
    assert [point.price for point in head.points] == [110.5, 116.5, 111.0]
    assert "110.5, 116.5, 111" in head.sentence
    bottom = seen(Shape.DOUBLE_BOTTOM, flipped(path(THERE[0][1]), 200.0))
    assert "87.5 and 87.2 with 96.5 between" in bottom.sentence


def test_two_tops_must_be_some_bars_apart() -> None:
    assert seen(Shape.DOUBLE_TOP, path([100, 95, 90, 95, 112, 106, 112, 100], step=3)).truth is Truth.TRUE
    assert seen(Shape.DOUBLE_TOP, path([100, 95, 90, 95, 112, 106, 112, 100], step=2)).truth is Truth.FALSE


def test_only_the_bars_within_are_looked_at() -> None:
    bars = path([*THERE[0][1], 105, 106, 105, 106])
    assert seen(Shape.DOUBLE_TOP, bars).truth is Truth.TRUE
    assert check_claim(Claim(ShapeClaim(Shape.DOUBLE_TOP, within=30)), bars).truth is Truth.FALSE


def test_too_few_bars_are_not_checkable() -> None:
    for shape in Shape:
        assert seen(shape, path([100, 105], step=10)).truth is Truth.NOT_CHECKABLE
