"""Errors of the drivers. What a hand can cause is not here: that is a condition or an event."""


class DriverError(Exception):
    """Base of all errors that a driver raises."""


class TransportLost(DriverError, ConnectionError):  # noqa: N818 - a state of the line, as in ConnectionError
    """The port is gone: unplugged, powered off, or refused."""


class TransportTimeout(DriverError, TimeoutError):  # noqa: N818 - mirrors TimeoutError
    """The peer did not take or give bytes before the deadline."""


class TransportDamaged(DriverError):  # noqa: N818 - what came, not what failed
    """What came was damaged on its way, as the line's own check tells; an answer under way is lost."""
