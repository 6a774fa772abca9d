"""The analyst over a real store, with the model client's real sockets and prompts that only say what they are for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.adapters.llm.client import ModelClient
from app.adapters.llm.presets import PRESETS
from app.adapters.store.store import Store
from app.adapters.vault import SystemVault
from app.domain.bars import Timeframe
from app.domain.errors import UserError
from app.domain.events import ProviderSaved
from app.domain.instruments import ConId, Instrument
from app.domain.providers import Provider
from app.domain.readings import ChartInput, PromptText, Reading, ReadingKind
from app.domain.strategies import Strategy
from app.runtime.bus import Bus
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.analyst import Analyst
from app.services.budget import Budget
from app.services.facts import Facts
from app.services.keys import KeyPlace, Keys
from app.services.providers import Providers
from app.services.questioner import Questioner
from tests.domain.examples import instrument
from tests.support.model_server import KEY, ModelServer, provider

PNG = b"\x89PNG\r\n\x1a\n" + b"not much of a picture"


class PlainPrompts:
    """Prompts of one sentence (services.ports_readings.Prompts)."""

    def __init__(self) -> None:
        self.fails = False

    async def compose(
        self,
        kind: ReadingKind,
        timeframe: Timeframe | None,
        language: str,
        strategy: Strategy | None,
        context: Mapping[str, Any],
    ) -> PromptText:
        """Return the context as it is, under a version named for its kind."""
        if self.fails:
            raise UserError("The prompt “Daily” names “sma”, which is not there.")
        text = f"Read {timeframe.value if timeframe else 'these readings'} of TEST: {dict(context)}"
        return PromptText("You read charts.", text, f"{kind.value}-1", "system-1")


@dataclass
class ReadingRoom:
    """An analyst with what a test looks at."""

    store: Store
    facts: Facts
    clock: Clock
    tasks: Tasks
    budget: Budget
    providers: Providers
    analyst: Analyst
    prompts: PlainPrompts
    vault: SystemVault
    prices: dict[ConId, float] = field(default_factory=dict)
    test: Instrument = field(default_factory=lambda: replace(instrument(), symbol="TEST"))

    async def use(self, server: ModelServer | str, **changes: Any) -> Provider:
        """Have a server answer from now on, with a key for this session."""
        address = server if isinstance(server, str) else server.base_url
        chosen = provider(address, is_in_use=True, **changes)
        await self.facts.enter(ProviderSaved(at=self.clock.now(), provider=chosen))
        await self.providers.set_key(chosen.id, KEY, KeyPlace.SESSION)
        return chosen

    async def read(self, *charts: ChartInput, **options: Any) -> tuple[Reading, ...]:
        """Return what was read of charts of TEST; a daily one where none is named."""
        return await self.analyst.read(self.test, charts or (chart(),), **options)


def chart(timeframe: Timeframe = Timeframe.D1, price: float = 100.0, picture: bytes | None = PNG) -> ChartInput:
    """Return a chart of TEST to be read."""
    return ChartInput(timeframe, picture, {"close": price, "timeframe": timeframe.value}, price, "snapshot-1")


@asynccontextmanager
async def reading_room(folder: Path, *, environment: Mapping[str, str] | None = None) -> AsyncIterator[ReadingRoom]:
    """Yield an analyst over a database in a folder; retries wait for nobody."""
    store = await Store.open(folder / "tapeline.db")
    clock, tasks, prices = Clock(), Tasks(), dict[ConId, float]()
    facts = Facts(store.journal, Bus(), tasks)
    await facts.load()
    vault, prompts = SystemVault(environment or {}), PlainPrompts()
    keys, budget, model = Keys(vault), Budget(facts, clock), ModelClient(clock, pause=_at_once)
    questioner = Questioner(
        facts, model, keys, prompts, store.readings, budget, lambda con_id: prices.get(con_id), clock, tasks
    )
    room = ReadingRoom(
        store=store,
        facts=facts,
        clock=clock,
        tasks=tasks,
        budget=budget,
        providers=Providers(facts, model, keys, budget, PRESETS, clock),
        analyst=Analyst(facts, questioner, model, budget, _weighed, clock),
        prompts=prompts,
        vault=vault,
        prices=prices,
    )
    try:
        yield room
    finally:
        await facts.settle()
        await tasks.close()
        await store.close()


async def _at_once(_: float) -> None:
    """Take the place of a pause."""


def _weighed(chart: Mapping[str, Any], readings: Sequence[Reading], language: str) -> Mapping[str, Any]:
    said = [(reading.timeframe, reading.view.direction.value) for reading in readings if reading.view]
    return {"close": chart["close"], "readings": said, "language": language}


def files_with(secret: str, folder: Path) -> list[Path]:
    """Return the files below a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
