"""What clients ask about accounts."""

from __future__ import annotations

from app.practice.wire.kinds import Flag, Int, Text
from app.practice.wire.text import request


@request(6, version=2)
class AccountUpdates:
    subscribe: Flag
    account: Text


@request(61, version=1)
class Positions:
    pass


@request(62, version=1)
class AccountSummary:
    req_id: Int
    group: Text
    tags: Text


@request(63, version=1)
class CancelAccountSummary:
    req_id: Int


@request(64, version=1)
class CancelPositions:
    pass


@request(74, version=1)
class PositionsMulti:
    req_id: Int
    account: Text
    model: Text


@request(75, version=1)
class CancelPositionsMulti:
    req_id: Int


@request(76, version=1)
class AccountUpdatesMulti:
    req_id: Int
    account: Text
    model: Text
    ledger_and_value: Flag


@request(77, version=1)
class CancelAccountUpdatesMulti:
    req_id: Int


@request(92)
class ProfitAndLoss:
    req_id: Int
    account: Text
    model: Text


@request(93)
class CancelProfitAndLoss:
    req_id: Int


@request(94)
class ProfitAndLossSingle:
    req_id: Int
    account: Text
    model: Text
    con_id: Int


@request(95)
class CancelProfitAndLossSingle:
    req_id: Int
