"""Keys lie in the system's keyring, the environment or memory; without a keyring a person is told what there is."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked

from app.adapters.vault import SystemVault
from app.domain.errors import UserError
from app.domain.providers import Secret
from app.runtime.logs import redact

REPOSITORY = Path(__file__).parents[2]
KEY = "canary-kept-3f9a"


class Memory(KeyringBackend):
    """A keyring that works."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Locked(Memory):
    """A keyring whose owner does not come."""

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"cannot unlock for {username}")

    set_password = get_password  # type: ignore[assignment]


class Broken(Memory):
    """A keyring whose bus went away."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(f"lost the bus while {KEY} was asked for")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Let a back end be the system's."""
    return lambda backend: monkeypatch.setattr(keyring, "get_keyring", lambda: backend)


async def test_a_key_is_kept_found_and_forgotten(use) -> None:  # type: ignore[no-untyped-def]
    backend = Memory()
    use(backend)
    vault = SystemVault()
    assert await vault.get("a") is None
    await vault.set("a", Secret(KEY))
    assert backend.kept == {("Tapeline", "a"): KEY}
    found = await SystemVault().get("a")
    assert found is not None
    assert found.reveal() == KEY
    await vault.delete("a")
    assert backend.kept == {}


@pytest.mark.parametrize(
    ("backend", "why"),
    [
        (fail.Keyring(), "no keyring that Tapeline could keep a key in"),
        (null.Keyring(), "no keyring that Tapeline could keep a key in"),
        (Locked(), "is locked; unlock it and try again"),
        (Broken(), r"could not be used \(OSError\)"),
    ],
)
async def test_g1_without_a_keyring_there_is_a_choice(use, backend: KeyringBackend, why: str) -> None:  # type: ignore[no-untyped-def]
    use(backend)
    vault = SystemVault()
    with pytest.raises(UserError, match=f"{why}.*for this session only, or name an environment variable") as caught:
        await vault.get("a")
    assert KEY not in str(caught.value)
    await vault.delete("a")


async def test_g1_a_back_end_of_plain_files_is_never_used(use) -> None:  # type: ignore[no-untyped-def]
    plain = Memory()
    type(plain).__module__, kept = "keyrings.alt.file", type(plain).__module__
    try:
        use(plain)
        with pytest.raises(UserError, match="no keyring"):
            await SystemVault().set("a", Secret(KEY))
    finally:
        Memory.__module__ = kept
    assert plain.kept == {}


async def test_g1_a_key_for_the_session_is_in_no_keyring(use) -> None:  # type: ignore[no-untyped-def]
    use(fail.Keyring())
    vault = SystemVault()
    vault.remember("a", Secret(KEY))
    found = await vault.get("a")
    assert found is not None
    assert found.reveal() == KEY
    await vault.delete("a")
    with pytest.raises(UserError):
        await vault.get("a")


def test_a_key_in_the_environment_is_found_by_its_variable() -> None:
    vault = SystemVault({"MY_KEY": f" {KEY}\n", "EMPTY": ""})
    found = vault.from_environment("MY_KEY")
    assert found is not None
    assert found.reveal() == KEY
    assert vault.from_environment("EMPTY") is None
    assert vault.from_environment("OTHER") is None


async def test_g1_a_keyring_that_waits_for_a_person_stops_nothing(use) -> None:  # type: ignore[no-untyped-def]
    opened = threading.Event()

    class Asking(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            opened.wait(10)
            return None

    use(Asking())
    with pytest.raises(UserError, match="did not answer; unlock it"):
        await SystemVault(patience_s=0.05).get("a")
    opened.set()
    for thread in threading.enumerate():
        if thread.name == "keyring":
            await asyncio.to_thread(thread.join, 5)


def test_g2_a_secret_shows_itself_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    vault = SystemVault({"MY_KEY": KEY})
    secret = vault.from_environment("MY_KEY")
    logging.getLogger("app").warning("%s %r", secret, [secret])
    assert KEY not in caplog.text
    assert redact(f"the server said {KEY}") == "the server said [redacted]"


_IN_A_SESSION = textwrap.dedent("""
    import asyncio, sys
    from app.adapters.vault import SystemVault
    from app.domain.errors import UserError
    from app.domain.providers import Secret

    async def main():
        vault = SystemVault(patience_s=20)
        try:
            if sys.argv[1] == "keep":
                await vault.set("provider:test", Secret(sys.argv[2]))
            found = await vault.get("provider:test")
            sys.stdout.write(found.reveal() if found else "none")
        except UserError as error:
            sys.stdout.write(str(error))

    asyncio.run(main())
""")
_START = 'printf "\\n" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; '
_LOCK = (
    "dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets "
    "org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null; "
)
_needs_a_keyring = pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="gnome-keyring and dbus-run-session are not installed (.ci/run installs them)",
)


def in_a_session(tmp_path: Path, commands: str) -> str:
    """Return what shell commands print in a desktop session of their own; `$ask` runs a vault there."""
    home = tmp_path / "home"
    (home / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
    script = tmp_path / "ask.py"
    script.write_text(_IN_A_SESSION)
    environment = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_DATA_HOME": str(home / "data"),
        "PYTHONPATH": str(REPOSITORY),
        "ask": f"{sys.executable} {script}",
    }
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", commands], env=environment, capture_output=True, text=True, timeout=60
    )
    return done.stdout


@_needs_a_keyring
def test_g1_a_real_keyring_keeps_a_key_between_two_programs(tmp_path: Path) -> None:
    said = in_a_session(tmp_path, f'{_START} $ask keep {KEY}; printf " "; $ask get')
    assert said == f"{KEY} {KEY}"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]


@_needs_a_keyring
def test_g1_a_real_keyring_that_is_locked_says_so(tmp_path: Path) -> None:
    said = in_a_session(tmp_path, f"{_START} $ask keep {KEY} >/dev/null; {_LOCK} $ask get")
    assert said.startswith("The keyring of the system is locked; unlock it and try again")


@_needs_a_keyring
def test_g1_a_real_session_without_keyring_says_what_there_is(tmp_path: Path) -> None:
    assert "for this session only" in in_a_session(tmp_path, "$ask get")
