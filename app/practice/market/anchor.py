"""What fixes the market's past: the seed, the session its history ends on, and how later sessions trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.practice.hours import Hours, MarketMode

AnchorJson = dict[str, object]
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Anchor:
    """Set at the first start and kept with the orders; `modes` holds (first session, how it and later ones trade)."""

    seed: int
    last_history_session: date
    modes: tuple[tuple[date, MarketMode], ...]

    @classmethod
    def dropped(cls, hours: Hours, seed: int, mode: MarketMode, now: float) -> Anchor:
        """Return the anchor of a first start: history ends on the last closed session."""
        session = hours.session_of(now)
        return cls(seed, hours.previous_session(session), ((session, mode),))

    @classmethod
    def read(cls, stored: AnchorJson) -> Anchor:
        """Return the anchor that as_json() made; raises ValueError when it cannot be one."""
        seed, last, modes = (stored.get(name) for name in ("seed", "last_history_session", "modes"))
        if stored.get("version") != _VERSION or not isinstance(seed, int) or not isinstance(modes, list) or not modes:
            raise ValueError(
                f"the stored market anchor should be of version {_VERSION}, not {stored}: start with a fresh folder"
            )
        return cls(
            seed, date.fromisoformat(str(last)), tuple((date.fromisoformat(day), _mode(mode)) for day, mode in modes)
        )

    def as_json(self) -> AnchorJson:
        """Return the anchor as plain JSON."""
        return {
            "version": _VERSION,
            "seed": self.seed,
            "last_history_session": self.last_history_session.isoformat(),
            "modes": [[first.isoformat(), mode] for first, mode in self.modes],
        }

    def mode_of(self, session: date) -> MarketMode:
        """Return how a session trades: the history in regular hours, later ones as the gateway was started."""
        mode: MarketMode = "hours"
        for first, later in self.modes:
            if first <= session:
                mode = later
        return mode

    def mode_elsewhere(self, session: date, hours: Hours) -> MarketMode:
        """Return how a session of another exchange trades, whose days do not begin and end with ours.

        The first way to trade holds for all that was open at the first start; a later one begins with the second
        session after the change, so that nothing which has been told is changed.
        """
        if session <= self.last_history_session:
            return "hours"
        mode = self.modes[0][1]
        for first, later in self.modes[1:]:
            if hours.offset_session(session, -2) >= first:
                mode = later
        return mode

    def resumed(self, hours: Hours, mode: MarketMode, now: float) -> Anchor:
        """Return the anchor of a later start; a session that has begun to trade keeps its hours."""
        if self.modes[-1][1] == mode:
            return self
        session = hours.session_of(now)
        has_begun = hours.window(session, self.mode_of(session))[0] <= now
        first = hours.next_session(session) if has_begun else session
        kept = tuple(entry for entry in self.modes if entry[0] < first)
        return Anchor(self.seed, self.last_history_session, (*kept, (first, mode)))


def _mode(word: object) -> MarketMode:
    return "always" if word == "always" else "hours"
