"""The codec against ib_async's own encoder and decoder, at every version it can speak."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ib_async import (
    ExecutionCondition,
    LimitOrder,
    MarginCondition,
    Order,
    PercentChangeCondition,
    PriceCondition,
    Stock,
    TagValue,
    TimeCondition,
    VolumeCondition,
)
from ib_async.client import Client
from ib_async.decoder import Decoder

from app.practice.server import handlers
from app.practice.wire import replies, requests, telling
from app.practice.wire.kinds import plain, size_text
from app.practice.wire.placing import PlaceOrder
from app.practice.wire.records import ContractLine
from app.practice.wire.text import (
    FLOOR,
    NEWEST,
    REQUESTS,
    BadRequest,
    UnknownMessage,
    decode,
    negotiate,
    payload,
    split,
)

VERSIONS = range(FLOOR, NEWEST + 1)
handlers.load()


class Recorder:
    """Stands where ib_async's wrapper stands and notes what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.calls.append((name, arguments))


def sent_by_client(version: int, act: Any) -> bytes:
    sent: list[bytes] = []
    client = Client(Recorder())
    client.connState, client._serverVersion = Client.CONNECTED, version
    client.sendMsg = lambda message: sent.append(message.encode())  # type: ignore[method-assign]
    act(client)
    return sent[0]


def heard_by_client(version: int, message: Any) -> tuple[str, tuple[Any, ...]]:
    recorder = Recorder()
    Decoder(recorder, version).interpret(split(payload(message, version)))  # type: ignore[arg-type]
    (call,) = recorder.calls
    return call


def loaded_order() -> Order:
    order = LimitOrder("SELL", 250, 101.25, tif="GTC", account="DUT000001", orderRef="ref", parentId=4, transmit=False)
    order.conditions = [
        PriceCondition(price=5.5, conId=1, exch="SMART"),
        TimeCondition(time="20260101 10:00:00 US/Eastern"),
        MarginCondition(percent=30),
        ExecutionCondition(secType="STK", exch="SMART", symbol="IBM"),
        VolumeCondition(volume=100, conId=1, exch="SMART"),
        PercentChangeCondition(changePercent=2.5, conId=1, exch="SMART"),
    ]
    order.algoStrategy, order.algoParams = "Adaptive", [TagValue("adaptivePriority", "Normal")]
    order.hedgeType, order.hedgeParam = "D", "x"
    order.scalePriceIncrement, order.scaleAutoReset = 0.5, True
    order.deltaNeutralOrderType, order.deltaNeutralConId = "LMT", 9
    return order


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_with_every_group_arrives_as_it_was_sent(version: int) -> None:
    stock = Stock("AAPL", "SMART", "USD", primaryExchange="NASDAQ")
    placed = decode(sent_by_client(version, lambda client: client.placeOrder(7, stock, loaded_order())), version)
    assert isinstance(placed, PlaceOrder)
    terms = placed.terms
    assert (placed.order_id, placed.contract.symbol, placed.contract.primary_exchange) == (7, "AAPL", "NASDAQ")
    assert (terms.action, terms.quantity, terms.limit_price, terms.aux_price) == ("SELL", Decimal(250), 101.25, None)
    assert (terms.tif, terms.order_ref, terms.parent_id, terms.transmit) == ("GTC", "ref", 4, False)
    assert [c.kind for c in terms.conditions] == [1, 3, 4, 5, 6, 7]
    assert [len(c.texts) for c in terms.conditions] == [6, 3, 3, 4, 5, 5]
    assert (terms.algo_params[0].value, terms.hedge_param, terms.scale_auto_reset) == ("Normal", "x", True)
    assert (terms.neutral_con_id, terms.adjusted_type, terms.price_management) == (9, "", False)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_is_told_as_it_arrived(version: int) -> None:
    stock = Stock("AAPL", "SMART", "USD")
    terms = decode(sent_by_client(version, lambda client: client.placeOrder(7, stock, loaded_order())), version).terms
    line = ContractLine(con_id=1, symbol="AAPL", sec_type="STK", right="?", exchange="SMART", currency="USD")
    state = telling.OrderState(status="Submitted", warning="café")
    name, (order_id, contract, order, told) = heard_by_client(
        version,
        telling.OpenOrder(order_id=7, contract=line, terms=terms, client_id=3, perm_id=99, allocation="x", state=state),
    )
    assert (name, order_id, contract.symbol, order.permId, order.clientId) == ("openOrder", 7, "AAPL", 99, 3)
    assert (order.lmtPrice, order.totalQuantity, order.parentId, order.ocaType) == (101.25, 250.0, 4, 0)
    assert (len(order.conditions), order.algoStrategy, order.hedgeParam) == (6, "Adaptive", "x")
    assert (told.status, told.warningText, float(told.initMarginAfter) > 1e300) == ("Submitted", "caf\\u00e9", True)
    assert order.minCompeteSize == (100 if version >= 170 else 2147483647)
    _, (_, done, state_heard) = heard_by_client(
        version,
        telling.CompletedOrder(
            contract=line, terms=terms, perm_id=99, status="Filled", filled=Decimal(250), parent_perm_id=12,
            completed_time="t", completed_status="Filled Size: 250",
        ),
    )  # fmt: skip
    assert (done.permId, done.filledQuantity, done.parentPermId) == (99, 250.0, 12)
    assert (state_heard.completedTime, state_heard.completedStatus) == ("t", "Filled Size: 250")


_STOCK = Stock("IBM", "SMART", "USD")
_ASKED = {
    requests.MarketData: lambda c: c.reqMktData(3, _STOCK, "233", True, False, []),
    requests.CancelOrder: lambda c: c.cancelOrder(3, "20260101 10:00:00"),
    requests.Executions: lambda c: c.reqExecutions(3, __import__("ib_async").ExecutionFilter(symbol="IBM")),
    requests.ContractDetailsQuery: lambda c: c.reqContractDetails(3, _STOCK),
    requests.HistoricalData: lambda c: c.reqHistoricalData(3, _STOCK, "", "1 D", "1 min", "TRADES", True, 2, True, []),
    requests.RealtimeBars: lambda c: c.reqRealTimeBars(3, _STOCK, 5, "TRADES", True, []),
    requests.HeadTimestampQuery: lambda c: c.reqHeadTimeStamp(3, _STOCK, "TRADES", True, 1),
    requests.HistoricalTicksQuery: lambda c: c.reqHistoricalTicks(
        3, _STOCK, "", "20260101 10:00:00", 10, "TRADES", True, False, []
    ),
    requests.TickByTick: lambda c: c.reqTickByTickData(3, _STOCK, "Last", 0, False),
    requests.MarketDepth: lambda c: c.reqMktDepth(3, _STOCK, 5, True, []),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("expected", _ASKED, ids=lambda cls: cls.__name__)
def test_requests_arrive_as_they_were_sent(expected: type, version: int) -> None:
    request = decode(sent_by_client(version, _ASKED[expected]), version)
    assert type(request) is expected
    assert getattr(request, "req_id", getattr(request, "order_id", 3)) == 3
    if hasattr(request, "contract"):
        assert request.contract.symbol == "IBM"


@pytest.mark.parametrize("version", VERSIONS)
def test_replies_are_heard_field_by_field(version: int) -> None:
    execution = replies.Execution(
        req_id=-1, order_id=4, contract=ContractLine(con_id=1, symbol="IBM", sec_type="STK"), exec_id="a.01",
        time="20260130 10:00:00 US/Eastern", account="DU1", exchange="NYSE", side="BOT", shares=Decimal("5"), price=1.5,
        perm_id=9, client_id=2, cumulative=Decimal(5), average_price=1.5, order_ref="r",
    )  # fmt: skip
    recorder = Recorder()
    recorder.ib, recorder.defaultTimezone = Recorder(), None  # type: ignore[attr-defined]
    Decoder(recorder, version).interpret(split(payload(execution, version)))  # type: ignore[arg-type]
    name, (_, contract, heard) = recorder.calls[-1]
    assert (name, contract.symbol, heard.execId, heard.shares) == ("execDetails", "IBM", "a.01", 5.0)
    assert (heard.orderRef, heard.cumQty, heard.lastLiquidity) == ("r", 5.0, 2)
    error = replies.ErrorMessage(req_id=4, code=201, text="no")
    assert heard_by_client(version, error) == ("error", (4, 201, "no", ""))
    details = replies.ContractDetails(
        req_id=5, symbol="IBM", sec_type="STK", exchange="SMART", currency="USD", local_symbol="IBM", market_name="m",
        trading_class="NMS", con_id=8, min_tick=0.01, order_types="MKT", valid_exchanges="SMART", price_magnifier=1,
        long_name="Société", primary_exchange="NYSE", industry="i", category="c", subcategory="s",
        time_zone="US/Eastern", trading_hours="h", liquid_hours="l", market_rule_ids="26", stock_type="COMMON",
        size_min_tick=Decimal(1),
        min_size=Decimal("0.0001"), size_increment=Decimal("0.0001"), suggested_size_increment=Decimal(100),
    )  # fmt: skip
    _, (_, told) = heard_by_client(version, details)
    assert (told.longName, told.contract.conId, told.marketRuleIds, told.stockType) == ("Société", 8, "26", "COMMON")
    assert told.suggestedSizeIncrement == {163: 1.0}.get(version, 100.0 if version >= 164 else 0.0)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_sizes_are_whole_below_163_and_exact_from_there(size: Decimal) -> None:
    assert Decimal(size_text(size, 163)) == size
    assert int(size_text(size, 162)) == size.to_integral_value()


def test_text_that_is_not_ascii_is_escaped() -> None:
    assert plain("Zürich 😀\0") == "Z\\u00fcrich \\ud83d\\ude00"


@pytest.mark.parametrize("bad", ["nan", "inf", "-inf", "x", "1e999"])
def test_a_price_that_is_no_number_is_a_bad_request_with_its_order_id(bad: str) -> None:
    whole = sent_by_client(178, lambda client: client.placeOrder(7, _STOCK, LimitOrder("BUY", 1, 55.5)))
    with pytest.raises(BadRequest, match="limit_price") as caught:
        decode(whole.replace(b"55.5", bad.encode()), 178)
    assert caught.value.request_id == 7


def test_a_message_that_ends_early_names_the_missing_field() -> None:
    with pytest.raises(BadRequest, match="end of the message"):
        decode(b"20\x004\x00", 178)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_decoder(noise: bytes) -> None:
    number = list(REQUESTS)[len(noise) % len(REQUESTS)]
    try:
        decode(f"{number}\0".encode() + noise, 178)
    except (BadRequest, UnknownMessage):
        pass


@pytest.mark.parametrize("unknown", [b"", b"999\0", b"abc\0", b"\0"])
def test_unknown_messages_are_told_apart(unknown: bytes) -> None:
    with pytest.raises(UnknownMessage):
        decode(unknown, 178)


@pytest.mark.parametrize(
    ("greeting", "version"),
    [(b"v157..178", 178), (b"v100..187", 178), (b"v100..163 +PACEAPI", 163), (b"v170", 170), (b"v157..157", 157)],
)
def test_the_version_is_negotiated_down(greeting: bytes, version: int) -> None:
    assert negotiate(greeting) == version


@pytest.mark.parametrize("greeting", [b"v100..150", b"v201..213", b"hello", b"v", b"v178..157", b"v1..x"])
def test_a_range_without_a_common_version_is_refused(greeting: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        negotiate(greeting)


def test_unset_comes_in_many_spellings() -> None:
    whole = sent_by_client(178, lambda client: client.placeOrder(7, _STOCK, LimitOrder("BUY", 1, 55.5)))
    for unset in (b"", b"1.7976931348623157e308", b"1.7976931348623157E308"):
        assert decode(whole.replace(b"55.5", unset), 178).terms.limit_price is None
    assert math.isfinite(decode(whole, 178).terms.limit_price)
