"""Logs: one JSON line a record in a rotating file, readable lines on stderr, a ring for the Log panel. No secrets."""

from __future__ import annotations

import json
import logging
import logging.handlers
import re
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

_SECRETS = re.compile(
    r"(sk-[A-Za-z0-9_\-]{8,}|Bearer\s+\S+|(?i:(?:api[_-]?key|password|token|secret)\"?\s*[=:]\s*\"?)[^\s\"',}]+)"
)
MOST_REPEATS = 20
REPEATS_WITHIN_S = 10.0
MOST_KNOWN = 2000
_SHORTEST = 4
"""A secret shorter than this would take half of every text with it."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One record as the Log panel shows it."""

    at: datetime
    level: str
    source: str
    text: str


class Redaction(logging.Filter):
    """Takes what looks like a secret out of every record before any sink sees it."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        record.msg, record.args = redact(text), ()
        return True


class Repeats(logging.Filter):
    """Lets the same line through so many times in a while; what comes beyond is counted and told with the next.

    One object serves all sinks of a record, so that each of them hears the same.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        known: bool | None = getattr(record, "is_news", None)
        if known is None:
            known = record.is_news = self._is_news(record)
        return known

    def _is_news(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        key = (record.name, record.levelno, text)
        began, count = self._said.get(key, (record.created, 0))
        if record.created - began >= REPEATS_WITHIN_S:
            if count > MOST_REPEATS:
                record.msg, record.args = f"{text} (said {count - MOST_REPEATS} times more before)", ()
            began, count = record.created, 0
        if len(self._said) >= MOST_KNOWN and key not in self._said:
            self._said.clear()
        self._said[key] = (began, count + 1)
        return count < MOST_REPEATS


_hidden: set[str] = set()


def hide(secret: str) -> None:
    """Have a secret of this session taken out of every record from now on, whatever it looks like."""
    if len(secret) >= _SHORTEST:
        _hidden.add(secret)


def redact(text: str) -> str:
    """Return `text` with keys, tokens and passwords taken out."""
    for secret in _hidden:
        text = text.replace(secret, "[redacted]")
    return _SECRETS.sub("[redacted]", text)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "source": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = redact(self.formatException(record.exc_info))
        return json.dumps(line)


class _OneLine(logging.Formatter):
    """A line a record: what went wrong by name, its trace in the file alone."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{record.levelname:.1} {record.name}: {record.getMessage()}"
        if record.exc_info and record.exc_info[1] is not None:
            line += redact(f" ({record.exc_info[1]!r})")
        return " ".join(line.splitlines())


class LogRing(logging.Handler):
    """The newest records, for whoever wants to look; followers hear of each new one."""

    def __init__(self, size: int = 5000) -> None:
        super().__init__()
        self.lines: deque[LogLine] = deque(maxlen=size)
        self._followers: list[Callable[[LogLine], None]] = []

    def follow(self, hear: Callable[[LogLine], None]) -> Callable[[], None]:
        """Call `hear` for each new line (on the thread that logged it); call the result to stop."""
        self._followers.append(hear)
        return lambda: self._followers.remove(hear)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        line = LogLine(at, record.levelname.lower(), record.name.removeprefix("app."), record.getMessage())
        self.lines.append(line)
        for hear in tuple(self._followers):
            hear(line)


def start_logging(data_dir: Path | None, *, level: int = logging.INFO, to_stderr: bool = True) -> LogRing:
    """Set the root logger up and return the ring; the file is `logs/tapeline.jsonl`, 10 × 5 MB."""
    ring = LogRing()
    handlers: list[logging.Handler] = [ring]
    if data_dir is not None:
        folder = data_dir / "logs"
        folder.mkdir(parents=True, exist_ok=True)
        file = logging.handlers.RotatingFileHandler(
            folder / "tapeline.jsonl", maxBytes=5_000_000, backupCount=10, encoding="utf-8"
        )
        file.setFormatter(_JsonLines())
        handlers.append(file)
    if to_stderr:
        stream = logging.StreamHandler(sys.stderr)
        stream.setFormatter(_OneLine())
        stream.setLevel(logging.ERROR)  # a command says by itself in one sentence why it could not
        handlers.append(stream)
    root, repeats = logging.getLogger(), Repeats()
    for old in root.handlers[:]:
        root.removeHandler(old)
    for handler in handlers:
        handler.addFilter(repeats)
        handler.addFilter(Redaction())
        root.addHandler(handler)
    root.setLevel(level)
    for chatty in ("ib_async", "alembic", "asyncio", "exchange_calendars", "openai", "httpx2", "httpcore2", "keyring"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    return ring
