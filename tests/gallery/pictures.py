"""Small PNG files: a palette chosen by how often colours occur and how far they lie apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

COLOURS = 256
Pixels = NDArray[np.unsignedinteger[Any]]
_CHUNK = 1 << 16


def save_small(picture: QImage, path: Path) -> int:
    """Write a picture with a palette and return how many bytes it takes."""
    palette, places = _reduced(_pixels(picture))
    height, width = places.shape
    small = QImage(places.tobytes(), width, height, width, QImage.Format.Format_Indexed8)
    small.setColorTable([0xFF000000 | int(colour) for colour in palette])
    path.parent.mkdir(parents=True, exist_ok=True)
    small.save(str(path), quality=0)
    return path.stat().st_size


def _pixels(picture: QImage) -> Pixels:
    plain = picture.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(plain.constBits(), np.uint32).reshape(plain.height(), plain.bytesPerLine() // 4)
    return rows[:, : plain.width()] & np.uint32(0xFFFFFF)


def _reduced(pixels: Pixels) -> tuple[Pixels, NDArray[np.uint8]]:
    """Return the colours kept and each pixel's place among them: its own colour, or the nearest."""
    colours, inverse, counts = np.unique(pixels, return_inverse=True, return_counts=True)
    kept = _kept(colours, counts)
    ours, wanted = _channels(kept), _channels(colours)
    nearest = np.concatenate(
        [
            ((wanted[at : at + _CHUNK, None] - ours) ** 2).sum(axis=2).argmin(axis=1)
            for at in range(0, len(colours), _CHUNK)
        ]
    )
    return kept, nearest.astype(np.uint8)[inverse].reshape(pixels.shape)


def _kept(colours: Pixels, counts: NDArray[np.int64]) -> Pixels:
    """Return the most frequent colours, and of the rest those that are worst served by them: a small red dot is one."""
    cubes = (colours >> 3) & 0x1F1F1F
    order = np.lexsort((-counts, cubes))
    starts = np.flatnonzero(np.r_[True, cubes[order][1:] != cubes[order][:-1]])
    fullness = np.add.reduceat(counts[order], starts)
    best = colours[order][starts[np.argsort(-fullness)]]
    often, rest = best[: COLOURS // 2], best[COLOURS // 2 :]
    if not len(rest):
        return often
    far = ((_channels(rest)[:, None] - _channels(often)) ** 2).sum(axis=2).min(axis=1)
    weight = far * np.sort(fullness)[::-1][COLOURS // 2 :]
    return np.concatenate([often, rest[np.argsort(-weight)[: COLOURS - len(often)]]])


def _channels(colours: Pixels) -> NDArray[np.int32]:
    return np.stack([(colours >> shift) & 0xFF for shift in (16, 8, 0)], axis=1).astype(np.int32)
