"""What this gateway does without proof that a real one does the same; correct a line here when evidence turns up.

Known from recordings or IB's own words, and therefore not in this list: the handshake, all field orders, the order of
the messages of a market fill, 202 beside a cancelled status, 10147 and 10148, dates with a zone from version 174 on.

Orders
- Nothing at all is told of an order with transmit = 0 until its group is transmitted.
- A child waits with whyHeld "child", a stop of its own with "trigger", a stop child of a working parent with both.
- Children of one parent that are in no group form one: named after the parent's permId, type 3, siblings end with 202.
- An order id that is not above every id the client used is 103; a filled order is 104, another finished one 103.
- A child whose parent nobody knows is 135; a child of a refused parent is 201.
- A parent cancelled after a partial fill leaves its children alive, cut to what was filled.
- Cancelling one order of a group leaves the others alone.
- What a client cancels that belongs to another client is 10147; the global cancel ends everybody's orders.
- A fill takes the levels of the book behind the opposite quote, each level once until the quote changes; one execution
  a level. What is left rests, or waits for the next trade. A resting iceberg gives one trade no more than it shows.
- A resting limit order is filled when the opposite quote reaches it, at that quote; there is no queue before it.
- MOC and LOC cannot be cancelled in the last ten minutes (161), in a market that is always open as well.
- An unset time in force is told as 10349, in the same breath as and before the open order.
- Conditions on price and time are kept (last prices; "and" binds before "or"), others are 321, algorithms 439.
- An untransmitted what-if is 413, a size above ten million 383, an order for an index 412.
- MOC and LOC work in the last second of the session, MOO and LOO in the minute from the opening on.
- An order of an OCA group that was filled before is 201.
- While the API is read-only the lists of all open and of completed orders are 321 like that of a client's own.
- Orders refused late become Inactive and are told with the code; their children are cancelled.

Accounts
- Initial margin is half of every position, maintenance a quarter of long and three tenths of short ones; only an
  order's own effect is checked, not that of the other working orders. The refusal is 201.
- Short shares need at least 5 USD each, below a price of 5 at least 2.50 or their whole value. A long option wants what
  it is worth, a short one 20 % of its underlying less what it is out of the money (least 10 %), a future 6 and 5.4 %.
- One stock in sixteen is hard to borrow: a short sale of it waits 30 market seconds (404, whyHeld "locate").
- Below maintenance the broker sells the largest positions first, five percent more than is missing, at the market.
- Exchange, clearing and regulatory fees are not charged, interest is not paid, loans in any currency are granted.
- Futures and options that end are settled for cash; the execution is told when executions are asked for.
- A split cancels its instrument's orders (202) and pays fractions at cost; a dividend is cash at its date.
- Of several accounts an order must name one (435). Account updates of two accounts at once are 2100 and 2101.
- Day figures start again at the close of the exchange's session. Values are told again every three minutes.
- Two account summaries at once are allowed to each client; the third is 322.

Data
- tickReqParams and marketDataType come before the first tick; sizes are shares at every version.
- A query kept up to date is told at most four times a second; its cancel is 162, of an unknown one 366.
- Regular hours and all hours show the same bars: the practice market has no other sessions.
- News are 10276, a scanner is 162; depth of an index is 10092, the book of another instrument has up to 20 rows.
- Each client follows three order books at once; the fourth is 309.
- An index has no bid and ask and no volume; a currency no last price; bars that are not there are 162.
- Bars of trades are adjusted for splits from the moment of the split on, ADJUSTED_LAST for dividends too.
- An unknown generic tick is 321. Auctions (225) gather 30 minutes before the opening, 10 before the close.

Instruments
- Rates and dividend yields of options are 0, years have 365 days, an option ends at its last session's close. Vega is
  for 0.01 of volatility, theta for a calendar day; the smile depends on the strike and the underlying's last close.
- An option on a share that splits stays as it is; its price follows the share's new one.
- A price that no volatility explains is told with an implied volatility of -1 and greeks of -2.
- A future's price is its underlying's, carried at a fixed yearly rate; all months trade the underlying's volume.
- Market rules have IB's numbers where they are known (26) and likely ones elsewhere; Tokyo trades lots of 100.

Sessions
- A request before startApi ends the connection; an unreadable one is 320, the connection lives.
- A real gateway's limits are off unless asked for, but for two summaries. With them the 51st message of a second is 100
  and ends the connection; history is paced in market time, by client; the sixth request of a kind in two seconds is one
  too many; queries for bars above 30 seconds are not paced; a hundred lines allow five tick by tick.
- Read-only mode refuses orders, what-ifs and cancels, and answers everything else.
- What is committed survives the end of the process; a power cut may lose the last seconds.
"""
