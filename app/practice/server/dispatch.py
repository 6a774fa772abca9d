"""Which function answers which request; the functions register themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway
    from app.practice.server.session import Session

Answer = Callable[["Gateway", "Session", Any], None]
F = TypeVar("F", bound=Callable[..., None])

ANSWERS: dict[type[Any], Answer] = {}


def answers(message: type[Any]) -> Callable[[F], F]:
    """Register a function as the answer to a kind of request."""

    def register(function: F) -> F:
        ANSWERS[message] = function
        return function

    return register
