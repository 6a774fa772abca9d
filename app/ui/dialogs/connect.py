"""Connecting: which gateway, where its API switch is, and what the session says while it tries."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from app.domain.errors import TapelineError
from app.runtime.settings import Profile
from app.services.session import SessionState, SessionView
from app.ui.dialogs.connect_form import BUILT_IN, ProfileForm
from app.ui.handles import Handles
from app.ui.language import say
from app.ui.panels.following import attempt, follow
from app.ui.widgets.ask import Choice, Question
from app.ui.widgets.badge import Lamp
from app.ui.widgets.buttons import act_button, set_role

NEW = "\0new"
CLOSE = Choice("close", "Close")
INTRO = (
    "The account itself says whether it is practice, paper or live, never the port. "
    "A live account is read-only until you arm it."
)
SWITCH = (
    "TWS: File → Global Configuration → API → Settings: tick “Enable ActiveX and Socket Clients” and clear "
    "“Read-Only API”. IB Gateway: Configure → Settings → API → Settings. The usual ports are 7497 (TWS paper), "
    "7496 (TWS live), 4002 (Gateway paper) and 4001 (Gateway live)."
)


class ConnectDialog(Question):
    """Chooses, adds and removes gateways and connects to one; it closes itself once the session is ready."""

    def __init__(self, handles: Handles) -> None:
        super().__init__(handles.theme, handles.window, "Connect to a gateway", INTRO)
        self._h = handles
        self._trying = ""
        self.profiles = QComboBox()
        self.form = ProfileForm(handles.theme)
        self.remove_button = act_button("Remove", "", self.remove)
        self.connect_button = act_button("Connect", "primary", self.connect_now)
        self.lamp = Lamp(handles.theme)
        self.status = QLabel()
        self._lay()
        self.list_profiles(handles.settings.current.profile)
        follow(self, handles.bus, SessionView, self._session_moved)
        self._show_session(handles.session.view)

    @property
    def chosen(self) -> str:
        """The name of the profile that is chosen, `NEW` for one that is to be added."""
        return str(self.profiles.currentData())

    def list_profiles(self, chosen: str) -> None:
        """List what there is and choose one."""
        known = self._h.settings.current.profiles
        self.profiles.blockSignals(True)
        self.profiles.clear()
        self.profiles.addItem(say("Practice gateway (built in)"), BUILT_IN)
        for name, profile in known.items():
            self.profiles.addItem(f"{name}  ({profile.host}:{profile.port})", name)
        self.profiles.addItem(say("Add TWS or IB Gateway…"), NEW)
        self.profiles.setCurrentIndex(max(0, self.profiles.findData(chosen)))
        self.profiles.blockSignals(False)
        self._show_chosen()

    def connect_now(self) -> None:
        """Leave the gateway there is and go for the chosen one."""
        try:
            name = self._keep()
        except TapelineError:
            return  # the form says it beside the field
        self._trying = name
        self.connect_button.setEnabled(False)
        self.lamp.set("Connecting", "warn")
        self._explain("")
        attempt(self._h, self._h.switch_gateway(name), "switch gateway", refused=self._failed)

    def remove(self) -> None:
        """Remove the chosen profile."""
        profiles = dict(self._h.settings.current.profiles)
        if profiles.pop(self.chosen, None) is not None:
            used = self._h.settings.current.profile == self.chosen
            self._h.settings.change(profiles=profiles, **({"profile": BUILT_IN} if used else {}))
            self.list_profiles(BUILT_IN)

    def fit(self) -> None:
        """Take the height that what is said now needs."""
        layout = self.layout()
        if layout is not None:
            self.body.activate()
            self._frame.updateGeometry()
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _lay(self) -> None:
        self.setMinimumWidth(self._theme.px(520))
        row = QHBoxLayout()
        row.setSpacing(8)
        self.profiles.setAccessibleName(say("Gateway"))
        row.addWidget(self.profiles, 1)
        row.addWidget(self.remove_button)
        self.body.addLayout(row)
        self.body.addWidget(self.form)
        self.body.addWidget(self._hint())
        said = QHBoxLayout()
        self.status.setWordWrap(True)
        set_role(self.status, role="muted")
        said.addWidget(self.lamp)
        said.addWidget(self.status, 1)
        self.body.addLayout(said)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addStretch()
        acts.addWidget(act_button("Close", "", self.close))
        acts.addWidget(self.connect_button)
        self.connect_button.setDefault(True)
        self.body.addLayout(acts)
        self.profiles.currentIndexChanged.connect(lambda _: self._show_chosen())

    def _hint(self) -> QFrame:
        self.hint = QFrame()
        self.hint.setProperty("role", "card")
        column = QVBoxLayout(self.hint)
        column.setContentsMargins(12, 8, 12, 8)
        words = QLabel(SWITCH)
        words.setWordWrap(True)
        set_role(words, role="caption")
        column.addWidget(words)
        return self.hint

    def _show_chosen(self) -> None:
        is_built_in = self.chosen == BUILT_IN
        self.form.setVisible(not is_built_in)
        self.hint.setVisible(not is_built_in)
        self.remove_button.setVisible(not is_built_in and self.chosen != NEW)
        profile = self._h.settings.current.profiles.get(self.chosen)
        self.form.show_profile(self.chosen if profile else "", profile or Profile())
        self.connect_button.setText(say(f"Connect to {'practice' if is_built_in else 'this gateway'}"))
        self.connect_button.setEnabled(True)
        self.fit()

    def _keep(self) -> str:
        """Save what was filled in and return its name; raise UserError when it does not fit."""
        if self.chosen == BUILT_IN:
            return BUILT_IN
        profiles = dict(self._h.settings.current.profiles)
        filled = self.form.filled(profiles)
        if self.chosen != NEW:
            profiles.pop(self.chosen, None)
        profiles[filled.name] = filled.profile
        self._h.settings.change(profiles=profiles)
        self.list_profiles(filled.name)
        return filled.name

    def _session_moved(self, view: SessionView) -> None:
        self._show_session(view)
        if not self._trying:
            return
        if view.is_ready:
            self._h.settings.change(profile=self._trying)
            self.choose("connected")
        elif view.state is SessionState.OFFLINE and view.endpoint is not None and view.why != "Disconnected.":
            self._failed(f"{view.why} Tapeline keeps trying.")

    def _show_session(self, view: SessionView) -> None:
        token = {"ready": "ok", "offline": "danger", "degraded": "danger"}.get(view.state.value, "warn")
        self.lamp.set(view.state.value.title(), token)
        self._explain(f"{view.account}, a {view.account_class} account." if view.is_ready else view.why)

    def _failed(self, sentence: str) -> None:
        self.connect_button.setEnabled(True)
        self.lamp.set("Not connected", "danger")
        self._explain(sentence, is_error=True)

    def _explain(self, sentence: str, *, is_error: bool = False) -> None:
        self.status.setText(sentence)
        set_role(self.status, role="error" if is_error else "muted")
        self.fit()


async def connect(handles: Handles) -> bool:
    """Show the dialog and return whether it ended with a connection."""
    dialog = ConnectDialog(handles)
    dialog.open()
    dialog.profiles.setFocus()
    return await dialog.answer() == "connected"
