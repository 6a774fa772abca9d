"""What a model was asked about a chart, what it said, and what became of that. Text of a reading decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NewType

from app.domain.bars import Timeframe
from app.domain.claims import Claim
from app.domain.instruments import ConId
from app.domain.providers import Estimate, Provider, ProviderId, Structure
from app.domain.signals import Direction, RunId, StrategyId, Trend

ReadingId = NewType("ReadingId", str)
Digest = NewType("Digest", str)
"""The SHA-256, in hex, of bytes that the store keeps (services.ports_readings.Bulk)."""


class ReadingKind(StrEnum):
    """What was read: one timeframe's chart, or the readings of several."""

    CHART = "chart"
    CONSOLIDATION = "consolidation"


class ReadingStatus(StrEnum):
    """How a reading ended; only a `valid` one has a say, every other is stored as what it is."""

    VALID = "valid"
    OFF = "off"
    NO_KEY = "no_key"
    NO_PROMPT = "no_prompt"
    OVER_BUDGET = "over_budget"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DENIED = "denied"
    FAILED = "failed"
    REFUSED = "refused"
    INVALID = "invalid"
    CANCELLED = "cancelled"
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True)
class Target:
    """A price to take profit at, and what it rests on in the model's words."""

    price: float
    basis: str


@dataclass(frozen=True, slots=True)
class View:
    """What a model said, after its form and ranges were checked; BUY and SELL have all of the prices."""

    direction: Direction
    trend: Trend
    confidence: float
    entry_low: float | None = None
    entry_high: float | None = None
    stop: float | None = None
    targets: tuple[Target, ...] = ()
    claims: tuple[Claim, ...] = ()
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt ready to be sent: its exact texts and the versions they were made from."""

    system: str
    text: str
    version: str = ""
    system_version: str = ""


@dataclass(frozen=True, slots=True)
class ChartInput:
    """One timeframe of an instrument, ready to be read: its picture, its numbers and where both came from.

    `context` is what the prompt's template may name, all of it from the same snapshot as `picture` (a PNG).
    `last_price` is the newest price known when the picture was drawn.
    """

    timeframe: Timeframe
    picture: bytes | None
    context: Mapping[str, Any]
    last_price: float
    snapshot: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What goes to a model: the exact texts and picture, and what its answer is held against."""

    kind: ReadingKind
    symbol: str
    timeframe: Timeframe | None
    prompt: PromptText
    picture: bytes | None
    last_price: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question: a view when the status is `valid`, and what it took in any case.

    `sent` is the request as it went, with the picture's digest in its place, `raw` the reply, both without the key.
    Tokens are None when the provider did not count them.
    """

    status: ReadingStatus
    why: str = ""
    view: View | None = None
    sent: bytes = b""
    raw: bytes = b""
    model_served: str = ""
    structure: Structure | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    latency_ms: float = 0.0
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One reading as it is kept, for ever; the bytes behind the digests are kept for 180 days.

    `key` names everything that was sent and to whom: a valid reading of the same key is not asked for again.
    `cached_from` is the reading that answered instead of the provider. Tokens that the provider did not count are
    `is_estimated`.
    """

    id: ReadingId
    kind: ReadingKind
    status: ReadingStatus
    con_id: ConId
    symbol: str
    timeframe: Timeframe | None
    at: datetime
    why: str = ""
    view: View | None = None
    run: RunId | None = None
    strategy: StrategyId | None = None
    language: str = "en"
    provider: ProviderId | None = None
    model: str = ""
    model_served: str = ""
    structure: Structure | None = None
    prompt_version: str = ""
    system_version: str = ""
    system: Digest | None = None
    prompt: Digest | None = None
    picture: Digest | None = None
    request: Digest | None = None
    raw: Digest | None = None
    snapshot: str = ""
    last_price: float | None = None
    key: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    is_estimated: bool = False
    cost: Decimal | None = None
    latency_ms: float = 0.0
    attempts: int = 0
    cached_from: ReadingId | None = None

    @property
    def is_valid(self) -> bool:
        """Say whether the reading has a say."""
        return self.status is ReadingStatus.VALID

    @property
    def is_other_model(self) -> bool:
        """Say whether another model answered than the one asked for."""
        return bool(self.model_served) and not _is_same_model(self.model, self.model_served)


def _is_same_model(asked: str, served: str) -> bool:
    """Return whether a served name is the asked one, or the dated release that the name stands for."""
    return served == asked or served.removeprefix("models/") == asked.removeprefix("models/") or _dated(asked, served)


def _dated(asked: str, served: str) -> bool:
    rest = served.removeprefix(asked + "-") if served.startswith(asked + "-") else ""
    return bool(rest) and rest.replace("-", "").isdecimal()


@dataclass(frozen=True, slots=True)
class ReadingProgress:
    """A question of a reading began (`reading` is None) or ended."""

    kind: ReadingKind
    timeframe: Timeframe | None
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent, word by word, before it is: to whom, the questions, and the most they may use.

    `requests` are the bodies, each with a digest in its picture's place. `estimate` covers the consolidation too, whose
    question is only known once the charts are read.
    """

    provider: Provider
    questions: tuple[Question, ...]
    requests: tuple[bytes, ...]
    estimate: Estimate
    notes: tuple[str, ...]
