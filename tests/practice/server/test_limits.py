"""IB's limits, each by itself, on a clock that stands where the test puts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.practice.server.limits import ALL_LIMITS, DEFAULT_LIMITS, MESSAGES_PER_SECOND, Limit, Limits
from tests.practice.running import RawClient, Running, running_gateway

MINUTES = "1 min"
SECONDS = "5 secs"


class Ear:
    """A session that notes what it is told."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.is_closed = False

    def complain(self, req_id: int, complaint: Any) -> None:
        self.codes.append(complaint.code)

    def close(self, reason: str) -> None:
        self.is_closed = True


def limits(*in_force: Limit) -> tuple[Limits, list[float], Any]:
    now = [1000.0]
    return Limits(frozenset(in_force), lambda: now[0], lambda: now[0]), now, Ear()


def test_fifty_messages_a_second_pass_for_ever() -> None:
    counted, now, ear = limits(Limit.MESSAGES)
    for second in range(5):
        now[0] = 1000.0 + second
        assert all(counted.allows_message(ear) for _ in range(MESSAGES_PER_SECOND))
    assert ear.codes == []


def test_the_fifty_first_is_told_100_and_ends_the_connection() -> None:
    counted, _, ear = limits(Limit.MESSAGES)
    assert [counted.allows_message(ear) for _ in range(51)] == [True] * 50 + [False]
    assert (ear.codes, ear.is_closed) == ([100], True)


def test_an_identical_request_is_refused_for_fifteen_seconds() -> None:
    counted, now, ear = limits(Limit.HISTORY)
    ask = lambda: counted.history_refusal(ear, "same", object())  # noqa: E731
    assert ask() is None
    now[0] += 14.9
    assert ask().code == 162
    now[0] += 0.2
    assert ask() is None


def test_six_of_one_contract_within_two_seconds_are_too_many() -> None:
    counted, now, ear = limits(Limit.HISTORY)
    answers = [counted.history_refusal(ear, n, "AAPL") for n in range(6)]
    assert [a is None for a in answers] == [True] * 5 + [False]
    assert counted.history_refusal(ear, 99, "MSFT") is None
    now[0] += 2.0
    assert counted.history_refusal(ear, 100, "AAPL") is None


def test_sixty_within_ten_minutes_are_the_most() -> None:
    counted, now, ear = limits(Limit.HISTORY)
    for n in range(60):
        now[0] += 3.0
        assert counted.history_refusal(ear, n, n) is None
    now[0] += 3.0
    assert counted.history_refusal(ear, 61, 61).code == 162
    now[0] += 420.0
    assert counted.history_refusal(ear, 62, 62) is None


def test_bid_and_ask_count_twice() -> None:
    counted, _, ear = limits(Limit.HISTORY)
    answers = [counted.history_refusal(ear, n, "AAPL", weight=2) for n in range(3)]
    assert [a is None for a in answers] == [True, True, False]


def test_large_bars_and_other_clients_are_not_paced() -> None:
    counted, _, ear = limits(Limit.HISTORY)
    assert all(counted.history_refusal(ear, "same", "x", is_small=False) is None for _ in range(100))
    assert counted.history_refusal(ear, "same", "x") is None
    assert counted.history_refusal(Ear(), "same", "x") is None


def test_three_order_books_are_the_most_and_the_refusal_says_so() -> None:
    counted, _, _ = limits(Limit.BOOKS)
    assert counted.book_refusal(2) is None
    assert counted.book_refusal(3).code == 309
    assert "(3)" in counted.book_refusal(3).text


def test_each_limit_holds_only_where_it_is_in_force() -> None:
    counted, _, ear = limits()
    assert all(counted.allows_message(ear) for _ in range(500))
    assert counted.line_refusal(1_000) is counted.summary_refusal(1_000) is counted.open_refusal(1_000) is None
    counted, _, _ = limits(*ALL_LIMITS)
    assert counted.line_refusal(99) is None
    assert [counted.line_refusal(100).code, counted.summary_refusal(2).code, counted.open_refusal(50).code] == [
        101, 322, 162]  # fmt: skip
    assert {Limit.SUMMARIES, Limit.BOOKS} == DEFAULT_LIMITS


@pytest.fixture
async def limited(tmp_path: Path) -> AsyncIterator[Running]:
    async with running_gateway(tmp_path, limits=frozenset({Limit.HISTORY, Limit.LINES})) as running:
        yield running


def contract() -> list[object]:
    return [900000001, "", "", "", "", "", "", "SMART", "", "", "", ""]


def history(req_id: int, size: str, *, what: str = "TRADES", span: str = "60 S", keep: int = 0) -> list[object]:
    return [20, req_id, *contract(), 0, "", size, span, 1, what, 2, keep, ""]


async def test_pacing_is_told_over_the_wire_and_ends_with_market_time(limited: Running) -> None:
    client = await RawClient.started(limited.port)
    client.send(*history(1, SECONDS))
    await client.until(17)
    client.send(*history(2, SECONDS))
    refused = await client.until(4, 162)
    assert refused[2] == "2"
    assert "pacing violation" in refused[4]
    client.send(*history(3, MINUTES, span="600 S"))
    client.send(*history(4, MINUTES, span="600 S"))
    assert [(await client.until(17))[1] for _ in range(2)] == ["3", "4"]
    limited.do({"do": "clock", "advance_s": 16})
    client.send(*history(5, SECONDS))
    assert (await client.until(17))[1] == "5"
    client.close()


async def test_fifty_queries_may_be_open_at_once(limited: Running) -> None:
    client = await RawClient.started(limited.port)
    for req_id in range(51):
        client.send(*history(req_id, MINUTES, span="120 S", keep=1))
    assert (await client.until(4, 162))[2] == "50"
    client.close()


async def test_the_hundred_and_first_line_is_101(limited: Running) -> None:
    client = await RawClient.started(limited.port)
    for req_id in range(101):
        client.send(1, 11, req_id, *contract(), 0, "", 0, 0, "")
    assert (await client.until(4, 101))[2] == "100"
    client.send(2, 2, 7)
    client.send(1, 11, 200, *contract(), 0, "", 0, 0, "")
    assert (await client.until(81))[1]
    client.close()


async def test_the_third_summary_is_322_and_a_cancelled_one_makes_room(limited: Running, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    async with running_gateway(tmp_path / "second") as running:
        client = await RawClient.started(running.port)
        for req_id in (1, 2, 3):
            client.send(62, 1, req_id, "All", "NetLiquidation")
        assert (await client.until(4, 322))[2] == "3"
        client.send(63, 1, 1)
        client.send(62, 1, 4, "All", "NetLiquidation")
        while (await client.until(64))[2] != "4":
            pass
        client.close()


async def test_the_sixth_tick_by_tick_line_is_10190(limited: Running) -> None:
    client = await RawClient.started(limited.port)
    for req_id in range(6):
        client.send(97, req_id, *contract(), "Last", 0, 0)
    assert (await client.until(4, 10190))[2] == "5"
    client.close()


async def test_a_fourth_book_is_309_and_a_cancelled_one_makes_room(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running:
        client = await RawClient.started(running.port)
        for req_id in (1, 2, 3, 4):
            client.send(10, 5, req_id, 900_000_000 + req_id, *[""] * 11, 2, 0, "")
        refusal = await client.until(4, 309)
        assert refusal[2] == "4"
        assert "(3)" in refusal[4]
        client.send(10, 5, 1, 900_000_001, *[""] * 11, 2, 0, "")
        assert (await client.until(4))[2:4] == ["1", "102"]  # the same id again is no fourth book
        client.send(11, 1, 1, 0)
        client.send(10, 5, 4, 900_000_004, *[""] * 11, 2, 0, "")
        while (await client.until(12))[2] != "4":
            pass
        client.close()


async def test_a_book_begins_anew_with_317_after_a_jump_of_the_clock(tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running:
        client = await RawClient.started(running.port)
        client.send(10, 5, 3, *contract(), 5, 1, "")
        await client.until(13)
        running.do({"do": "clock", "advance_s": 7_200})
        assert (await client.until(4, 317))[2] == "3"
        await client.until(13)
        client.close()
