"""An independent client, @stoqey/ib from npm, reads every message to its last field and trades a bracket."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from ib_async import MarketOrder

from tests.practice.running import RawClient, connected, qualified, running_gateway, until
from tests.practice.server.test_trading import place_fields

PACKAGE = "@stoqey/ib@1.6.10"
STORY = Path(__file__).with_name("story.js")
ANSWERED = {
    "currentTime", "contractDetails", "contractDetailsEnd", "symbolSamples", "marketRule", "headTimestamp",
    "historicalData", "tickReqParams", "marketDataType", "tickPrice", "tickSize", "tickString", "tickSnapshotEnd",
    "positionEnd", "position", "pnl", "pnlSingle", "accountSummary", "accountSummaryEnd", "updateAccountValue",
    "updatePortfolio", "accountDownloadEnd", "accountUpdateMulti", "accountUpdateMultiEnd", "positionMultiEnd",
    "historicalTicksLast", "smartComponents", "familyCodes", "mktDepthExchanges", "userInfo", "historicalSchedule",
    "securityDefinitionOptionParameterEnd", "openOrder", "openOrderEnd", "orderStatus", "execDetails", "execDetailsEnd",
    "commissionReport", "completedOrder", "completedOrdersEnd",
}  # fmt: skip


NEWER = {"userInfo", "historicalSchedule"}
VERSIONS = (157, 158, 160, 162, 163, 164, 166, 169, 170, 174, 176, 177, 178)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that has the package; skips where npm cannot bring it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("stoqey")
    command = ["npm", "install", "--no-package-lock", "--silent", PACKAGE]
    if subprocess.run(command, cwd=folder, capture_output=True).returncode != 0:
        pytest.skip("npm cannot fetch the package here")
    shutil.copy(STORY, folder / "story.js")
    return folder


async def told(folder: Path, port: int) -> dict[str, list[Any]]:
    """Return what the client was told in its story, by event."""
    node = await asyncio.create_subprocess_exec("node", "story.js", str(port), cwd=folder, stdout=subprocess.PIPE)
    out, _ = await node.communicate()
    assert node.returncode == 0
    events: dict[str, list[Any]] = defaultdict(list)
    for line in out.decode().splitlines():
        name, *facts = json.loads(line)
        events[name].append(facts)
    return events


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
async def test_stoqey_reads_everything_and_trades(package: Path, tmp_path: Path, version: int) -> None:
    async with running_gateway(tmp_path, server_version=version) as running:
        check(await told(package, running.port), version)


@pytest.mark.slow
async def test_stoqey_ib_async_and_a_raw_socket_trade_at_once_at_three_versions(package: Path, tmp_path: Path) -> None:
    async with running_gateway(tmp_path) as running:
        old = await RawClient.started(running.port, 1, version=157)
        async with connected(running.port, 2, version=169) as ib:
            aapl = await qualified(ib)
            story = asyncio.create_task(told(package, running.port))
            for order_id in range(1, 6):
                old.send(*fields_at_157(order_id))
                assert (await old.until(11))[2] == str(order_id)
                trade = ib.placeOrder(aapl, MarketOrder("BUY", 1, tif="DAY"))
                await until(lambda trade=trade: trade.orderStatus.status == "Filled")  # type: ignore[misc]
            check(await story, 178)
        old.close()


def fields_at_157(order_id: int) -> list[object]:
    """Return a market order as a client of 157 writes it: with an advisor's profile, without what came later."""
    fields = place_fields(order_id, "BUY", 1, "MKT")
    tail = fields[16 + 27 :]
    return [*fields[: 16 + 27], *tail[:7], "", *tail[7:-5]]


def check(events: dict[str, list[Any]], version: int) -> None:
    """Judge what the client was told."""
    # What the client does not ask a server of this version (it says 503 itself), it is not told.
    assert events.keys() >= ANSWERED - (NEWER if version < 169 else set())
    # The client complains of every field too many or too few; only the three cancels of the bracket are left.
    # WORKAROUND: below 177 it forgets the advisor's profile in completed orders, which IB's own clients read (505).
    own = {503, 505} if version < 177 else set()
    assert [facts[1] for facts in events["error"] if facts[1] not in own] == [202, 202, 202]
    statuses = defaultdict(list)
    for order_id, status, *_ in events["orderStatus"]:
        statuses[order_id].append(status)
    assert statuses[4] == ["PreSubmitted", "Filled", "Filled"]
    assert statuses[1][-1] == statuses[2][-1] == statuses[3][-1] == "Cancelled"
    margins = [state for _, _, order, state in events["openOrder"] if order.get("whatIf")]
    assert margins[0]["initMarginChange"] > 0
    assert margins[0]["commission"] == 1
