"""The text codec of server versions 157 to 178: NUL-terminated fields, message id first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

from app.practice.wire.framing import frame
from app.practice.wire.kinds import FieldError
from app.practice.wire.layout import Const, Fields, Part, Slot, parts_of, read_record
from app.practice.wire.layout import write as write_parts

FLOOR = 157
NEWEST = 178

T = TypeVar("T")


class UnknownMessage(ValueError):
    """No request has this message id."""


class BadRequest(ValueError):
    """A request that is known cannot be read; `request_id` is what could be read of its id, or -1."""

    def __init__(self, request: type[Any], request_id: int, problem: str) -> None:
        super().__init__(problem)
        self.request = request
        self.request_id = request_id


@dataclass(frozen=True, slots=True)
class Entry:
    """A message class with its id and, where it has one, its own version field."""

    message: type[Any]
    number: int
    version: int | None
    version_until: int = 1 << 30

    def parts(self) -> tuple[Part, ...]:
        """Return the layout behind the message id."""
        if self.version is None:
            return parts_of(self.message)
        return (Const(str(self.version), until=self.version_until), *parts_of(self.message))


REQUESTS: dict[int, Entry] = {}
REPLIES: dict[type[Any], Entry] = {}


@dataclass_transform(kw_only_default=True, frozen_default=True)
def request(number: int, *, version: int | None = None) -> Any:
    """Declare a message that clients send: a frozen dataclass whose fields are in wire order."""

    def declare(cls: type[T]) -> type[T]:
        record = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        REQUESTS[number] = Entry(record, number, version)
        return record

    return declare


@dataclass_transform(kw_only_default=True, frozen_default=True)
def reply(number: int, *, version: int | None = None, version_until: int = 1 << 30) -> Any:
    """Declare a message that the server sends; `version_until` is where its own version field ends.

    To type checkers it is frozen; at run time it is not, which makes a tick three times as cheap to build.
    """

    def declare(cls: type[T]) -> type[T]:
        record = dataclass(slots=True, kw_only=True)(cls)
        REPLIES[record] = Entry(record, number, version, version_until)
        return record

    return declare


def split(payload: bytes) -> list[str]:
    """Return the fields of a payload."""
    texts = payload.decode("utf-8", errors="replace").split("\0")
    return texts[:-1] if texts and texts[-1] == "" else texts


def decode(payload: bytes, version: int) -> Any:
    """Return the request in a payload.

    Raises UnknownMessage for an id that nobody declared and BadRequest for fields that cannot be read.
    """
    texts = split(payload)
    try:
        entry = REQUESTS[int(texts[0])]
    except (ValueError, KeyError, IndexError):
        raise UnknownMessage(texts[0][:40] if texts else "") from None
    try:
        source = Fields(texts[1:])
        if entry.version is not None:
            source.take("message version")
        return read_record(entry.message, source, version)
    except FieldError as problem:
        raise BadRequest(entry.message, _request_id(entry, texts), str(problem)) from None


def _request_id(entry: Entry, texts: list[str]) -> int:
    """Return the request or order id when it is the first field, else -1."""
    at = 1 if entry.version is None else 2
    names = entry.message.__dataclass_fields__
    if next(iter(names), "") in {"req_id", "order_id"} and len(texts) > at:
        try:
            return int(texts[at])
        except ValueError:
            return -1
    return -1


@dataclass(frozen=True, slots=True)
class Plan:
    """The way to write a message of plain fields only, worked out once for a version: ticks must be cheap."""

    template: str
    values: Callable[[Any], tuple[Any, ...]]
    worded: tuple[tuple[int, Callable[[Any, int], str]], ...]

    def written(self, message: Any, version: int) -> bytes:
        """Return the message's bytes."""
        values = self.values(message)
        if self.worded:
            texts = list(values)
            for at, write in self.worded:
                texts[at] = write(texts[at], version)
            values = tuple(texts)
        return (self.template % values).encode("ascii")


_PLANS: dict[int, dict[type[Any], Plan | None]] = {version: {} for version in range(FLOOR, NEWEST + 1)}


def _plan(message: type[Any], version: int) -> Plan | None:
    """Return the plan of a message class, or None when its fields depend on its values."""
    entry = REPLIES[message]
    head: list[str] = [str(entry.number)]
    slots: list[Slot] = []
    for part in entry.parts():
        if part.since <= version < part.until:
            if isinstance(part, Const) and not slots:
                head.append(part.text)
            elif isinstance(part, Slot):
                slots.append(part)
            else:
                return None
    if len(slots) < 2:  # attrgetter returns a tuple from two names on
        return None
    codes = [text.replace("%", "%%") for text in head] + [slot.kind.direct or "%s" for slot in slots]
    worded = tuple((at, slot.kind.write) for at, slot in enumerate(slots) if not slot.kind.direct)
    return Plan("\0".join([*codes, ""]), attrgetter(*(slot.name for slot in slots)), worded)


def payload(message: Any, version: int) -> bytes:
    """Return the bytes of a reply without its length."""
    kind, plans = type(message), _PLANS[version]
    try:
        plan = plans[kind]
    except KeyError:
        plan = plans[kind] = _plan(kind, version)
    if plan is not None:
        return plan.written(message, version)
    entry = REPLIES[type(message)]
    out = [str(entry.number)]
    write_parts(entry.parts(), message, version, out)
    out.append("")
    return "\0".join(out).encode("ascii", errors="replace")


def encode(message: Any, version: int) -> bytes:
    """Return a reply as one frame for a client of this version."""
    return frame(payload(message, version))


def negotiate(greeting: bytes) -> int:
    """Return the server version for a client's `v157..178` (or `v178`) greeting, options behind a blank ignored.

    Raises ValueError with one sentence when there is no common version.
    """
    text = greeting.decode("ascii", errors="replace").split(" ")[0].rstrip("\0")
    low, _, high = text.removeprefix("v").partition("..")
    if not text.startswith("v") or not low.isdigit() or not (high or low).isdigit():
        raise ValueError(f"expected a version range like v{FLOOR}..{NEWEST}, found {text[:40]!r}")
    lowest, highest = int(low), int(high or low)
    if lowest > highest or highest < FLOOR or lowest > NEWEST:
        raise ValueError(f"expected a range that meets {FLOOR} to {NEWEST}, found {text[:40]!r}")
    return min(NEWEST, highest)
