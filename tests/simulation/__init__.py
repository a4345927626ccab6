"""Whole worlds on a simulated clock."""
