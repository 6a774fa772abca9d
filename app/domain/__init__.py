"""What trading is: frozen values and pure rules; no I/O, no clock."""
