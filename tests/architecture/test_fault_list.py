"""The fault list: every row of faults is there and names tests that exist and carry its id."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "resources" / "help" / "faults.md"
WANTED = {"A": range(1, 17), "B": range(1, 31), "C": range(1, 13), "D": range(1, 8), "E": range(1, 12),
          "F": range(1, 14), "G": (1, 2, 3, 4, 5, 8, 9)}  # fmt: skip


@cache
def rows() -> dict[str, list[str]]:
    """Return the tests of each row by its id."""
    lines = [line.strip("|").split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    return {
        cells[0].strip(): re.findall(r"`([^`]+)`", cells[-1])
        for cells in lines
        if re.fullmatch(r"[A-G]\d+", cells[0].strip())
    }


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("letter", WANTED)
def test_every_fault_has_its_row_and_every_row_a_test(letter: str) -> None:
    wanted = {f"{letter}{number}" for number in WANTED[letter]}
    assert wanted <= rows().keys()
    assert {id_ for id_ in wanted if not rows()[id_]} == set()


def test_every_test_of_the_list_exists_and_carries_its_rows_id() -> None:
    assert rows()
    for id_, tests in rows().items():
        for test in tests:
            path, _, name = test.partition("::")
            assert name in names_in(path), (id_, test)
            assert id_.lower() in name.split("_"), (id_, test)
