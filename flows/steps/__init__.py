"""The kinds of step: code once, for all items."""
