"""A model that buys whatever it is asked about, and claims something true, something false and something unknowable."""

from __future__ import annotations

import json
from typing import Any

from tests.support.model_server import Request, completion
from tests.support.seeing import bullish

TRUE, FALSE, UNKNOWABLE = (
    "The close is above a tenth of itself",
    "The volume was a thousand times its mean",
    "Support at a price that was never traded",
)


def claiming(request: Request) -> bytes:
    """Answer with a BUY and three claims, the last in markup that must stay text."""
    answer = bullish(request.text)
    line = {"name": "close", "settings": [], "output": ""}
    answer["claims"] = [
        _claim("value", TRUE, line=line, comparison="above", than=answer["entry_high"] / 10, bars=5),
        _claim("volume", FALSE, comparison="above", factor=1000.0, bars=20),
        _claim("trend_line", UNKNOWABLE, side="support", first=1, second=2),
    ]
    answer["reasoning"] = "<b>Higher lows</b> above a rising average. <img src='file:///etc/passwd'>"
    return completion(json.dumps(answer), model="another-model")


def _claim(type_: str, text: str, **fields: Any) -> dict[str, Any]:
    return {"type": type_, "is_key": False, "text": text, **fields}
