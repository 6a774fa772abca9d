"""The three ways a thing can fail, and nothing about how it is shown."""

from __future__ import annotations


class TapelineError(Exception):
    """What every error of the product descends from; its text is one sentence fit to show."""


class UserError(TapelineError):
    """Something a person can put right: what was expected, what was found, what to do."""


class ReadOnlyApi(UserError):
    """The gateway's API takes no orders and lists none: everything else goes on."""


class ApiSilent(UserError):
    """A port took the connection and then hung up or never greeted: mostly an API that is not enabled."""


class ClientIdTaken(UserError):
    """The gateway has another connection under this client id."""


class Retryable(TapelineError):
    """A time-out or a pacing refusal: the same question may be asked again later."""


class Fault(TapelineError):
    """A bug or corrupt data: trading stops until a person has looked."""
