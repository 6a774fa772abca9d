"""Text from outside as quoted data: what a model may read and must not obey."""

from __future__ import annotations

import unicodedata

MOST_QUOTED = 4000
"""How much of one text from outside a prompt carries."""
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›"})


def quoted(text: object, name: str = "text") -> str:
    """Return text between `<data name="…">` and `</data>`, cut to its limit; nothing inside can end the block.

    Angle brackets become look-alikes, and characters that only steer a reader (controls, text direction) go.
    """
    plain = "".join(filter(_is_plain, str(text)))[:MOST_QUOTED].translate(_LOOKALIKES).strip()
    label = "".join(letter for letter in name if letter.isalnum() or letter == "_") or "text"
    return f'<data name="{label}">{plain}</data>'


def _is_plain(letter: str) -> bool:
    return letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co")
