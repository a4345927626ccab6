"""A city in a box: unified identity and the city service gateway, fictional people included.

Run it with ``python -m deploy.sandbox``; see docs/sandbox.md. It is a separate process from the agent, which
knows it only through the contracts of gateway and identity.
"""
