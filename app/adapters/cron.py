"""Cron expressions, read by cronsim: 1-5 is Monday to Friday, the two day fields are ORed, a DST change fires once."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.domain.errors import UserError


class CronTable:
    """Answers when an expression fires next."""

    def next_after(self, expression: str, zone: str, moment: datetime) -> datetime:
        """Return the first firing after `moment`, UTC; raise UserError for an expression or zone that is none."""
        from cronsim import CronSim, CronSimError

        try:
            local = moment.astimezone(ZoneInfo(zone))
            return next(CronSim(expression, local)).astimezone(moment.tzinfo)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise UserError(f"{zone} is not a time zone; name one such as America/New_York.") from error
        except (CronSimError, StopIteration) as error:
            raise UserError(f"“{expression}” is not a cron schedule such as 45 15 * * 1-5 ({error}).") from error
