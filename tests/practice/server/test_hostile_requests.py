"""Requests and orders that nobody should send: IB's error or nothing, never a crash, never a changed book."""

from __future__ import annotations

import asyncio
import random
import struct
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ib_async import LimitOrder, PriceCondition, Stock

from app.practice.control.book import true_book
from app.practice.server.refusals import REFUSALS
from app.practice.wire.framing import frame
from app.practice.wire.layout import Const, Many, Nested, Part, Slot, When, parts_of
from app.practice.wire.placing import PlaceOrder
from app.practice.wire.requests import StartApi
from app.practice.wire.text import REQUESTS, Entry
from tests.practice.hearing import Hearing
from tests.practice.running import RawClient, running_gateway
from tests.practice.server.test_trading import place_fields
from tests.practice.wire.test_text import sent_by_client


@cache
def hearing() -> Hearing:
    return Hearing(Path(tempfile.mkdtemp()))


NUMBERS = st.sampled_from(
    ["nan", "NaN", "inf", "-inf", "Infinity", "0", "-1", "-0.0", "1e308", "1.7976931348623157e308", "1e400", "1e-300",
     "100.005", "100.001", "99999999", "2147483647", "2147483648", "-2147483649", "", "x", "1,5", "٣", "1e5", "0x10",
     "10", "100", "250.25", "0.01", "1_000"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["", "BUY", "SELL", "buy", "SSHORT", "HOLD", "LMT", "MKT", "STP", "STP LMT", "TRAIL", "TRAIL LIMIT", "MIT", "LIT",
     "MOC", "LOC", "MOO", "LOO", "REL", "PEG MID", "VOL", "DAY", "GTC", "IOC", "FOK", "GTD", "OPG", "EVER", "\u2603",
     "A" * 5_000, "'; drop table orders", "20261231 23:59:59", "20261199 10:00:00", "yesterday"]
)  # fmt: skip
ORDERS = st.fixed_dictionaries(
    {
        "action": st.one_of(st.sampled_from(["BUY", "SELL"]), WORDS),
        "quantity": st.one_of(st.sampled_from(["10", "1"]), NUMBERS),
        "kind": WORDS,
        "limit": NUMBERS,
        "aux": NUMBERS,
    },
    optional={
        "tif": WORDS, "account": WORDS, "parent": NUMBERS, "transmit": st.sampled_from(["0", "1", "2", "no"]),
        "oca": WORDS, "oca_type": NUMBERS, "after": WORDS, "till": WORDS, "trail": NUMBERS, "what_if": NUMBERS,
        "con_id": st.one_of(st.just("900000001"), NUMBERS), "exchange": WORDS,
    },
)  # fmt: skip


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(ORDERS, st.booleans())
def test_an_order_of_any_numbers_lives_or_is_refused_with_its_id(terms: dict[str, Any], is_known: bool) -> None:
    here = hearing()
    order_id = here.gateway.next_order_id(here.session) - (1 if is_known else 0)
    before = true_book(here.gateway)["orders"]
    known = {order["perm_id"]: order for order in before}
    answers = here.say(*place_fields(order_id, **terms))
    assert not here.session.is_closed
    codes = {fields[3] for fields in answers if fields[0] == "4"}
    after = {order["perm_id"]: order for order in true_book(here.gateway)["orders"]}
    told = [fields for fields in answers if fields[0] in {"3", "5"}]
    if not told:
        assert after == known
        is_draft = terms.get("transmit") == "0"
        assert codes or is_draft
    assert all(fields[2] in {str(order_id), "-1"} for fields in answers if fields[0] == "4")
    for order in after.values():
        assert order["quantity"] > 0
        assert order["filled"] <= order["quantity"]
        assert order["side"] in {"BUY", "SELL"}


CONTRACT = st.sampled_from(
    ["900000001", "0", "", "AAPL", "STK", "SMART", "USD", "EUR", "OPT", "FUT", "CASH", "IND", "BAG", "nan", "-1", "C",
     "ES", "SPX", "20261218", "999999999999", "NASDAQ", "\u2603"]
)  # fmt: skip
TEXTS = st.one_of(
    CONTRACT,
    NUMBERS,
    st.sampled_from(["TRADES", "MIDPOINT", "BID_ASK", "SCHEDULE", "1 D", "10 Y", "60 S", "1 min", "5 secs", "1 day",
                     "Last", "AllLast", "BidAsk", "20260101 00:00:00", "20260101-00:00:00", "All", "DUT000001",
                     "NetLiquidation,$LEDGER:ALL", "$LEDGER:XXX", ",,,", "233", "100,101,106"]),
)  # fmt: skip


def leaves(parts: tuple[Part, ...]) -> Iterator[str]:
    """Yield one kind for every field that a message without repetitions has."""
    for part in parts:
        if isinstance(part, Nested):
            yield from leaves(parts_of(part.record))
        elif isinstance(part, Many):
            yield "count"
        elif isinstance(part, When):
            continue
        elif isinstance(part, Slot | Const):
            yield part.kind.name if isinstance(part, Slot) else "const"


OTHERS = sorted(n for n, entry in REQUESTS.items() if entry.message not in {PlaceOrder, StartApi})


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_request_is_answered_or_refused_and_the_session_lives(data: st.DataObject) -> None:
    here = hearing()
    number = data.draw(st.sampled_from(OTHERS))
    entry: Entry = REQUESTS[number]
    usual = st.sampled_from(["0", "1", "7", "900000001"])
    fields = [
        data.draw(st.one_of(usual, NUMBERS) if kind not in {"text", "const"} else TEXTS)
        for kind in leaves(entry.parts())
    ]
    if data.draw(st.integers(0, 9)) == 0:
        fields = fields[: data.draw(st.integers(0, len(fields)))]
    before = true_book(here.gateway)
    here.say(number, *fields)
    assert not here.session.is_closed, (number, fields)
    if number not in {4, 58}:
        assert true_book(here.gateway)["orders"] == before["orders"]
    here.gateway.disconnected(here.session)
    here.session = here.join(here.tape, 178, 5)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60), st.integers(0, 220))
def test_any_bytes_behind_any_number_leave_the_session_alive(noise: bytes, number: int) -> None:
    here = hearing()
    if number == 71:
        return
    here.session.data_received(struct.pack(">I", len(str(number)) + 1 + len(noise)) + f"{number}\0".encode() + noise)
    assert not here.session.is_closed


async def test_clients_that_misbehave_on_the_socket_do_not_disturb_the_one_that_trades(tmp_path: Path) -> None:
    dice = random.Random(7)
    async with running_gateway(tmp_path) as running:
        good = await RawClient.started(running.port, 1)
        for n in range(60):
            bad = await RawClient.connect(running.port)
            kind = dice.randrange(5)
            if kind == 0:
                bad.writer.write(dice.randbytes(300))
            elif kind == 1:
                bad.writer.write(struct.pack(">I", 0x7FFFFFFF) + b"x" * 50)
            elif kind == 2:
                bad.send(71, 2, 100 + n, "")
                bad.send_payload(dice.randbytes(dice.randrange(1, 200)))
            elif kind == 3:
                bad.writer.write(struct.pack(">I", 50) + b"half a frame")
            else:
                bad.send(*place_fields(1, "BUY", 10, "MKT"))
            bad.close()
        good.send(*place_fields(1, "BUY", 10, "MKT"))
        await good.until(59)
        assert len(running.do({"do": "book"})["executions"]) == 1
        good.close()
    await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (place_fields(1, "BUY", "nan", "MKT"), "320"),
        (place_fields(1, "BUY", 10, "LMT", "nan"), "320"),
        (place_fields(1, "BUY", 10, "LMT", "inf"), "320"),
        (place_fields(1, "BUY", 0, "LMT", 100), "434"),
        (place_fields(1, "BUY", -5, "LMT", 100), "321"),
        (place_fields(1, "BUY", 1e12, "LMT", 100), "383"),
        (place_fields(1, "BUY", 1.5, "LMT", 100), "10243"),
        (place_fields(1, "BUY", 10, "LMT", -5), "463"),
        (place_fields(1, "BUY", 10, "LMT"), "463"),
        (place_fields(1, "BUY", 10, "STP"), "463"),
        (place_fields(1, "BUY", 10, "TRAIL"), "463"),
        (place_fields(1, "BUY", 10, "LMT", 1e9), "463"),
        (place_fields(1, "BUY", 10, "LMT", 100.005), "110"),
        (place_fields(1, "BUY", 10, "REL", 100), "387"),
        (place_fields(1, "BUY", 10, "MOC", tif="GTC"), "113"),
        (place_fields(1, "BUY", 10, "STP", "", 100, tif="OPG"), "111"),
        (place_fields(1, "BUY", 10, "LMT", 100, tif="EVER"), "321"),
        (place_fields(1, "HOLD", 10, "LMT", 100), "321"),
        (place_fields(1, "BUY", 10, "LMT", 100, tif="GTD", till="soon"), "334"),
        (place_fields(1, "BUY", 10, "LMT", 100, tif="GTD", till="20200101 00:00:00"), "334"),
        (place_fields(1, "BUY", 10, "LMT", 100, after="later"), "337"),
        (place_fields(1, "BUY", 10, "LMT", 100, exchange="MOON"), "200"),
        (place_fields(1, "BUY", 10, "LMT", 100, con_id=12), "200"),
        (place_fields(1, "BUY", 10, "LMT", 100, parent=99), "135"),
        (place_fields(1, "BUY", 10, "LMT", 100, account="DU9"), "321"),
        (place_fields(0, "BUY", 10, "LMT", 100), "103"),
        (place_fields(1, "BUY", 10, "LMT", 100, what_if=1, transmit=0), "413"),
        (place_fields(1, "BUY", 9_000_000, "LMT", 100), "201"),
        ([4, 1, 77, ""], "10147"),
    ],
)
def test_what_cannot_be_is_refused_with_ibs_code_and_leaves_no_trace(
    tmp_path: Path, fields: list[object], code: str
) -> None:
    here = Hearing(tmp_path)
    before = true_book(here.gateway)
    answers = here.say(*fields)
    assert [answer[3] for answer in answers] == [code], answers
    assert answers[0][2] == str(fields[2] if fields[0] == 4 else fields[1])
    assert true_book(here.gateway) == before
    assert here.gateway.next_order_id(here.session) == (2 if code == "201" else 1)  # the broker saw that one


def test_a_blank_time_in_force_is_told_as_10349_and_the_order_lives(tmp_path: Path) -> None:
    here = Hearing(tmp_path)
    answers = here.say(*place_fields(1, "BUY", 10, "LMT", 100.0, tif=""))
    assert [answer[0] for answer in answers] == ["4", "5", "3", "5", "3"]
    assert answers[0][3] == "10349"
    assert true_book(here.gateway)["orders"][0]["tif"] == "DAY"


def test_an_order_for_the_close_is_not_cancellable_ten_minutes_before_it(tmp_path: Path) -> None:
    here = Hearing(tmp_path)
    here.say(*place_fields(1, "BUY", 10, "MOC"))
    (order,) = here.gateway.trading.exchange.working()
    here.gateway.clock.advance(order.expires_at - 300 - here.gateway.clock.now())
    (refused,) = [answer for answer in here.say(4, 1, 1, "") if answer[0] == "4"]
    assert (refused[3], str(order.perm_id) in refused[4]) == ("161", True)


def data_fields(req_id: int) -> list[object]:
    return [1, 11, req_id, 900000001, *[""] * 6, "SMART", *[""] * 4, 0, "", 0, 0, ""]


@pytest.mark.parametrize(
    ("story", "code", "about"),
    [
        ([data_fields(3), data_fields(3)], "102", "3"),
        ([[2, 2, 9]], "300", "9"),
        ([[25, 1, 9]], "366", "9"),
        ([[15, 1, 1]], "327", "-1"),
        ([[4, 1, 9, ""]], "10147", "9"),
        ([place_fields(1, "BUY", 1, "LMT", 5.0), place_fields(1, "SELL", 1, "LMT", 5.0)], "105", "1"),
        ([place_fields(1, "BUY", 1, "MKT"), place_fields(1, "BUY", 2, "MKT")], "104", "1"),
        ([place_fields(2, "BUY", 1, "MKT"), place_fields(1, "BUY", 2, "MKT")], "103", "1"),
        ([place_fields(1, "BUY", 1, "MKT"), [4, 1, 1, ""]], "10148", "1"),
        ([[94, 7, "DUT000001", "", 12]], "321", "7"),
        ([[52, 2, 8, ""]], "430", "8"),
        ([[84, 6, ""]], "10276", "6"),
        ([[22, 9, ""]], "162", "9"),
    ],
)  # fmt: skip
def test_stories_that_end_in_a_code(tmp_path: Path, story: list[list[object]], code: str, about: str) -> None:
    here = Hearing(tmp_path)
    for fields in story:
        answers = here.say(*fields)
    (refused,) = [answer for answer in answers if answer[0] == "4"]
    assert refused[2:4] == [about, code]


def conditional(kind: int, *texts: object) -> list[object]:
    """Return the fields of a limit order with one condition."""
    fields = place_fields(1, "BUY", 1, "LMT", 5.0)
    # The 25th field from the end is the number of conditions.
    return [*fields[:-25], 1, kind, *texts, 0, 0, *fields[-24:]]


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ((1, "a", 1, 100.0, 12, "SMART", 0), "147"),
        ((1, "a", 1, "nan", 900000001, "SMART", 0), "147"),
        ((3, "a", 1, "tomorrow"), "337"),
        ((5, "a", "STK", "SMART", "IBM"), "321"),
    ],
)
def test_conditions_that_make_no_sense_are_refused(tmp_path: Path, condition: tuple[Any, ...], code: str) -> None:
    here = Hearing(tmp_path)
    assert [answer[3] for answer in here.say(*conditional(*condition))] == [code]


def test_a_condition_on_another_instrument_is_met_within_a_jump_of_the_clock(tmp_path: Path) -> None:
    here = Hearing(tmp_path)
    market, now = here.gateway.market, here.gateway.clock.now()
    last = market.quote(900000002, now).last
    order = LimitOrder("BUY", 1, 5.0, tif="GTC")
    order.conditions = [PriceCondition(price=round(last * 1.0005, 2), conId=900000002, exch="SMART", isMore=True)]
    payload = sent_by_client(178, lambda client: client.placeOrder(1, Stock("AAPL", "SMART", "USD"), order))
    here.session.data_received(frame(payload))
    assert true_book(here.gateway)["orders"][0]["status"] == "PreSubmitted"
    here.step(86_400.0)
    bars = market.bars(900000002, "1 min", start=now, end=now + 86_400, now=now + 86_400)
    was_met = max(bars.high) >= round(last * 1.0005, 2)
    assert (true_book(here.gateway)["orders"][0]["status"] == "Submitted") == was_met


def test_an_algorithm_is_439(tmp_path: Path) -> None:
    here = Hearing(tmp_path)
    order = LimitOrder("BUY", 1, 5.0, tif="DAY", algoStrategy="Adaptive", algoParams=[])
    payload = sent_by_client(178, lambda client: client.placeOrder(1, Stock("AAPL", "SMART", "USD"), order))
    here.tape.written = b""
    here.session.data_received(frame(payload))
    assert [answer[3] for answer in here.heard()] == ["439"]


def test_every_refused_request_is_told_so(tmp_path: Path) -> None:
    here = Hearing(tmp_path)
    for number, refusal in REFUSALS.items():
        fields = ["1", "7", "7", "", "", ""] if refusal.id_at != 1 else ["7", "", "", ""]
        (answer,) = here.say(number, *fields)
        assert answer[2:4] == ["7" if refusal.id_at else "-1", str(refusal.complaint.code)], number
