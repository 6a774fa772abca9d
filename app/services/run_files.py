"""A run as one file to hand on: its steps, signal, readings and claims as JSON, beside pictures, texts and bars."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

from app.domain import events as ev
from app.domain.bars import COLUMNS, Bars
from app.domain.bulk import bars_of_bytes
from app.domain.errors import UserError
from app.domain.readings import Digest, Reading
from app.domain.signals import RunId
from app.domain.state import Step
from app.services.ports import LineageStore, Pack
from app.services.ports_readings import Bulk, Readings

_STAMP = (1980, 1, 1, 0, 0, 0)
"""The same for every entry, so that the same run gives the same file."""


class RunFiles:
    """Writes runs as ZIP files; what is older than the retention is named and left out."""

    def __init__(self, lineage: LineageStore, readings: Readings, bulk: Bulk, pack: Pack) -> None:
        self._lineage = lineage
        self._readings = readings
        self._bulk = bulk
        self._pack = pack

    async def of(self, subject: str) -> bytes:
        """Return the file of a run, or of the run that led to a signal, order, fill or position.

        Raise UserError for an unknown id, and for one that no run led to.
        """
        chain = await self._lineage.chain(subject)
        run = next((step.run for step in chain if step.run is not None), None)
        if run is None:
            raise UserError(f"No run of a strategy led to {subject}, so there is no run to export.")
        steps = await self._lineage.steps_of_run(run)
        readings = await self._readings.of_run(run)
        parts, missing = await self._parts(steps, readings)
        told = {**await self._told(run, steps, readings), "missing": missing}
        parts["run.json"] = (json.dumps(told, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()
        return _zipped(parts)

    async def _told(self, run: RunId, steps: Sequence[Step], readings: Sequence[Reading]) -> dict[str, Any]:
        raised = next((step for step in steps if step.step is ev.StepName.SIGNAL), None)
        fact = await self._lineage.fact(raised.id) if raised else None
        return {
            "run": run,
            "steps": [self._plain(step) for step in steps],
            "signal": self._plain(fact.signal) if isinstance(fact, ev.SignalRaised) else None,
            "readings": [self._plain(reading) for reading in readings],
        }

    async def _parts(self, steps: Sequence[Step], readings: Sequence[Reading]) -> tuple[dict[str, bytes], list[str]]:
        """Return what the digests stand for under the names of the files, and the names of what is gone."""
        parts: dict[str, bytes] = {}
        missing: list[str] = []
        for name, digest in _named(steps, readings).items():
            data = await self._bulk.fetch(Digest(digest))
            if data is None:
                missing.append(name)
            else:
                parts[name] = _csv(bars_of_bytes(data)) if name.endswith(".csv") else data
        return parts, missing

    def _plain(self, record: object) -> Any:
        return json.loads(self._pack(record))


def _named(steps: Sequence[Step], readings: Sequence[Reading]) -> dict[str, str]:
    """Return the digests of a run's bulk data by the names their files get."""
    named: dict[str, str] = {}
    for step in steps:
        if step.step is ev.StepName.LOAD_STRATEGY and step.digest:
            named |= {"strategy.json": step.digest, "instrument.json": str(step.outputs.get("instrument", ""))}
        if step.step is ev.StepName.LOAD_BARS and step.digest:
            named[f"bars-{step.inputs.get('timeframe')}.csv"] = step.digest
        if step.step is ev.StepName.CHART_PICTURES:
            shown = {frame: of for frame, of in step.outputs.items() if isinstance(of, dict)}
            named |= {f"chart-{frame}.png": str(of["picture"]) for frame, of in shown.items() if "picture" in of}
    for reading in readings:
        name = reading.timeframe.value if reading.timeframe else "consolidation"
        texts = {"system": reading.system, "prompt": reading.prompt, "request": reading.request, "reply": reading.raw}
        named |= {f"reading-{name}/{kind}.txt": str(digest) for kind, digest in texts.items() if digest}
    return {name: digest for name, digest in named.items() if digest}


def _csv(bars: Bars) -> bytes:
    columns = [getattr(bars, name).tolist() for name in COLUMNS]
    lines = [",".join(COLUMNS), *(",".join(map(repr, row)) for row in zip(*columns, strict=True))]
    return ("\n".join(lines) + "\n").encode()


def _zipped(parts: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts, key=lambda name: (name != "run.json", name)):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, parts[name])
    return whole.getvalue()
