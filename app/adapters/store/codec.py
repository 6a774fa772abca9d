"""Frozen records as JSON text and back, exactly: Decimals as text, times in UTC, no NaN."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

import numpy as np
from cattrs import Converter
from cattrs.strategies import configure_tagged_union

from app.domain.claims import Assertion, Line
from app.domain.errors import Fault
from app.domain.orders import OrderType

T = TypeVar("T")
_OFFSET = len("+00:00")
DECIMAL = "$decimal"
"""The key that marks an exact number among the free values of a step."""


def time_text(moment: datetime) -> str:
    """Return a moment as ISO 8601 UTC of one width, so that text sorts as time does; raise Fault without a zone."""
    if moment.tzinfo is None:
        raise Fault(f"A time with its zone was expected, {moment.isoformat()} has none; it was not stored.")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:-_OFFSET] + "Z"


def time_of(text: str) -> datetime:
    """Return the moment that `time_text` wrote."""
    return datetime.fromisoformat(text)


def to_json(record: object, kind: Any = None) -> str:
    """Return a record as JSON text; raise Fault when it holds what JSON cannot."""
    return _dumped(_CONVERTER.unstructure(record, unstructure_as=kind))


def from_json(text: str, kind: type[T]) -> T:
    """Return the record that `to_json` wrote; raise Fault when the text is not one."""
    try:
        return _CONVERTER.structure(json.loads(text), kind)
    except Exception as error:  # whatever cattrs or the constructors raise: the row is damaged
        raise Fault(
            f"A stored {kind.__name__} cannot be read ({error}); restore the database from a backup."
        ) from error


def values_to_json(values: Mapping[str, Any]) -> str:
    """Return the free values of a step as JSON text; NaN becomes null, Decimals stay exact."""
    return _dumped(_plain(values)) if values else "{}"


def values_from_json(text: str) -> dict[str, Any]:
    """Return the values that `values_to_json` wrote."""
    values: dict[str, Any] = json.loads(text, object_hook=_revived)
    return values


def _dumped(plain: object) -> str:
    try:
        return _ENCODER.encode(plain)
    except (ValueError, TypeError) as error:
        raise Fault(f"Finite numbers and plain values can be stored, another was found ({error}).") from error


def _plain(value: Any) -> Any:
    """Return a free value as JSON knows it; nearly all are of the few kinds that are looked at first."""
    kind = type(value)
    if kind is str or kind is int or value is None or kind is bool:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if kind is dict:
        return {key if type(key) is str else str(_plain(key)): _plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [_plain(item) for item in value]
    if kind is Decimal:
        return {DECIMAL: str(value)} if value.is_finite() else None
    return _plain_of_rare(value)


def _plain_of_rare(value: Any) -> Any:
    match value:
        case Enum():
            return _plain(value.value)
        case datetime():
            return time_text(value)
        case date():
            return value.isoformat()
        case np.generic() | np.ndarray():
            return _plain(value.tolist())
        case Mapping():
            return _plain(dict(value))
        case list() | tuple() | set() | frozenset():
            return [_plain(item) for item in value]
        case str():
            return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    raise Fault(f"A step of lineage holds a {type(value).__name__}, which cannot be stored; nothing was written.")


def _revived(found: dict[str, Any]) -> Any:
    return Decimal(found[DECIMAL]) if found.keys() == {DECIMAL} else found


def _revive(value: Any) -> Any:
    if isinstance(value, dict):
        return _revived({key: _revive(item) for key, item in value.items()})
    return [_revive(item) for item in value] if isinstance(value, list) else value


def _converter() -> Converter:
    converter = Converter()
    converter.register_unstructure_hook(Decimal, str)
    converter.register_structure_hook(Decimal, lambda text, _: Decimal(text))
    converter.register_unstructure_hook(datetime, time_text)
    converter.register_structure_hook(datetime, lambda text, _: time_of(text))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook_func(_is_free, _plain)
    converter.register_structure_hook_func(_is_free, lambda values, _: _revive(values))
    configure_tagged_union(OrderType, converter, tag_name="type")
    converter.register_structure_hook_func(
        lambda kind: kind in (Line | float, Line | float | None), lambda value, _: _line_or_number(value, converter)
    )
    configure_tagged_union(Assertion, converter, tag_name="type")
    return converter


def _line_or_number(value: Any, converter: Converter) -> Line | float | None:
    return converter.structure(value, Line) if isinstance(value, dict) else value


def _is_free(kind: Any) -> bool:
    return bool(kind == dict[str, Any])


# What is encoded was made just before, as a tree: looking for circles would cost a third more.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
_CONVERTER = _converter()
