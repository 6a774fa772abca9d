"""Model providers: which one reads, its address, model, key, prices and caps, a test of it, and what today used."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel

from app.domain.errors import TapelineError
from app.domain.events import ProviderRemoved, ProviderSaved, ReadingTaken
from app.domain.providers import Capability, Meter, Provider, ProviderId
from app.services.keys import KeyPlace
from app.ui.dialogs.models_form import ProviderForm
from app.ui.dialogs.models_key import KeyRow
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt, follow
from app.ui.widgets.ask import Question
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import act_button, set_role

INTRO = (
    "Charts are read by the provider in use: any OpenAI-compatible endpoint, hosted or on this machine. A reading "
    "never trades alone, account numbers are never sent, and without a provider readings are off."
)
_NEW = "new:"


class ModelsDialog(Question):
    """Sets providers up and chooses the one in use."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, handles.window, "Settings › Models", INTRO)
        self._h = handles
        self._providers = handles.readings.providers
        self._testing: asyncio.Task[None] | None = None
        self.choice = QComboBox()
        self.form = ProviderForm(handles.theme)
        self.key = KeyRow(self._keep_key)
        self.lamp, self.said, self.meter = Lamp(handles.theme), QLabel(), QLabel()
        self.remove_button = act_button("Remove", "", self.remove)
        self.test_button = act_button("Test", "", self.test)
        self.save_button = act_button("Save", "", self.save)
        self.use_button = act_button("Use for readings", "primary", self.use)
        self._lay()
        in_use = handles.facts.state.provider
        self.show_all(in_use.id if in_use else None)
        for kind in (ReadingTaken, ProviderSaved, ProviderRemoved):
            follow(self, handles.bus, kind, lambda _: self._show_meter())
        self.finished.connect(lambda _: self._stop_test())

    @property
    def provider(self) -> Provider | None:
        """The provider that is shown, as it is kept."""
        return self._h.facts.state.providers.get(ProviderId(self.choice.currentData() or ""))

    def show_all(self, chosen: ProviderId | None) -> None:
        """List the providers and the rows to start from, and show one."""
        self.choice.blockSignals(True)
        self.choice.clear()
        for provider in self._providers.all():
            self.choice.addItem(say(f"{provider.name} – in use") if provider.is_in_use else provider.name, provider.id)
        for preset in self._providers.presets:
            self.choice.addItem(say(f"Add: {preset.name}"), _NEW + preset.id)
        self.choice.setCurrentIndex(max(0, self.choice.findData(chosen)) if self._providers.all() else -1)
        self.choice.blockSignals(False)
        self._show_chosen()

    def save(self) -> None:
        """Keep what was filled in."""
        self._attempt(self._save(), "save provider")

    def use(self) -> None:
        """Have this provider read from now on, or nobody where it does already."""
        self._attempt(self._use(), "use provider")

    def remove(self) -> None:
        """Take the provider and its key away."""
        if self.provider is not None:
            self._attempt(self._remove(self.provider.id), "remove provider")

    def test(self) -> None:
        """Save and test the provider, or end the test that is on its way."""
        if self._testing is not None:
            self._stop_test()
        elif self.provider is not None:
            self.test_button.setText(say("Cancel the test"))
            self._testing = self._h.tasks.spawn(self._test(), name="model test")

    def _lay(self) -> None:
        self.setMaximumWidth(self._theme.px(880))
        self.setMinimumWidth(self._theme.px(820))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.choice.setAccessibleName(say("Provider"))
        self.choice.setPlaceholderText(say("No provider yet: choose a row to start from"))
        row.addWidget(self.choice, 1)
        row.addWidget(self.remove_button)
        self.body.addLayout(row)
        self.body.addWidget(self.form)
        self.body.addWidget(self.key)
        said = QHBoxLayout()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        said.addWidget(self.lamp, 0, Qt.AlignmentFlag.AlignTop)
        said.addWidget(self.said, 1)
        self.body.addLayout(said)
        set_role(self.meter, role="muted")
        self.meter.setWordWrap(True)
        self.body.addWidget(self.meter)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self.test_button)
        acts.addStretch()
        for button in (act_button("Close", "", self.close), self.save_button, self.use_button):
            acts.addWidget(button)
        self.body.addLayout(acts)
        self.choice.activated.connect(lambda _: self._chosen())

    def _chosen(self) -> None:
        wanted = str(self.choice.currentData())
        preset = next((row for row in self._providers.presets if _NEW + row.id == wanted), None)
        if preset is not None:
            self._attempt(self._add(preset), "add provider")
        else:
            self._show_chosen()

    def _show_chosen(self) -> None:
        self._stop_test()
        provider = self.provider
        for widget in (self.form, self.key, self.remove_button, self.test_button, self.save_button, self.use_button):
            widget.setVisible(provider is not None)
        self._show_meter()
        if provider is None:
            self._explain("Readings are off.", "off", "text.faint")
            self._fit()
            return
        self.form.show_provider(provider)
        self.use_button.setText(say("Turn readings off" if provider.is_in_use else "Use for readings"))
        self.key.setVisible(provider.needs_key)
        self.key.show_variable(provider.key_variable)
        self.key.say("")
        self._explain(*_capability_words(provider.capability, provider))
        attempt(self._h, self._look_for_key(provider), "look for key", refused=self._refuse_key)
        self._fit()

    async def _look_for_key(self, provider: Provider) -> None:
        if provider.needs_key:
            is_there = await self._providers.has_key(provider)
            self.key.say("A key is there." if is_there else "There is no key yet.")
            self._fit()

    async def _add(self, preset: Provider) -> None:
        self.show_all((await self._providers.add(preset)).id)

    async def _save(self) -> Provider:
        provider = await self._providers.save(self.form.filled())
        self.show_all(provider.id)
        self._explain(f"{provider.name} is saved.", "Saved", "ok")
        return provider

    async def _use(self) -> None:
        provider = await self._save()
        await self._providers.choose(None if provider.is_in_use else provider.id)
        self.show_all(provider.id)

    async def _remove(self, provider: ProviderId) -> None:
        await self._providers.remove(provider)
        self.show_all(None)

    async def _test(self) -> None:
        try:
            provider = await self._providers.save(self.form.filled())
            await self._providers.test(provider, lambda step: self._explain(step, "Testing", "warn"))
            self.show_all(provider.id)
        except TapelineError as error:
            self._explain(str(error), "Failed", "danger")
        except asyncio.CancelledError:
            self._explain("The test was cancelled.", "Not tested", "text.faint")
            raise
        finally:
            self._testing = None
            self.test_button.setText(say("Test"))

    def _stop_test(self) -> None:
        if self._testing is not None and self._testing is not asyncio.current_task():
            self._testing.cancel()

    def _keep_key(self, place: KeyPlace, typed: str) -> None:
        async def kept() -> None:
            provider = await self._providers.save(self.form.filled())
            variable = typed.strip() if place is KeyPlace.ENVIRONMENT else ""
            provider = await self._providers.save(replace(provider, key_variable=variable))
            if not variable:
                await self._providers.set_key(provider.id, typed, place)
            self.form.show_provider(provider)
            await self._look_for_key(provider)

        attempt(self._h, kept(), "keep key", refused=self._refuse_key)

    def _refuse_key(self, why: str) -> None:
        self.key.say(why, is_error=True)
        self._fit()

    def _attempt(self, work: Awaitable[object], name: str) -> None:
        attempt(self._h, work, name, refused=lambda why: self._explain(why, "Refused", "danger"))

    def _explain(self, sentence: str, lamp: str, token: str) -> None:
        self.lamp.set(lamp, token)
        self.said.setText(say(sentence))
        self._fit()

    def _show_meter(self) -> None:
        self.meter.setText(say(meter_words(self._providers.meter())))

    def _fit(self) -> None:
        layout = self.layout()
        if layout is not None:
            for part in (self.form, self.key):
                _hold_open(part)
            self.body.activate()
            self._frame.updateGeometry()
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))


def _hold_open(part: QFrame) -> None:
    """Give a part the height that its words need: a dialog with wrapped words gives it less."""
    inner = part.layout()
    if inner is not None:
        inner.activate()
        part.setMinimumHeight(max(inner.sizeHint().height(), inner.totalHeightForWidth(part.width())))


def meter_words(meter: Meter) -> str:
    """Return what today used, against the day's caps."""
    caps = meter.caps
    tokens = f"{meter.used.tokens:,}" + (f" of {caps.day_tokens:,}" if caps and caps.day_tokens else "") + " tokens"
    money = f"${meter.used.money:.4f}" + (f" of ${caps.day_money}" if caps and caps.day_money is not None else "")
    calls = f"{meter.calls} call" + ("" if meter.calls == 1 else "s")
    pending = f"; {meter.pending.tokens:,} tokens are reserved for calls on their way" if meter.pending.tokens else ""
    return f"Today: {calls}, {tokens}, {money}{pending}."


def _capability_words(found: Capability | None, provider: Provider) -> tuple[str, str, str]:
    if found is None:
        return (
            "Test finds out which models there are, what form of answer they keep to, and whether they see.",
            "Not tested",
            "warn",
        )
    other = f"It was served by another model: {found.served}." if found.served and found.served != found.model else ""
    one = len(provider.models) == 1
    count = f"{len(provider.models)} {'model is' if one else 'models are'} on offer." if provider.models else ""
    return " ".join(say(each) for each in (*found.notes, other, count) if each), "Tested", "ok"


async def models(handles: Handles) -> None:
    """Show the dialog until it is closed."""
    dialog = ModelsDialog(handles)
    dialog.open()
    await dialog.answer()
