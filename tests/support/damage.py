"""Files of JSON as a fault or a stranger leaves them: one value swapped, cut off, bytes turned, nested without end."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

WEIRD: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**400, "", "x" * 5000, [], {}, [[]], {"a": [1]}, "\u202e", "\x00", "../../etc/passwd",
    "'; DROP TABLE orders; --", "<img src=file:///etc/passwd>", "=1+1", float("nan"), float("inf"), ["daily"],
)  # fmt: skip


def damaged(sound: Any, seed: int) -> bytes:
    """Return the bytes of a damaged file of JSON, the same for the same seed."""
    dice = random.Random(seed)
    return dice.choice((_swapped, _swapped, _swapped, _cut, _turned, _deep))(dice, copy.deepcopy(sound))


def _swapped(dice: random.Random, found: Any) -> bytes:
    for _ in range(dice.randint(1, 3)):
        places = list(_places(found))
        container, key = dice.choice(places)
        container[key] = dice.choice(WEIRD)
    return json.dumps(found).encode()


def _cut(dice: random.Random, found: Any) -> bytes:
    whole = json.dumps(found).encode()
    return whole[: dice.randrange(len(whole))]


def _turned(dice: random.Random, found: Any) -> bytes:
    whole = bytearray(json.dumps(found).encode())
    for _ in range(dice.randint(1, 4)):
        whole[dice.randrange(len(whole))] = dice.randrange(256)
    return bytes(whole)


def _deep(dice: random.Random, _: Any) -> bytes:
    return dice.choice((b"[", b'{"a":')) * 100_000


def _places(node: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) below a value."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]
