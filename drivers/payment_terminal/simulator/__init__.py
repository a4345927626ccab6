"""A payment terminal with its vendor's adapter, made of software: no card, no bank, no money.

It is the driver's independent witness: the line protocol is written a second time, with the standard
library's JSON, and no module of the driver is imported here (a test proves it).
"""
