"""About: which version this is, what it stands on, and under which licences."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import qVersion

from app.ui.handles import Handles
from app.ui.widgets.ask import Choice, ask

STANDS_ON = (
    ("PySide6-Essentials", "Qt for Python", "LGPL-3.0"),
    ("PySide6-QtAds", "docking", "LGPL-2.1"),
    ("pyqtgraph", "charts", "MIT"),
    ("qasync", "asyncio in Qt", "BSD-2-Clause"),
    ("ib_async", "TWS protocol", "BSD-2-Clause"),
    ("TA-Lib", "indicators", "BSD-2-Clause"),
    ("numpy", "numbers", "BSD-3-Clause"),
    ("pandas", "calendars and tables", "BSD-3-Clause"),
    ("SQLAlchemy", "database", "MIT"),
    ("alembic", "migrations", "MIT"),
    ("pydantic", "settings", "MIT"),
    ("cronsim", "schedules", "BSD-3-Clause"),
    ("exchange_calendars", "exchange sessions", "Apache-2.0"),
)
SHIPPED = (
    "Inter  typeface  OFL-1.1",
    "Lucide  icons  ISC",
    "bokeh_sampledata  daily prices of 2000–2013  public domain",
)


def tapeline_version() -> str:
    """Return the version that is installed."""
    return _version("tapeline") or "unknown"


def about_lines() -> list[str]:
    """Return what Tapeline stands on, one a line: name, version, what for, licence."""
    lines = [f"Python {platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.machine()}"]
    lines += [f"{name} {_version(name)}  {what}  {licence}" for name, what, licence in STANDS_ON]
    return [*lines, *SHIPPED]


async def about(handles: Handles) -> None:
    """Show it."""
    text = (
        "A desktop trading workstation for Interactive Brokers that can show why every order exists. MIT licence. "
        "It is not made or endorsed by Interactive Brokers."
    )
    title = f"Tapeline {tapeline_version()}"
    close = Choice("close", "Close", "primary")
    await ask(handles.theme, handles.window, title, text, [close], details="\n".join(about_lines()))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
