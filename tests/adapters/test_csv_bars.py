"""CSV files of every kind: read, put right with a note, or refused with the number of the first bad line."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.adapters.csv_bars import read_csv_bars
from app.domain.bars import Bars, Timeframe, epoch
from app.domain.errors import UserError

HEADER = "date,open,high,low,close,volume"
GOOD = ["2024-01-02,10,12,9,11,100", "2024-01-03,11,13,10,12,200", "2024-01-04,12,14,11,13,0"]


def read(tmp_path: Path, text: str | bytes, timeframe: Timeframe = Timeframe.D1) -> tuple[Bars, tuple[str, ...]]:
    path = tmp_path / "bars.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_csv_bars(path, timeframe)


def refused(tmp_path: Path, text: str | bytes, timeframe: Timeframe = Timeframe.D1) -> str:
    with pytest.raises(UserError) as caught:
        read(tmp_path, text, timeframe)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def file(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def test_a_plain_file_is_read_without_a_note(tmp_path: Path) -> None:
    bars, notes = read(tmp_path, file(*GOOD))
    assert notes == ()
    assert (len(bars), bars.closed) == (3, 3)
    assert [bars.date_at(index) for index in range(3)] == [date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4)]
    assert bars.open.tolist() == [10, 11, 12]
    assert bars.high.tolist() == [12, 13, 14]
    assert bars.low.tolist() == [9, 10, 11]
    assert bars.close.tolist() == [11, 12, 13]
    assert bars.volume.tolist() == [100, 200, 0]


@pytest.mark.parametrize(
    "text",
    [
        "VOLUME,Close,lOw,HIGH,Open,Date\n100,11,9,12,10,2024-01-02\n",
        "\ufeffDate,Open,High,Low,Close,Volume\r\n2024-01-02,10,12,9,11,100\r\n",
        "Date,Open,High,Low,Close,Volume\r2024-01-02,10,12,9,11,100\r",
        '"Date","Open","High","Low","Close","Volume"\n"2024-01-02","10","12","9","11","100"\n',
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-02,10,12,9,11,3.14,100\n",
        "Date,Ticker,Open,High,Low,Close,Volume\n2024-01-02,nan,10,12,9,11,100\n",
        " Date , Open , High , Low , Close , Volume \n 2024-01-02 , 10 , 12 , 9 , 11 , 100 \n",
        "time,open,high,low,close,volume\n2024-01-02,10,12,9,11,100\n",
        "date,open,high,low,close,volume\n2024-01-02 00:00:00-05:00,10,12,9,11,1e2\n",
        "date,open,high,low,close,volume\n2024-01-02T23:30:00-05:00,10,12,9,11,100\n",
        "date,open,high,low,close,volume\n20240102,10,12,9,11,100\n",
        "date,open,high,low,close,volume\n2024/01/02,10,12,9,11,100\n",
        "time,open,high,low,close,volume\n1704153600,10,12,9,11,100\n",
        "time,open,high,low,close,volume\n1704153600000,10,12,9,11,100\n",
        "\n\ndate,open,high,low,close,volume\n\n2024-01-02,10,12,9,11,100\n\n   \n",
        "date,open,high,low,close,volume\n2024-01-02,10,12,9,11,100",
        "date,open,high,low,close,volume\n2024-01-02,10,12,9,11,100,,\n",
        "date,open,high,low,close,volume\n2024-01-02,1e1,+12.0,9.,11,100\n",
    ],
)
def test_the_same_bar_may_be_written_in_many_ways(tmp_path: Path, text: str) -> None:
    bars, notes = read(tmp_path, text)
    assert notes == ()
    assert bars.date_at(0) == date(2024, 1, 2)
    assert [column[0] for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)] == [10, 12, 9, 11, 100]


def test_utf_16_as_spreadsheets_write_it_is_read(tmp_path: Path) -> None:
    bars, _ = read(tmp_path, file(*GOOD).encode("utf-16"))
    assert len(bars) == 3


@pytest.mark.parametrize(
    ("row", "trouble"),
    [
        ("2024-01-05,nan,14,11,13,5", "its open is NaN"),
        ("2024-01-05,12,NaN,11,13,5", "its high is NaN"),
        ("2024-01-05,12,14,,13,5", "its low is missing"),
        ("2024-01-05,12,14,11,13,nan", "its volume is NaN"),
        ("2024-01-05,12,14,11,13,", "its volume is missing"),
        ("2024-01-05,12,14,11,13", "its volume is missing"),
        ("2024-01-05,12,14,11,0,5", "its close is 0, and a price must be above 0"),
        ("2024-01-05,12,14,-1,13,5", "its low is -1"),
        ("2024-01-05,12,inf,11,13,5", "its high is inf"),
        ("2024-01-05,12,1.797e308,11,13,5", "its high is 1.797e308"),
        ("2024-01-05,12,14,11,13,-1", "its volume is -1"),
        ("2024-01-05,12,10,11,13,5", "its high 10 is below its low 11"),
        ("2024-01-05,twelve,14,11,13,5", "its open 'twelve' is not a number"),
        ("2024-01-05,1_2,14,11,13,5", "is not a number"),
        ('2024-01-05,"1,200",14,11,13,5', "its open '1,200' is not a number"),
        ("2024-01-05,1,200,1400,11,13,5", "it has 7 fields and the header 6"),
        ("05.01.2024,12,14,11,13,5", "its date '05.01.2024' is not written as YYYY-MM-DD"),
        ("2024-02-30,12,14,11,13,5", "its date '2024-02-30' is not"),
        (",12,14,11,13,5", "its date is missing"),
        (",,,,,", "its date is missing"),
        ("2024-01-03,11,13,10,12.5,200", "it holds another row for the date of line 3"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, row: str, trouble: str) -> None:
    sentence = refused(tmp_path, file(*GOOD, row, "2024-01-08,bad,bad,bad,bad,bad"))
    assert sentence.startswith("Line 5 of ")
    assert trouble in sentence


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    text = f'note,{HEADER}\n\n"two\nlines",{GOOD[0]}\n\n,{GOOD[1]}\n"one\nmore",2024-01-09,x,1,1,1,1\n'
    assert refused(tmp_path, text).startswith("Line 7 of ")
    assert refused(tmp_path, text.replace("\n", "\r\n")).startswith("Line 7 of ")


def test_the_first_of_several_bad_lines_is_the_one_named(tmp_path: Path) -> None:
    lines = [*GOOD, GOOD[0].replace("100", "101"), "2024-01-09,1,1,2,1,1", "2024-01-10,nan,1,1,1,1"]
    assert "Line 5 of " in refused(tmp_path, file(*lines))
    assert "Line 2 of " in refused(tmp_path, file("2024-01-09,1,1,2,1,1", *lines))


def test_unordered_rows_are_sorted_and_said_so(tmp_path: Path) -> None:
    plain, _ = read(tmp_path, file(*GOOD))
    bars, notes = read(tmp_path, file(*reversed(GOOD)))
    assert bars.time.tolist() == plain.time.tolist()
    assert bars.close.tolist() == plain.close.tolist()
    assert notes == ("The rows of the file were not in order; they were sorted by date.",)


def test_identical_duplicates_are_dropped_and_counted(tmp_path: Path) -> None:
    bars, notes = read(tmp_path, file(*GOOD, GOOD[2], "2024-01-04,12.0,14.00,11,13,0.0"))
    assert len(bars) == 3
    assert notes == ("2 identical duplicate rows were dropped.",)


def test_an_open_or_close_outside_the_range_is_used_and_noted(tmp_path: Path) -> None:
    bars, notes = read(tmp_path, file(*GOOD, "2024-01-05,15,14,11,10,5"))
    assert len(bars) == 4
    assert notes == ("1 row has an open or close outside its low to high; it was used as it is.",)


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("date,open,high,low,close", "no column volume"),
        ("open,high,low,close,volume", "no column date"),
        ("date;open;high;low;close;volume", "separated by commas"),
        ("date,open,high,low,close,volume,Close", "more than one column close"),
        ("2024-01-02,10,12,9,11,100", "no column date"),
    ],
)
def test_a_header_that_does_not_fit_is_explained(tmp_path: Path, header: str, part: str) -> None:
    assert part in refused(tmp_path, file(*GOOD, header=header))


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf", b"   \n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: bytes) -> None:
    assert "is empty" in refused(tmp_path, text)


def test_a_header_alone_is_no_bars(tmp_path: Path) -> None:
    bars, notes = read(tmp_path, HEADER)
    assert (len(bars), notes) == (0, ())


def test_what_is_not_a_text_file_is_refused(tmp_path: Path) -> None:
    assert "not a CSV file" in refused(tmp_path, bytes(range(256)) * 4)
    assert "not a CSV file" in refused(tmp_path, b"\x00\x01\x02" * 9)
    assert "line 3 is not text in UTF-8" in refused(tmp_path, file(*GOOD).encode().replace(b"-03", b"-0\xff"))
    assert "cannot be read as CSV" in refused(tmp_path, file('"2024-01-05,1,1,1,1,1'))


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    for path, part in (
        (tmp_path, "is a directory"),
        (tmp_path / "none.csv", "There is no file"),
        (Path("/dev/null"), "regular"),
    ):
        with pytest.raises(UserError, match=part):
            read_csv_bars(path, Timeframe.D1)
    with pytest.raises(UserError):
        read_csv_bars(Path("a\0b"), Timeframe.D1)


def test_moments_are_utc_whether_their_zone_is_written_or_not(tmp_path: Path) -> None:
    lines = ["2024-01-02T09:30:00-05:00,1,1,1,1,1", "2024-01-02T15:30:00Z,1,1,1,1,1"]
    bars, notes = read(tmp_path, file(*lines), Timeframe.H1)
    start = int(datetime(2024, 1, 2, 14, 30, tzinfo=UTC).timestamp())
    assert bars.time.tolist() == [start, start + 3600]
    assert notes == ()
    naive, notes = read(tmp_path, file("2024-01-02 14:30,1,1,1,1,1", "2024-01-02 15:30,1,1,1,1,1"), Timeframe.H1)
    assert naive.time.tolist() == bars.time.tolist()
    assert notes == ("Times without a zone were read as UTC.",)


def test_a_date_and_a_time_column_make_one_moment(tmp_path: Path) -> None:
    text = "Date,Time,Open,High,Low,Close,Volume\n2024-01-02,14:30:00,1,1,1,1,1\n2024-01-02,15:30:00,1,1,1,1,1\n"
    bars, _ = read(tmp_path, text, Timeframe.H1)
    assert bars.time.tolist() == [epoch(date(2024, 1, 2)) + 52200, epoch(date(2024, 1, 2)) + 55800]
    assert "another row for the date of line 2" in refused(
        tmp_path, text.replace("15:30:00,1,1,1,1,1", "15:30,2,2,2,2,2")
    )


def test_one_moment_written_in_two_zones_is_one_bar(tmp_path: Path) -> None:
    lines = ["2024-01-02T09:30:00-05:00,1,1,1,1,1", "2024-01-02T14:30:00Z,1,1,1,1,2"]
    assert "another row for the time of line 2" in refused(tmp_path, file(*lines), Timeframe.M5)


def test_dates_before_1970_and_far_away_are_dates(tmp_path: Path) -> None:
    bars, _ = read(tmp_path, file("1929-10-29,1,1,1,1,1", "0001-01-01,1,1,1,1,1", "9999-12-31,1,1,1,1,1"))
    assert [bars.date_at(index).year for index in range(3)] == [1, 1929, 9999]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_g3_any_bytes_are_read_or_refused_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    sentences: list[str] = []
    for text in (data, HEADER.encode() + b"\n" + data, file(*GOOD).encode() + data):
        try:
            bars, _ = read(tmp_path, text)
        except UserError as error:
            sentences.append(str(error))
        else:
            assert (bars.low > 0).all()
            assert (bars.high >= bars.low).all()
    assert all(sentence.endswith(".") for sentence in sentences)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False), st.integers(1, 40))
def test_c10_shuffled_lines_with_repeats_give_the_same_bars(tmp_path: Path, dice: random.Random, count: int) -> None:
    days = [date.fromordinal(738000 + index) for index in range(count)]
    lines = [f"{day},{10 + index},{12 + index},{9 + index},{11 + index},{index}" for index, day in enumerate(days)]
    plain, _ = read(tmp_path, file(*lines))
    mixed = [*lines, *dice.choices(lines, k=5)]
    dice.shuffle(mixed)
    bars, notes = read(tmp_path, file(*mixed))
    assert bars.time.tolist() == plain.time.tolist()
    assert bars.close.tolist() == plain.close.tolist()
    assert any(re.match("5 identical duplicate rows were dropped", note) for note in notes)
