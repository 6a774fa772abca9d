"""Templates: a symbol's own look before the usual one, kept by name, read back whole."""

from __future__ import annotations

from pathlib import Path

from app.runtime.settings import SettingsFile
from app.ui.charts.studies.choice import added
from app.ui.charts.studies.templates import Memory, Template, Templates
from app.ui.charts.values import BarStyle, ScaleMode


def test_a_symbols_own_look_comes_before_the_one_for_all() -> None:
    templates = Templates(Memory())
    assert templates.usual(5) is None
    everywhere = Template(added((), "sma"))
    templates.save(everywhere)
    assert templates.usual(5) == everywhere
    own = Template(added((), "rsi"), BarStyle.OHLC, ScaleMode.LOG, False, (("rsi", 2.0),), con_id=5)
    templates.save(own)
    assert templates.usual(5) == own
    assert templates.usual(6) == everywhere
    templates.forget(own)
    assert templates.usual(5) == everywhere


def test_saving_under_a_name_again_replaces() -> None:
    templates = Templates(Memory())
    templates.save(Template(added((), "sma"), title="Swing"))
    templates.save(Template(added((), "ema"), title="Swing"))
    templates.save(Template(added((), "ema"), title="Day"))
    assert [one.title for one in templates.named()] == ["Day", "Swing"]
    assert templates.named()[1].choices[0].name == "ema"
    assert templates.usual(1) is None


def test_what_cannot_be_read_is_left_out() -> None:
    store = Memory()
    store.write([{"indicators": 5}, {"indicators": [], "con_id": "x"}, {"indicators": [{"name": "sma"}], "style": "?"}])
    templates = Templates(store)
    assert len(templates.all()) == 1
    assert templates.all()[0].style is BarStyle.HOLLOW


class InSettings:
    """The settings file as a store."""

    def __init__(self, settings: SettingsFile) -> None:
        self._settings = settings

    def read(self) -> tuple[dict[str, object], ...]:
        return self._settings.current.chart_presets  # type: ignore[return-value]

    def write(self, records: object) -> None:
        self._settings.change(chart_presets=records)


def test_templates_outlive_the_window_in_the_settings_file(tmp_path: Path) -> None:
    kept = Template(added((), "supertrend", {"length": 7, "factor": 2.5}), con_id=9)
    Templates(InSettings(SettingsFile(tmp_path))).save(kept)
    assert Templates(InSettings(SettingsFile(tmp_path))).usual(9) == kept
