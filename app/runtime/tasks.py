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
        self.on_vital_failure: Callable[[str], None] = lambda name: None
        """What is done when work without which nobody should trade has ended by an error."""
        self.is_closed = False
        """Whether everything has been told to end: what would be started now has nobody left to serve."""

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str, is_vital: bool = False) -> asyncio.Task[Any]:
        """Start `work` now; a failure is logged under `name`, and one of vital work told to `on_vital_failure`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(lambda done: self._ended(done, is_vital))
        return task

    def _ended(self, task: asyncio.Task[Any], is_vital: bool) -> None:
        self._running.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        log.error("the task %s failed", task.get_name(), exc_info=error)
        if is_vital:
            self.on_vital_failure(task.get_name())

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
