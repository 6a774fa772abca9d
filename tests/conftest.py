"""What holds for every test: Qt draws nowhere unless a display is asked for, and nothing is left running behind."""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator

if not os.environ.get("TAPELINE_TEST_DISPLAY"):
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # no test writes into anybody's keyring

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("explore", parent=settings.get_profile("steady"), derandomize=False, max_examples=1000)
settings.load_profile(os.environ.get("TAPELINE_HYPOTHESIS", "steady"))

# What Qt says of the offscreen platform and of what it cannot do there; everything else it warns of fails a test.
_QT_EXCUSES = (
    "This plugin does not support",
    "QFont::setPixelSize",
    "Populating font family aliases took",
    "propagateSizeHints",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Qt's own warnings fail the tests that use it."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
        item.add_marker(pytest.mark.qt_log_ignore(*_QT_EXCUSES))


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a task, a thread or an open window behind, and name it."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_no_task_left_behind")
    threads, windows = set(threading.enumerate()), _open_windows()
    yield
    left = [
        thread.name for thread in set(threading.enumerate()) - threads if not _is_excused(thread) and _stays(thread)
    ]
    left += [f"window {name}" for name in sorted(_open_windows() - windows)]
    if left:
        pytest.fail(f"the test left these behind: {', '.join(left)}")


@pytest.fixture
async def _no_task_left_behind() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    for _ in range(3):  # tasks that were cancelled need a turn to end
        await asyncio.sleep(0)
    here = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() - before if task is not here and not task.done()]
    for task in left:
        task.cancel()
    if left:
        pytest.fail(f"the test left these tasks behind: {', '.join(task.get_name() for task in left)}")


def _is_excused(thread: threading.Thread) -> bool:
    """Say whether a thread is one that the loop or the interpreter ends by itself."""
    return not thread.is_alive() or thread.name.startswith(("asyncio_", "Dummy"))


def _stays(thread: threading.Thread) -> bool:
    """Say whether a thread goes on: one that is about to end, on a busy machine, was not left behind."""
    thread.join(2.0)
    return thread.is_alive()


def _open_windows() -> set[str]:
    widgets = sys.modules.get("PySide6.QtWidgets")
    app = widgets.QApplication.instance() if widgets is not None else None
    if app is None:
        return set()
    return {
        f"{type(window).__name__} “{window.windowTitle()}”" for window in app.topLevelWidgets() if window.isVisible()
    }
