"""Secrets in the keyring of the system, in the environment, or in this session's memory; never in a plain file."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from app.domain.errors import UserError
from app.domain.providers import Secret
from app.runtime.logs import hide

log = logging.getLogger(__name__)
T = TypeVar("T")
SERVICE = "Tapeline"
PATIENCE_S = 60.0
"""Long enough for a person to type the password of a locked keyring."""

_UNSAFE = ("keyrings.alt.", "keyring.backends.null", "keyring.backends.fail")
"""Back ends that keep secrets in plain files, or not at all."""

_ELSE = "keep the key for this session only, or name an environment variable that holds it"


class SystemVault:
    """The keyring of the system (services.ports_readings.Vault); it is asked in a thread, since it may ask a person."""

    def __init__(self, environment: Mapping[str, str] = os.environ, *, patience_s: float = PATIENCE_S) -> None:
        self._environment = environment
        self._patience_s = patience_s
        self._session: dict[str, Secret] = {}

    async def get(self, name: str) -> Secret | None:
        """Return a secret, None when there is none; raise UserError when the keyring cannot be asked."""
        if name in self._session:
            return self._session[name]
        found = await self._ask(lambda keyring: keyring.get_password(SERVICE, name))
        return _known(found) if found else None

    async def set(self, name: str, secret: Secret) -> None:
        """Keep a secret in the keyring; raise UserError, saying what else there is, when it cannot."""
        _known(secret.reveal())
        await self._ask(lambda keyring: keyring.set_password(SERVICE, name, secret.reveal()))
        self._session.pop(name, None)

    def remember(self, name: str, secret: Secret) -> None:
        """Keep a secret until the program ends, and nowhere else."""
        self._session[name] = _known(secret.reveal())

    def from_environment(self, variable: str) -> Secret | None:
        """Return the secret in an environment variable, None when it is empty or not set."""
        found = self._environment.get(variable, "").strip()
        return _known(found) if found else None

    async def delete(self, name: str) -> None:
        """Forget a secret; harmless when there is none, also where there is no keyring."""
        self._session.pop(name, None)
        try:
            await self._ask(lambda keyring: _delete(keyring, name))
        except UserError as error:
            log.info("no secret was taken out of a keyring: %s", error)

    async def _ask(self, question: Callable[[Any], T]) -> T:
        """Return what the keyring answers; a person who is asked for a password may take a while, or never come."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        thread = threading.Thread(target=_answer, args=(question, loop, answer), name="keyring", daemon=True)
        thread.start()  # not one of the loop's own, which the program would wait for when it ends
        try:
            return await asyncio.wait_for(answer, self._patience_s)
        except TimeoutError as error:
            raise UserError(
                f"The keyring of the system did not answer; unlock it and try again, or {_ELSE}."
            ) from error
        finally:
            if not answer.cancelled():
                thread.join()  # it has answered: this is its last step


def _answer(question: Callable[[Any], T], loop: asyncio.AbstractEventLoop, answer: asyncio.Future[T]) -> None:
    try:
        found = question(_keyring())
    except UserError as error:
        _hand_over(loop, answer, error)
    except Exception as error:  # noqa: BLE001 - each back end raises errors of its own
        _hand_over(loop, answer, _refusal(error))
    else:
        _hand_over(loop, answer, found)


def _hand_over(loop: asyncio.AbstractEventLoop, answer: asyncio.Future[Any], found: object) -> None:
    def give() -> None:
        if not answer.done():
            answer.set_exception(found) if isinstance(found, UserError) else answer.set_result(found)

    try:
        loop.call_soon_threadsafe(give)
    except RuntimeError:
        log.info("the keyring answered after the program had ended")


def _keyring() -> Any:
    """Return the back end that is used; raise UserError when there is none that is safe."""
    import keyring

    chosen = keyring.get_keyring()
    offered = getattr(chosen, "backends", None) or [chosen]
    safe = [backend for backend in offered if not f"{type(backend).__module__}.".startswith(_UNSAFE)]
    if not safe:
        raise UserError(f"This system has no keyring that Tapeline could keep a key in; {_ELSE}.")
    return safe[0]


def _refusal(error: Exception) -> UserError:
    """Return what a back end's error means; its text is not shown, since it could name what was to be kept."""
    from keyring.errors import KeyringLocked, NoKeyringError

    if isinstance(error, NoKeyringError):
        return UserError(f"This system has no keyring that Tapeline could keep a key in; {_ELSE}.")
    if isinstance(error, KeyringLocked) or "Lock" in type(error).__name__ or "Dismissed" in type(error).__name__:
        return UserError(f"The keyring of the system is locked; unlock it and try again, or {_ELSE}.")
    return UserError(f"The keyring of the system could not be used ({type(error).__name__}); {_ELSE}.")


def _delete(keyring: Any, name: str) -> None:
    from keyring.errors import PasswordDeleteError

    try:
        keyring.delete_password(SERVICE, name)
    except PasswordDeleteError:
        log.debug("there was no such secret")


def _known(secret: str) -> Secret:
    """Return a secret that no log will ever show."""
    hide(secret)
    return Secret(secret)
