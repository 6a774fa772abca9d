"""What a gateway says to messages it does not serve: IB's own error for each, never silence."""

from __future__ import annotations

from dataclasses import dataclass

from app.practice.server.session import NO_REQUEST, Session
from app.practice.wire.codes import BAD_READ, HISTORY_ERROR, INVALID, NEWS_NOT_ALLOWED, Complaint
from app.practice.wire.text import split


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which field holds the request id (0 = none) and what is said."""

    id_at: int
    complaint: Complaint


_NOT_FA = Complaint(321, "Error validating request.-'b5' : cause - FA data operations ignored for non FA customers.")
_NO_FUNDAMENTALS = Complaint(430, "The fundamentals data for the security specified is not available.")
_NO_CALENDAR = Complaint(10276, "News feed is not allowed.")
_NO_GROUPS = INVALID.about("b5", "Display groups are not available.")

REFUSALS: dict[int, Refusal] = {
    12: Refusal(0, NEWS_NOT_ALLOWED),
    18: Refusal(0, _NOT_FA),
    19: Refusal(0, _NOT_FA),
    21: Refusal(2, INVALID.about("b5", "Options cannot be exercised on this account.")),
    22: Refusal(1, HISTORY_ERROR.about("API scanner subscription is not available")),
    24: Refusal(0, HISTORY_ERROR.about("API scanner parameters are not available")),
    52: Refusal(2, _NO_FUNDAMENTALS),
    67: Refusal(2, _NO_GROUPS),
    68: Refusal(2, _NO_GROUPS),
    69: Refusal(2, _NO_GROUPS),
    79: Refusal(1, INVALID.about("b5", "Soft dollar tiers are not available for this account.")),
    84: Refusal(1, NEWS_NOT_ALLOWED),
    85: Refusal(0, NEWS_NOT_ALLOWED),
    86: Refusal(1, NEWS_NOT_ALLOWED),
    88: Refusal(1, HISTORY_ERROR.about("Histogram data is not available")),
    100: Refusal(1, _NO_CALENDAR),
    102: Refusal(1, _NO_CALENDAR),
}
# Cancels of what was never granted; a gateway says nothing to them.
IGNORED = frozenset({13, 23, 53, 70, 89, 101, 103})


def refuse_unknown(session: Session, payload: bytes, number: str) -> None:
    """Answer a message that nobody declared."""
    if session.client_id is None:
        session.close(f"expected startApi first, found message {number!r}")
        return
    known = REFUSALS.get(int(number)) if number.isdigit() else None
    if known is not None:
        session.complain(_request_id(payload, known.id_at), known.complaint)
    elif not (number.isdigit() and int(number) in IGNORED):
        session.complain(NO_REQUEST, BAD_READ.about(f"Unknown message id {number!r}."))


def _request_id(payload: bytes, at: int) -> int:
    fields = split(payload)
    try:
        return int(fields[at]) if at else NO_REQUEST
    except (ValueError, IndexError):
        return NO_REQUEST
