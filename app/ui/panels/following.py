"""How a panel keeps in step with what is true, and how its acts are tried: shared by all panels."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence, Set
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from app.domain.errors import TapelineError
from app.domain.events import Event
from app.runtime.bus import Bus
from app.services.session import SessionView
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.widgets.notices import Level, Notice

FRAME_MS = 33
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
E = TypeVar("E")


def follow(owner: QObject, bus: Bus, kind: type[E], handler: Callable[[E], None]) -> None:
    """Call `handler` with everything of class `kind` for as long as `owner` lives."""
    stop = bus.on(kind, handler)
    owner.destroyed.connect(lambda: stop())


def attempt(
    handles: Handles, work: Awaitable[object], name: str, *, refused: Callable[[str], object] | None = None
) -> None:
    """Do something that may be refused; the refusal is told in one sentence to `refused`, or shown as a notice.

    While the product is being left nothing is begun any more: timers of the window outlive what they would ask, and
    the loop that would do it.
    """
    if handles.tasks.is_closed or not is_looping():
        if inspect.iscoroutine(work):
            work.close()
        return

    async def tried() -> None:
        try:
            await work
        except TapelineError as error:
            tell(say(str(error)))

    def tell(sentence: str) -> None:
        if refused is not None:
            refused(sentence)
        else:
            handles.window.notify(Notice(sentence, Level.WARN, handles.clock.now()))

    handles.tasks.spawn(tried(), name=name)


def is_looping() -> bool:
    """Say whether work can be begun: the window's timers may outlive the loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def once(owner: QObject, milliseconds: int, act: Callable[[], None]) -> QTimer:
    """Return a timer that, started, calls `act` once."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(act)
    return timer


class Mirror(Generic[K, V]):
    """Tells a panel which entries of one mapping of the state are new or changed, and which have gone.

    Every fact wakes it; it looks once a frame, and only when the mapping is another than the one it saw.
    """

    def __init__(
        self,
        owner: QObject,
        bus: Bus,
        read: Callable[[], Mapping[K, V]],
        show: Callable[[Sequence[V], Sequence[K]], None],
        *,
        accepts: Callable[[V], bool] = lambda _: True,
    ) -> None:
        self._read, self._show, self._accepts = read, show, accepts
        self._whole: Mapping[K, V] = {}
        self._seen: dict[K, V] = {}
        self._apart: set[K] = set()
        """Keys among them that are not accepted, and not shown."""
        self._timer = once(owner, FRAME_MS, self.look)
        follow(owner, bus, Event, self._wake)
        follow(owner, bus, SessionView, lambda _: self.look_anew())

    def look(self) -> None:
        """Show what has changed since the last look."""
        whole = self._read()
        if whole is self._whole:
            return
        self._whole = whole
        before, self._seen = self._seen, dict(whole.items())
        changed = {key: value for key, value in self._seen.items() if before.get(key) is not value}
        came = sum(key not in before for key in changed)
        nothing_left = len(before) + came == len(self._seen)
        self._take(before, changed, set() if nothing_left else before.keys() - self._seen.keys())

    def look_anew(self) -> None:
        """Ask again which entries belong here: another account may be shown."""
        self.look()
        moved = {key: value for key, value in self._seen.items() if self._accepts(value) is (key in self._apart)}
        self._take(self._seen, moved, set())

    def _take(self, before: Mapping[K, V], changed: Mapping[K, V], left: Set[K]) -> None:
        """Show what is accepted of these, and which of those shown before are there no longer."""
        apart = {key for key, value in changed.items() if not self._accepts(value)}
        gone = [key for key in (*left, *apart) if key in before and key not in self._apart]
        self._apart = (self._apart - left - changed.keys()) | apart if self._apart or apart else self._apart
        shown = [value for key, value in changed.items() if key not in apart]
        if shown or gone:
            self._show(shown, gone)

    def _wake(self, _: Event) -> None:
        if not self._timer.isActive():
            self._timer.start()
