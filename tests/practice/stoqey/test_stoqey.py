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

from tests.practice.running import running_gateway

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


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
async def test_stoqey_reads_everything_and_trades(tmp_path: Path) -> None:
    installed = await asyncio.to_thread(
        subprocess.run, ["npm", "install", "--no-package-lock", "--silent", PACKAGE], cwd=tmp_path, capture_output=True
    )
    if installed.returncode != 0:
        pytest.skip("npm cannot fetch the package here")
    shutil.copy(STORY, tmp_path / "story.js")
    (tmp_path / "data").mkdir()
    async with running_gateway(tmp_path / "data") as running:
        node = await asyncio.create_subprocess_exec(
            "node", "story.js", str(running.port), cwd=tmp_path, stdout=subprocess.PIPE
        )
        out, _ = await node.communicate()
    assert node.returncode == 0
    events: dict[str, list[Any]] = defaultdict(list)
    for line in out.decode().splitlines():
        name, *facts = json.loads(line)
        events[name].append(facts)
    assert events.keys() >= ANSWERED
    # The client complains of every field too many or too few; only the three cancels of the bracket are left.
    assert [facts[1] for facts in events["error"]] == [202, 202, 202]
    statuses = defaultdict(list)
    for order_id, status, *_ in events["orderStatus"]:
        statuses[order_id].append(status)
    assert statuses[4] == ["PreSubmitted", "Filled", "Filled"]
    assert statuses[1][-1] == statuses[2][-1] == statuses[3][-1] == "Cancelled"
    margins = [state for _, _, order, state in events["openOrder"] if order.get("whatIf")]
    assert margins[0]["initMarginChange"] > 0
    assert margins[0]["commission"] == 1
