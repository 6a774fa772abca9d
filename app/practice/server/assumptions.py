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
- A fill takes the whole order at the opposite quote; there is no depth and no partial fill unless a fault says so.
- MOC and LOC work in the last second of the session, MOO and LOO in the minute from the opening on.
- An order of an OCA group that was filled before is 201.
- Orders refused late become Inactive and are told with the code; their children are cancelled.
- Conditions and algorithms are refused with 321; real gateways have them.

Accounts
- Initial margin is half of every position, maintenance a quarter of long and three tenths of short ones; only an
  order's own effect is checked, not that of the other working orders. The refusal is 201.
- A short sale always finds its shares. Nothing is liquidated by itself.
- Day figures start again at the close of the exchange's session. Values are told again every three minutes.
- Two account summaries at once are allowed to each client; the third is 322.

Data
- tickReqParams and marketDataType come before the first tick; sizes are shares at every version.
- A query kept up to date is told at most four times a second; its cancel is 162, of an unknown one 366.
- Regular hours and all hours show the same bars: the practice market has no other sessions.
- News are 10276, a scanner is 162; depth of an index is 10092, the book of another instrument has up to 20 rows.
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
- A real gateway's limits (50 messages a second, pacing, 100 lines) are off unless asked for.
"""
