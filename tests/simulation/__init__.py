"""The whole agent in a world of its own: time, disk, network, devices and citizens, all from one seed.

The agent is the one that runs at a terminal (`kiosk.agent.Agent`), put together in another `World`. The city
is the sandbox's own gateway and identity, asked in this process. What it holds is checked by `invariants`.
"""
