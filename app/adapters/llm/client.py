"""Asking an endpoint: one question, at most two retries, and an answer that is a view or the reason why not.

The SDK is imported on the first question, in a thread. Nothing it raises goes further than this room.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.adapters.llm.envelope import Envelope, Refusal, answer_in, opened
from app.adapters.llm.redaction import Redactor
from app.adapters.llm.requests import Manner, body_of, manner_of, shown
from app.adapters.llm.strict_json import NotStrict
from app.adapters.llm.views import Unusable, view_of
from app.domain.errors import UserError
from app.domain.providers import Capability, Provider, Secret
from app.domain.readings import Answer, Question, ReadingStatus
from app.runtime.clock import Clock

if TYPE_CHECKING:  # these bring the SDK, which takes 0.4 s
    from app.adapters.llm.endpoint import Endpoint
    from app.adapters.llm.failures import Failure

log = logging.getLogger(__name__)
RETRIES = 2
_FIRST_PAUSE_S = 0.5

Pause = Callable[[float], Awaitable[None]]


class ModelClient:
    """Any OpenAI-compatible endpoint (services.ports_readings.Model)."""

    def __init__(self, clock: Clock, *, pause: Pause = asyncio.sleep) -> None:
        self._clock = clock
        self._pause = pause

    def request(self, question: Question, provider: Provider) -> bytes:
        """Return exactly what would be sent, with a picture's digest in the picture's place."""
        return shown(body_of(question, provider, manner_of(provider)))

    async def ask(self, question: Question, provider: Provider, key: Secret | None) -> Answer:
        """Ask once, with at most two retries; the answer's view is checked in form and ranges, or there is none."""
        began = self._clock.monotonic()
        tally = _Tally()
        try:
            answer = await self._asked(question, provider, key, tally)
        except UserError as error:
            answer = Answer(ReadingStatus.FAILED, str(error))
        except Exception as error:  # whatever this room did not foresee is an answer that cannot be used, never more
            log.exception("a question to %s failed", provider.name)
            answer = Answer(ReadingStatus.INVALID, f"No usable answer ({type(error).__name__}).")
        took = (self._clock.monotonic() - began) * 1000
        return replace(answer, latency_ms=round(took, 1), attempts=tally.attempts)

    async def probe(self, provider: Provider, key: Secret | None, tell: Callable[[str], None]) -> Capability:
        """Find out what the chosen model can and takes, telling each step; raise UserError when it cannot be used."""
        endpoint = await _opened(provider, key)
        from app.adapters.llm.probe import probed

        async with endpoint:
            return await probed(endpoint, provider, tell, self._clock.now())

    async def models(self, provider: Provider, key: Secret | None) -> tuple[str, ...]:
        """Return the models on offer, none when the endpoint lists none; raise UserError when it does not answer."""
        endpoint = await _opened(provider, key)
        from app.adapters.llm.probe import listed

        async with endpoint:
            return await listed(endpoint, provider, self._clock.now())

    async def _asked(self, question: Question, provider: Provider, key: Secret | None, tally: _Tally) -> Answer:
        endpoint = await _opened(provider, key)
        from app.adapters.llm.failures import Failure

        manner: Manner = manner_of(provider)
        redactor = Redactor(key.reveal() if key else None)
        async with endpoint:
            while True:
                body = body_of(question, provider, manner)
                tally.attempts += 1
                got = await endpoint.complete(body, provider.timeout_s, self._clock.now())
                if not isinstance(got, Failure):
                    return judged(redactor.bytes(got), question, manner, shown(body), redactor)
                weaker = manner.without(got.parameter) if got.is_form and provider.capability is None else None
                if weaker is not None:
                    manner = weaker
                elif got.may_retry and tally.retries < RETRIES:
                    await self._pause(_pause_s(got, tally.retries))
                    tally.retries += 1
                else:
                    why, raw = redactor.text(got.why), redactor.bytes(got.raw)
                    return Answer(got.status, why, raw=raw, sent=shown(body), structure=manner.structure)


@dataclass(slots=True)
class _Tally:
    attempts: int = 0
    retries: int = 0


async def _opened(provider: Provider, key: Secret | None) -> Endpoint:
    """Return the endpoint, ready to be asked; importing the SDK and reading certificates takes a thread's time."""

    def in_thread() -> Endpoint:
        from app.adapters.llm.endpoint import Endpoint

        return Endpoint(provider.base_url, key.reveal() if key else None, provider.timeout_s)

    return await asyncio.to_thread(in_thread)


def _pause_s(failure: Failure, retries: int) -> float:
    """Return how long to wait: what was asked for, or twice as long each time, shifted by chance."""
    if failure.wait_s is not None:
        return failure.wait_s
    return _FIRST_PAUSE_S * (1 << retries) * random.uniform(0.5, 1.5)


def judged(raw: bytes, question: Question, manner: Manner, sent: bytes, redactor: Redactor) -> Answer:
    """Return what a reply is worth: its view, or why it has none. It may be any bytes."""
    answer = Answer(ReadingStatus.INVALID, raw=raw, sent=sent, structure=manner.structure)
    try:
        envelope = opened(raw)
    except NotStrict as error:
        return replace(answer, why=f"No usable answer ({error}).")
    answer = _counted(answer, envelope, redactor)
    try:
        found: dict[str, Any] = redactor.value(answer_in(envelope, manner.structure))
        view = view_of(found, question)
    except Refusal as error:
        return replace(answer, status=ReadingStatus.REFUSED, why=f"No answer: {error}.")
    except (NotStrict, Unusable) as error:
        return replace(answer, why=f"No usable answer ({redactor.text(str(error))}).")
    return replace(answer, status=ReadingStatus.VALID, view=view)


def _counted(answer: Answer, envelope: Envelope, redactor: Redactor) -> Answer:
    return replace(
        answer,
        model_served=redactor.text(envelope.model),
        tokens_in=envelope.tokens_in,
        tokens_out=envelope.tokens_out,
    )
