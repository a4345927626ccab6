"""The agent: the only room that knows flows, drivers and offline_cache."""
