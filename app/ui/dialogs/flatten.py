"""Flattening by hand: what would be cancelled and closed is listed, the button held, and the broker has the end."""

from __future__ import annotations

from app.services.flatten import FlattenPlan, FlattenReport, Scope
from app.ui.dialogs.consent import order_lines
from app.ui.handles import Handles
from app.ui.widgets.ask import CANCEL, Choice, ask
from app.ui.widgets.format import many, quantity
from app.ui.widgets.notices import Level, Notice


async def flatten(handles: Handles, scope: Scope, name: str) -> FlattenReport | None:
    """Show what flattening `name` would do, do it once the button was held, and tell what the broker then shows."""
    plan = handles.flatten.plan(scope)
    act = Choice("flatten", f"Flatten {name}", "danger", hold=True)
    title, text = f"Flatten {name}?", _words(plan)
    answer = await ask(
        handles.theme, handles.window, title, text, [CANCEL, act], details="\n".join(_lines(handles, plan))
    )
    if answer != act.id:
        return None

    def tell(step: str) -> None:
        handles.window.notify(Notice(f"Flattening {name}: {step[0].lower()}{step[1:]}.", Level.INFO, now()))

    now = handles.clock.now
    report = await handles.flatten.carry_out(scope, tell)
    if report.is_flat:
        handles.window.notify(Notice(f"The broker shows {name} flat: no position, no order.", Level.OK, now()))
    else:
        await _show_left(handles, name, report)
    return report


async def _show_left(handles: Handles, name: str, report: FlattenReport) -> None:
    """Keep what is not flat on the screen until it has been read: a toast that passes would be too little."""
    text = f"{name[0].upper()}{name[1:]} is not flat. This is left; look at it, then flatten again or act on each."
    done = Choice("read", "I have read it", "primary")
    await ask(handles.theme, handles.window, "Not flat", text, [done], details="\n".join(report.left))


def _words(plan: FlattenPlan) -> str:
    if plan.is_empty:
        return "Nothing works and nothing is held as far as Tapeline knows; the broker is asked all the same."
    after = " Trading stays halted afterwards, until you resume." if plan.scope.is_whole else ""
    return (
        f"{many(len(plan.orders), 'order')} to cancel, {many(len(plan.positions), 'position')} to close at the market. "
        f"It counts as flat once the broker shows neither.{after}"
    )


def _lines(handles: Handles, plan: FlattenPlan) -> list[str]:
    positions = [f"Close   {quantity(one.quantity)} {one.symbol}" for one in plan.positions]
    return [*positions, *(f"Cancel  {line}" for line in order_lines(handles, plan.orders))]
