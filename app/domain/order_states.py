"""Where an order can be, and the table of legal moves between those states."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order is; `verifying` means that only the broker knows."""

    INTENDED = "intended"
    SENT = "sent"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    INACTIVE = "inactive"
    VERIFYING = "verifying"
    NEVER_SENT = "never_sent"

    @property
    def is_final(self) -> bool:
        """Say whether nothing more is expected (the broker's truth may still correct it)."""
        return self in _FINAL

    @property
    def is_working(self) -> bool:
        """Say whether the broker holds it, as far as we know."""
        return self in _WORKING


_S = OrderState
_FINAL = frozenset({_S.FILLED, _S.CANCELLED, _S.EXPIRED, _S.REJECTED, _S.NEVER_SENT})
_WORKING = frozenset({_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.INACTIVE})
_BROKER_SAYS = frozenset(
    {_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.PENDING_CANCEL, _S.CANCELLED, _S.EXPIRED, _S.REJECTED, _S.INACTIVE}
)

MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    _S.INTENDED: _BROKER_SAYS | {_S.SENT, _S.VERIFYING, _S.NEVER_SENT},
    _S.SENT: _BROKER_SAYS | {_S.VERIFYING},
    _S.VERIFYING: _BROKER_SAYS | {_S.NEVER_SENT},
    _S.ACCEPTED: _BROKER_SAYS | {_S.VERIFYING},
    _S.PARTIALLY_FILLED: (_BROKER_SAYS - {_S.ACCEPTED, _S.REJECTED}) | {_S.VERIFYING},
    _S.PENDING_CANCEL: _BROKER_SAYS | {_S.VERIFYING},
    _S.INACTIVE: _BROKER_SAYS | {_S.VERIFYING},
    _S.CANCELLED: frozenset({_S.FILLED, _S.EXPIRED, _S.REJECTED}),
    _S.EXPIRED: frozenset({_S.FILLED, _S.CANCELLED}),
    _S.REJECTED: frozenset({_S.FILLED, _S.CANCELLED}),
    _S.NEVER_SENT: _BROKER_SAYS,
    _S.FILLED: frozenset(),
}
"""From each state, where an order may go. Final states give way only to stronger evidence of the broker."""


def may_move(current: OrderState, new: OrderState) -> bool:
    """Say whether an order may go from `current` to `new`."""
    return new in MOVES[current]
