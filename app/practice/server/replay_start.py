"""Starting with a tape: where its time begins, and that a data directory keeps to the tape that it began with."""

from __future__ import annotations

from app.practice.hours import hours_of
from app.practice.market.replaying import start_of
from app.practice.replay import Replay, ReplayError
from app.practice.state.store import Store

KEPT = "replay"


def opening_moment(replay: Replay | None, store: Store) -> float | None:
    """Return the tape's first moment, or where the last run left it (a tape waits); None without a tape.

    Raises ReplayError when the directory's market was begun with another tape, or with none.
    """
    kept, is_fresh = store.get(KEPT), store.get("anchor") is None
    if kept != (replay.digest if replay else None) and not is_fresh:
        began = "without a tape" if kept is None else "with another tape"
        raise ReplayError(
            f"The data directory's market was begun {began}, so its past would change:"
            " start it as before or choose another --data-dir."
        )
    if replay is None:
        return None
    store.put(KEPT, replay.digest)
    begins, left_at = start_of(replay, hours_of("XNYS")), store.get("clock")
    return begins if left_at is None else max(begins, float(left_at))
