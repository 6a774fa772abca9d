"""What is sent: the body of a request, word by word, for an endpoint as it was found to be."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

from app.adapters.llm.schema import IN_WORDS, SCHEMA
from app.domain.providers import Provider, Structure
from app.domain.readings import Question

_PNG = "data:image/png;base64,"
_WEAKER = {Structure.JSON_SCHEMA: Structure.JSON_OBJECT, Structure.JSON_OBJECT: Structure.TEXT}


@dataclass(frozen=True, slots=True)
class Manner:
    """How an endpoint is spoken to: how the answer keeps its form, and which words it knows for limits."""

    structure: Structure = Structure.JSON_SCHEMA
    takes_temperature: bool = True
    takes_max_tokens: bool = True

    def without(self, parameter: str) -> Manner | None:
        """Return the manner for an endpoint that refused a parameter (or did not say which); None past the last."""
        if parameter == "temperature" and self.takes_temperature:
            return replace(self, takes_temperature=False)
        if parameter == "max_tokens" and self.takes_max_tokens:
            return replace(self, takes_max_tokens=False)
        weaker = _WEAKER.get(self.structure)
        return replace(self, structure=weaker) if weaker else None


def manner_of(provider: Provider) -> Manner:
    """Return how a provider's model is to be spoken to, by its test; the strictest way when it had none."""
    found = provider.capability
    if found is None:
        return Manner()
    return Manner(found.structure, found.takes_temperature, found.takes_max_tokens)


def body_of(question: Question, provider: Provider, manner: Manner) -> dict[str, Any]:
    """Return the body of the request."""
    system = question.prompt.system
    if manner.structure is not Structure.JSON_SCHEMA:
        system = f"{system}\n\n{IN_WORDS}"
    body: dict[str, Any] = {
        "model": provider.model,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": _content(question)}],
    }
    return body | limits(provider, manner) | _format(manner.structure)


def limits(provider: Provider, manner: Manner) -> dict[str, Any]:
    """Return what bounds an answer, in the words the endpoint knows."""
    bounds: dict[str, Any] = {
        "max_tokens" if manner.takes_max_tokens else "max_completion_tokens": provider.max_answer_tokens
    }
    return bounds | ({"temperature": provider.temperature} if manner.takes_temperature else {})


def shown(body: dict[str, Any]) -> bytes:
    """Return a body as it is kept and previewed: exact, but with a picture's digest in the picture's place."""
    return json.dumps(_without_picture(body), ensure_ascii=False, sort_keys=True, indent=1).encode()


def _format(structure: Structure) -> dict[str, Any]:
    match structure:
        case Structure.JSON_SCHEMA:
            schema = {"name": "reading", "strict": True, "schema": SCHEMA}
            return {"response_format": {"type": "json_schema", "json_schema": schema}}
        case Structure.JSON_OBJECT:
            return {"response_format": {"type": "json_object"}}
        case Structure.TEXT:
            return {}


def _content(question: Question) -> str | list[dict[str, Any]]:
    if question.picture is None:
        return question.prompt.text
    return [{"type": "text", "text": question.prompt.text}, picture_part(question.picture)]


def picture_part(picture: bytes) -> dict[str, Any]:
    """Return a PNG as a part of a message."""
    url = _PNG + base64.b64encode(picture).decode()
    return {"type": "image_url", "image_url": {"url": url, "detail": "high"}}


def _without_picture(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_picture(item) for item in node]
    if isinstance(node, dict):
        return {name: _digest(value) if name == "url" else _without_picture(value) for name, value in node.items()}
    return node


def _digest(url: str) -> str:
    picture = base64.b64decode(url.removeprefix(_PNG))
    return f"the PNG with SHA-256 {hashlib.sha256(picture).hexdigest()}"
