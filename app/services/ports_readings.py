"""What readings need from outside, as Protocols: the model, the vault, prompts, and where what was said is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from app.domain.bars import Timeframe
from app.domain.events import EventId
from app.domain.instruments import Instrument
from app.domain.providers import Capability, Provider, Secret
from app.domain.readings import (
    Answer,
    ChartInput,
    Digest,
    PromptText,
    Question,
    Reading,
    ReadingId,
    ReadingKind,
    ReadingProgress,
)
from app.domain.signals import RunId
from app.domain.strategies import Strategy


class Model(Protocol):
    """An OpenAI-compatible endpoint. Nothing it does raises but a cancel: what went wrong is the answer's status."""

    def request(self, question: Question, provider: Provider) -> bytes:
        """Return exactly what would be sent, with a picture's digest in the picture's place."""

    async def ask(self, question: Question, provider: Provider, key: Secret | None) -> Answer:
        """Ask once, with at most two retries; the answer's view is checked in form and ranges, or there is none."""

    async def probe(self, provider: Provider, key: Secret | None, tell: Callable[[str], None]) -> Capability:
        """Find out what the chosen model can and takes, telling each step; raise UserError when it cannot be used."""

    async def models(self, provider: Provider, key: Secret | None) -> tuple[str, ...]:
        """Return the models on offer, none when the endpoint lists none; raise UserError when it does not answer."""


class Vault(Protocol):
    """Where secrets are kept, by name: the keyring of the system, or this session's memory; never a plain file."""

    async def get(self, name: str) -> Secret | None:
        """Return a secret, None when there is none; raise UserError when the keyring cannot be asked."""

    async def set(self, name: str, secret: Secret) -> None:
        """Keep a secret in the keyring; raise UserError, saying what else there is, when it cannot."""

    def remember(self, name: str, secret: Secret) -> None:
        """Keep a secret until the program ends, and nowhere else."""

    def from_environment(self, variable: str) -> Secret | None:
        """Return the secret in an environment variable, None when it is empty or not set."""

    async def delete(self, name: str) -> None:
        """Forget a secret; harmless when there is none, also where there is no keyring."""


class Prompts(Protocol):
    """Where the texts that go to a model come from."""

    async def compose(
        self,
        kind: ReadingKind,
        timeframe: Timeframe | None,
        language: str,
        strategy: Strategy | None,
        context: Mapping[str, Any],
    ) -> PromptText:
        """Return the prompt that holds for a strategy, rendered; raise UserError when it cannot be: nothing is sent."""


class Readings(Protocol):
    """Where readings are looked up."""

    async def fetch(self, ids: Sequence[ReadingId]) -> tuple[Reading, ...]:
        """Return readings in the order of their ids; those that are not there are left out."""

    async def of_run(self, run: str) -> tuple[Reading, ...]:
        """Return a run's readings, oldest first."""

    async def newest(self, count: int, symbol: str | None = None) -> tuple[Reading, ...]:
        """Return the newest readings, of one symbol or of all."""

    async def answered(self, key: str) -> Reading | None:
        """Return the newest valid reading that a provider gave to exactly this question, None when there is none."""


class Bulk(Protocol):
    """Bytes by their digest: exact prompts, pictures, raw replies and what else is too big for a fact.

    They are written with the facts that name them (services.facts.Facts).
    """

    async def fetch(self, digest: Digest) -> bytes | None:
        """Return the bytes, None when they were never kept or their time is over."""

    async def forget_before(self, at: datetime) -> int:
        """Drop what was last needed before a moment, and return how much was dropped."""


class ReadsCharts(Protocol):
    """Has charts read and weighed; each reading becomes a fact and a step of its run."""

    async def read(
        self,
        instrument: Instrument,
        charts: Sequence[ChartInput],
        *,
        strategy: Strategy | None = None,
        language: str = "en",
        run: RunId | None = None,
        cause: EventId | None = None,
        tell: Callable[[ReadingProgress], None] = lambda _: None,
        cancel: asyncio.Event | None = None,
    ) -> tuple[Reading, ...]:
        """Return a reading of each chart, the primary first, and their consolidation where there are two."""
