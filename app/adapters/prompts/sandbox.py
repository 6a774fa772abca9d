"""What a template may do: read the values it was given, choose, repeat, and write a text of at most 64 KB.

Whatever grows without bound is refused where it happens; the limits of the process are the second wall.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, missing

from app.domain.quoting import quoted

MOST_TEXT = 64 * 1024
MOST_NUMBER = 10**15
MOST_STEPS = 10_000
"""How far a `range` may go."""

_RUNTIME = "jinja2.runtime"
_METHODS: Mapping[type, frozenset[str]] = {
    str: frozenset({"upper", "lower", "strip", "startswith", "endswith", "title", "capitalize", "split"}),
    dict: frozenset({"items", "keys", "values", "get"}),
    list: frozenset({"index", "count"}),
}
_FILTERS = """abs capitalize count d default first float int last length list lower map max min reject rejectattr
    reverse round select selectattr sort string sum title trim truncate unique upper wordcount"""


class TooMuch(Exception):
    """A template would do what it may not, or make more than it may; the text says what."""


def bounded(parts: Iterable[str]) -> str:
    """Join texts, up to the most that a prompt may be."""
    kept: list[str] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > MOST_TEXT:
            raise TooMuch("it makes more than 64 KB of text")
        kept.append(part)
    return "".join(kept)


class Unknown(StrictUndefined):
    """A name that means nothing; whatever is done with it fails and says which."""

    __slots__ = ()
    __repr__ = StrictUndefined._fail_with_undefined_error  # a list of unknowns is no text either

    @property
    def _undefined_message(self) -> str:
        if self._undefined_obj is missing:
            return f"the variable “{self._undefined_name}” is not known"
        return f"“{self._undefined_name}” is no part of {_kind(self._undefined_obj)}"


class _Guarded(CodeGenerator):
    """Compiles `a ~ b` into a call that can refuse; Jinja2 offers no other way to intercept it."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """The environment of every prompt; unknown names are errors and nothing is loaded from anywhere."""

    code_generator_class = _Guarded
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})
    concat = staticmethod(bounded)

    def __init__(self) -> None:
        # Not optimized: constants would be worked out while compiling, before any guard is asked.
        super().__init__(undefined=Unknown, optimized=False, trim_blocks=True, lstrip_blocks=True)
        self.globals = {"range": _steps, "namespace": Namespace}
        self.filters = {name: each for name, each in self.filters.items() if name in _FILTERS.split()} | _OWN

    def joined(self, parts: Iterable[Any]) -> str:
        """Return what `~` makes."""
        return bounded(map(str, parts))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Do arithmetic on numbers, and add texts and lists, as long as the result stays small."""
        for side in (left, right):
            if isinstance(side, Unknown):
                str(side)  # raises, naming the variable
        if _is_number(left) and _is_number(right):
            return _number(operator, left, right)
        if operator == "+" and type(left) is type(right) and isinstance(left, str | list):
            if len(left) + len(right) > MOST_TEXT:
                raise TooMuch("it makes more than 64 KB of text")
            return left + right
        raise TooMuch(f"“{operator}” is for numbers, not for {_kind(left)} and {_kind(right)}")

    def is_safe_callable(self, obj: Any) -> bool:
        """Allow macros, `range`, a loop's helpers and a few harmless methods; nothing else is called."""
        if obj is _steps or obj is Namespace or type(obj) is Unknown or type(obj).__module__ == _RUNTIME:
            return True
        owner = getattr(obj, "__self__", None)
        return type(owner).__module__ == _RUNTIME or getattr(obj, "__name__", "") in _METHODS.get(type(owner), ())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _number(name: str, left: Any, right: Any) -> Any:
    if (name == "**" and abs(right) > 100) or max(abs(left), abs(right)) > MOST_NUMBER:
        raise TooMuch("it makes a number that is too large")
    result = _ARITHMETIC[name](left, right)
    if isinstance(result, complex) or abs(result) > MOST_NUMBER:
        raise TooMuch("it makes a number that is too large")
    return result


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def _kind(value: Any) -> str:
    names = {str: "a text", int: "a number", float: "a number", dict: "a group of values", list: "a list"}
    return "an unknown value" if value is None else names.get(type(value), f"a {type(value).__name__}")


def _steps(*ends: int) -> range:
    steps = range(*ends)
    if len(steps) > MOST_STEPS:
        raise TooMuch(f"it asks for a range of {len(steps):,} steps, where {MOST_STEPS:,} are allowed")
    return steps


def _join(values: Iterable[Any], between: str = "", attribute: str | None = None) -> str:
    texts = (str(each[attribute] if attribute else each) for each in values)
    return bounded(part for place, text in enumerate(texts) for part in ((between, text) if place else (text,)))


def _price(value: float | None, decimals: int = 2) -> str:
    return "n/a" if value is None else f"{float(value):.{_places(decimals)}f}"


def _percent(value: float | None, decimals: int = 1) -> str:
    return "n/a" if value is None else f"{float(value) * 100:+.{_places(decimals)}f}%"


def _places(count: int) -> int:
    if not 0 <= count <= 12:
        raise TooMuch(f"it asks for {count} decimals, where 0 to 12 are allowed")
    return count


def _json(value: Any) -> str:
    return bounded((json.dumps(value, ensure_ascii=False, allow_nan=False),))


_OWN: dict[str, Callable[..., Any]] = {
    "join": _join,
    "tojson": _json,
    "quoted": quoted,
    "price": _price,
    "percent": _percent,
}
