"""Random daily bars for tests: dated on real sessions or not, on a price grid, written as text and as CSV."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from tests.support.spec_reading import Row


def random_rows(seed: int, count: int | None = None, *, start: date | None = None, price: float = 100.0) -> list[Row]:
    """Return bars of a random walk in cents, on weekdays, with weeks of trend and of calm."""
    dice = random.Random(seed)
    count = count or dice.randint(34, 420)
    day = start or date(2005, 1, 3) + timedelta(days=dice.randint(0, 3000))
    value, drift, noise = price, 0.0, 0.01
    rows: list[Row] = []
    while len(rows) < count:
        if day.weekday() < 5 and dice.random() > 0.03:
            if dice.random() < 0.05:
                drift, noise = dice.gauss(0, 0.006), dice.choice([0.003, 0.01, 0.03])
            opened = value * (1 + dice.gauss(0, noise / 3))
            value = max(price / 50, opened * (1 + drift + dice.gauss(0, noise)))
            top = max(opened, value) * (1 + abs(dice.gauss(0, noise / 2)))
            bottom = min(opened, value) * (1 - min(0.5, abs(dice.gauss(0, noise / 2))))
            rows.append(
                (day, *(f"{number:.2f}" for number in (opened, top, bottom, value)), str(dice.randint(0, 9999)))
            )
        day += timedelta(days=1)
    return rows


def mirrored(rows: Sequence[Row], constant: Decimal) -> list[Row]:
    """Return the bars with every price p as constant − p, exactly; highs become lows."""
    out: list[Row] = []
    for day, opened, high, low, close, volume in rows:
        flip = [str(constant - Decimal(text)) for text in (opened, low, high, close)]
        out.append((day, flip[0], flip[1], flip[2], flip[3], volume))
    return out


def pivot_of(rows: Sequence[Row]) -> Decimal:
    """Return a constant that keeps every mirrored price, and every level drawn from it, above 0."""
    return Decimal(4) * max(Decimal(row[2]) for row in rows)


def write_csv(path: Path, rows: Sequence[Row], header: str = "date,open,high,low,close,volume") -> Path:
    """Write the rows as a file and return its path."""
    lines = [header, *(",".join([row[0].isoformat(), *row[1:]]) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path
