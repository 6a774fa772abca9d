"""What IB's message codes mean: how bad, what for an order, and in plain words why and what to do.

A code never ends an order. It may only make us ask the broker (`verify`), or explain why an order that the broker
does not have was refused (`refusal`). Texts are for people; only the code decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.adapters.ib.code_table import ROWS
from app.domain.broker import Farm, FarmReport, LinkReport, LinkState
from app.domain.codes import CodeMeaning
from app.domain.codes import Severity as Severity


class Effect(StrEnum):
    """What a message may mean for the order it names."""

    NONE = "none"
    VERIFY = "verify"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Code:
    """One IB code; `sentence` is the cause and the remedy, empty when we do not know it."""

    code: int
    severity: Severity
    effect: Effect
    sentence: str = ""

    def explain(self, text: str) -> str:
        """Return what to show: our sentence with the broker's own words behind it."""
        words = " ".join(text.split())
        if not self.sentence:
            return f"IB message {self.code}: {words}"
        return f"{self.sentence} (IB {self.code}: {words})" if words else f"{self.sentence} (IB {self.code})"


_SEVERITIES = {"i": Severity.INFO, "w": Severity.WARNING, "e": Severity.ERROR}
_EFFECTS = {"-": Effect.NONE, "v": Effect.VERIFY, "r": Effect.REFUSAL}
CODES = {
    code: Code(code, _SEVERITIES[marks[0]], _EFFECTS[marks[1]], sentence) for code, (marks, sentence) in ROWS.items()
}


def meaning(code: int) -> Code:
    """Return what a code means; an unknown one is an IB message that makes us look, and changes nothing by itself."""
    known = CODES.get(code)
    if known is not None:
        return known
    is_warning = 2100 <= code < 2200
    severity = Severity.WARNING if is_warning else Severity.ERROR
    return Code(code, severity, Effect.NONE if is_warning else Effect.VERIFY)


def code_meanings() -> tuple[CodeMeaning, ...]:
    """Return the whole table as people read it, by code."""
    return tuple(_told(CODES[code]) for code in sorted(CODES))


def _told(code: Code) -> CodeMeaning:
    cause, _, fix = code.sentence.rstrip(".").partition("; ")
    fix = fix or _USUAL_FIX[code.severity, code.effect]
    return CodeMeaning(code.code, code.severity, f"{cause}.", f"{fix[:1].upper()}{fix[1:]}.", _FOR_ORDER[code.effect])


_USUAL_FIX = {
    (Severity.INFO, Effect.NONE): "Nothing needs to be done",
    (Severity.INFO, Effect.VERIFY): "Nothing needs to be done",
    (Severity.WARNING, Effect.NONE): "Nothing needs to be done now; look again if it lasts",
    (Severity.WARNING, Effect.VERIFY): "Look at the order in Orders",
    (Severity.ERROR, Effect.NONE): "Try again; if it stays, check the gateway's own window",
    (Severity.ERROR, Effect.VERIFY): "Wait until the broker has been asked, then look at the order in Orders",
    (Severity.ERROR, Effect.REFUSAL): "Correct this term of the order and place it again",
}
_FOR_ORDER = {
    Effect.NONE: "Says nothing about an order's fate.",
    Effect.VERIFY: "The broker is asked how the order stands; the code alone proves nothing.",
    Effect.REFUSAL: "Probably refused; believed only when the broker does not have the order.",
}


_LINKS = {
    1100: LinkState.BROKER_LOST,
    2110: LinkState.BROKER_LOST,
    1101: LinkState.BROKER_BACK_DATA_LOST,
    1102: LinkState.BROKER_BACK,
}
_FARMS = {
    2103: (Farm.MARKET, False),
    2104: (Farm.MARKET, True),
    2105: (Farm.HISTORY, False),
    2106: (Farm.HISTORY, True),
    2107: (Farm.HISTORY, True),  # IB: inactive means asleep; it wakes up on demand
    2108: (Farm.MARKET, True),
}


def link_report(code: int, text: str) -> LinkReport | FarmReport | None:
    """Return what a code says about the way to the broker, None when it says nothing about it."""
    if state := _LINKS.get(code):
        return LinkReport(state, meaning(code).explain(text))
    if farm := _FARMS.get(code):
        return FarmReport(*farm, text=text)
    return None


NOT_SUBSCRIBED = frozenset({354, 10089, 10091, 10168, 10186, 10197})
"""Live data is not to be had for a request; delayed data may be."""
ID_IN_USE = 326
PORT_MOVED = 1300
NO_DEFINITION = 200
HISTORY_SERVICE = 162
NO_SUCH_HISTORY = 366
PACING = frozenset({100, 420})
