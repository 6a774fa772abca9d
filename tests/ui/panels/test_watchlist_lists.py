"""Watchlists by themselves: named, changed by rules, kept in the settings, read from pasted text."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import UserError
from app.runtime.settings import SettingsFile
from app.ui.panels.watchlist_lists import MOST, Watchlists, symbols_in


@pytest.fixture
def lists(tmp_path: Path) -> Watchlists:
    return Watchlists(SettingsFile(tmp_path))


def test_the_first_list_is_the_practice_market(lists: Watchlists) -> None:
    assert (lists.shown, lists.entries) == ("Practice", ("AAPL", "MSFT", "IBM", "GOOG", "FB"))


def test_what_is_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    lists = Watchlists(SettingsFile(tmp_path))
    lists.create("  Chip   makers ")
    lists.put(("NVDA", "AMD", "NVDA"))
    again = Watchlists(SettingsFile(tmp_path))
    assert (again.shown, again.entries) == ("Chip makers", ("NVDA", "AMD"))
    assert again.names == ("Practice", "Chip makers")


def test_renaming_keeps_place_and_entries(lists: Watchlists) -> None:
    lists.create("Second", ("SPY",))
    lists.choose("Practice")
    lists.rename("Main")
    assert lists.names == ("Main", "Second")
    assert lists.shown == "Main"
    assert lists.entries[0] == "AAPL"


def test_deleting_shows_another_list_and_the_last_one_stays(lists: Watchlists) -> None:
    lists.create("Second", ("SPY",))
    lists.remove()
    assert lists.shown == "Practice"
    with pytest.raises(UserError, match="cannot be deleted"):
        lists.remove()


@pytest.mark.parametrize(("name", "words"), [("", "1 to 40"), ("x" * 41, "1 to 40"), ("Practice", "already")])
def test_a_name_that_cannot_be_used_is_refused_in_words(lists: Watchlists, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        lists.create(name)
    assert lists.names == ("Practice",)


def test_a_list_has_its_bounds(lists: Watchlists) -> None:
    with pytest.raises(UserError, match=f"up to {MOST}"):
        lists.put(tuple(f"S{number}" for number in range(MOST + 1)))
    assert lists.entries[0] == "AAPL"


@pytest.mark.parametrize(
    ("text", "symbols", "wrong"),
    [
        ("AAPL, msft;IBM\n\tgoog", ("AAPL", "MSFT", "IBM", "GOOG"), ()),
        ('"AAPL"\t$TSLA\r\nAAPL', ("AAPL", "TSLA"), ()),
        ("BRK.B RDS-A", ("BRK.B", "RDS-A"), ()),
        ("AAPL §%& =1+2", ("AAPL",), ("§%&", "=1+2")),
        ("", (), ()),
    ],
)
def test_pasted_text_is_taken_apart(text: str, symbols: tuple[str, ...], wrong: tuple[str, ...]) -> None:
    assert symbols_in(text) == (symbols, wrong)
