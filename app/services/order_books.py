"""Order books as a panel wants them: asked for while somebody looks, and again after every reconnect."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.errors import Retryable, UserError
from app.domain.instruments import Instrument
from app.domain.quotes import Book
from app.runtime.bus import Bus
from app.runtime.tasks import Tasks
from app.services.ports import DataChannel
from app.services.session_view import SessionState, SessionView


class _Look:
    """One wish for a book."""

    def __init__(self, instrument: Instrument, rows: int, hear: Callable[[Book], None]) -> None:
        self.instrument, self.rows, self.hear = instrument, rows, hear
        self.stop: Callable[[], None] = lambda: None
        self.is_over = False


class OrderBooks:
    """Books that are looked at; a gateway gives few at once, so nobody keeps one that is not seen."""

    def __init__(self, channel: DataChannel, bus: Bus, tasks: Tasks) -> None:
        self._channel, self._tasks = channel, tasks
        self._looks: list[_Look] = []
        self._is_up = False
        bus.on(SessionView, self._session_moved)

    def follow(self, instrument: Instrument, rows: int, hear: Callable[[Book], None]) -> Callable[[], None]:
        """Report a book from now on, over reconnects; a refusal is a book that says why. Call the result to stop."""
        look = _Look(instrument, rows, hear)
        self._looks.append(look)
        if self._is_up:
            self._ask(look)
        return lambda: self._end(look)

    def _ask(self, look: _Look) -> None:
        self._tasks.spawn(self._feed(look), name=f"order book of {look.instrument.symbol}")

    async def _feed(self, look: _Look) -> None:
        def hear(book: Book) -> None:
            if not look.is_over:
                look.hear(book)

        try:
            stop = await self._channel.follow_book(look.instrument, look.rows, hear)
        except (Retryable, UserError) as error:
            hear(Book(look.instrument.con_id, why=str(error)))
            return
        if look.is_over:
            stop()
        else:
            look.stop = stop

    def _end(self, look: _Look) -> None:
        if not look.is_over:
            look.is_over = True
            self._looks.remove(look)
            look.stop()

    def _session_moved(self, view: SessionView) -> None:
        is_up = view.state in (SessionState.READY, SessionState.DEGRADED)
        if is_up and not self._is_up:
            for look in self._looks:
                self._ask(look)
        if is_up or view.state is SessionState.OFFLINE:
            self._is_up = is_up
