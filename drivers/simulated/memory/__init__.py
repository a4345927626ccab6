"""Devices in memory: no process, no bytes on a wire but the receipt printer's, hands that move at once.

Each keeps the contract of its class (tests/contract), so an agent and its tests may have it in the driver's
place.
"""
