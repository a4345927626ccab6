"""Errors of the drivers. What a hand can cause is not here: that is a condition or an event."""


class DriverError(Exception):
    """Base of all errors that a driver raises."""


class TransportLost(DriverError, ConnectionError):  # noqa: N818 - a state of the line, as in ConnectionError
    """The port is gone: unplugged, powered off, or refused."""


class TransportTimeout(DriverError, TimeoutError):  # noqa: N818 - mirrors TimeoutError
    """The peer did not take or give bytes before the deadline."""
