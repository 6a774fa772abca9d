"""What survives a kill: orders, executions, account, ids, the market's anchor and events, in one SQLite file."""
