"""The receipt printer, piece by piece; the whole of it is in `tests/contract`."""
