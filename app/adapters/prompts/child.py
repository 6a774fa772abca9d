"""The other end of the renderer: a process that runs one template at a time and answers in JSON.

It imports as little as it can, has 512 MB where the system holds a process to that, and ends itself when a
template takes longer than it may and nobody is left to end it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError, UndefinedError, meta
from jinja2.exceptions import SecurityError

from app.adapters.prompts.sandbox import Sandbox, TooMuch

READY = b"ready"
ROOM = 512 << 20
_FILE = "<template>"
_LONGEST = 200


def serve(connection: Connection, limit_s: float) -> None:
    """Answer until the other end is gone."""
    _keep_small()
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # a template prints for nobody
    sandbox = Sandbox()
    connection.send_bytes(READY)
    while True:
        try:
            asked = json.loads(connection.recv_bytes())
        except EOFError:
            return
        with _alarm(limit_s + 1.0):
            reply = answer(sandbox, asked)
        connection.send_bytes(json.dumps(reply).encode())


def answer(sandbox: Sandbox, asked: dict[str, Any]) -> dict[str, Any]:
    """Return what came of a question: a text, the names in a template, or what is wrong and in which line."""
    try:
        if "context" in asked:
            return {"text": sandbox.from_string(asked["template"]).render(asked["context"])}
        return {"variables": _named(sandbox, asked["template"])}
    except BaseException as error:  # noqa: BLE001  # the boundary to a user's template, which may raise anything
        spent = isinstance(error, MemoryError | RecursionError)
        return {"wrong": _words(error), "line": _line(error), "is_spent": spent}


def _named(sandbox: Sandbox, template: str) -> list[str]:
    tree = sandbox.parse(template)
    sandbox.compile(tree)  # finds filters and tests that do not exist
    return sorted(meta.find_undeclared_variables(sandbox.parse(template)) - set(sandbox.globals))


def _keep_small() -> None:
    """Limit the memory where the system can: Linux holds a process to it."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ROOM, ROOM))
    except (ImportError, OSError, ValueError):
        return


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """End the process after the time even if nobody is left to end it; Windows has no such timer."""
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _line(error: BaseException) -> int | None:
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    trace, line = error.__traceback__, None
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == _FILE else line
        trace = trace.tb_next
    return line


def _words(error: BaseException) -> str:
    """Return what is wrong, to be read after the line's number."""
    text = " ".join(str(error).split())[:_LONGEST].rstrip(".")
    match error:
        case MemoryError():
            return "it takes more memory than a template may"
        case RecursionError():
            return "it calls itself without end, or nests too deeply"
        case SecurityError() if "callable" in text:
            return "it calls what a template may not call"
        case SecurityError():
            return f"it reaches for what a template may not use ({text})"
        case TooMuch() | UndefinedError() | TemplateError():
            return text
        case TypeError() if "no loader" in text:
            return "a template cannot include, import or extend another"
    return f"{text or type(error).__name__}"
