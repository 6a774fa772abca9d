"""What a person does with indicators of their own: write a first file, confirm its code, turn it off, delete it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from app.domain.bars import Bars
from app.domain.errors import UserError
from app.services.own_indicators import OwnIndicators
from app.ui.handles import Handles
from app.ui.panels.following import attempt
from app.ui.panels.indicators_saved import Use, uses_of
from app.ui.widgets.ask import CANCEL, Choice, ask, ask_text
from app.ui.widgets.notices import Level, Notice


class OwnActs:
    """The acts; `bars` answers what a code is tried on, `say` puts a refusal beside the code."""

    def __init__(self, handles: Handles, bars: Callable[[], Bars | None], say: Callable[[str], object]) -> None:
        self._h, self._words = handles, handles.language
        self._bars, self._say = bars, say

    @property
    def own(self) -> OwnIndicators:
        """The user's own indicators."""
        own = self._h.studies.own
        if own is None:
            raise UserError("There is no folder of own indicators here.")
        return own

    def confirm(self, name: str, digest: str) -> None:
        """Let the code that is shown run, once it has been tried."""
        self._say(self._words("indicators.trying"))
        attempt(self._h, self._confirm(name, digest), f"confirm {name}", refused=self._say)

    def withdraw(self, name: str) -> None:
        """Turn an indicator off."""
        attempt(self._h, self.own.withdraw(name), f"turn {name} off", refused=self._say)

    def delete(self, name: str) -> None:
        """Delete a file that nothing uses, after asking."""
        attempt(self._h, self._delete(name), f"delete {name}", refused=self._say)

    def write(self, written: Callable[[str], object]) -> None:
        """Ask for a name, write a first file of it and tell `written`."""
        attempt(self._h, self._write(written), "write an indicator")

    def open_folder(self) -> None:
        """Show the folder in the system's file manager."""
        self.own.folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.own.folder)))

    async def _confirm(self, name: str, digest: str) -> None:
        await self.own.confirm(name, digest, self._bars())
        self._say("")
        entry = self.own.entry(name)
        text = self._words("indicators.confirmed", title=entry.title if entry is not None else name)
        self._h.window.notify(Notice(text, Level.OK, self._h.clock.now()))

    async def _delete(self, name: str) -> None:
        refuse_while_used(self._h, name, uses_of(self._h, name))
        words, file = self._words, f"{name}.py"
        act = Choice("delete", words("indicators.delete_own_act", file=file), "danger")
        title = words("indicators.delete_own_title", file=file)
        text = words("indicators.delete_own_text")
        if await ask(self._h.theme, self._h.window, title, text, [CANCEL, act]) == act.id:
            refuse_while_used(self._h, name, uses_of(self._h, name))
            await self.own.delete(name)

    async def _write(self, written: Callable[[str], object]) -> None:
        words = self._words
        act = Choice("write", words("indicators.new_act"), "primary")
        title, text = words("indicators.new_title"), words("indicators.new_text")
        name = await ask_text(self._h.theme, self._h.window, title, text, act, initial="my_indicator")
        if name:
            await self.own.write(name)
            written(name)


def refuse_while_used(handles: Handles, title: str, uses: list[Use]) -> None:
    """Raise UserError naming the places that use something which is to be deleted."""
    if not uses:
        return
    words, anywhere = handles.language, handles.language("indicators.every_chart")
    places = [f"{words(f'indicators.use_{use.kind}')} {use.where or anywhere}" for use in uses[:3]]
    more = " …" if len(uses) > len(places) else ""
    raise UserError(words("indicators.delete_refused", title=title, uses=", ".join(places) + more))
