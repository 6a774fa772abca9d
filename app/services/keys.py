"""The key of a provider, wherever a person chose to keep it; it is only ever handed to the request."""

from __future__ import annotations

from enum import StrEnum

from app.domain.errors import UserError
from app.domain.providers import Provider, ProviderId, Secret
from app.services.ports_readings import Vault

_LONGEST = 4096


class KeyPlace(StrEnum):
    """Where a key can be kept."""

    KEYRING = "keyring"
    SESSION = "session"
    ENVIRONMENT = "environment"


class Keys:
    """Finds, keeps and forgets the keys of providers."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def of(self, provider: Provider) -> Secret | None:
        """Return a provider's key, None when there is none; raise UserError when the keyring cannot be asked."""
        if not provider.needs_key:
            return None
        if provider.key_variable:
            return self._vault.from_environment(provider.key_variable)
        return await self._vault.get(_name(provider.id))

    async def keep(self, provider: ProviderId, typed: str, place: KeyPlace) -> None:
        """Keep what a person typed; raise UserError, saying what else there is, when it cannot be kept there."""
        key = typed.strip()
        if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable() or " " in key:
            raise UserError("A key of plain letters, digits and signs without blanks was expected; copy it once more.")
        if place is KeyPlace.SESSION:
            self._vault.remember(_name(provider), Secret(key))
        else:
            await self._vault.set(_name(provider), Secret(key))

    async def forget(self, provider: ProviderId) -> None:
        """Take a provider's key away."""
        await self._vault.delete(_name(provider))


def _name(provider: ProviderId) -> str:
    return f"provider:{provider}"
