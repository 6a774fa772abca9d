"""Questions to a gateway that wait for their answer: by request id, or one at a time for kinds that carry none.

A question that fails raises; it is never answered with nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import Retryable, TapelineError

Key = int | str


@dataclass(slots=True)
class _Open:
    answer: asyncio.Future[Any]
    items: list[Any] = field(default_factory=list)


class Questions:
    """What was asked on one connection and is not answered yet.

    Answers without a request id come in the order of their questions: after a time-out the answer still owed is
    let pass before the next one counts, so that the tail of an old answer is never taken for a new one.
    """

    def __init__(self, on_silence: Callable[[str], None]) -> None:
        self._on_silence = on_silence
        self._open: dict[Key, _Open] = {}
        self._owed: Counter[str] = Counter()
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def ask(self, key: Key, send: Callable[[], None], *, within: float, what: str) -> Any:
        """Send a question and return its answer: the result it was ended with, or the list of its items.

        Raises Retryable on a time-out or a lost connection, and what the question was refused with.
        """
        open_ = self._open[key] = _Open(asyncio.get_running_loop().create_future())
        try:
            send()
            async with asyncio.timeout(within):
                return await open_.answer
        except TimeoutError:
            raise Retryable(f"The gateway did not tell {what} within {within:g} s; try again.") from None
        except ConnectionError:
            raise Retryable(f"There is no connection to a gateway to ask for {what}; it is being made again.") from None
        finally:
            self._open.pop(key, None)

    async def ask_in_turn(self, kind: str, send: Callable[[], None], *, within: float, what: str) -> Any:
        """As `ask`, for a kind of question that carries no id: one at a time.

        Two of a kind unanswered in a row mean that nobody is there: the link is reported silent.
        """
        async with self._turn[kind]:
            try:
                return await self.ask(kind, send, within=within, what=what)
            except (Retryable, asyncio.CancelledError):
                self._owed[kind] += 1
                if self._owed[kind] >= 2:
                    self._on_silence(f"the gateway twice did not tell {what}")
                raise

    def is_open(self, key: Key) -> bool:
        """Say whether an answer is waited for and the next message belongs to it."""
        open_ = self._open.get(key)
        return open_ is not None and not open_.answer.done() and not (isinstance(key, str) and self._owed[key])

    def add(self, key: Key, item: Any) -> None:
        """Take one part of an answer."""
        if self.is_open(key):
            self._open[key].items.append(item)

    def end(self, key: Key, result: Any = None) -> None:
        """Answer a question with `result`, or with what was added."""
        if isinstance(key, str) and self._owed[key]:
            self._owed[key] -= 1
            return
        if (open_ := self._open.get(key)) and not open_.answer.done():
            open_.answer.set_result(open_.items if result is None else result)

    def end_any(self, kind: str, result: Any) -> None:
        """Answer a question of a kind whose answers are all alike, so that an old one does as well."""
        self._owed[kind] = 0
        self.end(kind, result)

    def refuse(self, key: Key, error: TapelineError) -> None:
        """Fail a question, if it is waited for."""
        if (open_ := self._open.get(key)) and not open_.answer.done():
            open_.answer.set_exception(error)

    def refuse_all(self, why: str) -> None:
        """Fail every question: the connection is gone."""
        for key in tuple(self._open):
            self.refuse(key, Retryable(f"The connection to the gateway was lost: {why}."))
