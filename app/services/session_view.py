"""What may be said about the session: its state, its account and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.domain.broker import AccountClass, Endpoint
from app.services.matching import MatchRow


class SessionState(StrEnum):
    """Where the session is; new orders leave only when it is ready."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    READY = "ready"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class SessionView:
    """What a screen may say about the session."""

    state: SessionState = SessionState.OFFLINE
    why: str = "Not connected yet."
    endpoint: Endpoint | None = None
    account: str = ""
    accounts: tuple[str, ...] = ()
    account_class: AccountClass | None = None
    server_version: int | None = None
    is_wanted: bool = False
    is_armed: bool = False
    is_read_only: bool = False
    is_market_farm_up: bool = True
    is_history_farm_up: bool = True
    differences: tuple[MatchRow, ...] = ()

    @property
    def client_id(self) -> int | None:
        """The client id under which our orders are placed, None before there is a gateway."""
        return self.endpoint.orders_client if self.endpoint else None

    @property
    def is_ready(self) -> bool:
        """Say whether new orders may leave."""
        return self.state is SessionState.READY

    @property
    def is_reconciled(self) -> bool:
        """Say whether our ledger equals the broker's."""
        return self.is_ready and not self.differences


def many_differences(count: int) -> str:
    """Return a count of differences in words."""
    return f"{count} difference{'' if count == 1 else 's'}"


def silence_at(where: str) -> str:
    """Say that something listens that has not greeted yet."""
    return (
        f"Nothing at {where} has greeted us as a TWS gateway yet, still trying; if TWS asks to accept the "
        "connection, accept it, otherwise correct the host or the port in Connection."
    )


def why_no_account(wanted: str, there: tuple[str, ...]) -> str:
    """Say why none of a gateway's accounts may be used, empty where one may."""
    if wanted and wanted not in there:
        has = ", ".join(there) or "none"
        return f"The gateway was expected to have account {wanted} but has {has}; correct the account in its profile."
    return "" if there else "The gateway named no account; log in there first."
