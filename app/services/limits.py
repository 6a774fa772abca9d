"""The limits a person sets: read by the gates from the moment they are changed, each change written down."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.domain import events as ev
from app.domain.errors import UserError
from app.domain.risk import RiskLimits
from app.runtime.clock import Clock
from app.runtime.errors import Refusal
from app.runtime.settings import SettingsFile
from app.runtime.settings_limits import LimitField, Limits, limit_fields, with_limit
from app.services.facts import Facts
from app.services.situation import Situations


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it stands, with what it may be."""

    field: LimitField
    value: Decimal


class LimitBook:
    """What orders are held to: kept in the settings, changed one at a time, never silently."""

    def __init__(self, facts: Facts, settings: SettingsFile, situations: Situations, clock: Clock) -> None:
        self._facts = facts
        self._settings = settings
        self._situations = situations
        self._clock = clock

    def rows(self) -> tuple[Limit, ...]:
        """Return every limit as it stands."""
        current = self._settings.current.limits
        return tuple(Limit(field, Decimal(str(getattr(current, field.name)))) for field in limit_fields())

    async def change(self, name: str, text: str) -> None:
        """Hold orders to another number from now on; raise UserError with its bounds when it may not be that."""
        before = self._settings.current.limits
        try:
            after = with_limit(before, name, text)
        except Refusal as error:
            raise UserError(str(error)) from error
        if after == before:
            return
        old, new = str(getattr(before, name)), str(getattr(after, name))
        await self._facts.enter(ev.LimitChanged(at=self._clock.now(), name=name, old=old, new=new))
        self._settings.change(limits=after.model_dump())
        self._situations.limits = risk_limits(after)


def risk_limits(limits: Limits) -> RiskLimits:
    """Return the limits of the settings as the gates take them."""
    return RiskLimits(**limits.model_dump())
