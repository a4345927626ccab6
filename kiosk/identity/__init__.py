"""Unified identity: who the terminal is, who the citizen is. See `client`."""
