"""Random numbers that stay the same for ever."""

from __future__ import annotations

import numpy as np

from app.practice.market.draws import bell, key_of, uniforms

GAMMA, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1


def splitmix64(state: int) -> int:
    """The published finaliser, one number at a time."""
    z = state & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def test_the_stream_is_splitmix64() -> None:
    # 6457827717110365317 is the first output of splitmix64 seeded with 1234567, as published with its reference code.
    assert splitmix64(1234567 + GAMMA) == 6457827717110365317
    expected = [(splitmix64(1234567 + GAMMA * n) >> 11) * 2.0**-53 for n in range(1, 101)]
    assert uniforms(1234567, 100).tolist() == expected


def test_the_largest_key_does_not_overflow() -> None:
    assert ((uniforms(MASK, 1000) >= 0) & (uniforms(MASK, 1000) < 1)).all()


def test_a_shorter_draw_begins_a_longer_one() -> None:
    assert uniforms(9, 10).tolist() == uniforms(9, 5000)[:10].tolist()


def test_keys_depend_on_every_part_and_their_order() -> None:
    keys = {key_of(a, b) for a in range(60) for b in range(60)}
    assert len(keys) == 3600
    assert key_of(1) != key_of(1, 0)


def test_uniform_numbers_are_flat_and_bells_have_unit_variance() -> None:
    u = uniforms(key_of(3), 60_000)
    assert abs(float(u.mean()) - 0.5) < 0.005
    counts, _ = np.histogram(u, bins=20, range=(0, 1))
    assert counts.min() > 2700
    bells = np.array([bell(row) for row in u.reshape(-1, 12).tolist()])
    assert abs(float(bells.mean())) < 0.05
    assert abs(float(bells.std()) - 1.0) < 0.03
