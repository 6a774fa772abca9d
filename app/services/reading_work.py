"""A reading in the making: what was asked, what came, what it took, and the bulk data that it names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from app.domain.bulk import BulkData, bulk
from app.domain.providers import Estimate, Provider
from app.domain.readings import Answer, Digest, Question, Reading, ReadingStatus
from app.services.budget import tokens_of

_WORKED = (ReadingStatus.VALID, ReadingStatus.INVALID, ReadingStatus.REFUSED, ReadingStatus.TIMEOUT)
"""How an answer ended for which a provider may have counted tokens."""


@dataclass(slots=True)
class Work:
    """A reading that is filled in step by step, with what is to be kept beside it."""

    reading: Reading
    keep: list[BulkData] = field(default_factory=list)

    def set(self, **changes: Any) -> None:
        """Fill fields of the reading in."""
        self.reading = replace(self.reading, **changes)

    def end(self, status: ReadingStatus, why: str) -> None:
        """Say how the reading ended."""
        self.set(status=status, why=why)

    def note_question(self, question: Question, provider: Provider, request: bytes) -> None:
        """Keep what is asked; the key names all of it and the endpoint it goes to."""
        prompt = question.prompt
        self.set(
            key=hashlib.sha256(provider.base_url.encode() + b"\0" + request).hexdigest(),
            request=self._kept(request),
            system=self._kept(prompt.system.encode()),
            prompt=self._kept(prompt.text.encode()),
            picture=self._kept(question.picture or b"", is_dense=True),
            prompt_version=prompt.version,
            system_version=prompt.system_version,
        )

    def take_over(self, earlier: Reading) -> None:
        """Answer with what a provider said to exactly the same question, at no cost."""
        self.set(
            status=ReadingStatus.VALID,
            view=earlier.view,
            model_served=earlier.model_served,
            structure=earlier.structure,
            raw=earlier.raw,
            cost=Decimal(0),
            cached_from=earlier.id,
        )

    def note_sent(self, most: Estimate, provider: Provider) -> None:
        """Count a call as made and its question as used, for the case that nothing more is heard of it."""
        cost = provider.cost(most.tokens_in, 0)
        self.set(attempts=1, tokens_in=most.tokens_in, tokens_out=0, is_estimated=True, cost=cost)

    def note_answer(self, answer: Answer, most: Estimate, provider: Provider) -> None:
        """Fill in what came, and what it took; tokens that nobody counted are estimated where work was done."""
        tokens_in, tokens_out = answer.tokens_in, answer.tokens_out
        is_counted = tokens_in is not None and tokens_out is not None
        is_estimated = not is_counted and answer.attempts > 0 and answer.status in _WORKED
        if is_estimated:
            tokens_in, tokens_out = most.tokens_in, _tokens_of(answer.raw)
        self.set(
            status=answer.status,
            why=answer.why,
            view=answer.view,
            model_served=answer.model_served,
            structure=answer.structure,
            request=self._kept(answer.sent) or self.reading.request,
            raw=self._kept(answer.raw),
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            is_estimated=is_estimated,
            cost=provider.cost(tokens_in or 0, tokens_out or 0) if is_counted or is_estimated else None,
            latency_ms=answer.latency_ms,
            attempts=answer.attempts,
        )

    def _kept(self, data: bytes, *, is_dense: bool = False) -> Digest | None:
        """Keep bytes with the reading and return the name they have there, None for no bytes."""
        if not data:
            return None
        self.keep.append(bulk(data, self.reading.at, is_dense=is_dense))
        return Digest(self.keep[-1].digest)


def _tokens_of(raw: bytes) -> int:
    return tokens_of(raw.decode(errors="replace")) if raw else 0
