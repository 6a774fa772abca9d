"""Faults of the connection: cut, silent, slow, garbled, restarted."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.practice.faults.catalogue import FaultError, Parameters, fault, number

if TYPE_CHECKING:
    from app.practice.faults.faults import Faults
    from app.practice.server.session import Session


@fault("reset", "the connection is reset")
def reset(faults: Faults, parameters: Parameters) -> None:
    """Reset connections."""
    for session in faults.sessions(parameters):
        session.abort("fault: reset")


@fault("half_open", "the connection stays up but nothing passes any more, either way")
def half_open(faults: Faults, parameters: Parameters) -> None:
    """Silence connections for good."""
    for session in faults.sessions(parameters):
        session.is_silent = True


@fault("blackhole", "nothing passes for a while, and what was sent meanwhile is lost", required=("ms",), ms="how long")
def blackhole(faults: Faults, parameters: Parameters) -> None:
    """Silence connections for a while."""
    silent = list(faults.sessions(parameters))
    for session in silent:
        session.is_silent = True

    def speak() -> None:
        for session in silent:
            session.is_silent = False

    faults.later(number(parameters, "ms"), speak)


@fault(
    "delay",
    "messages leave late",
    required=("ms",),
    ms="how late; 0 ends the delay",
    message="only this kind, for example orderStatus",
)
def delay(faults: Faults, parameters: Parameters) -> None:
    """Delay what is sent from now on, `count` messages or (without a count) all."""
    milliseconds, wanted = number(parameters, "ms"), class_named(parameters.get("message"))
    for session in faults.sessions(parameters):
        session.filter = _delaying(faults, parameters, milliseconds, wanted) if milliseconds else None


def _delaying(
    faults: Faults, parameters: Parameters, milliseconds: float, wanted: str
) -> Callable[[Session, Any], bool]:
    left = [int(parameters.get("count", 1 << 30))]

    def passes(session: Session, message: Any) -> bool:
        if left[0] <= 0 or (wanted and type(message).__name__ != wanted):
            return True
        left[0] -= 1
        faults.later(milliseconds, lambda: session.send_unfiltered(message))
        return False

    return passes


def class_named(message: object) -> str:
    """Return the class name behind a message's wire name; raises FaultError for an unknown one."""
    from app.practice.faults.faults import WIRE_NAMES

    if message is None:
        return ""
    found = WIRE_NAMES.get(str(message))
    if found is None:
        raise FaultError(f"expected a message such as {', '.join(WIRE_NAMES)}, found {message!r}")
    return found


@fault("duplicate", "messages of a kind are sent more than once", required=("message",), message="which kind",
       times="how often each is sent (default 2)")  # fmt: skip
def duplicate(faults: Faults, parameters: Parameters) -> None:
    """Repeat the next messages of a kind, `count` of them."""
    times = int(number(parameters, "times", 2))
    wanted = class_named(parameters["message"])
    for session in faults.sessions(parameters):
        session.filter = _repeating(wanted, times, int(parameters.get("count", 1)))


def _repeating(wanted: str, times: int, count: int) -> Callable[[Session, Any], bool]:
    left = [count]

    def passes(session: Session, message: Any) -> bool:
        if left[0] > 0 and type(message).__name__ == wanted:
            left[0] -= 1
            for _ in range(times - 1):
                session.send_unfiltered(message)
        return True

    return passes


@fault("garbage", "bytes that are no message", bytes="how many (default 64)")
def garbage(faults: Faults, parameters: Parameters) -> None:
    """Send one frame of random bytes; the same for the same seed."""
    size = int(number(parameters, "bytes", 64))
    noise = random.Random(faults.gateway.options.seed).randbytes(size)
    for session in faults.sessions(parameters):
        session.send_frame(struct.pack(">I", size) + noise)


@fault("huge_length", "a length prefix of 2 GB")
def huge_length(faults: Faults, parameters: Parameters) -> None:
    """Send a length that no frame has."""
    for session in faults.sessions(parameters):
        session.send_frame(struct.pack(">I", 0x7FFFFFFF))


@fault(
    "restart",
    "the gateway goes away and comes back; orders stay",
    after_ms="when it listens again (default 1000)",
    next_id="what the next order id becomes: a number, or a negative one to roll back by",
)
def restart(faults: Faults, parameters: Parameters) -> None:
    """Close everything, listen again later."""
    next_id = parameters.get("next_id")
    if next_id is not None:
        faults.gateway.trading.roll_ids(int(number(parameters, "next_id")))
    for session in list(faults.gateway.connections):
        session.close("fault: restart")
    faults.restart(number(parameters, "after_ms", 1000) / 1000.0)
