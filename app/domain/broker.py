"""What the broker says, in our words: the answers and reports that the adapter hands up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from app.domain.instruments import ConId
from app.domain.ledger import ExecId, Fill
from app.domain.orders import Distance, OrderRef, OrderState, Side


class AccountClass(StrEnum):
    """Whose money it is; read from the account itself, never from the port."""

    PRACTICE = "practice"
    PAPER = "paper"
    LIVE = "live"


def account_class(account: str) -> AccountClass:
    """Return the class of an account id: DUT… practice, DU… and DF… paper, anything else live."""
    if account.startswith("DUT"):
        return AccountClass.PRACTICE
    return AccountClass.PAPER if account.startswith(("DU", "DF")) else AccountClass.LIVE


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a gateway listens and which client ids we use there."""

    host: str = "127.0.0.1"
    port: int = 7497
    orders_client: int = 17
    data_client: int = 18


@dataclass(frozen=True, slots=True)
class Greeting:
    """What a gateway said when we came in."""

    server_version: int
    accounts: tuple[str, ...]
    server_time: datetime


@dataclass(frozen=True, slots=True)
class OrderReport:
    """How the broker describes one order, ours (`ref` is an order ref of ours) or not.

    `state` is None when the message does not say it; quantities and prices are None where the broker left them unset.
    """

    ref: OrderRef | None
    perm_id: int | None
    order_id: int | None
    client_id: int | None
    account: str
    con_id: ConId
    symbol: str
    side: Side
    type_name: str
    quantity: Decimal
    limit: Decimal | None
    stop: Decimal | None
    tif: str
    state: OrderState | None
    filled: Decimal | None = None
    average: Decimal | None = None
    reason: str = ""
    warning: str = ""
    trail: Distance | None = None
    offset: Decimal | None = None
    good_till: datetime | None = None
    outside_hours: bool = False


@dataclass(frozen=True, slots=True)
class Commission:
    """What one execution cost."""

    exec_id: ExecId
    commission: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Liquidation:
    """The broker closed something by itself; told beside the execution, and again whenever that is asked for."""

    fill: Fill


@dataclass(frozen=True, slots=True)
class Holding:
    """What the broker says an account holds; `average_cost` is its own figure, commission included."""

    account: str
    con_id: ConId
    symbol: str
    quantity: Decimal
    average_cost: Decimal


@dataclass(frozen=True, slots=True)
class Message:
    """Something the broker said in words; `ref` is the order, `con_id` the watched instrument it is about, if any."""

    code: int
    text: str
    ref: OrderRef | None = None
    is_warning: bool = False
    con_id: ConId | None = None


@dataclass(frozen=True, slots=True)
class ChangeRefused:
    """The broker was asked to change an order, complained, and still has it as it was."""

    ref: OrderRef
    reason: str


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """What an account has in one currency, and the broker's rate of it into the base; `told` counts how often."""

    currency: str
    rate: Decimal | None = None
    cash: Decimal | None = None
    told: int = 0


@dataclass(frozen=True, slots=True)
class AccountFigures:
    """Money of one account in its base currency; None is unknown. `currencies` are those that the broker names."""

    account: str
    currency: str = ""
    net_liquidation: Decimal | None = None
    cash: Decimal | None = None
    buying_power: Decimal | None = None
    available_funds: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    gross_position_value: Decimal | None = None
    day_pnl: Decimal | None = None
    unrealized_pnl: Decimal | None = None
    realized_pnl: Decimal | None = None
    currencies: tuple[CurrencyFigures, ...] = ()


@dataclass(frozen=True, slots=True)
class Margin:
    """What an order would do to margin and cost, as the broker previews it; None is unknown."""

    initial_change: Decimal | None
    maintenance_change: Decimal | None
    equity_after: Decimal | None
    commission: Decimal | None
    warning: str = ""


class Farm(StrEnum):
    """The broker's data farms."""

    MARKET = "market"
    HISTORY = "history"


class LinkState(StrEnum):
    """What a channel knows of its way to the broker."""

    UP = "up"
    DOWN = "down"
    BROKER_LOST = "broker_lost"
    BROKER_BACK = "broker_back"
    BROKER_BACK_DATA_LOST = "broker_back_data_lost"


@dataclass(frozen=True, slots=True)
class LinkReport:
    """A channel's way to the broker changed; the socket is gone only when `down`."""

    state: LinkState
    why: str = ""


@dataclass(frozen=True, slots=True)
class FarmReport:
    """A data farm came or went; no socket is closed for that."""

    farm: Farm
    is_up: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class BarsReport:
    """The live bars of an instrument stopped coming, or come again."""

    con_id: ConId
    is_live: bool
    text: str = ""


class Priority(IntEnum):
    """Whose request for history goes first."""

    CHART = 0
    STRATEGY = 1
    BACKGROUND = 2


@dataclass(frozen=True, slots=True)
class HistoryBudget:
    """How many history requests were asked in the gateway's window, how many it takes, and who waits how long.

    `wait_s` is how long the rules would hold up the next request, `eta_s` until all that is asked will be answered.
    """

    used: int
    limit: int
    window_s: float = 600.0
    waiting: int = 0
    wait_s: float = 0.0
    queue: tuple[tuple[Priority, int], ...] = ()
    running: int = 0
    eta_s: float = 0.0

    def words(self) -> str:
        """Write what is used, and the wait when there is one."""
        text = f"{self.used} of {self.limit} history requests used in {round(self.window_s / 60)} min"
        return f"{text}, next in {round(self.wait_s)} s" if self.wait_s >= 1 else text


OrderNews = (
    OrderReport
    | ChangeRefused
    | Fill
    | Commission
    | Liquidation
    | Holding
    | Message
    | AccountFigures
    | LinkReport
    | FarmReport
)
"""Everything that the order channel reports on its own."""
DataNews = Message | LinkReport | FarmReport | BarsReport
"""Everything that the data channel reports on its own, quotes apart; its messages are about market data."""
DATA_TAKEN = 10197
"""IB's code for market data that goes to another login of the same user."""
UPDATES_LOST = 10182
"""IB's code for live bars that stop: the gateway lost its own line for them."""
