"""What a device is. Knows nothing of flows, web or storage."""
