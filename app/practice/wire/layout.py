"""Layouts: the order of a message's fields, as data, with version ranges, groups and repetitions.

A message class is declared once with annotated fields and its layout follows from them; the three order messages,
whose fields stand in different orders, name them one by one (see `orders`).
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from app.practice.wire.kinds import FieldError, Kind, Since, Until, _read_int

Values = Mapping[str, Any]

# No message of a client repeats anything more often.
MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Slot:
    """One field."""

    name: str
    kind: Kind
    since: int = 0
    until: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Const:
    """A field that says nothing: skipped when read, this text when written."""

    text: str
    since: int = 0
    until: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Nested:
    """A record inside a record, its fields in line."""

    name: str
    record: type[Any]
    since: int = 0
    until: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Many:
    """A count and that many records or single values."""

    name: str
    record: type[Any] | None
    kind: Kind | None = None
    since: int = 0
    until: int = 1 << 30


@dataclass(frozen=True, slots=True)
class When:
    """Parts that are there only if what stands before says so; `test` sees the values by name."""

    test: Callable[[Values], bool]
    parts: tuple[Part, ...]
    since: int = 0
    until: int = 1 << 30


@dataclass(frozen=True, slots=True)
class Within:
    """Parts whose values stand in the record of this name (written only)."""

    name: str
    parts: tuple[Part, ...]
    since: int = 0
    until: int = 1 << 30


Part = Slot | Const | Nested | Many | When | Within


@dataclass(frozen=True, slots=True)
class Condition:
    """Annotation of a nested or repeated field: it is there only if `test` holds for what stands before."""

    test: Callable[[Values], bool]


def parts_of(record: type[Any]) -> tuple[Part, ...]:
    """Return the layout of an annotated dataclass (or of a class that names its `LAYOUT` itself)."""
    known = _LAYOUTS.get(record)
    if known is None:
        named = getattr(record, "LAYOUT", None)
        known = _LAYOUTS[record] = named if named is not None else tuple(_declared(record))
    return known


_LAYOUTS: dict[type[Any], tuple[Part, ...]] = {}


def kinds_of(record: type[Any]) -> dict[str, Kind]:
    """Return the kind of every scalar field of an annotated dataclass, by name."""
    return {part.name: part.kind for part in _declared(record) if isinstance(part, Slot)}


def _declared(record: type[Any]) -> Iterator[Part]:
    hints = get_type_hints(record, include_extras=True)
    for field in fields(record):
        yield _part(field.name, hints[field.name])


def _part(name: str, hint: Any) -> Part:
    notes: list[Any] = []
    while get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        notes += more
    since = max([note.version for note in notes if isinstance(note, Since)], default=0)
    until = min([note.version for note in notes if isinstance(note, Until)], default=1 << 30)
    # The outermost annotation stands first after unwrapping, so a kind given beside a named type wins over it.
    kind = next((note for note in notes if isinstance(note, Kind)), None)
    part = Slot(name, kind, since, until) if kind else _compound(name, hint, since, until)
    conditions = [note for note in notes if isinstance(note, Condition)]
    return When(conditions[0].test, (part,)) if conditions else part


def _compound(name: str, hint: Any, since: int, until: int) -> Part:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(arg for arg in get_args(hint) if arg is not type(None))
    if is_dataclass(hint) and isinstance(hint, type):
        return Nested(name, hint, since, until)
    if get_origin(hint) is tuple:
        item = get_args(hint)[0]
        if is_dataclass(item) and isinstance(item, type):
            return Many(name, item, None, since, until)
        scalar = _part(name, item)
        assert isinstance(scalar, Slot)
        return Many(name, None, scalar.kind, since, until)
    raise TypeError(f"field {name} has no kind: {hint!r}")


class Fields:
    """The fields of one received message, taken from the front; reading past the end is a FieldError."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self._next = 0

    def take(self, name: str) -> str:
        """Return the next field."""
        if self._next >= len(self._texts):
            raise FieldError(f"expected a field {name} and found the end of the message")
        self._next += 1
        return self._texts[self._next - 1]


def read(parts: Iterable[Part], source: Fields, version: int) -> dict[str, Any]:
    """Read the parts that exist at this version; returns the values by name."""
    values: dict[str, Any] = {}
    _read_into(values, parts, source, version)
    return values


def read_record(record: type[Any], source: Fields, version: int) -> Any:
    """Read one record of this class; one that reads itself (`read_from`) does so."""
    own = getattr(record, "read_from", None)
    if own is not None:
        return own(source, version)
    return record(**read(parts_of(record), source, version))


def _read_into(values: dict[str, Any], parts: Iterable[Part], source: Fields, version: int) -> None:
    for part in parts:
        if not part.since <= version < part.until:
            continue
        match part:
            case Slot():
                values[part.name] = _read_slot(part, source)
            case Const():
                source.take("(unused)")
            case Nested():
                values[part.name] = read_record(part.record, source, version)
            case Many():
                values[part.name] = tuple(_read_many(part, source, version))
            case When():
                if part.test(values):
                    _read_into(values, part.parts, source, version)
            case Within():
                raise TypeError(f"{part.name}: such parts are written, never read")


def _read_slot(part: Slot, source: Fields) -> Any:
    text = source.take(part.name)
    try:
        return part.kind.read(text)
    except FieldError:
        raise FieldError(f"Unable to parse field: '{part.name}' for input string: '{text[:80]}'") from None


def _read_many(part: Many, source: Fields, version: int) -> Iterator[Any]:
    count = _read_int(source.take(f"count of {part.name}"))
    if not 0 <= count <= MOST_ITEMS:
        raise FieldError(f"Unable to parse field: 'count of {part.name}' for input string: '{count}'")
    for _ in range(count):
        if part.record is not None:
            yield read_record(part.record, source, version)
        elif part.kind is not None:
            yield part.kind.read(source.take(part.name))


class _Attributes(Mapping[str, Any]):
    """A message seen as values by name, for the conditions of its layout."""

    def __init__(self, message: Any) -> None:
        self._message = message

    def __getitem__(self, name: str) -> Any:
        return getattr(self._message, name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def write(parts: Iterable[Part], message: Any, version: int, out: list[str]) -> None:
    """Append the texts of the parts that exist at this version."""
    for part in parts:
        if not part.since <= version < part.until:
            continue
        match part:
            case Slot():
                out.append(part.kind.write(getattr(message, part.name), version))
            case Const():
                out.append(part.text)
            case Nested():
                write(parts_of(part.record), getattr(message, part.name), version, out)
            case Many():
                _write_many(part, getattr(message, part.name), version, out)
            case Within():
                write(part.parts, getattr(message, part.name), version, out)
            case When():
                if part.test(_Attributes(message)):
                    write(part.parts, message, version, out)


def _write_many(part: Many, items: tuple[Any, ...], version: int, out: list[str]) -> None:
    out.append(str(len(items)))
    for item in items:
        if hasattr(item, "write_to"):
            item.write_to(out, version)
        elif part.record is not None:
            write(parts_of(part.record), item, version, out)
        elif part.kind is not None:
            out.append(part.kind.write(item, version))
