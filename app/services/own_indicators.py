"""Users' own indicators: the folder as it is now, what of it a person has confirmed, and the catalogue entries of it.

A file that is new or has changed is off: its code is shown, and it runs for the first time when it is confirmed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.domain.bars import Bars
from app.domain.errors import UserError
from app.domain.events import OwnIndicatorConfirmed
from app.domain.indicators import OwnIndicator
from app.quant.indicators.catalogue import catalogue
from app.quant.indicators.kinds import Indicator
from app.quant.indicators.own import OwnFile, OwnState, own_indicator, read_folder
from app.quant.indicators.workshop import LIMIT_S as LIMIT_S
from app.quant.indicators.workshop import Workshop
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.facts import Facts

LOOK_S = 2.0
SAMPLE_BARS = 400
FOLDER = "indicators"
"""The folder of the data directory that holds them."""


_FIRST_CODE = '''"""One indicator: arguments without a default are columns, those with one are settings."""

import numpy as np

BOUNDS = {{"length": (2, 500)}}
PANE = "price"


def {name}(high, low, length=20):
    "Middle of the range of the last bars"
    windows = np.lib.stride_tricks.sliding_window_view
    blank = np.full(length - 1, np.nan)
    return np.r_[blank, (windows(high, length).max(1) + windows(low, length).min(1)) / 2]
'''


@dataclass(frozen=True, slots=True)
class OwnChanged:
    """The files, or what is confirmed of them, are not what they were."""


@dataclass(frozen=True, slots=True)
class OwnListing:
    """One file as a panel shows it; `state` is new, confirmed or changed, `problem` a sentence or nothing."""

    name: str
    file: str
    title: str
    code: str
    digest: str
    state: str
    problem: str

    @property
    def is_on(self) -> bool:
        """Say whether it may be computed."""
        return self.state == OwnState.CONFIRMED and not self.problem


class OwnIndicators:
    """Looks into the folder now and then, and holds one catalogue entry a sound file."""

    def __init__(self, folder: Path, facts: Facts, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self.folder = folder
        self._facts = facts
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self.workshop = Workshop()
        self._seen: object = None
        self._files: Mapping[str, OwnFile] = {}
        self._entries: Mapping[str, Indicator] = {}

    def start(self) -> None:
        """Look now and every two seconds."""
        self._tasks.spawn(self._watch(), name="own indicators")

    def listings(self) -> tuple[OwnListing, ...]:
        """Return every file, sound or not, by name."""
        return tuple(self._listing(file) for file in self._files.values())

    def entry(self, name: str) -> Indicator | None:
        """Return the catalogue entry of a sound file; computing it says in words when it is not confirmed."""
        return self._entries.get(name)

    def digest(self, name: str) -> str:
        """Return the digest of a file as it is now, nothing without one."""
        file = self._files.get(name)
        return file.digest if file is not None else ""

    def entries(self) -> tuple[Indicator, ...]:
        """Return the entries that may be computed now."""
        return tuple(self._entries[listing.name] for listing in self.listings() if listing.is_on)

    async def look(self) -> None:
        """Read the folder where something in it, or a confirmation, has changed; nothing is run."""
        confirmed = {name: own.digest for name, own in self._facts.state.own_indicators.items() if own.digest}
        seen = (await asyncio.to_thread(_traces, self.folder), confirmed)
        if seen == self._seen:
            return
        files = await asyncio.to_thread(_read, self.folder, confirmed) if seen[0] else ()
        self._seen = seen
        self._files = {file.name: file for file in files}
        self._entries = {file.name: own_indicator(file, self.workshop) for file in files if not file.problem}
        self._bus.publish(OwnChanged())

    async def confirm(self, name: str, digest: str, bars: Bars | None = None) -> None:
        """Let exactly these bytes run from now on, once they have given numbers over `bars` (or made-up ones).

        Raise UserError with what is wrong: the file, its code as it ran, or that it is not what was shown.
        """
        await self.look()
        file = self._file(name)
        if file.digest != digest:
            raise UserError(f"{file.path.name} has changed since its code was shown; read it again.")
        trial = own_indicator(replace(file, state=OwnState.CONFIRMED), self.workshop)
        await asyncio.to_thread(trial.compute, bars if bars is not None and len(bars) else sample_bars())
        await self._keep(name, digest)

    async def write(self, name: str) -> None:
        """Write a first file of this name, to be changed in any editor; raise UserError when it cannot be."""
        if not name.isidentifier() or name != name.lower():
            raise UserError(f"{name!r} is no Python name in small letters, such as my_average; choose one.")
        path = self.folder / f"{name}.py"
        if name in catalogue() or path.exists():
            raise UserError(f"There is an indicator {name} already; choose another name.")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(path.write_text, _FIRST_CODE.format(name=name), encoding="utf-8")
        except OSError as error:
            raise UserError(f"{path} could not be written: {error.strerror}.") from error
        await self.look()

    async def withdraw(self, name: str) -> None:
        """Take a confirmation back: the file stays and is off."""
        await self._keep(name, "")

    async def delete(self, name: str) -> None:
        """Remove the file, and what was confirmed of it; raise UserError when it cannot be removed."""
        file = self._file(name)
        try:
            await asyncio.to_thread(file.path.unlink, missing_ok=True)
        except OSError as error:
            raise UserError(f"{file.path.name} could not be removed: {error.strerror}.") from error
        await self._keep(name, "")

    def close(self) -> None:
        """End the process that runs them."""
        self.workshop.close()

    async def _keep(self, name: str, digest: str) -> None:
        now = self._clock.now()
        known = self._facts.state.own_indicators.get(name)
        if (known.digest if known else "") != digest:
            await self._facts.enter(OwnIndicatorConfirmed(at=now, indicator=OwnIndicator(name, digest, now)))
        await self.look()

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    def _file(self, name: str) -> OwnFile:
        file = self._files.get(name)
        if file is None:
            raise UserError(f"There is no {name}.py in {self.folder}; it may have been removed.")
        return file

    def _listing(self, file: OwnFile) -> OwnListing:
        entry = self._entries.get(file.name)
        title = entry.title if entry is not None else file.name
        return OwnListing(file.name, file.path.name, title, file.code, file.digest, file.state.value, file.problem)


def sample_bars(count: int = SAMPLE_BARS) -> Bars:
    """Return made-up daily bars that rise, fall and rest: what a function is tried on where no others are shown."""
    step = np.arange(count, dtype=np.float64)
    close = 100 + 12 * np.sin(step / 17) + 4 * np.sin(step / 3) + step / 40
    open_ = np.r_[close[:1], close[:-1]]
    high, low = np.maximum(open_, close) * 1.004, np.minimum(open_, close) * 0.996
    volume = 1e6 * (1.5 + np.sin(step / 5))
    return Bars(np.arange(count, dtype=np.int64) * 86400, open_, high, low, close, volume, closed=count)


def _read(folder: Path, confirmed: Mapping[str, str]) -> tuple[OwnFile, ...]:
    return read_folder(folder, confirmed, catalogue())


def _traces(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells one content of a folder from another without reading it."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.glob("*.py"))]
    except OSError:
        return ()
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in found)
