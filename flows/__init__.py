"""What an item is, and how a run of it advances. Pure: no clock, no disk, no network, no device."""
