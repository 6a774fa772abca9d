"""Everything about readings in one place, for whoever asks for them, pays for them or sets their providers up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.instruments import ConId
from app.domain.providers import Provider
from app.runtime.clock import Clock
from app.runtime.tasks import Tasks
from app.services.analyst import Analyst
from app.services.budget import Budget
from app.services.chart_inputs import ChartInputs
from app.services.consultations import Consultations
from app.services.facts import Facts
from app.services.keys import Keys
from app.services.market import Market
from app.services.ports_readings import Model, Prompts, Readings, Vault
from app.services.prompt_context import consolidation_context
from app.services.providers import Providers
from app.services.questioner import Questioner


@dataclass(frozen=True, slots=True)
class AnalystRoom:
    """`analyst` reads, `providers` says through whom, `readings` finds what was read, `consultations` ask by hand."""

    analyst: Analyst
    providers: Providers
    readings: Readings
    consultations: Consultations


def analyst_room(
    facts: Facts,
    market: Market,
    model: Model,
    vault: Vault,
    prompts: Prompts,
    readings: Readings,
    presets: Sequence[Provider],
    charts: ChartInputs,
    clock: Clock,
    tasks: Tasks,
) -> AnalystRoom:
    """Build the parts over one endpoint client, one vault and one budget."""

    def last_price(con_id: ConId) -> float | None:
        quote = market.quote(con_id)
        return quote.last if quote else None

    keys, budget = Keys(vault), Budget(facts, clock)
    questioner = Questioner(facts, model, keys, prompts, readings, budget, last_price, clock, tasks)
    analyst = Analyst(facts, questioner, model, budget, consolidation_context, clock)
    return AnalystRoom(
        analyst=analyst,
        providers=Providers(facts, model, keys, budget, tuple(presets), clock),
        readings=readings,
        consultations=Consultations(facts, market, charts, analyst, clock),
    )
