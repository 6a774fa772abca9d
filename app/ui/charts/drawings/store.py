"""Where drawings are kept: one JSON file an instrument, written whole; a damaged one is put aside."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from app.runtime.paths import read_json, write_atomically
from app.ui.charts.drawings.values import Drawings, from_records, to_record

log = logging.getLogger(__name__)
SCHEMA = 1


class DrawingStore(Protocol):
    """Keeps the drawings of each instrument, by its contract id."""

    notice: str
    """What could not be read or written, in one sentence; empty while all is well."""

    def con_ids(self) -> Sequence[int]: ...
    def read(self, con_id: int) -> Drawings: ...
    def write(self, con_id: int, drawings: Drawings) -> None: ...


class Sheets:
    """A store that forgets with the window."""

    notice = ""

    def __init__(self) -> None:
        self._sheets: dict[int, Drawings] = {}

    def con_ids(self) -> Sequence[int]:
        """Return the instruments that have drawings."""
        return tuple(self._sheets)

    def read(self, con_id: int) -> Drawings:
        """Return what was kept of an instrument."""
        return self._sheets.get(con_id, ())

    def write(self, con_id: int, drawings: Drawings) -> None:
        """Remember these."""
        self._sheets[con_id] = drawings


class DrawingFolder:
    """A store in a folder of the data directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.notice = ""

    def con_ids(self) -> Sequence[int]:
        """Return the instruments that have a file."""
        return [int(path.stem) for path in self._folder.glob("*.json") if path.stem.isdigit()]

    def read(self, con_id: int) -> Drawings:
        """Return what is kept of an instrument; nothing, with a notice, where its file cannot be read."""
        path = self._path(con_id)
        self.notice = ""
        try:
            content = read_json(path)
            return from_records(content["drawings"])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            self.notice = f"The drawings in {path.name} could not be read and were put aside; draw them again."
            log.warning("%s (%s)", self.notice, type(error).__name__)
            self._put_aside(path)
            return ()

    def write(self, con_id: int, drawings: Drawings) -> None:
        """Keep the drawings of an instrument; without any its file is removed."""
        path, self.notice = self._path(con_id), ""
        try:
            if not drawings:
                path.unlink(missing_ok=True)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, json.dumps({"schema": SCHEMA, "drawings": [to_record(one) for one in drawings]}))
        except OSError as error:
            self.notice = f"The drawings could not be saved ({error.strerror or error}); free some room on the disk."
            log.warning("%s", self.notice)

    def _path(self, con_id: int) -> Path:
        return self._folder / f"{con_id}.json"

    def _put_aside(self, path: Path) -> None:
        try:
            path.replace(path.with_suffix(".damaged.json"))
        except OSError:
            log.warning("%s could not be put aside", path.name)
