"""What survives the night. Knows nothing of flows or devices."""
