"""The connection doctor: which rungs of the way to the broker hold, and what to do about one that does not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from ipaddress import ip_address

from app.domain.broker import AccountClass, Endpoint, Greeting, account_class
from app.domain.errors import ApiSilent, ClientIdTaken, ReadOnlyApi, TapelineError
from app.services.data_probe import DataProbe, Finding
from app.services.knock import answers
from app.services.ports import DataChannel, OrderLook

KNOWN_PORTS = {7497: "TWS, paper", 4002: "IB Gateway, paper", 7496: "TWS, live", 4001: "IB Gateway, live"}
PAPER_PORTS, LIVE_PORTS = (7497, 4002), (7496, 4001)
CLIENT_ID = 19
MOST_SKEW_S = 2.0
MOST_SYMBOLS = 3
FREED_S = 1.0
PRACTICE = "practice gateway"
# The rungs after the port, in the order in which one needs the other.
API, HANDSHAKE, READ_ONLY, IDS, ACCOUNT, CLOCK = (
    "API enabled",
    "handshake",
    "read-only",
    "client ids",
    "account",
    "clock",
)
DATA = "data"
SETTINGS = "Configuration > API > Settings"
ENABLE = f"In TWS or IB Gateway open {SETTINGS}, tick “Enable ActiveX and Socket Clients” and trust this machine."
NOT_TRIED = "not tried: a step before it does not hold"
Tell = Callable[["Rung"], None]
THIS_MACHINE = ("localhost", "")


def warn_of_host(host: str) -> str:
    """Return what to see to where the gateway is on another machine, nothing where it is on this one."""
    with suppress(ValueError):
        if ip_address(host).is_loopback:
            return ""
    if host.strip().lower() in THIS_MACHINE:
        return ""
    return (
        f"TWS's protocol is not encrypted, so whoever sees the way to {host} sees and can send orders: keep it within "
        "your own network, trust this machine's address alone in TWS, or go through a tunnel such as ssh -L."
    )


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing that must hold: what was found, and the action when it does not (`ok` None: nothing to say)."""

    name: str
    ok: bool | None
    found: str
    action: str = ""


class Doctor:
    """Probes ports by bare TCP (a handshake makes TWS ask its user) and shakes hands only with the chosen gateway.

    `looking` and `data` are channels of its own; the session's are never touched.
    """

    def __init__(self, looking: OrderLook, data: DataChannel, skew_s: Callable[[datetime], float]) -> None:
        self._looking = looking
        self._data = data
        self._skew_s = skew_s
        self._turn = asyncio.Lock()

    async def examine(
        self,
        chosen: Endpoint | None,
        chosen_name: str,
        *,
        symbols: Sequence[str] = (),
        ours: frozenset[int] = frozenset(),
    ) -> tuple[Rung, ...]:
        """Return all rungs for the gateway a profile names; None means that the practice gateway starts by itself."""
        ports = await self.ports(chosen, chosen_name)
        if chosen is None or ports[-1].ok is False:
            return ports
        return (*ports, *await self.shake_hands(chosen, symbols=symbols, ours=ours))

    async def ports(self, chosen: Endpoint | None, chosen_name: str) -> tuple[Rung, ...]:
        """Return whether somebody listens at the known ports and, last, at the chosen one; nothing is sent."""
        known = await asyncio.gather(*(self._port(port, name) for port, name in KNOWN_PORTS.items()))
        if chosen is None:
            return (*known, Rung(chosen_name, True, "not running; it starts by itself with the window"))
        return (*known, await self._port(chosen.port, chosen_name, chosen.host, is_needed=True))

    async def shake_hands(
        self,
        chosen: Endpoint,
        *,
        symbols: Sequence[str] = (),
        ours: frozenset[int] = frozenset(),
        tell: Tell = lambda rung: None,
    ) -> tuple[Rung, ...]:
        """Connect as client 19 and return the rungs that only a connection shows; each is told as it is found.

        `ours` are the client ids that the window of this data directory is connected with. Cancelled, it leaves nothing
        open.
        """
        found: list[Rung] = []

        def note(rung: Rung) -> None:
            found.append(rung)
            tell(rung)

        async with self._turn:
            try:
                await self._examine_connection(chosen, tuple(symbols)[:MOST_SYMBOLS], ours, note)
            finally:
                await asyncio.gather(self._looking.close(), self._data.close())
        return tuple(found)

    async def _port(self, port: int, name: str, host: str = "127.0.0.1", *, is_needed: bool = False) -> Rung:
        is_there = await answers(host, port)
        found = "answers" if is_there else "does not answer"
        if not is_needed:
            return Rung(f"port {port} ({name})", is_there or None, found)
        found = f"{host}:{port} {found}"
        if is_there:
            return Rung(f"port {port} ({name})", True, found)
        if name == PRACTICE:
            action = "Tapeline starts it again by itself; if it stays away, choose it anew in Connect…"
            return Rung(f"port {port} ({name})", False, found, action)
        action = f"Start {name}, enable its API (Configuration > API > Settings) and set its socket port to {port}."
        return Rung(f"port {port} ({name})", False, found, action)

    async def _examine_connection(
        self, chosen: Endpoint, symbols: tuple[str, ...], ours: frozenset[int], note: Tell
    ) -> None:
        own = replace(chosen, orders_client=CLIENT_ID, data_client=CLIENT_ID)
        try:
            greeting = await self._looking.open(own)
        except TapelineError as error:
            for rung in _not_greeted(error, symbols):
                note(rung)
            return
        note(Rung(API, True, "the gateway talks to this machine", warn_of_host(chosen.host)))
        note(Rung(HANDSHAKE, True, f"server version {greeting.server_version}"))
        note(await self._read_only())
        await self._looking.close()
        note(await self._client_ids(chosen, ours))
        note(_account(greeting, chosen.port))
        note(self._clock(greeting))
        await self._examine_data(own, symbols, note)

    async def _read_only(self) -> Rung:
        try:
            await self._looking.open_orders()
        except ReadOnlyApi as error:
            return Rung(READ_ONLY, False, str(error), f"In {SETTINGS} untick “Read-Only API”; charts go on without.")
        except TapelineError as error:
            return Rung(READ_ONLY, None, str(error), "Shake hands again.")
        return Rung(READ_ONLY, True, "orders are taken")

    async def _client_ids(self, chosen: Endpoint, ours: frozenset[int]) -> Rung:
        found = []
        for id_ in (chosen.orders_client, chosen.data_client):
            if id_ in ours:
                found.append(f"{id_} is used by Tapeline's window")
                continue
            try:
                await self._looking.open(replace(chosen, orders_client=id_))
            except ClientIdTaken:
                action = f"Close the program that uses client id {id_}, or choose another id in Connect…"
                return Rung(IDS, False, f"{id_} is used by another program or another window", action)
            except TapelineError as error:
                return Rung(IDS, None, str(error), "Shake hands again.")
            finally:
                await self._looking.close()
            found.append(f"{id_} is free")
        return Rung(IDS, True, ", ".join(found))

    def _clock(self, greeting: Greeting) -> Rung:
        if _is_practice(greeting):
            return Rung(CLOCK, True, "the practice market keeps a time of its own")
        skew = self._skew_s(greeting.server_time)
        is_right = abs(skew) <= MOST_SKEW_S
        return Rung(CLOCK, is_right, f"{skew:+.1f} s", "" if is_right else "Set this machine's clock by a time server.")

    async def _examine_data(self, own: Endpoint, symbols: tuple[str, ...], note: Tell) -> None:
        if not symbols:
            return
        probe = DataProbe(self._data)
        try:
            await self._open_when_free(own)
        except TapelineError as error:
            for symbol in symbols:
                note(Rung(f"{DATA} {symbol}", None, str(error), "Shake hands again."))
            return
        for finding in await asyncio.gather(*(probe.find(symbol) for symbol in symbols)):
            note(_data(finding))

    async def _open_when_free(self, own: Endpoint) -> None:
        try:
            await self._data.open(own)
        except ClientIdTaken:
            # IB: an id is free again only a moment after its connection was closed.
            await asyncio.sleep(FREED_S)
            await self._data.open(own)


def _not_greeted(error: TapelineError, symbols: tuple[str, ...]) -> tuple[Rung, ...]:
    if isinstance(error, ApiSilent):
        api = Rung(API, False, "the port takes connections but nobody greets", ENABLE)
        handshake = Rung(HANDSHAKE, False, str(error), "Enable the API or correct the port, then shake hands again.")
    else:
        api = Rung(API, True if isinstance(error, ClientIdTaken) else None, "see the handshake")
        handshake = Rung(HANDSHAKE, False, str(error), "Correct what the sentence names, then try again.")
    later = (READ_ONLY, IDS, ACCOUNT, CLOCK, *(f"{DATA} {symbol}" for symbol in symbols))
    return (api, handshake, *(Rung(name, None, NOT_TRIED) for name in later))


def _is_practice(greeting: Greeting) -> bool:
    return any(account_class(one) is AccountClass.PRACTICE for one in greeting.accounts)


def _account(greeting: Greeting, port: int) -> Rung:
    classes = {account_class(one) for one in greeting.accounts}
    named = ", ".join(f"{one} ({account_class(one).value})" for one in greeting.accounts)
    if not named:
        return Rung(ACCOUNT, False, "none", "Log in to the gateway.")
    if port in PAPER_PORTS and AccountClass.LIVE in classes:
        action = "The account decides, not the port: log in to the paper account, or arm the live one knowingly."
        return Rung(ACCOUNT, False, f"{named} at port {port}, usually a paper account's", action)
    if port in LIVE_PORTS and AccountClass.PAPER in classes:
        action = "Log in to the live account if that is what you want; this one trades no real money."
        return Rung(ACCOUNT, False, f"{named} at port {port}, usually a live account's", action)
    return Rung(ACCOUNT, True, named)


def _data(finding: Finding) -> Rung:
    name = f"{DATA} {finding.symbol}"
    if finding.is_fresh:
        return Rung(name, True, finding.words)
    is_usable = finding.has_quotes or finding.trouble  # a symbol that is misspelt says nothing of the connection
    return Rung(name, None if is_usable else False, finding.words, finding.action)
