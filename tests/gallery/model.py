"""A local model for pictures: it reads what it is sent and answers soundly, one claim of three being wrong."""

from __future__ import annotations

import json

from tests.support.model_server import Request, completion
from tests.support.seeing import bullish

REASONING = (
    "Higher lows since the spring and a close above both averages. The last pullback held at the former high; "
    "momentum is positive but no longer growing, so the first target is the nearer swing."
)


def answer(request: Request) -> bytes:
    """Return a BUY of the symbol asked about with claims that the bars will confirm or strike out."""
    said = bullish(request.text)
    last = said["entry_high"]
    said["confidence"] = round(0.6 + (sum(map(ord, said["symbol"])) % 25) / 100, 2)
    said["reasoning"] = REASONING
    price, average = {"name": "close", "settings": [], "output": ""}, {"name": "sma", "settings": [], "output": ""}
    near = round(last * 0.93, 2)
    said["claims"] = [
        {"type": "value", "line": price, "comparison": "above", "than": average, "bars": 5, "is_key": False,
         "text": "The close is above its 20-day average."},
        {"type": "volume", "comparison": "rising", "factor": 1.0, "bars": 20, "is_key": False,
         "text": "Volume has been rising."},
        {"type": "level", "side": "support", "price": near, "touches": 2, "is_key": False,
         "text": f"Support near {near:.2f} held at least twice."},
    ]  # fmt: skip
    return completion(json.dumps(said), model="local-vision-7b")
