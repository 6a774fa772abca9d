"""The only place where tasks are started: each has a name, a strong reference and a logged end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """The running tasks of one part of the product; closing cancels and awaits them."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self.is_closed = False
        """Whether everything has been told to end: what would be started now has nobody left to serve."""

    def spawn(
        self,
        work: Coroutine[Any, Any, Any],
        *,
        name: str,
        on_failure: Callable[[BaseException], None] | None = None,
    ) -> asyncio.Task[Any]:
        """Start `work` now; a failure is logged under `name` and told to `on_failure`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(done, on_failure))
        return task

    def _ended(self, task: asyncio.Task[Any], on_failure: Callable[[BaseException], None] | None) -> None:
        self._running.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("the task %s failed", task.get_name(), exc_info=error)
        if on_failure is not None:
            on_failure(error)

    @property
    def names(self) -> list[str]:
        """The names of what runs now."""
        return sorted(task.get_name() for task in self._running)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        self.is_closed = True
        current = asyncio.current_task()
        running = [task for task in self._running if task is not current]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
