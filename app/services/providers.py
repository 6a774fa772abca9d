"""Model providers as a person sets them up: rows to start from, keys, tests, prices, caps, and which one is in use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.providers import PROVIDER_GONE, Capability, Caps, Meter, Price, Provider, ProviderId, refuse_bad_address
from app.runtime.clock import Clock
from app.services.budget import Budget
from app.services.facts import Facts
from app.services.keys import KeyPlace, Keys
from app.services.ports_readings import Model

_LONGEST_S = 600.0
_MOST_TOKENS = 100_000
_LONGEST_NAME = 80


class Providers:
    """Changes providers through facts; what cannot be used is refused before it is kept."""

    def __init__(
        self, facts: Facts, model: Model, keys: Keys, budget: Budget, presets: tuple[Provider, ...], clock: Clock
    ) -> None:
        self.presets = presets
        self._facts = facts
        self._model = model
        self._keys = keys
        self._budget = budget
        self._clock = clock

    def all(self) -> tuple[Provider, ...]:
        """Return the providers that are set up, by name."""
        return tuple(sorted(self._facts.state.providers.values(), key=lambda provider: provider.name.casefold()))

    def meter(self) -> Meter:
        """Return how much of today's caps is used."""
        return self._budget.meter()

    async def add(self, preset: Provider) -> Provider:
        """Set a provider up from a row, under an id of its own; it is not in use yet."""
        name = _free_name(preset.name, {provider.name for provider in self.all()})
        added = replace(preset, id=ProviderId(f"{preset.id}-{ev.new_id()[:8]}"), name=name, is_in_use=False)
        await self._facts.enter(ev.ProviderSaved(at=self._clock.now(), provider=added))
        return added

    async def save(self, provider: Provider) -> Provider:
        """Keep a changed provider, forgetting tests of another address; raise UserError for one that cannot be used."""
        provider = _checked(provider)
        if self._known(provider.id).base_url != provider.base_url:
            provider = replace(provider, capabilities=(), models=())
        await self._keep(provider)
        return provider

    async def choose(self, chosen: ProviderId | None) -> None:
        """Have a provider answer from now on, or none; raise UserError when it cannot."""
        in_use = self._facts.state.provider
        if chosen is not None:
            await self._keep(replace(_checked(self._known(chosen)), is_in_use=True))
        elif in_use is not None:
            await self._keep(replace(in_use, is_in_use=False))

    async def remove(self, gone: ProviderId) -> None:
        """Take a provider and its key away; its readings stay."""
        await self._facts.enter(ev.ProviderRemoved(at=self._clock.now(), provider=gone))
        await self._keys.forget(gone)

    async def set_key(self, provider: ProviderId, typed: str, place: KeyPlace) -> None:
        """Keep a key in the keyring or for this session; raise UserError, saying what else there is, when it cannot."""
        await self._keys.keep(provider, typed, place)

    async def has_key(self, provider: Provider) -> bool:
        """Say whether a provider's key is there; raise UserError when the keyring cannot be asked."""
        return bool(await self._keys.of(provider))

    async def test(self, provider: Provider, tell: Callable[[str], None]) -> Capability:
        """Find out what a provider's model can, telling each step, and remember it; raise UserError when it fails."""
        provider = _checked(provider)
        tell("Looking for the key…")
        key = await self._keys.of(provider)
        if provider.needs_key and not key:
            raise UserError(f"There is no key for {provider.name} yet; enter it first.")
        tell("Asking for the list of models…")
        models = await self._model.models(provider, key)
        found = await self._model.probe(provider, key, tell)
        known = self._known(provider.id)
        others = tuple(other for other in known.capabilities if other.model != found.model)
        await self._keep(replace(provider, models=models, capabilities=(*others, found), is_in_use=known.is_in_use))
        return found

    def _known(self, id_: ProviderId) -> Provider:
        """Return a provider as it is kept; raise UserError when it was taken away meanwhile."""
        found = self._facts.state.providers.get(id_)
        if found is None:
            raise UserError(PROVIDER_GONE)
        return found

    async def _keep(self, provider: Provider) -> None:
        await self._facts.enter(ev.ProviderSaved(at=self._clock.now(), provider=provider, is_change=True))


def _free_name(wanted: str, taken: set[str]) -> str:
    names = (wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _checked(provider: Provider) -> Provider:
    """Return a provider that can be used, its texts without blanks around them; raise UserError for one that cannot."""
    provider = replace(
        provider,
        name=provider.name.strip(),
        base_url=provider.base_url.strip().rstrip("/"),
        model=provider.model.strip(),
        key_variable=provider.key_variable.strip(),
    )
    refuse_bad_address(provider.base_url)
    if not provider.name or len(provider.name) > _LONGEST_NAME:
        raise UserError(f"A name of 1 to {_LONGEST_NAME} characters was expected.")
    if not provider.model:
        raise UserError("The name of a model was expected; Test lists those on offer.")
    if not 1 <= provider.timeout_s <= _LONGEST_S:
        raise UserError(f"A time limit between 1 and {_LONGEST_S:g} s was expected.")
    if not 0 <= provider.temperature <= 2:
        raise UserError("A temperature between 0 and 2 was expected.")
    if not 1 <= provider.max_answer_tokens <= _MOST_TOKENS or not 0 <= provider.picture_tokens <= _MOST_TOKENS:
        raise UserError(f"Token limits between 1 and {_MOST_TOKENS:,} were expected.")
    for price in provider.prices:
        _refuse_bad_price(price)
    _refuse_bad_caps(provider.caps)
    return provider


def _refuse_bad_price(price: Price) -> None:
    if not price.model or not all(_is_money(part) for part in (price.tokens_in, price.tokens_out)):
        raise UserError("A price of 0 or more US dollars per million tokens was expected.")


def _refuse_bad_caps(caps: Caps) -> None:
    if any(cap is not None and cap < 1 for cap in (caps.run_tokens, caps.day_tokens, caps.strategy_tokens)):
        raise UserError("A cap of 1 token or more was expected; leave it empty for no cap.")
    if any(cap is not None and not _is_money(cap) for cap in (caps.run_money, caps.day_money, caps.strategy_money)):
        raise UserError("A cap of 0 or more US dollars was expected; leave it empty for no cap.")


def _is_money(amount: Decimal) -> bool:
    return amount.is_finite() and 0 <= amount < 1_000_000
