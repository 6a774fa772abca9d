"""The mapping of the ledger: like a dict in all that is read, and no version knows of a later one."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from app.domain.kept import FEW, Kept, but

_WRITES = st.lists(st.dictionaries(st.integers(0, 60), st.integers(), max_size=4), max_size=60)


@given(_WRITES, st.sets(st.integers(0, 59)))
def test_each_version_reads_like_the_dict_it_stands_for_whenever_it_is_read(
    writes: list[dict[int, int]], read_whole: set[int]
) -> None:
    plain: dict[int, int] = {}
    versions = [(Kept[int, int](), dict(plain))]
    for place, entries in enumerate(writes):
        plain = {**plain, **entries}
        versions.append((versions[-1][0].but(entries), dict(plain)))
        if place in read_whole:
            assert list(versions[-1][0].items()) == list(plain.items())
    for kept, wanted in versions:
        assert len(kept) == len(wanted)
        assert all((key in kept) == (key in wanted) and kept.get(key) == wanted.get(key) for key in range(61))
        assert kept == wanted
        assert [*kept] == [*kept.keys()] == [*wanted]
        assert [*kept.values()] == [*wanted.values()]


def test_two_versions_of_one_go_their_own_ways() -> None:
    first = Kept({"a": 1})
    left, right = first.but({"b": 2}), first.but({"a": 3})
    assert (dict(first), dict(left), dict(right)) == ({"a": 1}, {"a": 1, "b": 2}, {"a": 3})
    assert but({"a": 1}, {"b": 2}) == left


def test_a_new_version_copies_no_more_than_the_root_of_what_is_kept() -> None:
    kept, large_ones = Kept({number: number for number in range(10_000)}), set[int]()
    copied = 0
    alive = [kept]
    for number in range(10_000, 11_000):
        kept = kept.but({number: number})
        alive.append(kept)
        copied += len(kept._small)
        large_ones.add(id(kept._large))
    assert copied / 1000 <= 110, "entries copied for one new one"
    assert len(large_ones) <= 1000 / FEW, "the large part is made anew now and then only"


def test_a_reader_in_another_thread_finds_every_entry_while_the_whole_is_made() -> None:
    missing: list[int] = []
    for _ in range(200):
        kept = Kept({number: number for number in range(500)}).but({number: -number for number in range(1, 20)})
        reader = threading.Thread(
            target=lambda kept=kept: missing.extend(n for n in range(500) if kept.get(n) is None)  # type: ignore[misc]
        )
        reader.start()
        assert sum(kept.values()) == sum(range(20, 500)) - sum(range(20))
        reader.join()
    assert missing == []
