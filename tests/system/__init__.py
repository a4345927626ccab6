"""Pieces together: real processes, real TLS, real bytes."""
