"""The bus: facts that became true, handed to whoever watches. For observers only; nothing is decided here."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

log = logging.getLogger(__name__)
E = TypeVar("E")


class Bus:
    """Keyed by the class of what is published; handlers run at once, in the order they came, on the one thread."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def on(self, kind: type[E], handler: Callable[[E], None]) -> Callable[[], None]:
        """Call `handler` with everything of class `kind` (subclasses too); call the result to stop."""
        self._handlers[kind].append(handler)
        return lambda: self._handlers[kind].remove(handler)

    def publish(self, thing: object) -> None:
        """Hand `thing` to its observers; one that fails is logged and the others still hear."""
        for kind in type(thing).__mro__:
            for handler in tuple(self._handlers.get(kind, ())):
                try:
                    handler(thing)
                except Exception:  # an observer's failure must never reach what it observes
                    log.exception("an observer of %s failed", kind.__name__)
