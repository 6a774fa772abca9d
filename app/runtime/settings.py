"""Settings: one pydantic model in one JSON file, written whole or not at all, with three older copies kept."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from app.runtime.paths import read_bounded, write_atomically
from app.runtime.settings_limits import Limits

log = logging.getLogger(__name__)
SCHEMA = 1
_COPIES = 3


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True)


class Profile(_Part):
    """A gateway to connect to: TWS, IB Gateway or a practice gateway that runs on its own."""

    host: str = Field("127.0.0.1", title="Host")
    port: int = Field(7497, ge=1, le=65535, title="Port")
    client_id: int = Field(17, ge=1, le=9998, title="Client id of the orders connection; the data connection adds one")
    account: str = Field("", title="Account, when the login has several")
    restart: str = Field("", pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$", title="Daily restart of the gateway, local time")


class TicketPreset(_Part):
    """How a ticket starts for one class of instruments: type, time in force, size and what goes with the order."""

    name: str = Field(min_length=1, max_length=40, title="Name")
    instruments: str = Field(title="Class of instruments")
    kind: str = Field("LMT", title="Order type")
    tif: str = Field("DAY", title="Time in force")
    size_by: str = Field("quantity", title="Size by")
    size: Decimal | None = Field(None, gt=0, title="Size, where it does not follow the account")
    outside_hours: bool = Field(False, title="Outside regular hours")
    bracket: bool = Field(False, title="Bracket")
    is_default: bool = Field(False, title="Used when an instrument of the class is shown")


class Settings(_Part):
    """Everything a person can set, with its bounds."""

    schema_number: int = Field(SCHEMA, alias="schema")
    theme: Literal["dark", "light", "contrast"] = Field("dark", title="Theme")
    colours: Literal["green_red", "colour_blind", "east_asian"] = Field("green_red", title="Up and down colours")
    language: Literal["en", "zh"] = Field("en", title="Language of analysis, signals, prompts and indicators")
    scale_percent: int = Field(100, ge=80, le=150, title="Font size", json_schema_extra={"unit": "%"})
    zone: str = Field("exchange", title="Time zone on screen: exchange, local, UTC or a zone's name")
    watchlists: dict[str, tuple[str, ...]] = Field(
        {"Practice": ("AAPL", "MSFT", "IBM", "GOOG", "FB")}, title="Watchlists"
    )
    watchlist: str = Field("Practice", title="Watchlist shown")
    profile: str = Field("practice", title="Gateway that is connected at start")
    profiles: dict[str, Profile] = Field({}, title="Gateways")
    limits: Limits = Field(Limits(), title="Limits")
    run_timeout_s: int = Field(
        300, ge=5, le=3600, title="Longest run of a strategy until its signal", json_schema_extra={"unit": "s"}
    )
    indicator_presets: tuple[dict[str, JsonValue], ...] = Field((), title="Saved configurations of indicators")
    ticket_presets: tuple[TicketPreset, ...] = Field((), title="Ticket presets")
    ticket_book: bool = Field(False, title="Order book in the ticket")
    chart_presets: tuple[dict[str, JsonValue], ...] = Field((), title="Chart templates, of a symbol or for all")

    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True, populate_by_name=True)


class SettingsFile:
    """The settings of one data directory; a damaged file is kept aside and the newest good copy is used.

    Who only looks (`may_write` False) leaves a damaged file where it is.
    """

    def __init__(self, data_dir: Path, *, may_write: bool = True) -> None:
        self._path = data_dir / "settings.json"
        self._may_write = may_write
        self.notice = ""
        self.current = self._read()

    @property
    def folder(self) -> Path:
        """The data directory these settings are kept in."""
        return self._path.parent

    def change(self, **changes: object) -> Settings:
        """Take over, validate and save changed fields; raise pydantic's ValidationError for what is out of bounds."""
        merged = {**self.current.model_dump(by_alias=True), **changes}
        self.current = Settings.model_validate(merged)
        self._write()
        return self.current

    def _copies(self) -> list[Path]:
        return [self._path, *(self._path.with_suffix(f".{n}.json") for n in range(1, _COPIES + 1))]

    def _read(self) -> Settings:
        for path in self._copies():
            if not path.exists():
                continue
            try:
                return Settings.model_validate_json(read_bounded(path))
            except (ValidationError, ValueError, OSError) as error:
                self.notice = (
                    f"The settings in {path.name} could not be read, so an older copy or the defaults are used."
                )
                log.warning("%s (%s)", self.notice, type(error).__name__)
                if path == self._path and self._may_write:
                    with contextlib.suppress(OSError):
                        self._path.replace(self._path.with_suffix(".damaged.json"))
        return Settings()

    def _write(self) -> None:
        copies = self._copies()
        for newer, older in reversed(list(itertools.pairwise(copies))):
            if newer.exists():
                newer.replace(older)
        write_atomically(self._path, json.dumps(self.current.model_dump(mode="json", by_alias=True), indent=2))
