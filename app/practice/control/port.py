"""The control connection: one JSON object a line in, one out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from app.practice.control.book import true_book
from app.practice.faults.catalogue import FaultError
from app.practice.faults.markets import instrument

if TYPE_CHECKING:
    from app.practice.server.gateway import Gateway

log = logging.getLogger(__name__)

LONGEST_LINE = 1 << 20
Answer = dict[str, Any]


class ControlError(ValueError):
    """A command cannot be done; the message is one sentence."""


class Control:
    """Does commands; `stop` is called for the command that ends the gateway."""

    def __init__(self, gateway: Gateway, stop: Callable[[], None]) -> None:
        self._gateway = gateway
        self._stop = stop
        self._commands: dict[str, Callable[[Answer], Answer]] = {
            "book": self._book,
            "clock": self._clock,
            "price": self._price,
            "fault": self._fault,
            "reset": self._reset,
            "stop": self._end,
        }

    def do(self, line: bytes) -> Answer:
        """Do one command and return its answer."""
        try:
            command = _parsed(line)
            act = self._commands.get(str(command.get("do")))
            if act is None:
                raise ControlError(
                    f'expected "do" to be one of {", ".join(self._commands)}, found {command.get("do")!r}'
                )
            answer = act(command)
        except (ControlError, FaultError, ValueError) as problem:
            return {"ok": False, "error": str(problem)}
        self._gateway.settle()
        return {"ok": True, **answer}

    def _book(self, _: Answer) -> Answer:
        self._gateway.step()
        return true_book(self._gateway)

    def _clock(self, command: Answer) -> Answer:
        clock = self._gateway.clock
        if not {"speed", "advance_s", "pause"} & command.keys():
            raise ControlError('the clock needs "speed", "advance_s" or "pause"')
        if "speed" in command:
            clock.set_speed(_number(command, "speed"))
        if "pause" in command:
            clock.pause(bool(command["pause"]))
        if "advance_s" in command:
            clock.advance(_number(command, "advance_s"))
        self._gateway.step()
        return {"now": clock.now(), "speed": clock.speed, "paused": clock.paused}

    def _price(self, command: Answer) -> Answer:
        gateway, price = self._gateway, _number(command, "last")
        contract = instrument(gateway.faults, command)
        gateway.step()
        gateway.dispatch(gateway.market.move(contract.con_id, price, gateway.clock.now()))
        return {"symbol": contract.symbol, "last": price}

    def _fault(self, command: Answer) -> Answer:
        self._gateway.faults.order(command)
        return {}

    def _reset(self, _: Answer) -> Answer:
        self._gateway.step()
        self._gateway.trading.reset()
        return {}

    def _end(self, _: Answer) -> Answer:
        self._stop()
        return {}


def _parsed(line: bytes) -> Answer:
    try:
        command = json.loads(line)
    except ValueError as problem:
        raise ControlError(f"expected one JSON object a line: {problem}") from None
    if not isinstance(command, dict):
        raise ControlError(f"expected a JSON object, found {type(command).__name__}")
    return command


def _number(command: Answer, name: str) -> float:
    value = command.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"expected a number for {name!r}, found {value!r}")
    return float(value)


class ControlConnection(asyncio.Protocol):
    """One connection to the control port."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Do each complete line."""
        assert self._transport is not None
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if line.strip():
                answer = self._control.do(line)
                self._transport.write(json.dumps(answer).encode() + b"\n")
        if len(self._buffer) > LONGEST_LINE:
            log.warning("closing a control connection: a line of more than %d bytes", LONGEST_LINE)
            self._transport.close()
