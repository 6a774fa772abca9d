"""What the window's panels are given: the services to act with, what they watch, and what the window itself shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a panel that needs one of these imports it itself; the window is painted before any is
    from app.domain.codes import CodeMeaning
    from app.runtime.bus import Bus
    from app.runtime.clock import Clock
    from app.runtime.logs import LogRing
    from app.runtime.settings import SettingsFile
    from app.runtime.tasks import Tasks
    from app.services.analyst_room import AnalystRoom
    from app.services.batches import Batches
    from app.services.closing import Closing
    from app.services.desk import Desk
    from app.services.doctor import Doctor
    from app.services.facts import Facts
    from app.services.flatten import Flatten
    from app.services.inbox import Inbox
    from app.services.jobs import Jobs
    from app.services.limits import LimitBook
    from app.services.market import Market
    from app.services.outcomes import Outcomes
    from app.services.portfolio import Portfolio
    from app.services.ports import LineageStore, ReportFiles
    from app.services.prompt_room import PromptRoom
    from app.services.run_files import RunFiles
    from app.services.runs import Runs
    from app.services.schedule import Schedule
    from app.services.session import Session
    from app.services.splits import Splits
    from app.services.studies import Studies
    from app.services.survey import Surveys
    from app.services.track_record import TrackRecord
    from app.services.turning import Turning
    from app.ui.charts.drawings.shelf import DrawingShelf
    from app.ui.language import Language
    from app.ui.selection import Selection
    from app.ui.shell import MainWindow
    from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class Handles:
    """Everything a panel may ask for; each takes from it what it needs and no more."""

    theme: Theme
    language: Language
    window: MainWindow
    selection: Selection
    bus: Bus
    clock: Clock
    tasks: Tasks
    facts: Facts
    session: Session
    doctor: Doctor
    market: Market
    portfolio: Portfolio
    track: TrackRecord
    desk: Desk
    closing: Closing
    turning: Turning
    splits: Splits
    files: ReportFiles
    codes: Sequence[CodeMeaning]
    flatten: Flatten
    limits: LimitBook
    runs: Runs
    surveys: Surveys
    schedule: Schedule
    batches: Batches
    inbox: Inbox
    outcomes: Outcomes
    jobs: Jobs
    lineage: LineageStore
    run_files: RunFiles
    studies: Studies
    drawings: DrawingShelf
    prompts: PromptRoom
    readings: AnalystRoom
    settings: SettingsFile
    log: LogRing
    reset_practice: Callable[[], Awaitable[None]]
    switch_gateway: Callable[[str], Awaitable[None]]
