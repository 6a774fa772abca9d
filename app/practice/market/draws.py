"""Random numbers that depend on nothing but their key: the same on every machine, Python and numpy for ever.

A counter run through the splitmix64 finaliser (Steele, Lea, Flood 2014). numpy's own generators may change their
streams between versions, which would move the market's past under a stored order book.
"""

from __future__ import annotations

from math import fsum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FIRST_U, _SECOND_U = np.uint64(_FIRST), np.uint64(_SECOND)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_STEPS = np.arange(1, 65_537, dtype=np.uint64) * np.uint64(_GAMMA)
_UNIT = 2.0**-53


def key_of(*parts: int) -> int:
    """Return a 64-bit key that mixes whole numbers in order."""
    key = 0
    for part in parts:
        key = _mixed((key + _GAMMA) ^ _mixed(part + _GAMMA))
    return key


def uniforms(key: int, count: int) -> FloatArray:
    """Return `count` numbers in [0, 1); the first ones of a longer draw are those of a shorter one."""
    state = _STEPS[:count] + np.uint64(key)
    state ^= state >> _S30
    state *= _FIRST_U
    state ^= state >> _S27
    state *= _SECOND_U
    state ^= state >> _S31
    state >>= _S11
    result: FloatArray = state.astype(np.float64) * _UNIT
    return result


def bell(twelve: list[float]) -> float:
    """Return a nearly normal number of mean 0 and variance 1 from twelve uniform ones; its bounds are -6 and 6."""
    return fsum(twelve) - 6.0  # sum() of floats differs between Python 3.11 and 3.12


def _mixed(value: int) -> int:
    value &= _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)
