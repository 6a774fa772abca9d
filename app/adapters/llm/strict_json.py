"""JSON as a stranger sends it: exactly one object, no name twice, only finite numbers, neither deep nor big."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

LARGEST = 256 * 1024
DEEPEST = 32
_LONGEST_INTEGER = 18


class NotStrict(ValueError):
    """What is wrong with a text that was to be one JSON object; fit to show, it quotes nothing of the text."""


def parse_object(data: bytes) -> dict[str, Any]:
    """Return the one JSON object that `data` is; raise NotStrict for everything else."""
    text = decoded(data)
    _refuse_deep(text)
    try:
        found = _DECODER.decode(text)
    except NotStrict:
        raise
    except (ValueError, RecursionError) as error:
        raise NotStrict(_what_is_wrong(text)) from error
    if not isinstance(found, dict):
        raise NotStrict("it is no JSON object")
    return found


def decoded(data: bytes) -> str:
    """Return the text that bytes are; raise NotStrict when they are too many or no UTF-8."""
    if len(data) > LARGEST:
        raise NotStrict(f"it is larger than {LARGEST // 1024} KB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotStrict("it is no UTF-8 text") from error


def _what_is_wrong(text: str) -> str:
    start = text.lstrip()[:64].lower()
    if start.startswith(("<!doctype", "<html", "<head", "<body")):
        return "it is a web page"
    if not start:
        return "it is empty"
    if start.startswith("{"):
        return "its JSON is broken, cut off, or followed by something else"
    return "it is prose, not one JSON object"


def _refuse_deep(text: str) -> None:
    """Count brackets outside of strings before a recursive parser sees them."""
    depth, is_quoted, is_escaped = 0, False, False
    for sign in text:
        if is_quoted:
            is_quoted = is_escaped or sign != '"'
            is_escaped = sign == "\\" and not is_escaped
        elif sign == '"':
            is_quoted = True
        elif sign in "[{":
            depth += 1
            if depth > DEEPEST:
                raise NotStrict(f"it is nested deeper than {DEEPEST} levels")
        elif sign in "]}":
            depth -= 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrict("it names something twice")
    for name, value in pairs:
        _refuse_broken_text(name)
        _refuse_broken_text(value)
    return found


def _refuse_broken_text(value: Any) -> None:
    for text in value if isinstance(value, list) else (value,):
        if isinstance(text, list):
            _refuse_broken_text(text)
        elif isinstance(text, str) and any("\ud800" <= sign <= "\udfff" or sign == "\0" for sign in text):
            raise NotStrict("it holds characters that no text has")


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise NotStrict("it holds a number that is not finite")
    return number


def _small(literal: str) -> int:
    if len(literal) > _LONGEST_INTEGER:
        raise NotStrict("it holds an integer of absurd length")
    return int(literal)


def _no_constant(_: str) -> NoReturn:
    raise NotStrict("it holds a number that is not finite")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once, parse_float=_finite, parse_int=_small, parse_constant=_no_constant, strict=True
)
