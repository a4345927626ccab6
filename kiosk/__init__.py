"""The agent: the only room that knows flows, drivers and offline_cache."""

__version__ = "0.1.0"
