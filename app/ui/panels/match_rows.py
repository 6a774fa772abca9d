"""What a row of the match is called and how it is shown: differences first, in words with their cause."""

from __future__ import annotations

from app.services.matching import MatchKind, MatchRow
from app.ui.tables import Column

KINDS = {MatchKind.POSITION: "Position", MatchKind.ORDER: "Order", MatchKind.EXECUTIONS: "Executions"}


def verdict(row: MatchRow) -> str:
    """Return how a line came out."""
    if row.is_equal:
        return "equal"
    return "set aside" if row.is_ignored else "differs"


def verdict_token(row: MatchRow) -> str:
    """Return the colour of a verdict."""
    return {"equal": "ok", "set aside": "text.muted", "differs": "danger"}[verdict(row)]


def match_columns() -> list[Column[MatchRow]]:
    """Return the columns of the match."""
    return [
        Column(
            "verdict",
            "Verdict",
            verdict,
            width=104,
            sort=lambda row: (row.is_equal, row.is_ignored),
            token=verdict_token,
            icon=_icon,
        ),
        Column("kind", "What", lambda row: KINDS[row.kind], width=96, token=lambda _: "text.muted"),
        Column("subject", "Subject", lambda row: row.subject, width=180),
        Column("ours", "Our ledger", lambda row: row.ours, width=130),
        Column("broker", "The broker", lambda row: row.broker, width=130),
        Column("cause", "Why, perhaps", lambda row: row.cause[:1].upper() + row.cause[1:], width=320, stretch=True),
    ]


def _icon(row: MatchRow) -> tuple[str, str]:
    name = "check" if row.is_equal else "ban" if row.is_ignored else "triangle-alert"
    return name, verdict_token(row)
