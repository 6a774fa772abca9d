"""The connection doctor: which rungs of the way to the broker hold, and what to do about one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.domain.broker import Endpoint, account_class
from app.domain.errors import TapelineError
from app.services.knock import answers
from app.services.ports import DataChannel

KNOWN_PORTS = {7497: "TWS, paper", 4002: "IB Gateway, paper", 7496: "TWS, live", 4001: "IB Gateway, live"}
CLIENT_ID = 19
MOST_SKEW_S = 2.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing that must hold: what was found, and the action when it does not (`ok` None: nothing to say)."""

    name: str
    ok: bool | None
    found: str
    action: str = ""


class Doctor:
    """Probes ports by bare TCP (a handshake makes TWS ask its user) and shakes hands only with the chosen gateway."""

    def __init__(self, channel: DataChannel, skew_s: Callable[[datetime], float]) -> None:
        self._channel = channel
        self._skew_s = skew_s

    async def examine(self, chosen: Endpoint | None, chosen_name: str) -> tuple[Rung, ...]:
        """Return the rungs for the gateway a profile names; None means that the practice gateway starts by itself."""
        ports = [await self._port(port, name) for port, name in KNOWN_PORTS.items()]
        if chosen is None:
            ready = Rung(chosen_name, True, "not running; it starts by itself with the window")
            return (*ports, ready)
        rungs = [await self._port(chosen.port, chosen_name, chosen.host, is_needed=True)]
        if rungs[0].ok:
            rungs += await self._handshake(chosen)
        return (*ports, *rungs)

    async def _port(self, port: int, name: str, host: str = "127.0.0.1", *, is_needed: bool = False) -> Rung:
        is_there = await answers(host, port)
        found = f"{host}:{port} {'answers' if is_there else 'does not answer'}"
        if is_there or not is_needed:
            return Rung(f"port {port} ({name})", is_there or None, found)
        action = f"Start {name}, enable its API (Configuration > API > Settings) and set its socket port to {port}."
        return Rung(f"port {port} ({name})", False, found, action)

    async def _handshake(self, chosen: Endpoint) -> list[Rung]:
        endpoint = Endpoint(chosen.host, chosen.port, CLIENT_ID, CLIENT_ID)
        try:
            greeting = await self._channel.open(endpoint)
        except TapelineError as error:
            return [Rung("handshake", False, str(error), "Correct what the sentence names, then try again.")]
        finally:
            await self._channel.close()
        skew = self._skew_s(greeting.server_time)
        accounts = ", ".join(f"{one} ({account_class(one).value})" for one in greeting.accounts)
        late = "" if abs(skew) <= MOST_SKEW_S else "Set this machine's clock by a time server."
        is_practice = any(one.startswith("DUT") for one in greeting.accounts)
        return [
            Rung("handshake", True, f"server version {greeting.server_version}"),
            Rung("account", bool(greeting.accounts), accounts or "none", "" if accounts else "Log in to the gateway."),
            Rung("clock", is_practice or not late, f"{skew:+.1f} s", "" if is_practice else late),
        ]
