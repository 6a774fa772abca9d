"""Users' own indicators: one plain Python file each, read as text here and run nowhere but in the workshop.

    BOUNDS = {"length": (2, 200)}        # optional; whole numbers 1 to 5000, others ±1000 otherwise
    OUTPUTS = ("upper", "lower")         # optional; the file's own name otherwise
    PANE = "price"                       # optional; price, volume or own (the default)

    def channel(high, low, length=20):
        "Highest high and lowest low"
        ...
        return {"upper": upper, "lower": lower}

The function is called as its file is. Arguments without a default are columns of the bars (numpy arrays of one
length, not to be written to), those with one are settings. A single output may come back as a bare array.
Nothing is run before a person has confirmed exactly these bytes: their SHA-256 is kept and compared.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from app.domain.bars import COLUMNS, Bars, FloatArray
from app.domain.errors import UserError
from app.quant.indicators.kinds import Indicator, Output, Pane, Parameter, Settings
from app.quant.indicators.workshop import Workshop
from app.quant.indicators.workshop_child import Job

FAMILY = "Own"
_MOST_BYTES = 64 * 1024
_WHOLE, _FACTOR = (1, 5000), (-1000.0, 1000.0)
_LARGEST = 1e12


class OwnState(StrEnum):
    """Whether a person has confirmed the code as it is now."""

    NEW = "new"
    CONFIRMED = "confirmed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """One file of the folder: its code to be shown, and what is wrong with it in a sentence, or nothing."""

    name: str
    path: Path
    code: str
    digest: str
    state: OwnState
    problem: str = ""


def read_folder(folder: Path, confirmed: Mapping[str, str], taken: Collection[str] = ()) -> tuple[OwnFile, ...]:
    """Return every Python file of the folder by name, none where there is no folder; nothing is run.

    `confirmed` holds the digests a person agreed to by name, `taken` the names indicators already have.
    """
    return tuple(_read(path, confirmed, taken) for path in sorted(folder.glob("*.py")))


def _read(path: Path, confirmed: Mapping[str, str], taken: Collection[str]) -> OwnFile:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        return OwnFile(path.stem, path, "", "", OwnState.NEW, f"{path.name} could not be read: {error.strerror}.")
    digest = hashlib.sha256(content).hexdigest()
    known = confirmed.get(path.stem)
    state = OwnState.NEW if known is None else OwnState.CONFIRMED if known == digest else OwnState.CHANGED
    found = OwnFile(path.stem, path, content.decode(errors="replace"), digest, state)
    try:
        if len(content) > _MOST_BYTES:
            raise UserError(f"{path.name} is longer than {_MOST_BYTES // 1024} KB; shorten it.")
        if path.stem in taken:
            raise UserError(f"{path.name} has the name of an indicator that is there already; rename it.")
        content.decode()
        _describe(found)
    except UnicodeDecodeError:
        return replace(found, problem=f"{path.name} is no UTF-8 text; save it as such.")
    except UserError as error:
        return replace(found, problem=str(error))
    return found


def own_indicator(file: OwnFile, workshop: Workshop) -> Indicator:
    """Return the file as an entry of the catalogue; raise UserError with the file's problem.

    Its formula raises UserError until the code is confirmed, and for whatever the function does wrong.
    """
    if file.problem:
        raise UserError(file.problem)
    shape = _describe(file)

    def formula(bars: Bars, settings: Settings) -> tuple[FloatArray, ...]:
        return _run(file, shape, workshop, bars, settings)

    return Indicator(
        name=file.name,
        title=shape.title,
        inputs=shape.inputs,
        parameters=shape.parameters,
        outputs=tuple(Output(name, name.replace("_", " ")) for name in shape.outputs),
        pane=shape.pane,
        source=f"own {file.path.name} {file.digest[:12]}",
        formula=formula,
        warm_up=lambda settings: 0,
        family=FAMILY,
    )


def _run(file: OwnFile, shape: Shape, workshop: Workshop, bars: Bars, settings: Settings) -> tuple[FloatArray, ...]:
    if file.state is not OwnState.CONFIRMED:
        word = "is new" if file.state is OwnState.NEW else "has changed since you confirmed it"
        raise UserError(f"{shape.title} {word}; read its code and confirm it.")
    columns = {name: getattr(bars, name) for name in shape.inputs}
    arrays = workshop.run(
        shape.title, Job(file.code, file.name, columns, dict(settings), shape.outputs, workshop.limit_s)
    )
    for array in arrays:
        array[~np.isfinite(array)] = np.nan
    if len(bars) and all(np.isnan(array).all() for array in arrays):
        raise UserError(
            f"{shape.title} gave no number for any of {len(bars):,} bars; load a longer history or correct its code."
        )
    return arrays


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be told of a function without running it."""

    title: str
    inputs: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[str, ...]
    pane: Pane


def _describe(file: OwnFile) -> Shape:
    where = file.path.name
    if not file.name.isidentifier() or file.name != file.name.lower():
        raise UserError(f"{where} must be called as a Python name in small letters, such as channel.py; rename it.")
    tree = _parsed(file)
    function = _function(file, tree)
    title = (ast.get_docstring(function) or file.name.replace("_", " ").capitalize()).strip().splitlines()[0][:80]
    constants = _constants(where, tree)
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        raise UserError(f"{where}: {file.name} must have plain arguments alone; leave out * and /.")
    names = [argument.arg for argument in arguments.args]
    plain = len(names) - len(arguments.defaults)
    unknown = [name for name in names[:plain] if name not in COLUMNS]
    if unknown or not plain:
        found = f"not {unknown[0]}" if unknown else "and there is none"
        raise UserError(f"{where}: arguments without a default must be among {', '.join(COLUMNS)}, {found}.")
    bounds = constants.get("BOUNDS", {})
    settings = zip(names[plain:], arguments.defaults, strict=True)
    parameters = tuple(_parameter(where, name, default, bounds) for name, default in settings)
    return Shape(title, tuple(names[:plain]), parameters, _outputs(file, constants), _pane(where, constants))


def _parsed(file: OwnFile) -> ast.Module:
    try:
        return ast.parse(file.code, file.path.name)
    except SyntaxError as error:
        raise UserError(f"{file.path.name} is no Python: {error.msg} in line {error.lineno}; correct it.") from None
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes; brackets nested beyond measure
        raise UserError(f"{file.path.name} is no Python that could be read ({type(error).__name__}).") from None


def _function(file: OwnFile, tree: ast.Module) -> ast.FunctionDef:
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == file.name:
            return statement
    raise UserError(f"{file.path.name} must define a function {file.name}, and has none; name it so.")


def _constants(where: str, tree: ast.Module) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in ("BOUNDS", "OUTPUTS", "PANE"):
                found[name] = _literal(where, name, statement.value)
    return found


def _literal(where: str, name: str, node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise UserError(f"{where}: {name} must be written out as plain values.") from None


def _parameter(where: str, name: str, node: ast.expr, bounds: Any) -> Parameter:
    default = _literal(where, name, node)
    if not _is_number(default):
        raise UserError(f"{where}: the setting {name} must be a number up to {_LARGEST:g}, not {default!r:.40}.")
    low, high = _WHOLE if isinstance(default, int) else _FACTOR
    given = bounds.get(name, (min(low, default), max(high, default))) if isinstance(bounds, dict) else None
    if not isinstance(given, tuple | list) or len(given) != 2 or not all(map(_is_number, given)):
        raise UserError(f"{where}: BOUNDS must give (lowest, highest) for {name}.")
    parameter = Parameter(name, name.replace("_", " ").capitalize(), default, given[0], given[1])
    try:
        parameter.settle(default)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None
    return parameter


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def _outputs(file: OwnFile, constants: Mapping[str, Any]) -> tuple[str, ...]:
    outputs = constants.get("OUTPUTS", (file.name,))
    names = [outputs] if isinstance(outputs, str) else outputs
    if not isinstance(names, tuple | list) or not names or not all(isinstance(one, str) and one for one in names):
        raise UserError(f"{file.path.name}: OUTPUTS must be names of arrays.")
    if len(set(names)) != len(names):
        raise UserError(f"{file.path.name}: OUTPUTS must not name an array twice.")
    return tuple(names)


def _pane(where: str, constants: Mapping[str, Any]) -> Pane:
    try:
        return Pane(constants.get("PANE", "own"))
    except ValueError:
        raise UserError(f"{where}: PANE must be price, volume or own, not {constants['PANE']!r:.40}.") from None
