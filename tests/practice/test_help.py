"""The help page: every request, order type, code and fault has a row, every row names a test, and its lines run."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from app.practice.exchange.checks import TIMES_IN_FORCE
from app.practice.exchange.kinds import KINDS
from app.practice.faults import faults
from app.practice.faults.catalogue import CATALOGUE
from app.practice.server import depth, handlers
from app.practice.server.refusals import REFUSALS
from app.practice.wire import codes
from app.practice.wire.text import REQUESTS
from tests.practice.running import running_gateway

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "resources" / "help" / "practice.md"
handlers.load()
assert faults


@cache
def rows(title: str) -> dict[str, list[str]]:
    """Return the rows below a heading by their first cell."""
    section = PAGE.read_text(encoding="utf-8").split(f"### {title}\n", 1)[1].split("\n#", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[1:] for row in cells}


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((HERE / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


TITLES = (
    "Requests", "Requests that are refused", "Order types and times in force", "What orders can do", "Error codes",
    "Faults",
)  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_every_row_names_a_test_that_exists(title: str) -> None:
    assert rows(title)
    for first, cells in rows(title).items():
        path, _, name = cells[-1].strip("`").partition("::")
        assert name in functions_of(path), (first, path, name)


def test_every_request_has_its_row() -> None:
    assert {int(number) for number in rows("Requests")} == set(REQUESTS)
    assert {int(number) for number in rows("Requests that are refused")} == set(REFUSALS)
    for number, cells in rows("Requests that are refused").items():
        assert int(cells[1]) == REFUSALS[int(number)].complaint.code


def test_every_order_type_has_its_row() -> None:
    assert set(rows("Order types and times in force")) == set(KINDS) | TIMES_IN_FORCE


def test_every_code_has_its_row() -> None:
    told = {complaint.code for module in (codes, depth) for complaint in vars(module).values()
            if isinstance(complaint, codes.Complaint)}  # fmt: skip
    told |= {refusal.complaint.code for refusal in REFUSALS.values()}
    assert {int(code) for code in rows("Error codes")} >= told


def test_every_fault_has_its_row() -> None:
    assert set(rows("Faults")) == set(CATALOGUE)


def _code(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def test_the_lines_of_python_run_as_they_stand(tmp_path: Path) -> None:
    import asyncio

    async with running_gateway(tmp_path) as running:
        outputs = []
        for source in _code("python"):
            run = await asyncio.to_thread(
                subprocess.run,
                [sys.executable, "-c", source.replace("7497", str(running.port))],
                capture_output=True,
                text=True,
                timeout=20,
            )
            assert run.returncode == 0, run.stderr
            outputs.append(run.stdout)
    assert "Fill(" in outputs[0]
    assert "now" in outputs[1]
