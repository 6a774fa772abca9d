"""Error codes and texts as a gateway words them. Programs decide by the code; the text is for people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error or warning: a code and a text that may hold `{}` places."""

    code: int
    text: str

    def about(self, *facts: object) -> Complaint:
        """Return the complaint with its places filled."""
        return Complaint(self.code, self.text.format(*facts))


RATE_EXCEEDED = Complaint(100, "Max rate of messages per second has been exceeded:max=50 rec={} (1)")
MAX_TICKERS = Complaint(101, "Max number of tickers has been reached")
DUPLICATE_TICKER = Complaint(102, "Duplicate ticker ID.")
DUPLICATE_ORDER_ID = Complaint(103, "Duplicate order id")
MODIFY_FILLED = Complaint(104, "Can't modify a filled order.")
MODIFY_MISMATCH = Complaint(105, "Order being modified does not match original order.")
OFF_TICK = Complaint(110, "The price does not conform to the minimum price variation for this contract.")
INVALID_ORDER_TYPE = Complaint(387, "Unsupported order type for this exchange and security type.")
TIF_AND_TYPE = Complaint(111, "The TIF (Tif type) and the order type are incompatible.")
ON_CLOSE_IS_DAY = Complaint(113, "The Tif option should be set to DAY for MOC and LOC orders.")
NO_ORDER = Complaint(135, "Can't find order with id ={}")
INCOMPLETE_CONDITION = Complaint(147, "The conditional contract info is incomplete.")
NOT_CANCELLABLE = Complaint(161, "Cancel attempted when order is not in a cancellable state.  Order permId ={}")
HISTORY_ERROR = Complaint(162, "Historical Market Data Service error message:{}")
NO_DEFINITION = Complaint(200, "No security definition has been found for the request")
AMBIGUOUS = Complaint(200, "The contract description specified for {} is ambiguous.")
REJECTED = Complaint(201, "Order rejected - reason:{}")
CANCELLED = Complaint(202, "Order Canceled - reason:{}")
NO_TICKER = Complaint(300, "Can't find EId with tickerId:{}")
BAD_READ = Complaint(320, "Error reading request. {}")
BIND_NEEDS_ZERO = Complaint(
    327, "Only API connections with clientId set to 0 can set the auto bind TWS orders property."
)
TOO_MANY_BOOKS = Complaint(309, "Max number ({}) of market depth requests has been reached")
INVALID_GOOD_TILL = Complaint(334, "Invalid Good Till Date order")
INVALID_MOMENT = Complaint(
    337, "The date, time, or time-zone entered is invalid. The correct format is yyyymmdd hh:mm:ss xxx"
)
INVALID = Complaint(321, "Error validating request.-'{}' : cause - {}")
READ_ONLY = Complaint(
    321,
    "Error validating request.-'b5' : cause - The API interface is currently in Read-Only mode.",
)
TOO_MANY_SUMMARIES = Complaint(
    322, "Error processing request.-'b5' : cause - Maximum number of account summary requests exceeded"
)
CLIENT_ID_IN_USE = Complaint(
    326, "Unable to connect as the client id is already in use. Retry with a unique client id."
)
NOT_SUBSCRIBED = Complaint(354, "Requested market data is not subscribed.")
NO_HISTORY_QUERY = Complaint(366, "No historical data query found for ticker id:{}")
ORDER_MESSAGE = Complaint(399, "Order Message:\n{}")
OVER_SIZE_LIMIT = Complaint(383, "The order size {} exceeds the Size Limit of {}.")
LOCATING = Complaint(404, "Order held while securities are located.")
NOT_TRADABLE = Complaint(412, "The contract is not available for trading.")
WHAT_IF_TRANSMITS = Complaint(413, "What-if order should have the transmit flag set to true.")
NO_ACCOUNT_DATA = Complaint(434, "The order size cannot be zero.")
ORDER_TYPE_NEEDS = Complaint(463, "You must enter a valid price.")
BAD_ACCOUNT = Complaint(435, "You must specify an account.")
NO_ALGORITHM = Complaint(439, "Order processing failed. Algorithm definition not found.")
SIZE_OFF_RULE = Complaint(321, "Error validating request.-'b5' : cause - Order size does not conform to market rule.")
LOST = Complaint(1100, "Connectivity between IBKR and Trader Workstation has been lost.")
RESTORED_DATA_LOST = Complaint(
    1101,
    "Connectivity between IBKR and Trader Workstation has been restored - data lost."
    " All data requests need to be re-submitted.",
)
RESTORED = Complaint(1102, "Connectivity between IBKR and Trader Workstation has been restored - data maintained.")
PORT_RESET = Complaint(
    1300, "Socket port has been reset and this connection is being dropped. Please reconnect on the new port - {}"
)
ACCOUNT_UPDATES_MOVED = Complaint(
    2100, "New account data requested from TWS. API client has been unsubscribed from account data."
)
ACCOUNT_UPDATES_TAKEN = Complaint(
    2101, "Unable to subscribe to account as the following clients are subscribed to a different account."
)
DATA_FARM_BROKEN = Complaint(2103, "Market data farm connection is broken:{}")
DATA_FARM_OK = Complaint(2104, "Market data farm connection is OK:{}")
HISTORY_FARM_BROKEN = Complaint(2105, "HMDS data farm connection is broken:{}")
HISTORY_FARM_OK = Complaint(2106, "HMDS data farm connection is OK:{}")
HISTORY_FARM_INACTIVE = Complaint(2107, "HMDS data farm connection is inactive but should be available upon demand.{}")
DATA_FARM_INACTIVE = Complaint(2108, "Market data farm connection is inactive but should be available upon demand.{}")
LINK_BROKEN = Complaint(
    2110, "Connectivity between Trader Workstation and server is broken. It will be restored automatically."
)
DEFINITION_FARM_OK = Complaint(2158, "Sec-def data farm connection is OK:{}")
UNKNOWN_ORDER = Complaint(10147, "OrderId {} that needs to be cancelled is not found.")
FINISHED_ORDER = Complaint(10148, "OrderId {} that needs to be cancelled cannot be cancelled, state: {}.")
DELAYED = Complaint(10167, "Requested market data is not subscribed. Displaying delayed market data.")
UPDATES_FAILED = Complaint(10182, "Failed to request live updates (disconnected).")
TICK_BY_TICK_LIMIT = Complaint(10190, "Max number of tick-by-tick requests has been reached.")
COMPETING = Complaint(10197, "No market data during competing live session")
FRACTIONAL = Complaint(
    10243, "Fractional-sized order cannot be placed via API. Please use desktop version to place it."
)
TIF_SET = Complaint(10349, "Order TIF was set to DAY based on order preset.")
NEWS_NOT_ALLOWED = Complaint(10276, "News feed is not allowed.")

OPENING_FARMS = (DATA_FARM_OK.about("usfarm"), HISTORY_FARM_OK.about("ushmds"), DEFINITION_FARM_OK.about("secdefil"))
