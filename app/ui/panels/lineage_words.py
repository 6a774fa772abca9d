"""Lineage in words: what a step is called, the two or three numbers that mattered, its data as a tree. No Qt."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.events import StepName
from app.domain.state import Step
from app.domain.strategies import StepStatus
from app.ui.panels.cells import words
from app.ui.widgets.format import UNKNOWN, number, quantity

_S = StepName
TITLES = {
    _S.LOAD_STRATEGY: "Strategy loaded",
    _S.LOAD_BARS: "Bars loaded",
    _S.INDICATORS: "Indicators computed",
    _S.CHECKS: "Four checks",
    _S.CHART_PICTURES: "Chart pictures",
    _S.READING: "Model's reading",
    _S.CONSOLIDATION: "Readings consolidated",
    _S.CLAIMS: "Claims recomputed",
    _S.SIGNAL: "Signal",
    _S.GATES: "Gates",
    _S.SIZE: "Size",
    _S.INTENT: "Order decided",
    _S.ORDER: "Broker's word",
    _S.FILLS: "Fill",
    _S.POSITION: "Position",
    _S.OUTCOME: "Outcome",
}
_NAMES = {
    "sma": "SMA",
    "sma20": "SMA 20",
    "macd": "MACD",
    "rsi": "RSI",
    "atr": "ATR",
    "supertrend": "SuperTrend",
    "id": "id",
    "tif": "TIF",
}
_IDS = frozenset({"id", "ref", "exec_id", "decision", "digest", "run", "signal_id", "intent", "perm_id"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of a step's data: a key, its value in words, and what is beneath."""

    key: str
    value: str = ""
    is_id: bool = False
    children: tuple[Pair, ...] = ()


def title_of(step: Step) -> str:
    """Return what a step is called, with what tells it from its like."""
    title = TITLES[step.step]
    if step.step is _S.LOAD_BARS and step.inputs.get("timeframe"):
        return f"{title}, {step.inputs['timeframe']}"
    if step.step is _S.ORDER and step.inputs.get("role"):
        return f"{title} on the {step.inputs['role']}"
    return title


def facts_of(step: Step) -> str:
    """Return the two or three numbers of a step that mattered; the error when it failed by one."""
    if step.error:
        return step.error
    if step.status is StepStatus.SKIPPED:
        return str(step.outputs.get("why", ""))
    write = _FACTS.get(step.step)
    return write(step) if write is not None else ""


def pairs_of(data: Mapping[str, Any]) -> tuple[Pair, ...]:
    """Return a step's inputs or outputs as lines to read."""
    return tuple(_pair(str(key), value) for key, value in data.items())


def chain_json(subject: str, steps: Sequence[Step]) -> str:
    """Return a chain as a JSON document."""
    return json.dumps({"subject": subject, "steps": [_step_object(step) for step in steps]}, indent=2)


def step_json(step: Step) -> str:
    """Return one step with its inputs and outputs as JSON."""
    return json.dumps(_step_object(step), indent=2)


def _step_object(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "cause": step.cause,
        "run": step.run,
        "step": step.step.value,
        "status": step.status.value,
        "attempt": step.attempt,
        "started": step.started.isoformat(),
        "duration_ms": step.duration_ms,
        "subject": step.subject or None,
        "inputs": _plain(step.inputs),
        "outputs": _plain(step.outputs),
        "digest": step.digest or None,
        "error": step.error or None,
    }


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case str() | int() | float() | None:
            return value
        case _:
            return str(value)


def _pair(key: str, value: Any) -> Pair:
    name = _name(key)
    if key in _IDS and value not in (None, ""):
        return Pair(name, str(value), is_id=True)
    match value:
        case Mapping():
            return Pair(name, "", children=pairs_of(value))
        case list() | tuple() if any(isinstance(one, Mapping) for one in value):
            return Pair(name, number(len(value)), children=tuple(_named(place, one) for place, one in enumerate(value)))
        case list() | tuple():
            return Pair(name, " ".join(_text(one) for one in value) or UNKNOWN)
        case _:
            return Pair(name, _text(value))


def _named(place: int, record: Any) -> Pair:
    """Return a record of a list as one line, its verdict first, with the whole of it beneath."""
    if not isinstance(record, Mapping):
        return Pair(str(place + 1), _text(record))
    name = str(record.get("name", place + 1))
    verdict, value = record.get("verdict"), record.get("value")
    limit = record.get("limit", record.get("threshold"))
    parts = [str(verdict)] if verdict else []
    if value is not None:
        parts.append(f"{_text(value)} against {_text(limit)}" if limit is not None else _text(value))
    text = " · ".join(parts)
    return Pair(_name(name), f"{text} · {record['text']}" if record.get("text") else text, children=pairs_of(record))


def _name(key: str) -> str:
    """Return a key as people read it, indicators in their own capitals."""
    text = words(key)
    return " ".join(_NAMES.get(word.casefold(), word) for word in text.split())


def _text(value: Any) -> str:
    match value:
        case None | "":
            return UNKNOWN
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return quantity(value)
        case int():
            return number(value)
        case float():
            return quantity(round(value, 4))
        case _:
            return str(value)


def join(*parts: object) -> str:
    """Return the parts that say something, with dots between."""
    return "  ·  ".join(str(part) for part in parts if part)


def price_text(value: Any) -> str:
    """Write a price with the decimals it has, two at least."""
    if not isinstance(value, Decimal | float | int):
        return _text(value)
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return number(value, max(2, -exponent if isinstance(exponent, int) else 2))


def _strategy_facts(step: Step) -> str:
    return join(step.outputs.get("name"), step.outputs.get("mode"), step.inputs.get("symbol"))


def _bars_facts(step: Step) -> str:
    out = step.outputs
    asked = "asked of the gateway" if out.get("asked_gateway") else "from the store"
    return join(f"{_text(out.get('bars'))} bars to {_text(out.get('last'))}", out.get("source"), asked)


def _indicator_facts(step: Step) -> str:
    out = step.outputs
    return join(
        *(f"{name} {number(out.get(key), 2)}" for name, key in (("SMA 20", "sma20"), ("RSI", "rsi"), ("ATR", "atr")))
    )


def _check_facts(step: Step) -> str:
    out = step.outputs
    count = f"{_text(out.get('bullish'))} bullish, {_text(out.get('bearish'))} bearish"
    return join(out.get("direction"), count, f"weekly {out.get('confirmation')}" if out.get("confirmation") else "")


def _signal_facts(step: Step) -> str:
    out = step.outputs
    confidence = f"confidence {number(out.get('confidence'), 2)}"
    levels = (
        f"limit {price_text(out['limit'])}, stop {price_text(out.get('stop'))}" if out.get("limit") is not None else ""
    )
    return join(out.get("signal"), confidence, levels, "" if out.get("actionable") else "not actionable")


def _gate_facts(step: Step) -> str:
    gates = [gate for gate in step.outputs.get("gates", []) if isinstance(gate, Mapping)]
    refused = [words(str(gate.get("name"))) for gate in gates if gate.get("verdict") == "refuse"]
    warned = [words(str(gate.get("name"))) for gate in gates if gate.get("verdict") == "warn"]
    passed = len(gates) - len(refused) - len(warned)
    return join(
        f"{passed} of {len(gates)} passed",
        f"refused: {', '.join(refused)}" if refused else "",
        f"warned: {', '.join(warned)}" if warned else "",
    )


def _size_facts(step: Step) -> str:
    out = step.outputs
    return join(f"quantity {_text(out.get('quantity'))}", f"bound by {words(str(out.get('bound_by', ''))).lower()}")


def _intent_facts(step: Step) -> str:
    if step.outputs.get("change"):
        return _change_words(step.outputs)
    legs = [(role, leg) for role, leg in step.outputs.items() if isinstance(leg, Mapping)]
    return join(*(f"{role} {_leg_words(leg)}" for role, leg in legs))


def _leg_words(leg: Mapping[str, Any]) -> str:
    price = leg.get("limit") if leg.get("limit") is not None else leg.get("stop")
    what = f"{leg.get('side')} {_text(leg.get('quantity'))} {leg.get('type')}"
    return f"{what} {price_text(price)}" if price is not None else what


def _change_words(out: Mapping[str, Any]) -> str:
    old, new = out.get("from", {}), out.get("to", {})
    moved = (name for name in ("limit", "stop", "quantity") if old.get(name) != new.get(name))
    return join(
        f"change {out.get('change')}",
        *(f"{name} {price_text(old.get(name))} to {price_text(new.get(name))}" for name in moved),
    )


def _order_facts(step: Step) -> str:
    out = step.outputs
    if out.get("change"):
        return _change_words(out)
    price = out.get("limit") if out.get("limit") is not None else out.get("stop")
    what = f"{step.inputs.get('side')} {_text(out.get('quantity'))} {step.inputs.get('type')}"
    return join(words(str(out.get("state", ""))).lower(), f"{what} {price_text(price)}" if price is not None else what)


def _fill_facts(step: Step) -> str:
    out = step.outputs
    return join(
        f"{out.get('side')} {_text(out.get('quantity'))} at {price_text(out.get('price'))}", step.inputs.get("role")
    )


def _position_facts(step: Step) -> str:
    out = step.outputs
    commission = step.inputs.get("commission")
    return join(
        f"{_text(out.get('quantity'))} held at {price_text(out.get('average'))}",
        f"realised {number(out.get('realized'), 2, signed=True)}",
        f"commission {price_text(commission)}" if commission is not None else "",
    )


_FACTS: dict[StepName, Callable[[Step], str]] = {
    _S.LOAD_STRATEGY: _strategy_facts,
    _S.LOAD_BARS: _bars_facts,
    _S.INDICATORS: _indicator_facts,
    _S.CHECKS: _check_facts,
    _S.SIGNAL: _signal_facts,
    _S.GATES: _gate_facts,
    _S.SIZE: _size_facts,
    _S.INTENT: _intent_facts,
    _S.ORDER: _order_facts,
    _S.FILLS: _fill_facts,
    _S.POSITION: _position_facts,
}
