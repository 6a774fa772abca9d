"""The dialog of model providers: set up, keyed, tested, chosen and capped by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
import pytest_asyncio
from PySide6.QtWidgets import QLineEdit

from app.domain.providers import Caps, Provider, Structure
from app.services.keys import KeyPlace
from app.ui.dialogs import models as dialog_of
from app.ui.dialogs.models import ModelsDialog
from tests.support.model_server import KEY, MODEL, Reply, completion, model_server, said
from tests.support.screen import Screen

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def dialog(screen: Screen) -> AsyncIterator[ModelsDialog]:
    """The dialog, open, with a provider that was just added from the row for this machine."""
    opened = ModelsDialog(screen.handles)
    opened.open()
    local = next(preset for preset in screen.trader.core.readings.providers.presets if preset.id == "local")
    opened.choice.setCurrentIndex(opened.choice.findData(f"new:{local.id}"))
    opened.choice.activated.emit(opened.choice.currentIndex())
    await screen.until(lambda: opened.provider is not None)
    yield opened
    opened.close()
    for provider in screen.trader.core.readings.providers.all():
        await screen.trader.core.readings.providers.remove(provider.id)


def kept(dialog: ModelsDialog) -> Provider:
    assert dialog.provider is not None
    return dialog.provider


async def test_without_a_provider_readings_are_off(screen: Screen) -> None:
    opened = ModelsDialog(screen.handles)
    assert opened.said.text() == "Readings are off."
    assert not opened.form.isVisibleTo(opened)
    opened.close()


async def test_a_row_becomes_a_provider_that_can_be_changed_and_used(screen: Screen, dialog: ModelsDialog) -> None:
    dialog.form.fields["name"].setText("Desk model")
    dialog.form.model.setCurrentText("small")
    dialog.form.fields["day_tokens"].setText("250000")
    dialog.form.fields["day_money"].setText("1.5")
    dialog.form.fields["price_in"].setText("0.4")
    dialog.form.fields["price_out"].setText("1.6")
    dialog.use_button.click()
    await screen.until(lambda: kept(dialog).is_in_use)
    provider = kept(dialog)
    assert (provider.name, provider.model) == ("Desk model", "small")
    assert provider.caps == Caps(None, 250_000, None, None, Decimal("1.5"), None)
    assert provider.cost(1_000_000, 1_000_000) == Decimal("2.0")
    await screen.until(lambda: dialog.use_button.text() == "Turn readings off")
    assert "of 250,000 tokens" in dialog.meter.text()
    assert "of $1.5" in dialog.meter.text()
    dialog.use_button.click()
    await screen.until(lambda: not kept(dialog).is_in_use)


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("price_in", "cheap", "a number was expected, not “cheap”"),
        ("price_in", "1", "Both prices are needed, or neither."),
        ("day_tokens", "1.5", "a number was expected"),
        ("base_url", "http://example.com/v1", "Plain http goes to this machine only"),
        ("base_url", "https://me:pw@example.com", "the key has a field of its own"),
        ("timeout_s", "0", "A time limit between 1 and 600 s"),
        ("run_tokens", "0", "A cap of 1 token or more"),
        ("name", " ", "A name of 1 to 80 characters"),
    ],
)
async def test_what_does_not_fit_is_said_and_not_kept(
    screen: Screen, dialog: ModelsDialog, field: str, typed: str, words: str
) -> None:
    before = kept(dialog)
    dialog.form.fields[field].setText(typed)
    if field == "price_in" and typed == "1":
        dialog.form.fields["price_out"].clear()
    dialog.save_button.click()
    await screen.until(lambda: words in dialog.said.text())
    assert kept(dialog) == before


async def test_a_test_tells_each_step_and_what_it_found(screen: Screen, dialog: ModelsDialog) -> None:
    def script(request: object) -> Reply | bytes:
        if request.path.endswith("/models"):  # type: ignore[attr-defined]
            return Reply(b'{"data": [{"id": "test-model"}, {"id": "other"}]}')
        return completion("4729") if request.picture else said(symbol="TEST")  # type: ignore[attr-defined]

    steps: list[str] = []
    dialog.said.setText = steps.append  # type: ignore[method-assign]
    async with model_server(script) as server:
        dialog.form.fields["base_url"].setText(server.base_url)
        dialog.form.model.setCurrentText(MODEL)
        dialog.test_button.click()
        assert dialog.test_button.text() == "Cancel the test"
        await screen.until(lambda: dialog.provider and dialog.provider.capability)
        await screen.until(lambda: dialog.test_button.text() == "Test")
    found = kept(dialog).capability
    assert found is not None
    assert (found.structure, found.has_vision, found.served) == (Structure.JSON_SCHEMA, True, MODEL)
    assert kept(dialog).models == ("other", MODEL)
    assert dialog.form.model.count() == 2
    asked = [step for step in steps if step.endswith("…")]
    assert asked == [
        "Looking for the key…",
        "Asking for the list of models…",
        f"Asking {MODEL} for an answer as JSON by schema…",
        "Showing it a small picture…",
    ]
    assert steps[-1] == "It answers as JSON by schema. It sees pictures. 2 models are on offer."


async def test_a_test_can_be_cancelled(screen: Screen, dialog: ModelsDialog) -> None:
    async with model_server([Reply(never=True)]) as server:
        dialog.form.fields["base_url"].setText(server.base_url)
        dialog.test_button.click()
        await screen.until(lambda: server.requests)
        dialog.test_button.click()
        await screen.until(lambda: dialog.test_button.text() == "Test")
    assert dialog.said.text() == "The test was cancelled."
    assert kept(dialog).capability is None


async def test_a_test_that_fails_says_why(screen: Screen, dialog: ModelsDialog) -> None:
    async with model_server([Reply(b"{}", 401)]) as server:
        dialog.form.fields["base_url"].setText(server.base_url)
        dialog.test_button.click()
        await screen.until(lambda: "does not accept the key (401)" in dialog.said.text())


async def test_g1_g2_a_key_is_kept_where_it_should_be_and_never_shown(screen: Screen, dialog: ModelsDialog) -> None:
    dialog.form.needs_key.setChecked(True)
    dialog.save_button.click()
    await screen.until(lambda: kept(dialog).needs_key)
    assert dialog.key.field.echoMode() is QLineEdit.EchoMode.Password
    dialog.key.place.setCurrentIndex(dialog.key.place.findData(KeyPlace.SESSION.value))
    dialog.key.field.setText(KEY)
    dialog.key.keep_button.click()
    assert dialog.key.field.text() == ""
    await screen.until(lambda: dialog.key.said.text() == "A key is there.")
    assert await screen.trader.core.readings.providers.has_key(kept(dialog))
    dialog.key.place.setCurrentIndex(dialog.key.place.findData(KeyPlace.ENVIRONMENT.value))
    dialog.key.field.setText("TAPELINE_NO_SUCH_VARIABLE")
    dialog.key.keep_button.click()
    await screen.until(lambda: kept(dialog).key_variable == "TAPELINE_NO_SUCH_VARIABLE")
    await screen.until(lambda: dialog.key.said.text() == "There is no key yet.")


async def test_g1_without_a_keyring_the_choice_is_told(screen: Screen, dialog: ModelsDialog) -> None:
    dialog.form.needs_key.setChecked(True)
    dialog.save_button.click()
    await screen.until(lambda: kept(dialog).needs_key)
    dialog.key.field.setText(KEY)
    dialog.key.keep_button.click()
    await screen.until(lambda: "for this session only, or name an environment variable" in dialog.key.said.text())


async def test_a_provider_can_be_taken_away(screen: Screen, dialog: ModelsDialog) -> None:
    dialog.remove_button.click()
    await screen.until(lambda: dialog.provider is None)
    assert dialog_of.meter_words(screen.trader.core.readings.providers.meter()).startswith("Today: 0 calls, 0 tokens")
