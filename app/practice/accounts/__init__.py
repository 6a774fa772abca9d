"""Accounts: cash, holdings, margin, commissions and profit as a broker reckons them."""
