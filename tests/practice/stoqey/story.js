// One story told through @stoqey/ib: every event is printed as a JSON line, for test_stoqey.py to judge.
const { IBApi, EventName } = require("@stoqey/ib");

const port = Number(process.argv[2]);
const ib = new IBApi({ port, host: "127.0.0.1", clientId: 44 });
const stock = { symbol: "AAPL", secType: "STK", exchange: "SMART", currency: "USD" };
const quiet = new Set([EventName.sent, EventName.received, EventName.all, EventName.result, EventName.server]);

for (const name of Object.values(EventName)) {
  if (quiet.has(name)) continue;
  ib.on(name, (...facts) => {
    if (name === EventName.error) facts[0] = facts[0].message;
    console.log(JSON.stringify([name, ...facts]));
  });
}

function ask() {
  ib.reqCurrentTime();
  ib.reqContractDetails(1, stock);
  ib.reqMatchingSymbols(2, "A");
  ib.reqMarketRule(26);
  ib.reqHeadTimestamp(3, stock, "TRADES", true, 1);
  ib.reqHistoricalData(4, stock, "", "2 D", "1 day", "TRADES", 1, 1, true);
  ib.reqMktData(5, stock, "233", false, false);
  ib.reqMktData(6, stock, "", true, false);
  ib.reqPositions();
  ib.reqPnL(8, "DUT000001", "");
  ib.reqPnLSingle(9, "DUT000001", "", 900000001);
  ib.reqAccountSummary(10, "All", "NetLiquidation,$LEDGER:ALL");
  ib.reqAccountUpdates(true, "DUT000001");
  ib.reqAccountUpdatesMulti(11, "DUT000001", "", false);
  ib.reqPositionsMulti(12, "DUT000001", "");
  ib.reqTickByTickData(13, stock, "AllLast", 0, false);
  ib.reqHistoricalTicks(16, stock, "", "20261123 00:00:00 UTC", 3, "TRADES", true, false);
  ib.reqSmartComponents(19, "9c0001");
  ib.reqFamilyCodes();
  ib.reqMktDepthExchanges();
  ib.reqUserInfo(20);
  ib.reqHistoricalData(21, stock, "", "3 D", "1 day", "SCHEDULE", 1, 1, false);
  ib.reqSecDefOptParams(22, "AAPL", "", "STK", 900000001);
}

function trade(id) {
  const common = { totalQuantity: 10, tif: "GTC", account: "DUT000001" };
  ib.placeOrder(id, stock, { ...common, action: "BUY", orderType: "LMT", lmtPrice: 100, transmit: false });
  ib.placeOrder(id + 1, stock, { ...common, action: "SELL", orderType: "STP", auxPrice: 90, parentId: id, transmit: false });
  ib.placeOrder(id + 2, stock, { ...common, action: "SELL", orderType: "LMT", lmtPrice: 900, parentId: id, transmit: true });
  ib.placeOrder(id + 3, stock, { ...common, action: "BUY", orderType: "MKT", tif: "DAY", orderRef: "mine", transmit: true });
  ib.placeOrder(id + 4, stock, { ...common, action: "BUY", orderType: "MKT", whatIf: true, transmit: true });
}

ib.once(EventName.nextValidId, (id) => {
  ask();
  trade(id);
  ib.once(EventName.commissionReport, () => {
    ib.reqAllOpenOrders();
    ib.reqExecutions(30, {});
    ib.cancelOrder(id, { manualOrderCancelTime: "" });
    ib.reqCompletedOrders(false);
  });
  ib.once(EventName.completedOrdersEnd, () => setTimeout(() => process.exit(0), 300));
});
ib.connect();
setTimeout(() => process.exit(3), 15000);
