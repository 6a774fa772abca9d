"""The one thread that touches the database; everyone else awaits it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Worker:
    """Does one thing after another, in the order asked, on a thread of its own."""

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")

    async def do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns, or raise what it raises."""
        return await asyncio.wrap_future(self._executor.submit(work, *args, **kwargs))

    def end(self) -> None:
        """Let what was asked finish, then end the thread."""
        self._executor.shutdown(wait=True)
