"""The catalogue of faults: name, description, parameters, and what each does when it is ordered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from app.practice.faults.faults import Faults

Parameters = dict[str, Any]
F = TypeVar("F", bound=Callable[..., None])

# Every fault may be narrowed by these.
NARROWING = {"client_id": "only this client", "symbol": "only this instrument", "count": "how many times (default 1)"}

_LENGTHS = frozenset({"after_ms", "after_s", "bytes", "late_ms", "ms", "s"})
_FIGURES = frozenset(
    {"client_id", "code", "count", "limit", "next_id", "order", "price", "quantity", "ratio", "request"}
)
_NUMBERS = _LENGTHS | _FIGURES | {"times"}
_FLAGS = frozenset({"data_lost", "never", "on", "up"})
_TEXTS = frozenset({"action", "message", "symbol", "text", "type", "which"})
_OTHERWISE = {("language", "code"): str, ("permute", "order"): list}


@dataclass(frozen=True, slots=True)
class Entry:
    """One fault; `parameters` says what each means, those in `required` must be there."""

    name: str
    text: str
    parameters: dict[str, str]
    required: tuple[str, ...]
    act: Callable[[Faults, Parameters], None]


CATALOGUE: dict[str, Entry] = {}


class FaultError(ValueError):
    """A fault cannot be ordered; the message is one sentence."""


def fault(name: str, text: str, /, *, required: tuple[str, ...] = (), **parameters: str) -> Callable[[F], F]:
    """Add a function to the catalogue as what a fault does when it is ordered."""

    def add(function: F) -> F:
        CATALOGUE[name] = Entry(name, text, parameters, required, function)
        return function

    return add


def checked(order: Parameters) -> tuple[Entry, Parameters]:
    """Return the entry and the parameters of an ordered fault; raises FaultError when it is not well formed."""
    entry = CATALOGUE.get(str(order.get("name")))
    if entry is None:
        raise FaultError(f"expected the name of a fault (see --list-faults), found {order.get('name')!r}")
    parameters = {key: value for key, value in order.items() if key not in {"do", "name", "at_s"}}
    if "side" in parameters and "action" in entry.parameters:  # the book calls it side, the wire action
        parameters.setdefault("action", parameters.pop("side"))
    unknown = [key for key in parameters if key not in entry.parameters and key not in NARROWING]
    if unknown:
        known = ", ".join([*entry.parameters, *NARROWING])
        raise FaultError(f"the fault {entry.name} takes {known}, not {unknown[0]!r}")
    missing = [key for key in entry.required if key not in parameters]
    if missing:
        raise FaultError(f"the fault {entry.name} needs {missing[0]!r}: {entry.parameters[missing[0]]}")
    for key, value in parameters.items():
        _check_kind(entry.name, key, value)
    return entry, parameters


def _check_kind(name: str, key: str, value: object) -> None:
    """Refuse a value of the wrong kind at once: a script must not fail hours later, when its line is due."""
    otherwise = _OTHERWISE.get((name, key))
    if otherwise is not None:
        if not isinstance(value, otherwise):
            raise FaultError(f"expected {'a text' if otherwise is str else 'a list'} for {key!r}, found {value!r}")
    elif key in _NUMBERS:
        number({key: value}, key)
    elif key in _FLAGS and not isinstance(value, bool):
        raise FaultError(f"expected true or false for {key!r}, found {value!r}")
    elif key in _TEXTS and not isinstance(value, str):
        raise FaultError(f"expected a text for {key!r}, found {value!r}")


def number(parameters: Parameters, name: str, default: float | None = None) -> float:
    """Return a parameter as a number; raises FaultError for anything else."""
    value = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FaultError(f"expected a number for {name!r}, found {value!r}")
    return float(value)


def listing() -> str:
    """Return the catalogue as lines for people."""
    lines = []
    for entry in CATALOGUE.values():
        lines.append(f"{entry.name}: {entry.text}")
        lines += [f"    {name}: {meaning}" for name, meaning in entry.parameters.items()]
    lines.append("Each may be narrowed by: " + "; ".join(f"{name} ({text})" for name, text in NARROWING.items()))
    return "\n".join(lines)
