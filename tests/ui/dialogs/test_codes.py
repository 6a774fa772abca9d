"""What does this code mean: found by number or words, every code with cause, remedy and severity."""

from __future__ import annotations

import pytest

from app.adapters.ib.code_table import ROWS
from app.adapters.ib.codes import code_meanings
from app.domain.codes import code_in
from app.ui.dialogs.codes import explain_code
from tests.support.screen import Screen


def test_every_code_of_the_table_has_cause_fix_and_severity() -> None:
    told = code_meanings()
    assert [each.code for each in told] == sorted(ROWS)
    assert all(each.cause.endswith(".") and len(each.cause) > 8 for each in told)
    assert all(each.fix.endswith(".") and each.fix[0].isupper() and each.for_order for each in told)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The broker refused the order. (IB 201: Order rejected)", 201),
        ("IB message 9999: unheard of", 9999),
        ("Placed elsewhere", None),
        ("bought 201 IBM", None),
    ],
)
def test_a_reason_names_its_code(text: str, code: int | None) -> None:
    assert code_in(text) == code


@pytest.mark.asyncio(loop_scope="session")
async def test_a_code_is_looked_up_and_an_unknown_one_says_so(screen: Screen) -> None:
    dialog = explain_code(screen.handles, 110)
    screen.shown.append(dialog)
    assert [row.code for row in dialog.table.selected_rows()] == [110]
    assert "price step" in dialog.meaning.text()
    dialog.table.set_filter("lot")
    assert 0 < dialog.model.rowCount() < 20
    dialog.look_up(9998)
    assert "9998 is not in the table" in dialog.meaning.text()
    dialog.close()
