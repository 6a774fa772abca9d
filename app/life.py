"""The life of the window: asyncio on the Qt loop, the core brought up behind the paint, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from app.desktop import LAYOUT, PLACE, Shown, Wish
from app.domain.errors import TapelineError, UserError
from app.runtime.errors import Refusal
from app.runtime.instance import Instance, ask_holder
from app.runtime.logs import start_logging
from app.runtime.tasks import Tasks

if TYPE_CHECKING:
    from app.compose import Core
    from app.ui.binding import Binding

log = logging.getLogger(__name__)
ASK_S = 5.0


def raise_other(data_dir: Path) -> int:
    """Bring the window that holds the data directory to the front; raise UserError when it is no window."""
    answer = asyncio.run(ask_holder(data_dir, {"do": "raise"}, timeout_s=ASK_S))
    if "error" in answer:
        raise UserError(str(answer["error"]))
    sys.stderr.write(f"tapeline: a window is open on {data_dir} already; it was brought to the front.\n")
    return 0


def _end_without_display() -> NoReturn:
    """End at once: Qt stopped its loop by itself and runs none any more, so nothing can be closed in order.

    The journal is made for it, as for a lost machine; the practice gateway ends with our side of its standard input.
    """
    sys.stderr.write(
        "tapeline: The display went away, so the window closed; orders stay at the broker. "
        "Start Tapeline again where there is a display.\n"
    )
    sys.stderr.flush()
    os._exit(2)


class Life:
    """From the painted window to the last write."""

    def __init__(self, wish: Wish, shown: Shown, instance: Instance) -> None:
        self._wish, self._shown, self._instance = wish, shown, instance
        self._log = start_logging(wish.data_dir)
        self._code = 0
        self._has_ended = False

    def live(self) -> int:
        """Run until the window is left and return the exit code."""
        import qasync

        loop = qasync.QEventLoop(self._shown.app)
        asyncio.set_event_loop(loop)
        loop.set_exception_handler(_loop_failed)
        _catch_everything()
        with loop:
            try:
                loop.run_until_complete(self._until_left())
            except RuntimeError:
                if self._has_ended:
                    raise
                _end_without_display()
        return self._code

    async def _until_left(self) -> None:
        try:
            await self._live_until_left()
        finally:
            self._has_ended = True

    async def _live_until_left(self) -> None:
        left = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: left.set())
        tasks = Tasks()
        living = tasks.spawn(self._bring_up(left), name="bring up")
        await left.wait()
        await asyncio.wait([living], timeout=30)
        await tasks.close()
        self._shown.window.let_close()

    async def _bring_up(self, left: asyncio.Event) -> None:
        """Build the core, hand it to the panels, and close it when the window is left."""
        compose = await asyncio.to_thread(import_module, "app.compose")
        wish = self._wish
        try:
            core = await compose.build(wish.data_dir, profile=wish.profile, seed=wish.seed, gateway=wish.gateway)
        except (TapelineError, Refusal) as error:
            await self._give_up(str(error), left)
            return
        try:
            await self._work(core, left)
        finally:
            self._keep_layout()
            await core.close()
            await self._instance.close()

    def _keep_layout(self) -> None:
        """Write where everything stands; a disk that takes nothing more must not keep the core from closing."""
        from app.ui.layout_file import keep

        window, folder = self._shown.window, self._wish.data_dir
        try:
            (folder / LAYOUT).write_bytes(window.workspace.state())
            keep(window.workspace, folder)
            (folder / PLACE).write_bytes(window.saveGeometry().data())
        except OSError as error:
            log.warning("the layout could not be kept: %s", error)

    async def _work(self, core: Core, left: asyncio.Event) -> None:
        from app.ui.leaving import Leaving
        from app.ui.widgets.notices import Level

        binding = self._bind(core)
        window = self._shown.window
        leaving = Leaving(self._shown.handles[0], binding, left.set)
        window.close_wanted.connect(leaving.ask)
        core.connect()
        if self._shown.crash:
            log.error("%s", self._shown.crash)
            binding.say(self._shown.crash, Level.ERROR)
        window.workspace.begin_at("chart")
        window.workspace.fill()
        core.tasks.spawn(_read_ahead(core), name="read ahead")
        await self._instance.open_door(Door(core, window).answer)
        await left.wait()

    def _bind(self, core: Core) -> Binding:
        from app.adapters.export.files import ReportFiles
        from app.adapters.ib.codes import code_meanings
        from app.ui.binding import Binding
        from app.ui.charts.drawings.shelf import DrawingShelf
        from app.ui.charts.drawings.store import DrawingFolder
        from app.ui.dialogs import acts
        from app.ui.handles import Handles
        from app.ui.language import Language

        shown = self._shown
        handles = Handles(
            theme=shown.theme,
            language=Language(core.settings.current.language),
            window=shown.window,
            selection=shown.selection,
            bus=core.bus,
            clock=core.clock,
            tasks=core.tasks,
            facts=core.facts,
            session=core.session,
            doctor=core.doctor,
            market=core.market,
            portfolio=core.portfolio,
            track=core.track,
            desk=core.desk,
            closing=core.closing,
            turning=core.turning,
            splits=core.splits,
            files=ReportFiles(),
            codes=code_meanings(),
            flatten=core.flatten,
            limits=core.limits,
            runs=core.runs,
            surveys=core.surveys,
            schedule=core.schedule,
            batches=core.batches,
            inbox=core.inbox,
            outcomes=core.outcomes,
            jobs=core.jobs,
            lineage=core.store.lineage,
            run_files=core.run_files,
            studies=core.studies,
            drawings=DrawingShelf(DrawingFolder(core.data_dir / "drawings"), shown.window),
            prompts=core.prompts,
            readings=core.readings,
            settings=core.settings,
            log=self._log,
            reset_practice=core.reset_practice,
            switch_gateway=core.switch_gateway,
        )
        shown.handles.append(handles)
        binding = Binding(handles)
        acts.bind(handles, binding)
        return binding

    async def _give_up(self, sentence: str, left: asyncio.Event) -> None:
        """Say why the product cannot work here; without a person to read it, leave at once."""
        from app.ui.widgets.ask import Choice, ask

        sys.stderr.write(f"tapeline: {sentence}\n")
        self._code = 2
        shown = self._shown
        if os.environ.get("QT_QPA_PLATFORM") != "offscreen":
            quit_ = Choice("quit", "Quit", "primary")
            await ask(shown.theme, shown.window, "Tapeline cannot start", sentence, [quit_])
        left.set()


class Door:
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


async def _read_ahead(core: Core) -> None:
    """Once the way to the broker is up, prepare in a thread what panels that nobody has opened yet will need."""
    from app.ui.panels.catalogue import read_ahead

    with suppress(UserError):  # without a broker there is all the more time
        await core.session.ready()
    await asyncio.to_thread(read_ahead)
    await asyncio.to_thread(core.studies.kinds)


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
