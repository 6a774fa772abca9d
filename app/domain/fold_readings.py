"""How providers and readings change what is true; part of `fold`."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.fold_prompts import prompts_used
from app.domain.kept import but
from app.domain.lineage import step_of
from app.domain.providers import PROVIDER_GONE, ProviderId, Spending
from app.domain.readings import Reading, ReadingKind, ReadingStatus
from app.domain.state import Record, State, Step
from app.domain.strategies import StepStatus

Change = tuple[State, tuple[Record, ...]]


def provider_saved(state: State, event: ev.ProviderSaved) -> Change:
    """Keep a provider; choosing it puts the one in use aside. Raise UserError for a change of one that is gone."""
    provider = event.provider
    if event.is_change and provider.id not in state.providers:
        raise UserError(PROVIDER_GONE)
    aside = [
        replace(other, is_in_use=False)
        for other in state.providers.values()
        if provider.is_in_use and other.is_in_use and other.id != provider.id
    ]
    changed = {one.id: one for one in (*aside, provider)}
    return replace(state, providers=but(state.providers, changed)), (*aside, provider)


def provider_removed(state: State, removed: ProviderId) -> Change:
    """Forget a provider that was there; its row says so, since readings name it."""
    provider = state.providers.get(removed)
    if provider is None:
        return state, ()
    kept = {id_: other for id_, other in state.providers.items() if id_ != removed}
    return replace(state, providers=kept), (replace(provider, is_in_use=False, is_removed=True),)


def reading_taken(state: State, event: ev.ReadingTaken) -> Change:
    """Keep a reading with its step of lineage, and add what it used to the day."""
    reading = event.reading
    step = _step(event, reading)
    state, uses = prompts_used(state, reading)
    if not reading.attempts:
        return state, (reading, *uses, step)
    spent = state.spending.get((event.day, reading.strategy), Spending(event.day, reading.strategy))
    spent = replace(
        spent,
        calls=spent.calls + reading.attempts,
        tokens_in=spent.tokens_in + (reading.tokens_in or 0),
        tokens_out=spent.tokens_out + (reading.tokens_out or 0),
        money=spent.money + (reading.cost or Decimal(0)),
    )
    return replace(state, spending=but(state.spending, {spent.key: spent})), (reading, *uses, spent, step)


def _step(event: ev.ReadingTaken, reading: Reading) -> Step:
    is_chart = reading.kind is ReadingKind.CHART
    step = step_of(
        event,
        ev.StepName.READING if is_chart else ev.StepName.CONSOLIDATION,
        subject=reading.id,
        inputs=_sent(reading),
        outputs=_came(reading),
        status=_STATUS.get(reading.status, StepStatus.FAILED),
        error=reading.why,
    )
    return replace(step, duration_ms=reading.latency_ms, digest=reading.raw or "")


_STATUS = {
    ReadingStatus.VALID: StepStatus.OK,
    ReadingStatus.OFF: StepStatus.SKIPPED,
    ReadingStatus.CANCELLED: StepStatus.SKIPPED,
}


def _sent(reading: Reading) -> dict[str, object]:
    return {
        "timeframe": reading.timeframe.value if reading.timeframe else None,
        "provider": reading.provider,
        "model": reading.model,
        "prompt_version": reading.prompt_version,
        "system_version": reading.system_version,
        "system": reading.system,
        "prompt": reading.prompt,
        "picture": reading.picture,
        "last_price": reading.last_price,
        "snapshot": reading.snapshot,
    }


def _came(reading: Reading) -> dict[str, object]:
    view = reading.view
    return {
        "status": reading.status.value,
        "signal": view.direction.value if view else None,
        "trend": view.trend.value if view else None,
        "confidence": view.confidence if view else None,
        "claims": len(view.claims) if view else None,
        "model_served": reading.model_served,
        "tokens_in": reading.tokens_in,
        "tokens_out": reading.tokens_out,
        "cost": reading.cost,
        "attempts": reading.attempts,
        "cached_from": reading.cached_from,
    }
