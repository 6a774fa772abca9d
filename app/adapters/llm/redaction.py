"""A key that comes back is taken out of whatever came, before anybody parses, keeps or shows it."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

REDACTED = "[redacted]"
_SHORTEST = 4


class Redactor:
    """Takes one key, in the forms a server could echo it in, out of bytes, texts and parsed values."""

    def __init__(self, key: str | None) -> None:
        plain = key or ""
        forms = {plain, quote(plain, safe=""), json.dumps(plain)[1:-1], base64.b64encode(plain.encode()).decode()}
        self._forms = sorted((form for form in forms if len(form) >= _SHORTEST), key=len, reverse=True)

    def bytes(self, data: bytes) -> bytes:
        """Return bytes without the key."""
        for form in self._forms:
            data = data.replace(form.encode(), REDACTED.encode())
        return data

    def text(self, text: str) -> str:
        """Return a text without the key."""
        for form in self._forms:
            text = text.replace(form, REDACTED)
        return text

    def value(self, value: Any) -> Any:
        """Return a parsed value without the key in any of its texts: an escaped echo shows only once it is parsed."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(item) for name, item in value.items()}
        return value
