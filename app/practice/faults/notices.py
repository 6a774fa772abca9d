"""Faults that are notices: lost and restored links, farms, competing sessions, single errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.practice.faults.catalogue import FaultError, Parameters, fault, number
from app.practice.faults.languages import LANGUAGES
from app.practice.wire import codes
from app.practice.wire.codes import Complaint

if TYPE_CHECKING:
    from app.practice.faults.faults import Faults


@fault(
    "error",
    "one error message",
    required=("code",),
    code="the code",
    order="the order id it is about",
    request="the request id it is about (default −1: the session)",
    text="its text",
)
def error(faults: Faults, parameters: Parameters) -> None:
    """Send one error."""
    about = int(number(parameters, "order", number(parameters, "request", -1)))
    complaint = Complaint(int(number(parameters, "code")), str(parameters.get("text", "Practice fault.")))
    for session in faults.sessions(parameters):
        session.complain(about, complaint)


_FARMS = {
    ("data", True): codes.DATA_FARM_OK.about("usfarm"),
    ("data", False): codes.DATA_FARM_BROKEN.about("usfarm"),
    ("history", True): codes.HISTORY_FARM_OK.about("ushmds"),
    ("history", False): codes.HISTORY_FARM_BROKEN.about("ushmds"),
    ("link", False): codes.LINK_BROKEN,
    ("data_inactive", False): codes.DATA_FARM_INACTIVE.about("usfarm"),
    ("history_inactive", False): codes.HISTORY_FARM_INACTIVE.about("ushmds"),
}


# By the names that the notices tell, too.
_FARM_NAMES = {"usfarm": "data", "market": "data", "ushmds": "history", "hmds": "history"}


@fault("farm", "a farm goes down or comes back (2103 to 2108, 2110)", required=("which", "up"),
       which="data, history, data_inactive, history_inactive or link", up="true or false")  # fmt: skip
def farm(faults: Faults, parameters: Parameters) -> None:
    """Tell that a farm changed; a data farm that is down sends no ticks."""
    named, is_up = str(parameters["which"]), bool(parameters["up"])
    which = _FARM_NAMES.get(named, named)
    notice = _FARMS.get((which, is_up))
    if notice is None:
        raise FaultError(f"expected a farm data, history, data_inactive, history_inactive or link, found {named!r}")
    if which == "data":
        faults.gateway.quotes.is_muted = not is_up
    for session in faults.sessions(parameters):
        session.complain(-1, notice)


@fault("lost", "the link to the broker is lost (1100); orders go on working there")
def lost(faults: Faults, parameters: Parameters) -> None:
    """Tell 1100 and mute the quotes."""
    faults.gateway.quotes.is_muted = True
    for session in faults.sessions(parameters):
        session.complain(-1, codes.LOST)


@fault("restored", "the link is back (1102), or back with subscriptions lost (1101)", data_lost="true for 1101")
def restored(faults: Faults, parameters: Parameters) -> None:
    """Tell 1101 or 1102; after 1101 every subscription is gone."""
    gateway = faults.gateway
    gateway.quotes.is_muted = False
    is_data_lost = bool(parameters.get("data_lost", False))
    for session in faults.sessions(parameters):
        if is_data_lost:
            gateway.quotes.drop(session)
            gateway.bars.drop(session)
        session.complain(-1, codes.RESTORED_DATA_LOST if is_data_lost else codes.RESTORED)


@fault("competing_session", "another login takes the market data (10197)", on="true (default) or false")
def competing_session(faults: Faults, parameters: Parameters) -> None:
    """Take the market data away, or give it back."""
    faults.has_competitor = bool(parameters.get("on", True))
    if not faults.has_competitor:
        return
    for session in faults.sessions(parameters):
        for line in faults.gateway.quotes.lines_of(session):
            session.complain(line.req_id, codes.COMPETING)
        faults.gateway.quotes.drop(session)


@fault("not_subscribed", "the account has no market data: requests are refused (354) or served late (10167)",
       delayed="true for 10167 and data all the same", on="true (default) or false")  # fmt: skip
def not_subscribed(faults: Faults, parameters: Parameters) -> None:
    """Take the subscriptions away, or give them back."""
    faults.is_unsubscribed = bool(parameters.get("on", True))
    faults.is_delayed = bool(parameters.get("delayed", False))


@fault("updates_failed", "queries that are kept up to date fail (10182) and end")
def updates_failed(faults: Faults, parameters: Parameters) -> None:
    """End every query that is kept up to date."""
    for session in faults.sessions(parameters):
        for req_id in faults.gateway.bars.followed_by(session):
            faults.gateway.bars.unfollow(session, req_id)
            session.complain(req_id, codes.UPDATES_FAILED)


@fault("pacing", "the next historical requests are refused for pacing (162)")
def pacing(faults: Faults, parameters: Parameters) -> None:
    """Refuse the next historical requests."""
    faults.arm("pacing", parameters)


@fault("read_only", "orders, and lists of orders, are refused with 321", on="true (default) or false")
def read_only(faults: Faults, parameters: Parameters) -> None:
    """Refuse orders, or take them again."""
    faults.is_read_only = bool(parameters.get("on", True))


@fault("language", "error texts come in another language; codes stay", required=("code",), code="de, fr, zh or en")
def language(faults: Faults, parameters: Parameters) -> None:
    """Word errors in another language from now on."""
    code = str(parameters["code"])
    if code not in LANGUAGES:
        raise FaultError(f"expected a language {', '.join(LANGUAGES)}, found {code!r}")
    faults.gateway.wording = LANGUAGES[code]


@fault("clock_offset", "the told time is wrong", required=("s",), s="by how many seconds")
def clock_offset(faults: Faults, parameters: Parameters) -> None:
    """Shift the told time."""
    faults.gateway.clock.shift(number(parameters, "s"))
