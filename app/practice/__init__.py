"""The practice gateway: a program of its own that speaks the TWS wire protocol on a loopback port.

It imports nothing from the other rooms of the application; anybody's TWS client can trade against it.
"""
