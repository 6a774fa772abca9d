"""Where readings come from: an endpoint with its models' prices, its caps, and what a test found of it. Never its key.

Money is in US dollars, prices are per million tokens. A price that nobody entered is unknown, not 0.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address
from typing import NewType
from urllib.parse import SplitResult, urlsplit

from app.domain.errors import UserError
from app.domain.signals import StrategyId

ProviderId = NewType("ProviderId", str)
MILLION = Decimal(1_000_000)
PROVIDER_GONE = "This provider is not there any more; choose another one."


class Structure(StrEnum):
    """How an answer is made to keep its form, the strictest first."""

    JSON_SCHEMA = "json_schema"
    JSON_OBJECT = "json_object"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs per million tokens, in US dollars."""

    model: str
    tokens_in: Decimal
    tokens_out: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """Return what so many tokens cost."""
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / MILLION


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that readings may use: within a run, within a day, and a strategy within a day; None is no cap."""

    run_tokens: int | None = 60_000
    day_tokens: int | None = 1_000_000
    strategy_tokens: int | None = 500_000
    run_money: Decimal | None = None
    day_money: Decimal | None = None
    strategy_money: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Capability:
    """What a test found of one model: what it can and takes, and which model answered in truth."""

    model: str
    structure: Structure
    has_vision: bool
    served: str
    tested: datetime
    takes_temperature: bool = True
    takes_max_tokens: bool = True
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenAI-compatible endpoint as a person set it up; at most one is in use."""

    id: ProviderId
    name: str
    base_url: str
    model: str
    needs_key: bool = True
    key_variable: str = ""
    is_in_use: bool = False
    is_removed: bool = False
    timeout_s: float = 60.0
    max_answer_tokens: int = 1500
    picture_tokens: int = 1500
    temperature: float = 0.0
    prices: tuple[Price, ...] = ()
    caps: Caps = Caps()
    models: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()

    @property
    def capability(self) -> Capability | None:
        """What a test found of the chosen model, None when it was not tested."""
        return next((found for found in self.capabilities if found.model == self.model), None)

    @property
    def price(self) -> Price | None:
        """What the chosen model costs, None when nobody said."""
        return next((price for price in self.prices if price.model == self.model), None)

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal | None:
        """Return what so many tokens of the chosen model cost, None when its price is unknown."""
        return self.price.of(tokens_in, tokens_out) if self.price else None


@dataclass(frozen=True, slots=True)
class Spending:
    """What readings used on one day for one strategy (empty: asked by hand); `money` adds up what is known."""

    day: str
    strategy: StrategyId | None
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    money: Decimal = Decimal(0)

    @property
    def key(self) -> tuple[str, StrategyId | None]:
        """The day and the strategy."""
        return (self.day, self.strategy)

    @property
    def tokens(self) -> int:
        """All tokens, asked and answered."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a call may use at most, before it is made; `money` is None when the price is unknown."""

    tokens_in: int
    tokens_out: int
    money: Decimal | None

    @property
    def tokens(self) -> int:
        """All tokens, asked and answered."""
        return self.tokens_in + self.tokens_out


@dataclass(frozen=True, slots=True)
class Used:
    """What was used of a cap, or is reserved for calls that are on their way; money that is not known counts as 0."""

    tokens: int = 0
    money: Decimal = Decimal(0)

    def __add__(self, other: Used) -> Used:
        return Used(self.tokens + other.tokens, self.money + other.money)


@dataclass(frozen=True, slots=True)
class Meter:
    """Today's use against the caps of the provider in use; `pending` is reserved for calls on their way."""

    day: str
    calls: int
    used: Used
    pending: Used
    caps: Caps | None


class Secret:
    """A key on its way from the vault to a request; it shows itself to nobody who does not ask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the key itself; never log, store or show it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    def __bool__(self) -> bool:
        return bool(self._text)


def refuse_bad_address(base_url: str) -> None:
    """Raise UserError for an address that charts and keys must not be sent to: plain http leaves no machine."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise UserError(
            f"A base URL such as https://api.openai.com/v1 was expected; this is none ({error})."
        ) from error
    if parts.scheme not in ("http", "https") or not host or any(sign.isspace() for sign in base_url):
        raise UserError("A base URL such as https://api.openai.com/v1 or http://127.0.0.1:8080/v1 was expected.")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UserError("A base URL without name, password, ? and # was expected; the key has a field of its own.")
    if parts.scheme == "http" and not is_loopback(parts):
        raise UserError(f"Plain http goes to this machine only; {host} needs https, so that nobody reads along.")


def is_loopback(parts: SplitResult) -> bool:
    """Say whether an address names this machine."""
    host = parts.hostname or ""
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"
