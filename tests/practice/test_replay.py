"""Tapes from files: what is refused and why, and what is traded from those that are not."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from ib_async import Stock

from app.practice.hours import hours_of
from app.practice.market import Market
from app.practice.replay import Replay, ReplayError, read_replay
from app.practice.universe import REPLAYED_CON_ID, practice_universe, replayed_contract
from tests.practice.running import connected, running_gateway

DAILY = """Date,Open,High,Low,Close,Volume
2013-03-01,438.00,438.18,429.98,430.47,19730300
2013-03-04,427.80,428.20,419.00,420.05,20812700
2013-03-05,421.48,435.19,420.75,431.14,22801200
"""
MINUTES = """time,open,high,low,close,volume
2024-01-31T15:00:00Z,10.10,10.25,10.05,10.20,1200
2024-01-31T15:01:00Z,10.20,10.22,10.15,10.15,800
2024-01-31T15:05:00Z,10.15,10.40,10.15,10.38,2500
"""
TRADES = """Timestamp,Price,Size,Bid,Ask
2024-01-31T15:00:00.250Z,10.101,100,10.100,10.102
2024-01-31T15:00:00.900Z,10.102,50,10.100,10.102
2024-01-31T15:00:00.900Z,10.104,70,10.102,10.105
2024-01-31T15:03:10Z,10.095,300,10.094,10.096
"""


def tape(directory: Path, text: str, name: str = "xmpl.csv") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def market_of(replay: Replay, now: float) -> tuple[Market, int]:
    """Return a market that trades a tape, and the instrument's id."""
    book = practice_universe(lambda: now, replay)
    contract = replayed_contract(book, replay)
    assert contract is not None
    replays = {contract.con_id: replay}
    return Market(book, hours_of("XNYS"), seed=7, mode="always", now=now, replays=replays), contract.con_id


def at(*parts: int) -> float:
    return datetime(*parts, tzinfo=UTC).timestamp()  # type: ignore[arg-type]


def test_days_keep_their_dates_and_their_prices(tmp_path: Path) -> None:
    replay = read_replay(tape(tmp_path, DAILY), "AAPL")
    assert (replay.symbol, replay.is_daily, len(replay.at)) == ("AAPL", True, 3)
    now = at(2013, 3, 8)
    market, con_id = market_of(replay, now)
    assert con_id == 900_000_001
    bars = market.bars(con_id, "1 day", span="1 Y", end=now, now=now)
    assert bars.day.tolist() == [20130301, 20130304, 20130305]
    assert bars.close.tolist() == [430.47, 420.05, 431.14]
    assert bars.high.tolist() == [438.18, 428.20, 435.19]
    assert bars.volume.tolist() == [19730300, 20812700, 22801200]
    minutes = market.bars(con_id, "1 min", span="1 Y", end=now, now=now)
    for day in bars.day.tolist():
        part = minutes.day == day
        n = bars.day.tolist().index(day)
        assert part.sum() == 390
        assert (minutes.open[part][0], minutes.high[part].max()) == (bars.open[n], bars.high[n])
        assert (minutes.low[part].min(), minutes.close[part][-1]) == (bars.low[n], bars.close[n])
        assert minutes.volume[part].sum() == bars.volume[n]
    ticks = list(market.path(con_id, at(2013, 3, 4), at(2013, 3, 5)))
    assert (ticks[0].price, max(t.price for t in ticks), ticks[-1].price) == (427.80, 428.20, 420.05)
    assert not market.is_open(con_id, at(2013, 3, 4, 3))
    assert market.quote(con_id, now).last == 431.14


def test_minutes_are_traded_when_they_were(tmp_path: Path) -> None:
    replay = read_replay(tape(tmp_path, MINUTES))
    assert (replay.symbol, replay.seconds) == ("XMPL", 60)
    now = at(2024, 1, 31, 15, 30)
    market, con_id = market_of(replay, now)
    assert con_id == REPLAYED_CON_ID
    bars = market.bars(con_id, "1 min", span="1 D", end=now, now=now)
    assert bars.start.tolist() == replay.at.tolist()
    assert bars.open.tolist() == [10.10, 10.20, 10.15]
    assert bars.high.tolist() == [10.25, 10.22, 10.40]
    assert bars.low.tolist() == [10.05, 10.15, 10.15]
    assert bars.volume.tolist() == [1200, 800, 2500]
    ticks = list(market.path(con_id, at(2024, 1, 31, 15, 1) - 0.5, at(2024, 1, 31, 15, 2)))
    assert sum(tick.size for tick in ticks) == 800
    assert all(tick.bid <= tick.price <= tick.ask for tick in ticks)
    assert market.quote(con_id, at(2024, 1, 31, 15, 4)).last == 10.15


def test_trades_are_told_as_they_were_with_their_quotes(tmp_path: Path) -> None:
    replay = read_replay(tape(tmp_path, TRADES))
    now = at(2024, 1, 31, 14, 59)
    market, con_id = market_of(replay, now)
    market.watch(con_id)
    ticks = list(market.advance(now + 600))
    assert [(tick.at, tick.price, tick.size, tick.bid, tick.ask) for tick in ticks] == [
        (at(2024, 1, 31, 15, 0) + 0.25, 10.101, 100, 10.100, 10.102),
        (at(2024, 1, 31, 15, 0) + 0.9, 10.102, 50, 10.100, 10.102),
        (at(2024, 1, 31, 15, 0) + 0.9, 10.104, 70, 10.102, 10.105),
        (at(2024, 1, 31, 15, 3, 10), 10.095, 300, 10.094, 10.096),
    ]
    bars = market.bars(con_id, "1 min", start=now, end=now + 600, now=now + 600)
    assert bars.high.tolist() == [10.104, 10.095]
    assert bars.volume.tolist() == [220, 300]
    day = market.bars(con_id, "1 day", span="1 D", end=now + 600, now=now + 600)
    assert (day.open[0], day.low[0], day.close[0]) == (10.101, 10.095, 10.095)


def test_bars_of_seconds_become_four_trades(tmp_path: Path) -> None:
    text = "time,open,high,low,close\n1706713200,10,12,9,11\n1706713205,11,11,8,9\n"
    market, con_id = market_of(read_replay(tape(tmp_path, text)), 1706713199.0)
    ticks = list(market.path(con_id, 1706713199.0, 1706713260.0))
    assert [tick.price for tick in ticks] == [10, 9, 12, 11, 11, 11, 8, 9]


def test_what_is_not_in_the_tape_does_not_trade(tmp_path: Path) -> None:
    market, con_id = market_of(read_replay(tape(tmp_path, MINUTES)), at(2024, 1, 31, 15))
    assert list(market.path(con_id, at(2024, 1, 31, 15, 7), at(2024, 3, 1))) == []
    assert market.last_tick(con_id, at(2024, 1, 30)).price == 10.10
    other = market.quote(900_000_002, at(2024, 1, 31, 16))
    assert other.volume > 0


def test_moves_and_splits_work_on_a_tape_too(tmp_path: Path) -> None:
    now = at(2013, 3, 1, 15, 0)
    market, con_id = market_of(read_replay(tape(tmp_path, DAILY), "AAPL"), now)
    market.move(con_id, 860.94, now)
    market.split(con_id, 2.0, now)
    later = at(2013, 3, 8)
    bars = market.bars(con_id, "1 day", span="1 Y", end=later, now=later)
    factor = bars.close[-1] / 431.14
    assert bars.close[1] == pytest.approx(420.05 * factor, abs=0.01)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty file"),
        ("time,open,high,low,close\n", "found none"),
        ("open,high,low,close\n1,1,1,1\n", "line 1: expected a column time"),
        ("time,bid,ask\n2024-01-31,1,2\n", "line 1: expected open, high, low, close or price"),
        (DAILY + "2013-03-06,x,435,420,431,1\n", "line 5: expected a price, found 'x'"),
        (DAILY + "2013-03-06,nan,435,420,431,1\n", "line 5: expected a price above 0, found nan"),
        (DAILY + "2013-03-06,-4,435,420,431,1\n", "line 5: expected a price above 0"),
        (DAILY + "2013-03-06,430,410,420,431,1\n", "line 5: high 410 and low 420"),
        (DAILY + "2013-03-06,430,435,432,431,1\n", "line 5: high 435 and low 432"),
        (DAILY + "2013-03-06,430,435,420,431,-5\n", "line 5: expected a volume"),
        (DAILY + "2013-03-06,430\n", "line 5: expected 6 columns, found 2"),
        (DAILY + "2013-03-05,430,435,420,431,5\n", "line 5: 2013-03-05 00:00:00 should be later"),
        (DAILY + "soon,430,435,420,431,5\n", "line 5: expected a time"),
        (DAILY + "1913-03-06,430,435,420,431,5\n", "line 5: expected a time between"),
        (TRADES + "2024-01-31T15:00:00Z,10,1,9,11\n", "line 6: 2024-01-31 15:00:00 should be later"),
        (TRADES + "2024-01-31T16:00:00Z,10,1,12,11\n", "line 6: the bid 12"),
    ],
)
def test_a_broken_tape_is_refused_with_its_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ReplayError) as refused:
        read_replay(tape(tmp_path, text))
    assert reason in str(refused.value)


def test_a_day_without_a_session_is_refused(tmp_path: Path) -> None:
    replay = read_replay(tape(tmp_path, "date,open,high,low,close\n2024-01-06,1,1,1,1\n"))
    with pytest.raises(ReplayError, match="2024-01-06"):
        market_of(replay, at(2024, 1, 5))


def test_a_parquet_tape_needs_an_engine_or_is_read(tmp_path: Path) -> None:
    path = tape(tmp_path, "no parquet", "xmpl.parquet")
    with pytest.raises(ReplayError, match=r"Parquet"):
        read_replay(path)
    pandas = importlib.import_module("pandas")
    frame = pandas.DataFrame(
        {"Open": [1.5, 1.6], "High": [2.0, 2.1], "Low": [1.0, 1.1], "Close": [1.7, 1.8], "Volume": [900, 800]},
        index=pandas.to_datetime(["2024-01-31", "2024-02-01"]),
    )
    try:
        frame.to_parquet(path)
    except ImportError:
        pytest.skip("no Parquet engine is installed")
    replay = read_replay(path)
    assert replay.is_daily
    assert replay.close.tolist() == [1.7, 1.8]


async def test_a_client_trades_a_tape_on_its_dates(tmp_path: Path) -> None:
    replay = read_replay(tape(tmp_path, DAILY), "OLDX")
    start = at(2013, 3, 5, 16, 0)
    async with (
        running_gateway(tmp_path, start=start, replay=replay) as running,
        connected(running.port) as ib,
    ):
        ib.RaiseRequestErrors = True
        (found,) = await ib.qualifyContractsAsync(Stock("OLDX", "SMART", "USD"))
        bars = await ib.reqHistoricalDataAsync(found, "", "1 M", "1 day", "TRADES", True)
        assert [bar.date for bar in bars] == [date(2013, 3, 1), date(2013, 3, 4), date(2013, 3, 5)]
        assert bars[1].close == 420.05
        (ticker,) = await ib.reqTickersAsync(found)
        assert 420.75 <= ticker.last <= 435.19
        assert (await ib.reqCurrentTimeAsync()).date() == date(2013, 3, 5)


def run_main(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from app.practice.main import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=30, input=""
    )


def test_the_program_refuses_a_broken_tape_before_it_listens(tmp_path: Path) -> None:
    path = tape(tmp_path, DAILY + "2013-03-06,430,435,420,431,oops\n")
    done = run_main("--data-dir", str(tmp_path / "state"), "--replay", str(path), "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "line 5: expected a volume above 0, found 'oops'" in done.stderr or "line 5" in done.stderr


def test_a_directory_keeps_to_its_tape(tmp_path: Path) -> None:
    first, second = tape(tmp_path, DAILY, "one.csv"), tape(tmp_path, MINUTES, "two.csv")
    state = ("--data-dir", str(tmp_path / "state"), "--stdin-close", "--json")
    assert run_main(*state, "--replay", str(first)).returncode == 0
    assert run_main(*state, "--replay", str(first)).returncode == 0
    for other in (("--replay", str(second)), ()):
        done = run_main(*state, *other)
        assert done.returncode == 2
        assert "another --data-dir" in done.stderr


def test_large_tapes_are_found_to_be_regular_at_once(tmp_path: Path) -> None:
    starts = at(2024, 1, 31, 15) + np.arange(20_000) * 0.5
    rows = "\n".join(f"{moment},{10 + n % 7}" for n, moment in enumerate(starts.tolist()))
    replay = read_replay(tape(tmp_path, f"time,price\n{rows}\n"))
    market, con_id = market_of(replay, float(starts[0]))
    assert market.tape(con_id).mode_of(date(2024, 1, 31)) == "hours"
    assert sum(1 for _ in market.path(con_id, float(starts[0]) - 1, float(starts[-1]))) == 20_000
