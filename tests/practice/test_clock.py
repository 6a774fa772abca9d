"""Market time follows the machine's clock, its speed and its jumps, and never runs back."""

from __future__ import annotations

import pytest

from app.practice.clock import Clock


class Wall:
    """A machine clock that is set by hand."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def test_it_follows_the_machine_at_speed_one() -> None:
    wall = Wall()
    clock = Clock(wall=wall)
    wall.at += 12.5
    assert clock.now() == 1_000_012.5


def test_speed_counts_from_the_moment_it_is_set() -> None:
    wall = Wall()
    clock = Clock(start=500.0, wall=wall)
    wall.at += 10
    clock.set_speed(60)
    wall.at += 2
    assert clock.now() == pytest.approx(500 + 10 + 120)
    assert clock.real_seconds(60) == 1.0


def test_a_paused_clock_stands_and_goes_on_where_it_stood() -> None:
    wall = Wall()
    clock = Clock(start=0.0, wall=wall)
    clock.pause(True)
    wall.at += 100
    assert clock.now() == 0.0
    assert clock.real_seconds(1) == float("inf")
    clock.pause(False)
    wall.at += 1
    assert clock.now() == 1.0


def test_a_paused_clock_can_be_moved_ahead() -> None:
    clock = Clock(start=0.0, wall=Wall())
    clock.pause(True)
    clock.advance(86_400)
    assert clock.now() == 86_400.0


def test_time_never_runs_back_when_the_machine_is_set_back() -> None:
    wall = Wall()
    clock = Clock(wall=wall, speed=2.0)
    wall.at += 30
    before = clock.now()
    wall.at -= 3600
    assert clock.now() == before
    wall.at += 5
    assert clock.now() == before + 10


def test_a_wrong_clock_is_only_told_not_lived() -> None:
    clock = Clock(start=100.0, wall=Wall())
    clock.shift(-7.0)
    assert (clock.now(), clock.told()) == (100.0, 93.0)


@pytest.mark.parametrize("speed", [0.0, -1.0, 1000.5, float("nan"), float("inf")])
def test_a_senseless_speed_is_refused(speed: float) -> None:
    clock = Clock(start=0.0, wall=Wall())
    with pytest.raises(ValueError, match="speed"):
        clock.set_speed(speed)
    assert clock.speed == 1.0


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_jump_back_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="ahead"):
        Clock(start=0.0, wall=Wall()).advance(seconds)
