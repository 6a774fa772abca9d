"""A test of an endpoint: which models it lists, what form of answer it keeps to, whether it sees pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.adapters.llm.endpoint import Endpoint
from app.adapters.llm.envelope import Envelope, Refusal, answer_in, opened
from app.adapters.llm.failures import Failure
from app.adapters.llm.requests import Manner, body_of, limits, picture_part
from app.adapters.llm.sight import NUMBER, PICTURE
from app.adapters.llm.strict_json import NotStrict, parse_object
from app.domain.errors import UserError
from app.domain.providers import Capability, Provider, Structure
from app.domain.readings import PromptText, Question, ReadingKind, ReadingStatus

ANSWER_TOKENS = 500
_LONGEST_NAME = 120
_MOST_MODELS = 1000
_QUESTION = Question(
    kind=ReadingKind.CHART,
    symbol="TEST",
    timeframe=None,
    prompt=PromptText(
        "You answer connection tests.",
        "A connection test: answer for the symbol TEST with the signal HOLD, a neutral trend, confidence 0.5, null for "
        "every price, no claims, and the word “ready” as reasoning.",
    ),
    picture=None,
    last_price=100.0,
)


async def listed(endpoint: Endpoint, provider: Provider, now: datetime) -> tuple[str, ...]:
    """Return the models an endpoint lists, none when it has no such list; raise UserError when it does not answer."""
    got = await endpoint.models(provider.timeout_s, now)
    if isinstance(got, Failure):
        if got.status in (ReadingStatus.UNREACHABLE, ReadingStatus.TIMEOUT, ReadingStatus.DENIED):
            raise UserError(got.why)
        return ()
    try:
        rows = parse_object(got).get("data")
    except NotStrict:
        return ()
    names = [row.get("id") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(sorted({name for name in names if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME}))[
        :_MOST_MODELS
    ]


async def probed(endpoint: Endpoint, provider: Provider, tell: Callable[[str], None], now: datetime) -> Capability:
    """Return what a model can and takes; raise UserError when it gives no answer in any form."""
    small = replace(provider, max_answer_tokens=min(ANSWER_TOKENS, provider.max_answer_tokens))
    manner, served, notes = await _manner(endpoint, small, tell, now)
    tell("Showing it a small picture…")
    has_vision, seen = await _sees(endpoint, small, manner, now)
    return Capability(
        model=provider.model,
        structure=manner.structure,
        has_vision=has_vision,
        served=served,
        tested=now,
        takes_temperature=manner.takes_temperature,
        takes_max_tokens=manner.takes_max_tokens,
        notes=(*notes, seen),
    )


async def _manner(
    endpoint: Endpoint, provider: Provider, tell: Callable[[str], None], now: datetime
) -> tuple[Manner, str, tuple[str, ...]]:
    """Return the strictest manner that brings an answer, the model that served it, and what to know of it."""
    manner: Manner | None = Manner()
    why = ""
    while manner is not None:
        tell(f"Asking {provider.model} for an answer as {_WORDS[manner.structure]}…")
        got = await endpoint.complete(body_of(_QUESTION, provider, manner), provider.timeout_s, now)
        if isinstance(got, Failure):
            if got.status is not ReadingStatus.FAILED:
                raise UserError(got.why)
            why, parameter = got.why, got.parameter
        else:
            why, parameter = _form_of(got, manner), ""
            if not why:
                return manner, opened(got).model, (f"It answers as {_WORDS[manner.structure]}.",)
        manner = manner.without(parameter)
    raise UserError(f"{provider.model} gave no answer that could be used: {why}")


_WORDS = {
    Structure.JSON_SCHEMA: "JSON by schema",
    Structure.JSON_OBJECT: "a JSON object",
    Structure.TEXT: "plain text that is one JSON object",
}


def _form_of(raw: bytes, manner: Manner) -> str:
    """Return what is wrong with the form of a reply; an answer that only ran out of its few tokens kept to it."""
    try:
        envelope = opened(raw)
        if envelope.finish == "length" and manner.structure is not Structure.TEXT and _may_go_on(envelope):
            return ""
        found = answer_in(envelope, manner.structure)
    except (NotStrict, Refusal) as error:
        return str(error)
    return "" if {"symbol", "signal", "confidence"} <= found.keys() else "the answer has another form"


def _may_go_on(envelope: Envelope) -> bool:
    content = envelope.message.get("content") or ""
    return isinstance(content, str) and content.lstrip()[:1] in ("", "{")


async def _sees(endpoint: Endpoint, provider: Provider, manner: Manner, now: datetime) -> tuple[bool, str]:
    """Show a picture of a number and have it read back."""
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "Which number does the picture show? Answer with its digits alone."},
        picture_part(PICTURE),
    ]
    body = {"model": provider.model, "messages": [{"role": "user", "content": content}], **limits(provider, manner)}
    got = await endpoint.complete(body, provider.timeout_s, now)
    if isinstance(got, Failure):
        return False, "It takes no pictures: charts are sent as numbers alone."
    try:
        read = opened(got).message.get("content")
    except NotStrict:
        read = None
    if isinstance(read, str) and read.strip().strip("\"'.`") == NUMBER:
        return True, "It sees pictures."
    return False, "It does not see what is on a picture: charts are sent as numbers alone."
