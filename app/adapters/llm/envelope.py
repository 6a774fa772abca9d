"""The envelope of a chat completion: what the model wrote, why it stopped, which model it was, what was counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from app.adapters.llm.strict_json import NotStrict, parse_object
from app.domain.providers import Structure

_FENCED = re.compile(r"\s*```(?:json)?\s*\n(.*)\n\s*```\s*", re.DOTALL)
_MOST_TOKENS = 100_000_000


class Refusal(Exception):
    """The model, or a filter before it, would not answer."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One completion, of which nothing is trusted yet."""

    message: dict[str, Any]
    finish: str
    model: str
    tokens_in: int | None
    tokens_out: int | None


def opened(raw: bytes) -> Envelope:
    """Return what an envelope holds; raise NotStrict when it is none."""
    found = parse_object(raw)
    choices = found.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    usage = found.get("usage")
    counted = usage if isinstance(usage, dict) else {}
    return Envelope(
        message=message if isinstance(message, dict) else {},
        finish=_text(first.get("finish_reason")) if isinstance(first, dict) else "",
        model=_text(found.get("model")),
        tokens_in=_count(counted.get("prompt_tokens")),
        tokens_out=_count(counted.get("completion_tokens")),
    )


def answer_in(envelope: Envelope, structure: Structure) -> dict[str, Any]:
    """Return the one JSON object that was written; raise NotStrict, or Refusal where there was one."""
    if _text(envelope.message.get("refusal")):
        raise Refusal("the model declined to answer")
    if envelope.finish == "content_filter":
        raise Refusal("the provider's filter stopped the answer")
    content = envelope.message.get("content")
    if not isinstance(content, str) or not content.strip():
        raise NotStrict("there is no answer in it")
    if envelope.finish == "length":
        raise NotStrict("the answer was cut off at its token limit; raise the limit in Settings › Models")
    return parse_object(_unfenced(content, structure).encode("utf-8", "surrogatepass"))


def _unfenced(content: str, structure: Structure) -> str:
    """Take off one fence around the whole of a plain text; inside a structure that was asked for it has no place."""
    whole = _FENCED.fullmatch(content) if structure is Structure.TEXT else None
    return whole.group(1) if whole else content


def _text(value: object) -> str:
    return value[:200] if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None
