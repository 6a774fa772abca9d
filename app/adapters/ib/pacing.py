"""The queue for historical data: few requests at once, the urgent first, and IB's pacing rules kept.

IB: at most 60 requests in ten minutes and no identical one within 15 seconds. It holds bars of 30 seconds and less to
that; longer ones only once it has complained, so for those the rules bind after a complaint.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager

from app.domain.broker import HistoryBudget, Priority

FIRST_GUESS_S = 1.0
"""How long a request is taken to last before any was seen."""
_NEW_SHARE = 0.2


class Pacing:
    """Gives out turns to ask for history; `clock` tells monotonic seconds."""

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        most: int = 60,
        window_s: float = 600.0,
        same_s: float = 15.0,
        at_once: int = 6,
    ) -> None:
        self._clock = clock
        self._most, self._window_s, self._same_s = most, window_s, same_s
        self._free = self._at_once = at_once
        self._held = 0
        self._took_s = FIRST_GUESS_S
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._number = itertools.count()
        self._asked: deque[tuple[float, Hashable]] = deque()
        self._strict_until = 0.0

    @property
    def waiting(self) -> int:
        """How many requests wait for their turn."""
        return sum(1 for _, _, turn in self._waiting if not turn.done())

    @property
    def budget(self) -> HistoryBudget:
        """What was asked in the window, what the gateway takes, who waits, and until when the last of them is done."""
        wait = self.wait_s(None, is_small=False)
        queue = Counter(Priority(priority) for priority, _, turn in self._waiting if not turn.done())
        return HistoryBudget(
            len(self._asked),
            self._most,
            self._window_s,
            self.waiting,
            wait,
            queue=tuple((priority, queue[priority]) for priority in Priority),
            running=self._at_once - self._free,
            eta_s=self._eta_s(),
        )

    def _eta_s(self) -> float:
        """Return when all that runs and waits is answered: turns as long as they were lately, held up by the rules."""
        waiting = self.waiting
        if not waiting and self._free == self._at_once:
            return 0.0
        turns = math.ceil(waiting / self._at_once) + 1
        held = 0.0
        over = len(self._asked) + self._held + waiting - self._most
        now = self._clock()
        if now < self._strict_until and over > 0:
            windows, place = divmod(over - 1, self._most)
            frees = self._asked[place] if place < len(self._asked) else (now, None)
            held = max(0.0, frees[0] + self._window_s - now) + windows * self._window_s
        return held + turns * self._took_s

    def complained(self) -> None:
        """Keep to the rules for all requests for one window: the gateway said that we asked too often."""
        self._strict_until = self._clock() + self._window_s

    @asynccontextmanager
    async def turn(
        self, what: Hashable, *, priority: Priority = Priority.STRATEGY, is_small: bool = False
    ) -> AsyncIterator[None]:
        """Hold a turn while the block runs; `what` is the request, compared with the ones before it."""
        await self._enter(priority)
        try:
            await self._hold_back(what, is_small=is_small)
            began = self._clock()
            self._asked.append((began, what))
            yield
            self._took_s += _NEW_SHARE * (self._clock() - began - self._took_s)
        finally:
            self._leave()

    async def _hold_back(self, what: Hashable, *, is_small: bool) -> None:
        self._held += 1
        try:
            while (wait := self.wait_s(what, is_small=is_small)) > 0:  # noqa: ASYNC110 - time itself is waited for
                await asyncio.sleep(wait)
        finally:
            self._held -= 1

    def wait_s(self, what: Hashable, *, is_small: bool) -> float:
        """Return for how many seconds a request has to wait by the rules."""
        now = self._clock()
        while self._asked and now - self._asked[0][0] >= self._window_s:
            self._asked.popleft()
        if not is_small and now >= self._strict_until:
            return 0.0
        same = max((at for at, asked in self._asked if asked == what), default=None)
        wait = 0.0 if same is None else same + self._same_s - now
        if len(self._asked) >= self._most:
            wait = max(wait, self._asked[-self._most][0] + self._window_s - now)
        return max(0.0, wait)

    async def _enter(self, priority: Priority) -> None:
        if self._free > 0 and not self.waiting:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (int(priority), next(self._number), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            *_, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
