"""Bar sizes and durations in the broker's words."""

from __future__ import annotations

from datetime import date

import pytest

from app.practice.market.spans import Duration, bar_size, duration


@pytest.mark.parametrize(
    ("words", "size"),
    [("1 day", "1 day"), ("1 DAY", "1 day"), ("5 secs", "5 secs"), ("1 W", "1 week"), ("1M", "1 month"),
     ("1 week", "1 week"), (" 30  mins ", "30 mins")],
)  # fmt: skip
def test_bar_sizes_are_understood(words: str, size: str) -> None:
    assert bar_size(words) == size


@pytest.mark.parametrize("words", ["", "7 mins", "1 year", "day", "-1 day"])
def test_other_bar_sizes_are_refused_by_name(words: str) -> None:
    with pytest.raises(ValueError, match="bar size"):
        bar_size(words)


@pytest.mark.parametrize(("words", "span"), [("1 Y", Duration(1, "Y")), ("3600 S", Duration(3600, "S")),
                                             ("10D", Duration(10, "D")), ("2 w", Duration(2, "W"))])  # fmt: skip
def test_durations_are_understood(words: str, span: Duration) -> None:
    assert duration(words) == span


@pytest.mark.parametrize("words", ["", "0 D", "1 X", "-1 D", "1.5 D", "D", "12345678 D"])
def test_other_durations_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        duration(words)


def test_months_end_on_days_that_exist() -> None:
    assert Duration(1, "M").first_day_after(date(2026, 3, 31)) == date(2026, 2, 28)
    assert Duration(1, "Y").first_day_after(date(2024, 2, 29)) == date(2023, 2, 28)
    assert Duration(13, "M").first_day_after(date(2026, 1, 15)) == date(2024, 12, 15)
    assert Duration(2, "W").first_day_after(date(2026, 1, 15)) == date(2026, 1, 1)
