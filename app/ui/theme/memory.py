"""Files that live in memory under `:/tapeline/`: a style sheet names tinted pictures and no disk is touched."""

from __future__ import annotations

import struct

from PySide6.QtCore import qRegisterResourceData

_FORMAT = 1
_DIRECTORY = 2
_ANY_LANGUAGE = 1  # QLocale.C: chosen whatever the user speaks
_kept: list[tuple[bytes, bytes, bytes]] = []
_known: set[str] = set()


def publish(files: dict[str, bytes]) -> None:
    """Make `:/tapeline/<name>` readable by Qt for each new name; a name that is known keeps its content."""
    fresh = {name: data for name, data in files.items() if name not in _known}
    if not fresh:
        return
    blob = _pack(fresh)
    _kept.append(blob)  # Qt reads these bytes as long as the process lives
    _known.update(fresh)
    qRegisterResourceData(_FORMAT, *blob)


def _pack(files: dict[str, bytes]) -> tuple[bytes, bytes, bytes]:
    """Return tree, names and data as Qt's resource compiler writes them (format 1, uncompressed)."""
    names, offsets = _names(["tapeline", *files])
    ordered = sorted(files, key=_hash)
    tree = struct.pack(">IHII", 0, _DIRECTORY, 1, 1)
    tree += struct.pack(">IHII", offsets["tapeline"], _DIRECTORY, len(ordered), 2)
    data = b""
    for name in ordered:
        tree += struct.pack(">IHHHI", offsets[name], 0, 0, _ANY_LANGUAGE, len(data))
        data += struct.pack(">I", len(files[name])) + files[name]
    return tree, names, data


def _names(words: list[str]) -> tuple[bytes, dict[str, int]]:
    blob, offsets = b"", {}
    for word in words:
        offsets[word] = len(blob)
        blob += struct.pack(">HI", len(word), _hash(word)) + word.encode("utf-16-be")
    return blob, offsets


def _hash(word: str) -> int:
    """Return Qt's resource hash (`qt_hash`): children of a folder are searched in its order."""
    value = 0
    for letter in word:
        value = (value << 4) + ord(letter)
        value ^= (value & 0xF0000000) >> 23
        value &= 0x0FFFFFFF
    return value
