"""The desktop: the window on its Qt loop with asyncio inside, the core brought up behind it, and an orderly end."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from app.adapters.store.version import refuse_newer, version_of
from app.domain.broker import Endpoint
from app.domain.errors import TapelineError, UserError
from app.runtime.errors import Refusal
from app.runtime.instance import Instance, ask_holder
from app.runtime.logs import LogRing, start_logging
from app.runtime.settings import SettingsFile
from app.runtime.tasks import Tasks

if TYPE_CHECKING:
    from app.compose import Core
    from app.ui.handles import Handles

log = logging.getLogger(__name__)
DATABASE = "tapeline.sqlite"
ASK_S = 5.0


def open_window(data_dir: Path, *, profile: str | None, gateway: Endpoint | None, seed: int | None) -> int:
    """Open the window and return the exit code once it is closed; raise UserError when it cannot be opened."""
    instance = Instance(data_dir)
    if not instance.acquire():
        return _raise_other(data_dir)
    refuse_newer(data_dir / DATABASE, version_of(data_dir / DATABASE))
    ring = start_logging(data_dir)
    with (data_dir / "logs" / "crash.log").open("a") as crashes:
        faulthandler.enable(crashes)
        try:
            return _Desktop(data_dir, instance, ring, profile, gateway, seed).live()
        finally:
            faulthandler.disable()


def _raise_other(data_dir: Path) -> int:
    answer = asyncio.run(ask_holder(data_dir, {"do": "raise"}, timeout_s=ASK_S))
    if "error" in answer:
        raise UserError(str(answer["error"]))
    sys.stderr.write(f"tapeline: a window is open on {data_dir} already; it was brought to the front.\n")
    return 0


class _Desktop:
    """One life of the window."""

    def __init__(
        self,
        data_dir: Path,
        instance: Instance,
        ring: LogRing,
        profile: str | None,
        gateway: Endpoint | None,
        seed: int | None,
    ) -> None:
        from PySide6.QtWidgets import QApplication

        from app.ui.selection import Selection
        from app.ui.shell import MainWindow
        from app.ui.theme import Direction, Theme

        self._data_dir, self._instance, self._ring = data_dir, instance, ring
        self._profile, self._gateway, self._seed = profile, gateway, seed
        self._app = QApplication.instance() or QApplication(sys.argv[:1])
        assert isinstance(self._app, QApplication)
        self._app.setApplicationName("Tapeline")
        self._app.setQuitOnLastWindowClosed(False)
        self._settings = SettingsFile(data_dir)
        chosen = self._settings.current
        self._theme = Theme(chosen.theme, direction=Direction(chosen.colours), scale=chosen.scale_percent / 100)
        self._theme.apply()
        self._window = MainWindow(self._theme)
        self._selection = Selection(self._window)
        self._handles: Handles | None = None
        self._code = 0

    def live(self) -> int:
        """Run until the window is left."""
        import qasync

        loop = qasync.QEventLoop(self._app)
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(_loop_failed)
        _catch_everything()
        with loop:
            loop.run_until_complete(self._life())
        return self._code

    async def _life(self) -> None:
        left = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: left.set())
        self._show()
        tasks = Tasks()
        starting = tasks.spawn(self._bring_up(left), name="bring up")
        await left.wait()
        starting.cancel()
        await tasks.close()
        self._window.let_close()

    def _show(self) -> None:
        from app.ui.panels.catalogue import places

        self._window.install(*places(self._given))
        self._restore_layout()
        self._window.show()

    def _given(self) -> Handles:
        assert self._handles is not None
        return self._handles

    async def _bring_up(self, left: asyncio.Event) -> None:
        """Build the core behind the painted window, hand it to the panels, and close it when the window is left."""
        from app.compose import build

        painted = asyncio.Event()
        self._window.first_painted.connect(painted.set)
        await painted.wait()
        try:
            core = await build(self._data_dir, profile=self._profile, seed=self._seed, gateway=self._gateway)
        except (TapelineError, Refusal) as error:
            await self._give_up(str(error), left)
            return
        try:
            await self._work(core, left)
        finally:
            self._save_layout()
            await core.close()
            await self._instance.close()

    async def _work(self, core: Core, left: asyncio.Event) -> None:
        from app.ui.leaving import Leaving

        binding = self._bind(core)
        leaving = Leaving(self._given(), binding, left.set)
        self._window.close_wanted.connect(leaving.ask)
        self._window.workspace.fill()
        core.connect()
        await self._instance.open_door(_Door(core, self._window).answer)
        await left.wait()

    def _bind(self, core: Core) -> Any:
        from app.services.studies import Studies
        from app.ui.binding import Binding
        from app.ui.handles import Handles

        self._handles = Handles(
            theme=self._theme,
            window=self._window,
            selection=self._selection,
            bus=core.bus,
            clock=core.clock,
            tasks=core.tasks,
            facts=core.facts,
            session=core.session,
            market=core.market,
            portfolio=core.portfolio,
            desk=core.desk,
            closing=core.closing,
            runs=core.runs,
            schedule=core.schedule,
            lineage=core.store.lineage,
            studies=Studies(),
            settings=core.settings,
            log=self._ring,
            reset_practice=core.reset_practice,
        )
        return Binding(self._handles)

    async def _give_up(self, sentence: str, left: asyncio.Event) -> None:
        """Say why the product cannot work here; without a person to read it, leave at once."""
        from app.ui.widgets.ask import Choice, ask

        sys.stderr.write(f"tapeline: {sentence}\n")
        self._code = 2
        if os.environ.get("QT_QPA_PLATFORM") != "offscreen":
            await ask(self._theme, self._window, "Tapeline cannot start", sentence, [Choice("quit", "Quit", "primary")])
        left.set()

    def _restore_layout(self) -> None:
        saved = self._data_dir / "layout.bin"
        if saved.exists() and not self._window.workspace.restore(saved.read_bytes()):
            log.warning("the saved layout does not fit; the first layout is used")
            self._window.workspace.reset()

    def _save_layout(self) -> None:
        (self._data_dir / "layout.bin").write_bytes(self._window.workspace.state())


class _Door:
    """Answers other processes of this user that want the data directory."""

    def __init__(self, core: Core, window: Any) -> None:
        self._core = core
        self._window = window

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked and return the answer, or the one sentence why not."""
        from app.cli.run import run_strategy, story_object

        if request.get("do") == "raise":
            self._window.showNormal()
            self._window.raise_()
            self._window.activateWindow()
            return {"ok": True}
        if request.get("do") != "run":
            return {"error": "The window does not know what it is asked; use the same version of Tapeline."}
        core = self._core
        try:
            await core.session.ready()
            story = await run_strategy(
                core.facts, core.runs, core.store.lineage, request["strategy"], request["symbol"], request["mode"]
            )
        except TapelineError as error:
            return {"error": str(error)}
        return story_object(story)


def _loop_failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    log.error("%s", context.get("message"), exc_info=context.get("exception"))


def _catch_everything() -> None:
    """Have every failure nobody caught land in the log, whichever way it came."""
    from app.ui.qtlog import install

    def failed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("nobody caught a failure", exc_info=(kind, error, trace))

    def thread_failed(failure: threading.ExceptHookArgs) -> None:
        log.error("a thread failed", exc_info=failure.exc_value)

    sys.excepthook = failed
    threading.excepthook = thread_failed
    install()
