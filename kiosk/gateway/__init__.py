"""The gateway's client: operations by name, outcomes as values. See `client`."""
