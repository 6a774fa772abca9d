"""Named points of the order path at which a test strikes once: with an exception, a delay, a lost line or a kill -9."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.adapters.ib.memory import OrderMemory
from app.adapters.ib.order_ears import OrderEars
from app.adapters.ib.orders import IbOrderChannel
from app.adapters.ib.socket import GatewaySocket
from app.adapters.store.journal import SqlJournal
from app.domain.errors import TapelineError
from app.domain.orders import Limit, OrderRef, OrderState
from app.services.cancels import Cancels
from app.services.changes import Changes
from app.services.desk import Desk
from app.services.facts import Facts
from app.services.reconcile import Reconciler
from app.services.session import Session
from app.services.situation import Situations
from app.services.watch import OrderWatch
from tests.support.core import Trader
from tests.support.gateway import PracticeGateway

LATE_S = 0.25
NAMES: dict[type, str] = {
    Desk: "review submit cancel submit_change review_change why_stale _hindrance _judged _preview _write _send",
    Changes: "review submit _changeable _check _parts _judged _carry_out _ask",
    Cancels: "see_through",
    Situations: "freshen reserve release of is_open",
    Facts: "enter post until _write _add _commit",
    SqlJournal: "commit _commit",
    OrderWatch: "hear order_facts fill_fact commission_facts _post _known",
    IbOrderChannel: "place modify cancel preview heartbeat _write _write_change _changed _tell _cancellable _open_link",
    OrderMemory: "sent opened stated filled asked_to_change _lookup _keep _told",
    OrderEars: "openOrder orderStatus execDetails commissionReport error",
    Reconciler: "match _look _enter_book has_unresolved",
    Session: "matched _match _beat _heartbeats",
    GatewaySocket: "sendMsg",
}
POINTS = tuple(f"{owner.__name__}.{name}" for owner, names in NAMES.items() for name in names.split())


class Blow(StrEnum):
    """What happens at a point."""

    EXCEPTION = "exception"
    DELAY = "delay"
    DISCONNECT = "disconnect"
    CRASH = "crash"


@dataclass
class Strike:
    """One blow at one point, the first time that it is passed while this is armed."""

    point: str
    blow: Blow
    gateway: PracticeGateway
    is_armed: bool = False
    has_struck: bool = field(default=False, init=False)

    def due(self) -> bool:
        """Say whether to strike now, and never again."""
        if not self.is_armed or self.has_struck:
            return False
        self.has_struck = True
        return True

    def strike(self) -> None:
        """Strike where nothing can be awaited."""
        match self.blow:
            case Blow.EXCEPTION:
                raise ZeroDivisionError(f"a bug at {self.point}")
            case Blow.DELAY:
                time.sleep(LATE_S)
            case Blow.DISCONNECT:
                self._cut()
            case Blow.CRASH:
                os.kill(os.getpid(), signal.SIGKILL)

    def _cut(self) -> None:
        """Have the gateway reset its lines, and wait for its answer without the loop."""
        told = self.gateway.told
        with socket.create_connection((told["host"], told["control_port"])) as line:
            line.sendall(json.dumps({"do": "fault", "name": "reset"}).encode() + b"\n")
            line.recv(4096)


@contextmanager
def struck(strike: Strike) -> Iterator[None]:
    """Put the blow at its point."""
    owner, name = found(strike.point)
    real = inspect.getattr_static(owner, name)
    setattr(owner, name, wrapped(getattr(owner, name), strike))
    try:
        yield
    finally:
        setattr(owner, name, real)


def found(point: str) -> tuple[type, str]:
    owner, name = point.split(".")
    return next(each for each in NAMES if each.__name__ == owner), name


def wrapped(real: Callable[..., Any], strike: Strike) -> Callable[..., Any]:
    if not inspect.iscoroutinefunction(real):

        def passed(*args: Any, **more: Any) -> Any:
            if strike.due():
                strike.strike()
            return real(*args, **more)

        return passed

    async def awaited(*args: Any, **more: Any) -> Any:
        if strike.due():
            if strike.blow is Blow.DELAY:
                await asyncio.sleep(LATE_S)
            else:
                strike.strike()
        return await real(*args, **more)

    return awaited


async def story(trader: Trader) -> None:
    """Buy with a bracket, rest an order, change it, cancel it, match; whatever hinders a step, go on with the next."""
    core, state = trader.core, OrderState
    aapl = await trader.instrument()
    placed: list[OrderRef] = []

    async def place(away: float, **more: Any) -> None:
        proposal = trader.proposal(aapl, Limit(trader.near(aapl, away)), 5, **more)
        review = await core.desk.review(proposal)
        placed.append(review.intent.entry.ref)
        await core.desk.submit(review)
        await core.facts.until(lambda now: now.orders[placed[-1]].state in (state.FILLED, state.ACCEPTED), 5)

    async def change() -> None:
        review = await core.desk.review_change(placed[-1], limit=trader.near(aapl, -4))
        await core.desk.submit_change(review)
        await core.facts.until(lambda now: now.orders[placed[-1]].change_asked is None, 1)

    async def cancel() -> None:
        await core.desk.cancel(placed[-1], "story")
        await core.facts.until(lambda now: now.orders[placed[-1]].state is state.CANCELLED, 1)

    async def match() -> None:
        core.session.match_again()
        await core.session.matched(2)

    bracket = {"stop": trader.near(aapl, -8), "target": trader.near(aapl, 8)}
    for step in (lambda: place(0.5, **bracket), lambda: place(-3), change, cancel, match):
        with contextlib.suppress(TapelineError, ZeroDivisionError, LookupError, TimeoutError):
            await step()
